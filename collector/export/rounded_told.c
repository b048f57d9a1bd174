/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "collector/bytes.h"
#include "collector/export/release.h"
#include "collector/export/rounded.h"
#include "survey/rounding.h"
#include "survey/wire.h"

#define COUNTS 4

struct reader {
	struct wire wire;
	bool bad;
};

static uint64_t
get_number(struct reader *r)
{
	uint64_t number = 0;
	r->bad = r->bad || !wire_varint(&r->wire, &number);
	return number;
}

static bool
is_told(const struct rounded_input *in, const uint8_t *decision, size_t goal, size_t cell)
{
	const struct definition *d = in->definition;
	size_t at = release_cell(d, in->cells, d->goal[goal].population, cell);
	return decision[at] == RELEASE_SHOW && release_tells(d, in->cells, goal, cell);
}

uint8_t *
rounded_pack(const struct rounded_input *in, const struct rounded *rounded, size_t *n)
{
	size_t cells = cells_count(in->cells), goals = in->definition->goals;
	struct bytes out = {0};
	bytes_varint(&out, rounded->within);
	for (size_t i = 0; i < goals * cells; i++) {
		const struct rate_counts *rate = &rounded->rate[i];
		const uint64_t count[COUNTS] = {rate->n, rate->met, rate->not_met, rate->unknown};
		if (!is_told(in, rounded->decision, i / cells, i % cells))
			continue;
		for (unsigned k = 0; k < COUNTS; k++)
			bytes_varint(&out, count[k] / in->base);
	}
	if (out.failed)
		bytes_free(&out);
	*n = out.n;
	return out.at;
}

static void
get_rates(const struct rounded_input *in, struct reader *r, struct rounded *out)
{
	size_t cells = cells_count(in->cells);
	for (size_t i = 0; i < in->definition->goals * cells; i++) {
		struct rate_counts *rate = &out->rate[i], now;
		counters_rate(in->counters, i % cells, i / cells, &now);
		rate->n_unknown = now.n_unknown;
		if (!is_told(in, out->decision, i / cells, i % cells))
			continue;
		rate->n = in->base * get_number(r);
		rate->met = in->base * get_number(r);
		rate->not_met = in->base * get_number(r);
		rate->unknown = in->base * get_number(r);
	}
}

bool
rounded_unpack(const struct rounded_input *in, const uint8_t *decision, const uint8_t *told,
    size_t n, struct rounded *out)
{
	const struct definition *d = in->definition;
	size_t decisions = release_cells(d, in->cells);
	struct reader r = {.wire = {told, told + n}};
	*out = (struct rounded){.decision = malloc(decisions + 1),
	    .rate = calloc(d->goals * cells_count(in->cells) + 1, sizeof(*out->rate)),
	    .within = (unsigned)get_number(&r)};
	if (out->decision == NULL || out->rate == NULL)
		return false;
	memcpy(out->decision, decision, decisions);
	get_rates(in, &r, out);
	return !r.bad && r.wire.at == r.wire.end;
}
