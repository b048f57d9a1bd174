/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/recount.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/checkpoint.h"
#include "collector/recount_parts.h"

static void
add_line(struct recount_result *out, const char *format, va_list arguments)
{
	if (out->lines < RECOUNT_LINES_MAX)
		vsnprintf(out->line[out->lines++], RECOUNT_LINE_BYTES, format, arguments);
}

void
recount_differ(struct recount *r, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add_line(r->out, format, arguments);
	va_end(arguments);
	r->out->differences++;
}

static void __attribute__((format(printf, 2, 3)))
say(struct recount_result *out, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add_line(out, format, arguments);
	va_end(arguments);
}

void
recount_result_free(struct recount_result *result)
{
	free(result->line);
	*result = (struct recount_result){0};
}

/* ------------------------------------------------------------------- what is asked */

/* The named round, the one before it that it reads, and so on; or all. */
static bool
choose_rounds(struct recount *r, const char *name)
{
	const struct fold *copy = r->copy;
	if (name == NULL) {
		for (size_t i = 0; i < copy->rounds; i++)
			r->wanted[i] = true;
		return true;
	}
	r->named = fold_round_named(copy, name);
	for (const struct round *round = r->named; round != NULL;
	     round = fold_round(copy, round->view.earlier_number))
		r->wanted[round->view.index] = true;
	return r->named != NULL;
}

/* ------------------------------------------------------------------- the run */

static bool
on_refused(void *context, uint64_t number, enum fold_status status)
{
	struct recount *r = context;
	recount_differ(r, "entry %" PRIu64 ": %s", number,
	    status == FOLD_BAD_DEFINITION ? "the survey definition is not accepted"
	    : status == FOLD_BAD_REGISTER ? "the register's chunks are not there or not good"
					  : "it does not fit the entries before it");
	return true;
}

static void
on_changed(void *context, uint64_t first, uint64_t last)
{
	recount_differ(context,
	    "entries %" PRIu64 " to %" PRIu64 ": not the bytes that were stored", first, last);
}

static enum recount_status
run(struct recount *r, struct store *store, const atomic_bool *is_stopping)
{
	struct fold_reading reading = {.store = store,
	    .look = recount_look,
	    .refuse = on_refused,
	    .context = r,
	    .is_stopping = is_stopping};
	if (store_check(store, on_changed, r) != STORE_OK) {
		say(r->out, "the log cannot be read");
		return RECOUNT_STORE;
	}
	enum fold_status status = fold_log(&r->fresh, &reading, r->copy->last);
	if (status == FOLD_STORE) {
		say(r->out, "entry %" PRIu64 ": it cannot be read", r->fresh.last + 1);
		return RECOUNT_STORE;
	}
	if (status == FOLD_STOPPED)
		return RECOUNT_STOPPED;
	if (r->broken == RECOUNT_STORE)
		say(r->out, "entries of a unit cannot be read");
	if (r->broken != RECOUNT_DONE)
		return r->broken;
	if (status != FOLD_OK || !recount_compare(r))
		return RECOUNT_MEMORY;
	return RECOUNT_DONE;
}

void
recount_run(struct store *store, const struct checkpoint *copy, const char *round_or_null,
    const atomic_bool *is_stopping, struct recount_result *out)
{
	*out = (struct recount_result){.status = RECOUNT_MEMORY, .last = copy->fold.last};
	struct recount r = {.store = store, .copy = &copy->fold, .out = out};
	out->line = calloc(RECOUNT_LINES_MAX, sizeof(*out->line));
	r.wanted = calloc(copy->fold.rounds + 1, sizeof(*r.wanted));
	r.validation = malloc(sizeof(*r.validation));
	if (out->line != NULL && r.wanted != NULL && r.validation != NULL)
		out->status = choose_rounds(&r, round_or_null) ? run(&r, store, is_stopping)
							       : RECOUNT_UNKNOWN_ROUND;
	fold_clear(&r.fresh);
	free(r.wanted);
	free(r.validation);
}
