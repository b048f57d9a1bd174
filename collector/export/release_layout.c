/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/release_layout.h"

#include <string.h>

#include "survey/kleene.h"

#define MEASURES_MAX DISCLOSURE_MEASURES_MAX
#define RECENT 4096 /* answers: a power of two */

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

/* ------------------------------------------------------------------- goals */

static void
join(unsigned *first, size_t n, unsigned one, unsigned other)
{
	for (size_t i = 0; i < n; i++)
		if (first[i] == one || first[i] == other)
			first[i] = one < other ? one : other;
}

/* The first indicator of each one's goal: those that goals of one group have are variants. */
static void
find_firsts(const struct definition *d, const struct layout *l, unsigned *first)
{
	for (unsigned i = 0; i < l->indicators; i++)
		first[i] = i;
	for (size_t g = 0; g < d->goals; g++)
		for (size_t h = 0; h < g; h++)
			if (strcmp(d->goal[g].group, d->goal[h].group) == 0)
				join(first, l->indicators, first[slot_of(l, d->goal[g].indicator)],
				    first[slot_of(l, d->goal[h].indicator)]);
}

static void
name_goal(struct layout *l, uint32_t bits, unsigned first)
{
	for (unsigned m = 0; m < l->measures; m++)
		if ((bits >> m & 1) != 0)
			l->goal[m] = (uint8_t)(1 + first);
}

static void
name_goals(const struct definition *d, struct layout *l)
{
	unsigned first[RELEASE_INDICATORS_MAX];
	find_firsts(d, l, first);
	for (unsigned i = 0; i < l->indicators; i++)
		name_goal(l, l->met[i] | l->not_met[i] | l->not_applicable[i], first[i]);
	for (size_t i = 0; i < l->pairs; i++)
		name_goal(l, l->pair[i].bit, first[l->pair[i].narrow]);
}

/* ------------------------------------------------------------------- what occurs */

/* Most answers are as one of those before. */
static void
look_at_all(const struct release_input *in, const struct layout *l, struct seen *seen)
{
	uint64_t recent[RECENT] = {0};
	for (unsigned r = 0; r <= in->earlier; r++)
		for (uint32_t row = 0; row < in->columns->units; row++) {
			uint64_t answer = in->answer[r][row];
			uint64_t *same = &recent[(answer * UINT64_C(0x9e3779b97f4a7c15)) >> 52];
			if (answer == *same || answer == 0 || answer == RELEASE_ABSENT)
				continue;
			*same = answer;
			look_at(answer, l, seen);
		}
}

const char *
layout_make(const struct release_input *in, struct layout *l)
{
	struct seen seen = {0};
	*l = (struct layout){.measures = 1};
	if (!find_indicators(in->definition, l))
		return "the goals have more indicators than disclosure control takes";
	look_at_all(in, l, &seen);
	for (size_t i = 0; i < l->indicators; i++) {
		l->met[i] = next_measure(l);
		l->shares |= l->met[i];
		l->not_met[i] = next_measure(l);
		l->not_applicable[i] = seen.not_applicable[i] ? next_measure(l) : 0;
	}
	find_pairs(in->definition, &seen, l);
	if (l->measures > MEASURES_MAX)
		return "the goals have more figures than disclosure control takes";
	name_goals(in->definition, l);
	return NULL;
}

/* What an indicator that turned out so is counted in; 0: nothing. */
static uint32_t
measure_of(const struct layout *l, size_t indicator, enum truth truth)
{
	switch (truth) {
	case TRUTH_TRUE:
		return l->met[indicator];
	case TRUTH_FALSE:
		return l->not_met[indicator];
	case TRUTH_NA:
		return l->not_applicable[indicator];
	case TRUTH_UNKNOWN:
		break;
	}
	return 0;
}

static bool
is_between(const struct pair *pair, uint64_t answer)
{
	return truth_in(answer, pair->wide) == TRUTH_TRUE &&
	       truth_in(answer, pair->narrow) != TRUTH_TRUE;
}

uint32_t
layout_counted_as(const struct layout *l, uint64_t answer)
{
	uint32_t bits = RESPONDED;
	if (answer == 0)
		return 0;
	if (answer == RELEASE_ABSENT)
		return DISCLOSURE_ABSENT;
	for (size_t i = 0; i < l->indicators; i++)
		bits |= measure_of(l, i, truth_in(answer, i));
	for (size_t i = 0; i < l->pairs; i++)
		bits |= is_between(&l->pair[i], answer) ? l->pair[i].bit : 0;
	return bits;
}

uint32_t
layout_told(const struct layout *l, const struct definition *d, unsigned population, bool whole)
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
