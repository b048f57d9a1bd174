/* SPDX-License-Identifier: Apache-2.0 */
/* Secondary suppression under way. Inside disclosure_guard.c and disclosure_best.c only. */
#ifndef KHAOSAT_SURVEY_DISCLOSURE_GUARD_H
#define KHAOSAT_SURVEY_DISCLOSURE_GUARD_H

#include "survey/disclosure_swap.h"

struct guard {
	struct disclosure *d;
	uint64_t deep; /* see struct swaps */
	struct alike alike;
	struct swaps least[2]; /* as if only what must be shown were shown: of one family, of all */
	struct swaps swaps;
	bool stale; /* cells were withheld since swaps was indexed, or tables are relaxed */
	struct side side[2]; /* down, up */
	uint32_t *order;     /* cells, cheapest first */
	uint32_t *hidden;    /* cells to be looked at once more */
	uint64_t *needs;     /* by secret: cells whose figures its exchanges change */
	uint64_t *spare;     /* the same of those that are tried again ... */
	size_t *tried;       /* ... which are these */
	uint32_t *member;    /* groups of the set aimed at last */
	struct unit_set set;
	size_t members;
	struct unit_set answered; /* the set whose answered were judged last: are they kept? */
	bool answered_is_kept;
	bool is_cut;     /* see most_within */
	bool thorough;   /* all partners are tried, earlier releases or not */
	uint32_t untold; /* goals that nothing may tell of today, one bit each */
};

static inline bool
guard_has_enough(const struct guard *g)
{
	return side_has_enough(&g->side[0]);
}

/* How far its count can be open, at most. */
uint64_t guard_bound(const struct disclosure *d, const struct secret *secret);

/* The tables about a set, one bit each. */
uint64_t guard_tables(const struct disclosure *d, struct unit_set set);

/* What kinds of exchanges a secret has: of all that units counted as; of its goal; and, where goals
 * are unrelated, of having answered. */
static inline unsigned
guard_kinds(const struct secret *secret)
{
	return 1U + (secret->goal != 0 ? 1 : 0) + (secret->unrelated ? 1 : 0);
}

/* The same settings for one of these kinds. */
static inline struct swaps_settings
guard_of_kind(struct swaps_settings settings, const struct secret *secret, unsigned kind)
{
	settings.goal = kind == 1 ? secret->goal : 0;
	settings.unrelated = kind > 0 && secret->unrelated;
	settings.bit = secret->bit;
	return settings;
}

/* Take the best exchanges that touch no more than these settings allow, and withhold what they
 * touch. False: there were none. */
bool guard_take_best(struct guard *g, struct swaps *swaps, struct swaps_settings settings);
/* The same among ever more tables, for a secret. */
bool guard_take_cheapest(struct guard *g, const struct secret *secret);
/* The same among plain exchanges, whatever they touch. */
bool guard_take_anything(struct guard *g);

#endif
