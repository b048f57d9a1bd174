/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/items.h"

#include <stdlib.h>
#include <string.h>

#include "proto/khaosat.pb-c.h"
#include "survey/validate.h"

struct counting {
	const struct round *round;
	uint64_t *answers_at; /* by row: the entry that holds what counts; 0: none */
	struct validation validation;
	struct items *out;
	const atomic_bool *is_stopping; /* or NULL */
	bool has_failed;
};

/* The row of an entry of the round. False: it is none of a unit's. */
static bool
find_row(const struct counting *c, const uint8_t *bytes, size_t n, struct entry *e, uint32_t *row)
{
	return entry_decode(bytes, n, false, e) && e->round == c->round->view.number &&
	       entry_is_of_unit(e->kind) && columns_find(c->round->columns, e->tax_code, row);
}

/* Whether to read on. */
static bool
goes_on(struct counting *c)
{
	c->has_failed |= c->is_stopping != NULL && atomic_load(c->is_stopping);
	return !c->has_failed;
}

/* The last edit of a head holds its answers. */
static bool
note_edit(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct counting *c = context;
	struct entry e;
	uint32_t row;
	if (find_row(c, bytes, n, &e, &row) && entry_is_edit(e.kind) && c->answers_at[row] != 0 &&
	    e.replaced == c->round->head[row].head)
		c->answers_at[row] = number;
	return goes_on(c);
}

static void
count_answers(struct counting *c, uint32_t row, const uint8_t *bytes, size_t n)
{
	const struct definition *d = c->round->view.definition;
	struct validation *v = &c->validation;
	struct register_row unit;
	struct facts facts = {.definition = d,
	    .row = &unit,
	    .answers = &v->answers,
	    .ref_year = c->round->view.ref_year};
	columns_row(c->round->columns, row, &unit);
	if (answers_decode(d, facts.ref_year, bytes, n, &v->answers, &v->findings, &v->reason) !=
	    ANSWERS_OK) {
		c->has_failed = true;
		return;
	}
	evaluate_relevance(&facts, &v->evaluation);
	for (size_t i = 0; i < d->questions; i++) {
		bool is_asked =
		    v->evaluation.relevance[i] == TRUTH_TRUE ||
		    (v->evaluation.relevance[i] == TRUTH_UNKNOWN && !v->evaluation.hidden[i]);
		c->out->item[i].asked += is_asked;
		c->out->item[i].blank += is_asked && v->answers.answer[i].state == ANSWER_BLANK;
		c->out->item[i].dont_know +=
		    is_asked && v->answers.answer[i].state == ANSWER_DONT_KNOW;
	}
	c->out->timed += v->answers.seconds >= 0;
	c->out->seconds += v->answers.seconds >= 0 ? (uint64_t)v->answers.seconds : 0;
}

/* The answers stand inside the payload of an edit. */
static void
count_edit(struct counting *c, uint32_t row, const struct entry *e, const uint8_t *payload)
{
	Khaosat__V1__AnswerEdit *edit =
	    khaosat__v1__answer_edit__unpack(NULL, e->payload_bytes, payload);
	if (edit == NULL) {
		c->has_failed = true;
		return;
	}
	count_answers(c, row, edit->answers.data, edit->answers.len);
	khaosat__v1__answer_edit__free_unpacked(edit, NULL);
}

static bool
count_form(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct counting *c = context;
	const uint8_t *payload = bytes + ENTRY_HEADER_BYTES;
	struct entry e;
	uint32_t row;
	if (!find_row(c, bytes, n, &e, &row))
		return true;
	if (number == c->round->head[row].head && unit_responds(&c->round->head[row])) {
		c->out->forms++;
		c->out->channel[e.channel < ITEMS_CHANNELS ? e.channel : 0]++;
	}
	if (number == c->answers_at[row]) {
		if (entry_is_edit(e.kind))
			count_edit(c, row, &e, payload);
		else
			count_answers(c, row, payload, e.payload_bytes);
	}
	return goes_on(c);
}

static void
weigh(const struct columns *columns, uint32_t row, const struct unit_head *h, struct items *out)
{
	unsigned stratum = columns_stratum(columns, row);
	double weight = stratum > 0 ? design_weight(&columns->design, stratum) : 1;
	if (!columns_is_drawn(columns, row))
		return;
	out->weight += weight;
	out->weight_out_of_scope += unit_case(h) == CASE_OUT_OF_SCOPE ? weight : 0;
}

static void
look_at_units(struct counting *c)
{
	counters_cases(c->round->counters, 0, c->out->units_in); /* of the whole */
	for (uint32_t row = 0; row < c->round->columns->units; row++) {
		const struct unit_head *h = &c->round->head[row];
		weigh(c->round->columns, row, h, c->out);
		c->answers_at[row] = unit_responds(h) ? h->head : 0;
	}
}

bool
items_count(struct store *store, const struct round *round, uint64_t last,
    const atomic_bool *is_stopping, struct items *out)
{
	struct counting *c = calloc(1, sizeof(*c));
	memset(out, 0, sizeof(*out));
	if (c == NULL)
		return false;
	c->round = round;
	c->out = out;
	c->is_stopping = is_stopping;
	c->answers_at = malloc(((size_t)round->columns->units + 1) * sizeof(*c->answers_at));
	bool good = c->answers_at != NULL;
	if (good) {
		look_at_units(c);
		good = store_read(store, 1, last, note_edit, c) == STORE_OK &&
		       store_read(store, 1, last, count_form, c) == STORE_OK && !c->has_failed;
	}
	free(c->answers_at);
	free(c);
	return good;
}
