/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the disclosure_*.c files only. A place is a set of cells in which units stand; a history
 * is what a unit counted as, release by release; a group is the units of one place and history. */
#ifndef KHAOSAT_SURVEY_DISCLOSURE_PARTS_H
#define KHAOSAT_SURVEY_DISCLOSURE_PARTS_H

#include "survey/disclosure.h"

#define NO_CELL UINT32_MAX
#define NO_GROUP UINT32_MAX
#define NO_PLACE UINT32_MAX
#define NOWHERE_PLACE 0 /* of units in no cell: it comes first */

/* Distinct byte strings, numbered as they come. */
struct intern {
	uint8_t *bytes;
	size_t bytes_used, bytes_size;
	size_t *end; /* of string i; it begins at the end of the one before */
	size_t count, count_size;
	uint32_t *slot; /* 1 + number, 0 is free */
	size_t slots;   /* a power of two */
};

/* The number of the string; -1 when memory is out. */
int64_t intern_number(struct intern *in, const void *bytes, size_t n);
const void *intern_get(const struct intern *in, size_t number, size_t *n);
void intern_free(struct intern *in);

struct group {
	uint32_t place, history, units;
};

/* The items of k are item[begin[k]] to item[begin[k + 1] - 1]. */
struct shelf {
	uint32_t *begin, *item;
};

struct cell_state {
	struct disclosure_cell given;
	uint32_t weight; /* what it costs to withhold it */
	uint64_t inner;  /* tables with a cell of its family strictly inside this one */
	uint64_t outer;  /* tables with a cell of its family strictly around this one */
	bool open;       /* to be shown with today's figures */
	bool fixed;      /* may not be withheld for another's sake */
	bool exposed;
	enum disclosure_reason reason;
};

/* Units in `cell` and not in `minus`, which is NO_CELL or a cell inside. */
struct unit_set {
	uint32_t cell, minus;
};

/* A count of one set that must not be learned. */
struct secret {
	struct unit_set set;
	uint32_t bit;
	unsigned goal;     /* of the bit, or 0 */
	bool unrelated;    /* by who takes any combination of goals' answers to be possible */
	unsigned families; /* where its exchanges are looked for */
	uint64_t most;     /* the range it can have, up to the frequency */
	bool is_cut;       /* ... as far as the search went, which left something untried */
	bool reserve;      /* also when one unit outside is known */
};

struct disclosure {
	struct disclosure_rules rules;
	uint32_t measured; /* all bits of the measures */
	unsigned releases; /* this one included */
	struct cell_state *cell;
	size_t cells;
	unsigned families;                       /* there are, one bit each */
	unsigned goals;                          /* there are; 0: none is unrelated to another */
	struct intern places, histories, groups; /* as they were added */
	uint32_t *units;                         /* by number in groups */
	size_t units_size;
	const char *problem;
	bool failed, ran, held;

	/* made by order_units; from then on places, histories and groups are known by their rank */
	uint32_t *place_begin; /* cells of a place, ascending: place_cell[place_begin[p]] ... */
	uint16_t *place_cell;
	uint32_t *slot;       /* by cell: its bit in sets of cells; NO_CELL: it has no unit */
	uint16_t *cell_at;    /* by slot, ascending */
	size_t slots, words;  /* a set of cells is so many words of 64 bits */
	uint64_t *place_bits; /* [place][word], and after the last place the empty set */
	uint32_t *history;    /* [history][release] */
	struct group *group;
	uint32_t *group_of_place; /* groups of place p, by history: from [p] to [p + 1] */
	uint32_t *units_now;      /* by place: units in this release */
	struct shelf of_cell;     /* places of a cell */
	uint64_t *count;          /* [cell][release][1 + measure]: units, then the measures */

	/* made by rules_apply */
	struct secret *secret;
	size_t secrets, secrets_size;

	/* made by goals_sort */
	uint32_t told[DISCLOSURE_EARLIER_MAX + 1]; /* measures, by release: shown then of some cell,
						    * today perhaps */
	bool all_is_told;
	uint32_t apart;  /* of them those that only wholes of few units tell, and ... */
	bool *is_local;  /* [place]: is it in none of these? */
	uint32_t *kind;  /* [row][history]: row 0, alike for histories alike in all that is told; of
			  * a goal, in its measures and in those of none; then in measures of none;
			  * then in all that is told but those apart */
	uint64_t *tells; /* [row][word]: cells that publish measures of the goal, or all */
};

static inline bool
is_called_off(const struct disclosure *d)
{
	return d->rules.is_called_off != NULL && d->rules.is_called_off(d->rules.context);
}

static inline uint64_t *
counts_of(const struct disclosure *d, size_t cell, unsigned release)
{
	return d->count + (cell * d->releases + release) * (1 + d->rules.measures);
}

static inline const uint32_t *
history_of(const struct disclosure *d, uint32_t history)
{
	return d->history + (size_t)history * d->releases;
}

static inline uint32_t
kind_of(const struct disclosure *d, unsigned row, uint32_t history)
{
	return d->kind[row * d->histories.count + history];
}

/* The row of what is told of a place in no whole of few. */
static inline unsigned
row_of_local(const struct disclosure *d)
{
	return d->goals + 2;
}

static inline const uint64_t *
cells_telling(const struct disclosure *d, unsigned row)
{
	return d->tells + row * d->words;
}

/* Measures of a goal; of 0, those of none. */
static inline uint32_t
bits_of_goal(const struct disclosure *d, unsigned goal)
{
	uint32_t bits = 0;
	for (unsigned m = 0; m < d->rules.measures; m++)
		if (d->rules.goal[m] == goal)
			bits |= UINT32_C(1) << m;
	return bits;
}

/* What a history counts as in this release. */
static inline uint32_t
bits_now(const struct disclosure *d, uint32_t history)
{
	return history_of(d, history)[d->rules.earlier];
}

/* The cells of a place as a set; of the number of places, the empty set. */
static inline const uint64_t *
bits_of(const struct disclosure *d, size_t place)
{
	return d->place_bits + place * d->words;
}

static inline bool
place_has(const struct disclosure *d, uint32_t place, uint32_t cell)
{
	uint32_t slot = d->slot[cell];
	return slot != NO_CELL && (bits_of(d, place)[slot / 64] >> slot % 64 & 1) != 0;
}

/* The group of a place and history, or NO_GROUP. */
static inline uint32_t
group_at(const struct disclosure *d, uint32_t place, uint32_t history)
{
	uint32_t low = d->group_of_place[place], end = d->group_of_place[place + 1], high = end;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (d->group[middle].history < history)
			low = middle + 1;
		else
			high = middle;
	}
	return low < end && d->group[low].history == history ? low : NO_GROUP;
}

/* Over the groups of a cell, place by place. */
struct stroll {
	const uint32_t *place, *end;
	uint32_t group, last;
};

static inline struct stroll
stroll_in(const struct disclosure *d, uint32_t cell)
{
	const struct shelf *of = &d->of_cell;
	return (struct stroll){of->item + of->begin[cell], of->item + of->begin[cell + 1], 0, 0};
}

static inline struct stroll
stroll_nowhere(const struct disclosure *d)
{
	const uint32_t *of = d->group_of_place + NOWHERE_PLACE;
	return (struct stroll){NULL, NULL, of[0], of[1]};
}

/* NO_GROUP at the end. */
static inline uint32_t
stroll_on(const struct disclosure *d, struct stroll *s)
{
	while (s->group == s->last) {
		if (s->place == s->end)
			return NO_GROUP;
		s->group = d->group_of_place[*s->place];
		s->last = d->group_of_place[*s->place + 1];
		s->place++;
	}
	return s->group++;
}

static inline bool
set_has(const struct disclosure *d, struct unit_set set, uint32_t place)
{
	return place_has(d, place, set.cell) &&
	       (set.minus == NO_CELL || !place_has(d, place, set.minus));
}

/* disclosure_units.c: put the units in order and count. */
enum disclosure_status order_units(struct disclosure *d);

/* disclosure_rules.c: judge every cell and every difference; withhold what is unsafe, list the
 * secrets. */
enum disclosure_status rules_apply(struct disclosure *d);

/* disclosure_goals.c: what is told, and what hangs together by goals. */
enum disclosure_status goals_sort(struct disclosure *d);

/* disclosure_guard.c: withhold for others' sake until every secret is one. */
enum disclosure_status guard_apply(struct disclosure *d);

#endif
