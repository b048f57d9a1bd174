/* SPDX-License-Identifier: Apache-2.0 */
/* A log into a fold. Chunks of a register are read back when it is loaded, so the walk ends there
 * and begins anew behind it: no reading within a reading. */
#include "collector/fold.h"

#include <stdlib.h>
#include <string.h>

#include "collector/payload.h"

struct walk {
	struct fold *fold;
	const struct fold_reading *reading;
	enum fold_status status;
	struct entry e;   /* the one it ended at */
	uint8_t *payload; /* a copy of its payload, on FOLD_WANTS_REGISTER */
};

static enum fold_status
keep_payload(struct walk *w, const uint8_t *payload)
{
	w->payload = malloc((size_t)w->e.payload_bytes + 1);
	if (w->payload == NULL)
		return FOLD_MEMORY;
	memcpy(w->payload, payload, w->e.payload_bytes);
	return FOLD_WANTS_REGISTER;
}

/* Whether to go on. A refused entry is passed over as if it had changed nothing. */
static bool
end_or_pass(struct walk *w, uint64_t number)
{
	const struct fold_reading *r = w->reading;
	if (w->status == FOLD_OK)
		return true;
	if (w->status == FOLD_MEMORY || w->status == FOLD_STORE || r->refuse == NULL ||
	    !r->refuse(r->context, number, w->status))
		return false;
	w->fold->last = number;
	w->status = FOLD_OK;
	return true;
}

static bool
is_stopping(const struct fold_reading *reading)
{
	return reading->is_stopping != NULL &&
	       atomic_load_explicit(reading->is_stopping, memory_order_relaxed);
}

static bool
on_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct walk *w = context;
	const uint8_t *payload = bytes + ENTRY_HEADER_BYTES;
	if (is_stopping(w->reading)) {
		w->status = FOLD_STOPPED;
		return false;
	}
	if (!entry_decode(bytes, n, false, &w->e)) {
		w->status = FOLD_BAD_ENTRY;
		return end_or_pass(w, number);
	}
	if (w->reading->look != NULL)
		w->reading->look(w->reading->context, number, &w->e, payload);
	w->status = fold_apply(w->fold, number, &w->e, payload);
	if (w->status == FOLD_WANTS_REGISTER) {
		w->status = keep_payload(w, payload);
		return false;
	}
	return end_or_pass(w, number);
}

/* ------------------------------------------------------------------- registers */

static enum fold_status
status_of(enum columns_status status)
{
	switch (status) {
	case COLUMNS_OK:
		return FOLD_OK;
	case COLUMNS_REFUSED:
	case COLUMNS_MALFORMED:
	case COLUMNS_COUNT:
	case COLUMNS_CHUNK:
		return FOLD_BAD_REGISTER;
	case COLUMNS_STORE:
		return FOLD_STORE;
	case COLUMNS_MEMORY:
		return FOLD_MEMORY;
	}
	return FOLD_BAD_REGISTER;
}

enum fold_status
fold_register(struct fold *fold, const struct fold_reading *reading, const struct entry *e,
    const uint8_t *payload)
{
	struct payload_register p;
	struct round *round = fold_round(fold, e->round);
	if (round == NULL)
		return FOLD_BAD_ENTRY;
	enum payload_status read = payload_register(payload, e->payload_bytes, &p);
	if (read != PAYLOAD_OK)
		return read == PAYLOAD_MEMORY ? FOLD_MEMORY : FOLD_BAD_ENTRY;
	struct columns_spec spec = {
	    .definition = round->view.definition,
	    .ref_year = round->view.ref_year,
	    .rows = p.rows,
	    .trusted = reading->trusted,
	};
	struct columns_report report;
	struct columns *columns = NULL;
	enum columns_status status = columns_read(
	    reading->store, round->view.number, &spec, p.chunk, p.chunks, &report, &columns);
	columns_report_free(&report);
	payload_register_free(&p);
	if (status != COLUMNS_OK)
		return status_of(status);
	staged_clear(&round->staged);
	return staged_make(&round->staged, round, columns, reading->with_counters) ? FOLD_OK
										   : FOLD_MEMORY;
}

static enum fold_status
load_register(struct walk *w)
{
	uint64_t number = w->fold->last + 1;
	w->status = fold_register(w->fold, w->reading, &w->e, w->payload);
	if (w->status == FOLD_OK)
		w->status = fold_apply(w->fold, number, &w->e, w->payload);
	free(w->payload);
	w->payload = NULL;
	end_or_pass(w, number);
	return w->status;
}

enum fold_status
fold_log(struct fold *fold, const struct fold_reading *reading, uint64_t to)
{
	struct walk w = {.fold = fold, .reading = reading, .status = FOLD_OK};
	while (fold->last < to && w.status == FOLD_OK) {
		if (store_read(reading->store, fold->last + 1, to, on_entry, &w) != STORE_OK)
			return FOLD_STORE;
		if (w.status == FOLD_WANTS_REGISTER)
			w.status = load_register(&w);
	}
	return w.status;
}
