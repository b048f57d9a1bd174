/* SPDX-License-Identifier: Apache-2.0 */
/* A figure is three runs of bytes: its goal's name; the words of its cell, encoded once for all
 * goals; and its numbers, encoded first, so that every length is known before anything is put. */
#include "collector/figures.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Fields of Rate; RATES_RATE is Rates.rate. */
enum {
	RATES_RATE = 4,
	RATE_GOAL = 1,
	RATE_DIMENSION,
	RATE_CELL,
	RATE_PARENT,
	RATE_N,
	RATE_RESPONDED,
	RATE_MET,
	RATE_NOT_MET,
	RATE_UNKNOWN,
	RATE_N_UNKNOWN,
	RATE_N_UNKNOWN_MET,
	RATE_N_UNKNOWN_NOT_MET,
	RATE_VERDICT,
	RATE_PROGRESS,
	RATE_NEEDED,
	RATE_BOUND_LOW_NUM,
	RATE_BOUND_LOW_DEN,
	RATE_BOUND_HIGH_NUM,
	RATE_BOUND_HIGH_DEN,
	RATE_LABEL_VI,
	RATE_LABEL_EN,
	RATE_UNDRAWN,
	RATE_N_UNKNOWN_UNDRAWN
};

#define NUMBERS 17
#define NUMBERS_BYTES_MAX (NUMBERS * (2 + WIRE_VARINT_BYTES_MAX))

struct run {
	const uint8_t *at;
	size_t n;
};

struct figure {
	uint16_t goal, cell;
	uint32_t numbers_bytes;
};

struct figures {
	struct run *goal, *cell; /* by index; of what is wanted */
	struct figure *figure;
	size_t n, bytes;
	uint8_t *words;   /* what goals and cells point into */
	uint8_t *numbers; /* those of all figures, one after the other */
};

/* ------------------------------------------------------------------- words */

static void
put_text(struct wire_out *w, uint32_t field, const char *text)
{
	if (*text != '\0')
		wire_put_bytes(w, field, text, strlen(text));
}

/* A tag of two bytes and a length of five before each text. */
static size_t
words_bytes_max(const struct figures_wanted *wanted)
{
	size_t n = 0;
	for (size_t i = 0; i < wanted->definition->goals; i++)
		n += strlen(wanted->definition->goal[i].code) + 7;
	for (size_t i = 0; i < cells_count(wanted->cells); i++) {
		const struct cell_info *cell = cells_info(wanted->cells, i);
		n += strlen(cell->code) + strlen(cell->parent) + strlen(cell->label.vi) +
		     strlen(cell->label.en) + 5 * 7;
	}
	return n;
}

static void
encode_words(struct figures *f, const struct figures_wanted *wanted, size_t room)
{
	struct wire_out w = {f->words, f->words + room, false};
	for (size_t i = 0; i < wanted->definition->goals; i++) {
		f->goal[i].at = w.at;
		put_text(&w, RATE_GOAL, wanted->definition->goal[i].code);
		f->goal[i].n = (size_t)(w.at - f->goal[i].at);
	}
	for (size_t i = 0; i < cells_count(wanted->cells); i++) {
		const struct cell_info *cell = cells_info(wanted->cells, i);
		f->cell[i].at = w.at;
		if (cell->dimension != 0) {
			wire_put_tag(&w, RATE_DIMENSION, WIRE_VARINT);
			wire_put_varint(&w, (uint64_t)cell->dimension);
		}
		put_text(&w, RATE_CELL, cell->code);
		put_text(&w, RATE_PARENT, cell->parent);
		put_text(&w, RATE_LABEL_VI, cell->label.vi);
		put_text(&w, RATE_LABEL_EN, cell->label.en);
		f->cell[i].n = (size_t)(w.at - f->cell[i].at);
	}
}

/* ------------------------------------------------------------------- numbers */

static inline uint8_t *
put_varint(uint8_t *at, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*at++ = (uint8_t)(value | 0x80);
	*at++ = (uint8_t)value;
	return at;
}

static inline uint8_t *
put_number(uint8_t *at, uint32_t field, uint64_t value)
{
	return value == 0 ? at : put_varint(put_varint(at, field << 3 | WIRE_VARINT), value);
}

static uint8_t *
put_numbers(uint8_t *at, const struct goal *goal, bool progress, const struct rate_counts *c)
{
	const struct threshold threshold = {goal->threshold_pct, goal->strict};
	struct fraction low = rate_bound_low(c), high = rate_bound_high(c);
	at = put_number(at, RATE_N, c->n);
	at = put_number(at, RATE_RESPONDED, rate_responded(c));
	at = put_number(at, RATE_MET, c->met);
	at = put_number(at, RATE_NOT_MET, c->not_met);
	at = put_number(at, RATE_UNKNOWN, c->unknown);
	at = put_number(at, RATE_N_UNKNOWN, c->n_unknown);
	at = put_number(at, RATE_N_UNKNOWN_MET, c->n_unknown_met);
	at = put_number(at, RATE_N_UNKNOWN_NOT_MET, c->n_unknown_not_met);
	at = put_number(at, RATE_VERDICT, rate_verdict(threshold, c));
	at = put_number(at, RATE_PROGRESS, progress);
	at = put_number(at, RATE_NEEDED, wire_zigzag(rate_needed(threshold, c)));
	at = put_number(at, RATE_BOUND_LOW_NUM, low.num);
	at = put_number(at, RATE_BOUND_LOW_DEN, low.den);
	at = put_number(at, RATE_BOUND_HIGH_NUM, high.num);
	at = put_number(at, RATE_BOUND_HIGH_DEN, high.den);
	at = put_number(at, RATE_UNDRAWN, c->undrawn);
	return put_number(at, RATE_N_UNKNOWN_UNDRAWN, c->n_unknown_undrawn);
}

static size_t
body_bytes(const struct figures *f, const struct figure *figure)
{
	return f->goal[figure->goal].n + f->cell[figure->cell].n + figure->numbers_bytes;
}

bool
figures_wants_cell(const struct figures_wanted *wanted, size_t cell)
{
	const struct cell_info *info = cells_info(wanted->cells, cell);
	bool is_wanted = wanted->cell_codes == 0;
	for (size_t i = 0; i < wanted->cell_codes && !is_wanted; i++)
		is_wanted = strcmp(wanted->cell[i], info->code) == 0;
	return is_wanted && wanted->dimension[info->dimension];
}

static void
encode_numbers(struct figures *f, const struct figures_wanted *wanted)
{
	const struct definition *d = wanted->definition;
	uint8_t *at = f->numbers;
	for (size_t goal = 0; goal < d->goals; goal++) {
		bool progress = strcmp(wanted->reference_date, d->goal[goal].deadline) < 0;
		for (size_t cell = 0; wanted->goal[goal] && cell < cells_count(wanted->cells);
		     cell++) {
			if (!figures_wants_cell(wanted, cell))
				continue;
			struct figure *figure = &f->figure[f->n++];
			uint8_t *end = put_numbers(
			    at, &d->goal[goal], progress, &wanted->counts[cell * d->goals + goal]);
			*figure =
			    (struct figure){(uint16_t)goal, (uint16_t)cell, (uint32_t)(end - at)};
			at = end;
			size_t n = body_bytes(f, figure);
			f->bytes += 1 + wire_varint_size(n) + n;
		}
	}
}

/* ------------------------------------------------------------------- the whole */

struct figures *
figures_new(const struct figures_wanted *wanted)
{
	size_t goals = wanted->definition->goals, cells = cells_count(wanted->cells);
	size_t wanted_goals = 0, room = words_bytes_max(wanted);
	for (size_t i = 0; i < goals; i++)
		wanted_goals += wanted->goal[i];
	struct figures *f = calloc(1, sizeof(*f));
	if (f == NULL)
		return NULL;
	f->goal = malloc((goals + cells + 1) * sizeof(*f->goal));
	f->figure = malloc((wanted_goals * cells + 1) * sizeof(*f->figure));
	f->words = malloc(room + 1);
	f->numbers = malloc(wanted_goals * cells * NUMBERS_BYTES_MAX + 1);
	if (f->goal == NULL || f->figure == NULL || f->words == NULL || f->numbers == NULL) {
		figures_free(f);
		return NULL;
	}
	f->cell = f->goal + goals;
	encode_words(f, wanted, room);
	encode_numbers(f, wanted);
	return f;
}

void
figures_free(struct figures *f)
{
	if (f == NULL)
		return;
	free(f->goal);
	free(f->figure);
	free(f->words);
	free(f->numbers);
	free(f);
}

size_t
figures_bytes(const struct figures *f)
{
	return f->bytes;
}

static uint8_t *
put_run(uint8_t *at, const uint8_t *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

void
figures_put(const struct figures *f, struct wire_out *w)
{
	const uint8_t *numbers = f->numbers;
	uint8_t *out = w->at;
	assert((size_t)(w->end - w->at) >= f->bytes);
	w->at += f->bytes;
	for (size_t i = 0; i < f->n; i++) {
		const struct figure *figure = &f->figure[i];
		out = put_varint(out, RATES_RATE << 3 | WIRE_BYTES);
		out = put_varint(out, body_bytes(f, figure));
		out = put_run(out, f->goal[figure->goal].at, f->goal[figure->goal].n);
		out = put_run(out, f->cell[figure->cell].at, f->cell[figure->cell].n);
		out = put_run(out, numbers, figure->numbers_bytes);
		numbers += figure->numbers_bytes;
	}
	assert(out == w->at);
}
