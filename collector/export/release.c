/* SPDX-License-Identifier: Apache-2.0 */
/* A unit counts in the cells of every population that it belongs to, or may belong to; in a sample
 * only if it was drawn, so that few of those drawn are few units, however many they stand for. What
 * it counts as is one word of bits for all of them: has answered; for each indicator of a goal met,
 * not met and, where that occurs at all, not applicable; and for two variants of one goal of which
 * one implies the other, met in the wider and not in the narrower. */
#include "collector/export/release.h"

#include <stdlib.h>
#include <string.h>

#include "survey/kleene.h"

#define MEASURES_MAX 31
#define PAIRS_MAX 64
#define RESPONDED 1u

/* The indicators of goals, each once; and the measures they become. */
struct layout {
	uint16_t indicator[RELEASE_INDICATORS_MAX];
	size_t indicators;
	uint32_t met[RELEASE_INDICATORS_MAX], not_met[RELEASE_INDICATORS_MAX];
	uint32_t not_applicable[RELEASE_INDICATORS_MAX]; /* 0: it never is */
	struct pair {
		uint8_t narrow, wide;
		uint32_t bit;
	} pair[PAIRS_MAX];
	size_t pairs;
	unsigned measures;
	uint32_t shares;
};

/* False: too many. */
static bool
find_indicators(const struct definition *d, struct layout *out)
{
	out->indicators = 0;
	for (size_t g = 0; g < d->goals; g++) {
		size_t i = 0;
		while (i < out->indicators && out->indicator[i] != d->goal[g].indicator)
			i++;
		if (i < out->indicators)
			continue;
		if (i == RELEASE_INDICATORS_MAX)
			return false;
		out->indicator[out->indicators++] = d->goal[g].indicator;
	}
	return true;
}

static unsigned
slot_of(const struct layout *l, uint16_t indicator)
{
	unsigned i = 0;
	while (l->indicator[i] != indicator)
		i++;
	return i;
}

uint64_t
release_answer(const struct definition *d, const struct indicator_bits *bits)
{
	struct layout l;
	uint64_t answer = RESPONDED;
	find_indicators(d, &l);
	for (size_t i = 0; i < l.indicators; i++)
		answer |= (uint64_t)indicator_bits_get(bits, l.indicator[i]) << (1 + 2 * i);
	return answer;
}

static enum truth
truth_in(uint64_t answer, size_t slot)
{
	return (enum truth)(answer >> (1 + 2 * slot) & 3);
}

/* ------------------------------------------------------------------- cells */

enum release_told
release_told(const struct definition *d, unsigned population)
{
	enum release_told told = TOLD_NOTHING;
	for (size_t g = 0; g < d->goals; g++) {
		if (d->goal[g].population != population)
			continue;
		bool whole = !d->goal[g].headline || d->goal[g].named_list;
		if (told == TOLD_NOTHING || !whole)
			told = whole ? TOLD_WHOLE : TOLD_CELLS;
	}
	return told;
}

size_t
release_cells(const struct definition *d, const struct cells *cells)
{
	return d->populations * (cells_count(cells) + 1);
}

size_t
release_cell(
    const struct definition *d, const struct cells *cells, unsigned population, size_t cell)
{
	(void)d;
	return population * (cells_count(cells) + 1) + cell;
}

bool
release_tells(const struct definition *d, const struct cells *cells, size_t goal, size_t cell)
{
	const struct goal *g = &d->goal[goal];
	return (g->headline && !g->named_list) ||
	       cells_info(cells, cell)->dimension == DIMENSION_WHOLE;
}

bool
release_shows(const uint8_t *decision, size_t n)
{
	return memchr(decision, RELEASE_SHOW, n) != NULL;
}

/* Families are what a reader may know of the register at once: the communes, or all the rest. */
static uint8_t
family_of(enum dimension dimension)
{
	return dimension == DIMENSION_WHOLE     ? DISCLOSURE_COMMON
	       : dimension == DIMENSION_COMMUNE ? 1
						: 2;
}

static bool
is_headline(const struct definition *d, unsigned population)
{
	for (size_t g = 0; g < d->goals; g++)
		if (d->goal[g].headline && d->goal[g].population == population)
			return true;
	return false;
}

static uint64_t
shown_in(const struct release_input *in, size_t cell)
{
	uint64_t shown = 0;
	for (unsigned r = 0; r < in->earlier; r++)
		if (in->decision[r][cell] == RELEASE_SHOW)
			shown |= UINT64_C(1) << r;
	return shown;
}

/* What goals of that population say, in the whole or in its other cells. */
static uint32_t
measures_of(const struct definition *d, const struct layout *l, unsigned population, bool whole)
{
	uint32_t told = RESPONDED, met = 0;
	for (size_t g = 0; g < d->goals; g++) {
		const struct goal *goal = &d->goal[g];
		if (goal->population != population ||
		    (!whole && (!goal->headline || goal->named_list)))
			continue;
		unsigned slot = slot_of(l, goal->indicator);
		met |= l->met[slot];
		told |= l->met[slot] | l->not_met[slot] | l->not_applicable[slot];
	}
	for (size_t i = 0; i < l->pairs; i++)
		if ((met & l->met[l->pair[i].narrow]) != 0 && (met & l->met[l->pair[i].wide]) != 0)
			told |= l->pair[i].bit;
	return told;
}

static void
fill_cells(const struct release_input *in, const struct layout *l, struct disclosure_cell *out)
{
	const struct definition *d = in->definition;
	for (size_t at = 0; at < release_cells(d, in->cells); at++) {
		unsigned p = (unsigned)(at / (cells_count(in->cells) + 1));
		size_t cell = at % (cells_count(in->cells) + 1);
		bool unsure = cell == cells_count(in->cells);
		enum dimension dimension =
		    unsure ? DIMENSION_WHOLE : cells_info(in->cells, cell)->dimension;
		bool whole = dimension == DIMENSION_WHOLE;
		/* A table's number only says what to withhold first. */
		out[at] = (struct disclosure_cell){
		    .family = family_of(dimension),
		    .table = (uint8_t)((p * DIMENSIONS + dimension) % DISCLOSURE_TABLES_MAX),
		    .headline = whole && !unsure && is_headline(d, p),
		    .shown = shown_in(in, at),
		    .unpublished = ~measures_of(d, l, p, whole),
		};
	}
}

/* ------------------------------------------------------------------- measures */

/* What occurs among today's answers. */
struct seen {
	bool not_applicable[RELEASE_INDICATORS_MAX];
	/* [a][b]: somebody met a and not b */
	bool met_without[RELEASE_INDICATORS_MAX][RELEASE_INDICATORS_MAX];
};

static void
look_at(uint64_t answer, const struct layout *l, struct seen *seen)
{
	for (size_t a = 0; a < l->indicators; a++) {
		enum truth truth = truth_in(answer, a);
		seen->not_applicable[a] |= truth == TRUTH_NA;
		for (size_t b = 0; truth == TRUTH_TRUE && b < l->indicators; b++)
			seen->met_without[a][b] |= truth_in(answer, b) != TRUTH_TRUE;
	}
}

static uint32_t
next_measure(struct layout *l)
{
	unsigned at = l->measures++;
	return at < MEASURES_MAX ? UINT32_C(1) << at : 0;
}

static bool
has_pair(const struct layout *l, unsigned narrow, unsigned wide)
{
	for (size_t i = 0; i < l->pairs; i++)
		if (l->pair[i].narrow == narrow && l->pair[i].wide == wide)
			return true;
	return false;
}

static void
add_pair(struct layout *l, const struct seen *seen, unsigned narrow, unsigned wide)
{
	if (narrow == wide || seen->met_without[narrow][wide] || !seen->met_without[wide][narrow] ||
	    has_pair(l, narrow, wide) || l->pairs == PAIRS_MAX)
		return;
	uint32_t bit = next_measure(l);
	l->pair[l->pairs++] = (struct pair){(uint8_t)narrow, (uint8_t)wide, bit};
	l->shares |= bit;
}

/* Variants of one goal over one population are published side by side. */
static void
find_pairs(const struct definition *d, const struct seen *seen, struct layout *l)
{
	for (size_t i = 0; i < d->goals; i++)
		for (size_t k = 0; k < d->goals; k++)
			if (d->goal[i].population == d->goal[k].population &&
			    strcmp(d->goal[i].group, d->goal[k].group) == 0)
				add_pair(l, seen, slot_of(l, d->goal[i].indicator),
				    slot_of(l, d->goal[k].indicator));
}

/* NULL, or why it cannot be done. */
static const char *
lay_out(const struct release_input *in, struct layout *l)
{
	struct seen seen = {0};
	*l = (struct layout){.measures = 1};
	if (!find_indicators(in->definition, l))
		return "the goals have more indicators than disclosure control takes";
	for (uint32_t row = 0; row < in->columns->units; row++)
		for (unsigned r = 0; r <= in->earlier; r++)
			if (in->answer[r][row] != 0 && in->answer[r][row] != RELEASE_ABSENT)
				look_at(in->answer[r][row], l, &seen);
	for (size_t i = 0; i < l->indicators; i++) {
		l->met[i] = next_measure(l);
		l->shares |= l->met[i];
		l->not_met[i] = next_measure(l);
		l->not_applicable[i] = seen.not_applicable[i] ? next_measure(l) : 0;
	}
	find_pairs(in->definition, &seen, l);
	if (l->measures > MEASURES_MAX)
		return "the goals have more figures than disclosure control takes";
	return NULL;
}

static uint32_t
counted_as(const struct layout *l, uint64_t answer)
{
	uint32_t bits = RESPONDED;
	if (answer == 0 || answer == RELEASE_ABSENT)
		return answer == 0 ? 0 : DISCLOSURE_ABSENT;
	for (size_t i = 0; i < l->indicators; i++) {
		enum truth truth = truth_in(answer, i);
		bits |= truth == TRUTH_TRUE    ? l->met[i]
			: truth == TRUTH_FALSE ? l->not_met[i]
			: truth == TRUTH_NA    ? l->not_applicable[i]
					       : 0;
	}
	for (size_t i = 0; i < l->pairs; i++)
		if (truth_in(answer, l->pair[i].wide) == TRUTH_TRUE &&
		    truth_in(answer, l->pair[i].narrow) != TRUTH_TRUE)
			bits |= l->pair[i].bit;
	return bits;
}

/* ------------------------------------------------------------------- units */

/* Where a unit stands. Returns DISCLOSURE_CELLS_OF_UNIT_MAX + 1 when that is too much. */
static size_t
stand(const struct release_input *in, const struct columns *columns, uint32_t row,
    const enum release_told *told, uint16_t out[DISCLOSURE_CELLS_OF_UNIT_MAX])
{
	struct register_row r;
	uint16_t cell[CELLS_OF_UNIT_MAX];
	size_t n = 0;
	columns_row(columns, row, &r);
	size_t cells = cells_of_unit(in->cells, &r, cell);
	for (unsigned p = 0; p < in->definition->populations; p++) {
		enum truth member = columns_member(columns, row, p);
		size_t from = release_cell(in->definition, in->cells, p, 0);
		if (told[p] == TOLD_NOTHING || (member != TRUTH_TRUE && member != TRUTH_UNKNOWN))
			continue;
		if (n + cells > DISCLOSURE_CELLS_OF_UNIT_MAX)
			return DISCLOSURE_CELLS_OF_UNIT_MAX + 1;
		if (member == TRUTH_UNKNOWN)
			out[n++] = (uint16_t)(from + cells_count(in->cells));
		for (size_t i = 0; i < cells && member == TRUTH_TRUE; i++)
			if (i == 0 || told[p] == TOLD_CELLS) /* the first is the whole */
				out[n++] = (uint16_t)(from + cell[i]);
	}
	return n;
}

static enum release_status
refuse(struct release_report *report, const char *problem)
{
	report->problem = problem;
	return RELEASE_REFUSED;
}

static const struct columns *
columns_in(const struct release_input *in, unsigned r)
{
	return r == in->earlier || in->past == NULL ? in->columns : in->past[r];
}

/* By what cells, strata and populations are made of: turnover, say, is none of it. */
bool
release_is_same_row(const struct columns *a, const struct columns *b, uint32_t row)
{
	const struct attributes *x = &a->attributes[row], *y = &b->attributes[row];
	return a == b ||
	       (a->membership[row] == b->membership[row] && x->commune == y->commune &&
		   x->zone == y->zone && x->section == y->section && x->size_mask == y->size_mask &&
		   x->unit_type == y->unit_type && x->stratum == y->stratum);
}

bool
release_is_same_register(const struct columns *a, const struct columns *b)
{
	uint32_t row = 0;
	while (row < b->units && release_is_same_row(a, b, row))
		row++;
	return row == b->units;
}

/* A row that was changed between releases is a unit for each of the places it stood in, absent from
 * the releases when it stood elsewhere. */
static enum release_status
add_unit(struct disclosure *disclosure, const struct release_input *in, uint32_t row,
    const enum release_told *told, const uint32_t *as, struct release_report *report)
{
	uint16_t cell[DISCLOSURE_CELLS_OF_UNIT_MAX];
	uint32_t here[DISCLOSURE_EARLIER_MAX + 1];
	bool is_added[DISCLOSURE_EARLIER_MAX + 1] = {false};
	for (unsigned first = 0; first <= in->earlier; first++) {
		const struct columns *columns = columns_in(in, first);
		if (is_added[first])
			continue;
		for (unsigned r = 0; r <= in->earlier; r++) {
			bool is_here = release_is_same_row(columns, columns_in(in, r), row);
			here[r] = is_here ? as[r] : DISCLOSURE_ABSENT;
			is_added[r] |= is_here;
		}
		size_t n = stand(in, columns, row, told, cell);
		if (n > DISCLOSURE_CELLS_OF_UNIT_MAX)
			return refuse(
			    report, "a unit counts in more cells than disclosure control takes");
		enum disclosure_status status =
		    n > 0 ? disclosure_add(disclosure, cell, n, here) : DISCLOSURE_OK;
		if (status != DISCLOSURE_OK)
			return status == DISCLOSURE_NO_MEMORY
				   ? RELEASE_MEMORY
				   : refuse(report, disclosure_problem(disclosure));
	}
	return RELEASE_OK;
}

static enum release_status
add_units(struct disclosure *disclosure, const struct release_input *in, const struct layout *l,
    struct release_report *report)
{
	enum release_told told[POPULATIONS_MAX];
	uint32_t as[DISCLOSURE_EARLIER_MAX + 1];
	for (unsigned p = 0; p < in->definition->populations; p++)
		told[p] = release_told(in->definition, p);
	for (uint32_t row = 0; row < in->columns->units; row++) {
		if (!columns_is_drawn(in->columns, row))
			continue;
		for (unsigned r = 0; r <= in->earlier; r++)
			as[r] = counted_as(l, in->answer[r][row]);
		enum release_status status = add_unit(disclosure, in, row, told, as, report);
		if (status != RELEASE_OK)
			return status;
	}
	return RELEASE_OK;
}

/* ------------------------------------------------------------------- decisions */

static uint8_t
byte_of(const struct disclosure_decision *decision)
{
	switch (decision->action) {
	case DISCLOSURE_SHOW:
		return RELEASE_SHOW;
	case DISCLOSURE_KEEP:
		return (uint8_t)decision->kept;
	case DISCLOSURE_EMPTY:
		return RELEASE_EMPTY;
	case DISCLOSURE_WITHHOLD:
		break;
	}
	return disclosure_conf_status(decision) == 'A' ? RELEASE_FEW_UNITS : RELEASE_CONFIDENTIAL;
}

static void
tell(const struct disclosure *disclosure, size_t n, uint8_t *out, struct release_report *report)
{
	report->is_held = disclosure_is_held(disclosure);
	for (size_t i = 0; i < n; i++) {
		const struct disclosure_decision decision = disclosure_of(disclosure, i);
		out[i] = byte_of(&decision);
		report->shown += decision.action == DISCLOSURE_SHOW;
		report->kept += decision.action == DISCLOSURE_KEEP;
		report->withheld += decision.action == DISCLOSURE_WITHHOLD;
		report->empty += decision.action == DISCLOSURE_EMPTY;
	}
}

enum release_status
release_decide(const struct release_input *in, uint8_t *out, struct release_report *report)
{
	struct layout l;
	size_t n = release_cells(in->definition, in->cells);
	*report = (struct release_report){.problem = lay_out(in, &l)};
	if (report->problem != NULL)
		return RELEASE_REFUSED;
	const struct disclosure_rules rules = {
	    .frequency = in->frequency,
	    .measures = l.measures,
	    .responded = RESPONDED,
	    .shares = l.shares,
	    .certain = true,
	    .earlier = in->earlier,
	};
	struct disclosure_cell *cells = calloc(n + 1, sizeof(*cells));
	if (cells == NULL)
		return RELEASE_MEMORY;
	fill_cells(in, &l, cells);
	struct disclosure *disclosure = disclosure_new(&rules, cells, n, &report->problem);
	free(cells);
	if (disclosure == NULL)
		return report->problem != NULL ? RELEASE_REFUSED : RELEASE_MEMORY;
	enum release_status status = add_units(disclosure, in, &l, report);
	if (status == RELEASE_OK && disclosure_run(disclosure) != DISCLOSURE_OK)
		status = RELEASE_MEMORY;
	if (status == RELEASE_OK)
		tell(disclosure, n, out, report);
	disclosure_free(disclosure);
	return status;
}

void
release_repeat(const struct release_input *in, uint8_t *out)
{
	size_t n = release_cells(in->definition, in->cells);
	for (size_t cell = 0; cell < n; cell++) {
		out[cell] = RELEASE_CONFIDENTIAL;
		for (unsigned r = 0; r < in->earlier; r++)
			if (in->decision[r][cell] == RELEASE_SHOW)
				out[cell] = (uint8_t)r;
			else if (in->decision[r][cell] >= RELEASE_EMPTY)
				out[cell] = in->decision[r][cell];
	}
}
