/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges of what units counted as, that leave every published figure as it is. Inside the
 * disclosure_*.c files only.
 *
 * In the plain exchange a unit of the set, A, and one outside, B, trade their histories. No figure
 * changes but those of the cells in which one of the two stands and not the other. Where such a
 * cell is published, a second pair may mend it: C does as A did, D as B, and the figure stays if
 * as many of A and C are in the cell as of B and D. (The corners of a rectangle in a two-way table
 * are one such pair of pairs.) */
#ifndef KHAOSAT_SURVEY_DISCLOSURE_SWAP_H
#define KHAOSAT_SURVEY_DISCLOSURE_SWAP_H

#include "survey/disclosure_alike.h"

#define NEVER UINT32_MAX
#define ALL_FAMILIES ((2U << DISCLOSURE_FAMILIES_MAX) - 2)

/* Where the histories of A and B differ in the measures of one goal alone, only cells that publish
 * such measures change. And who takes goals to be unrelated holds it possible that units trade what
 * they counted as for that goal, and keep the rest, if both had answered: such an exchange leaves
 * combinations that perhaps nobody gave. Either is called one of that goal. The mending pair then
 * need only be of the same kind as A and B (kind_of). */

/* A, B, C, D as above, by group; C and D may be NO_GROUP. A and C have one history, B and D one;
 * but where A's own does not fit, A first trades it, plainly, for that of `via`. */
struct swap {
	uint32_t group[4];
	uint32_t via;
	uint32_t paired, crossed; /* by goal, see struct walk */
};

/* One way to move the set's count: down gives away units that have the bit, up those that have not.
 * Together with the other way it has to reach `wanted`. */
struct side {
	const struct side *other;
	struct unit_set set;
	uint32_t bit;
	bool down;
	bool reserve;           /* some of it must be left when one unit outside is known */
	uint64_t wanted;        /* in both ways */
	uint64_t got;           /* by how much the count can move this way */
	uint32_t tight;         /* groups of the set that have no exchange in reserve */
	uint32_t *used;         /* by group: units already in an exchange */
	const uint32_t *member; /* groups of the set */
	size_t members;
};

#define TAKES_MAX 1024

struct taken {
	struct swap swap;
	uint32_t units;
	unsigned row;
	bool today; /* see swap_is_told_today */
};

/* What a search may change. */
struct swaps_settings {
	unsigned families; /* those looked at, one bit each; cells of others stay as they are */
	uint64_t relaxed;  /* tables taken as withheld ... */
	uint64_t small;    /* ... and cells of no more units than this ... */
	bool past;         /* ... but not those that an earlier release showed */
	bool least;        /* as if only what must be shown were shown */
	bool by_way;       /* see swaps_take_with */
	bool alone;        /* as if this were the first release */
	unsigned goal;     /* exchanges of that goal; 0: of all that units counted as */
	bool unrelated;    /* ... where the histories may differ in other goals too; of goal 0:
			    * of having answered, and each goal's answers in pairs ... */
	uint32_t bit;      /* ... but this bit comes to A as if from B */
};

/* Sets of cells, each as its words. */
struct swaps_cells {
	uint64_t *family;  /* of the families looked at */
	uint64_t *looked;  /* of these, what an exchange can change */
	uint64_t *bond;    /* must keep its figures, published or not: the other families know it */
	uint64_t *fixed;   /* shown, and never withheld for another's sake */
	uint64_t *paid;    /* shown: to touch it is to withhold it */
	uint64_t *shown;   /* [earlier release]: shown by it */
	uint64_t *touched; /* by the attempt under way */
};

struct swaps {
	const struct disclosure *d;
	struct swaps_settings set;
	struct swaps_cells in;
	uint32_t *weight; /* by slot */
	uint64_t *key;    /* by place: a digest of its published cells outside these tables */
	bool *kept;       /* by cell: whether it is in the keys */

	/* Places by key; and for keys that were asked for, their groups by key and history. */
	uint32_t *place_head, *place_next, *head, *next, *gathered;
	size_t place_heads, heads;
	bool listed_thorough;
	uint32_t listing; /* number of the lists; 0: those of other keys */

	bool *pinned;   /* by history: absent somewhere, so it is known whose it is */
	bool free_only; /* take what touches nothing, or nothing */
	bool thorough;  /* try as many as the budget allows */
	bool is_cut; /* something was left untried: there may be more exchanges than were found */
	unsigned budget;
	uint64_t *deep; /* steps that thorough searches have left, in all */
	struct alike *groups;
	uint64_t work;   /* steps so far, in all */
	uint32_t traded; /* measures in which the histories of an exchange may differ ... */
	uint32_t alike;  /* ... and in which not */
	unsigned row;    /* of kinds of histories, and of cells that tell */

	/* the attempt under way */
	uint32_t *touch; /* cells that it would withhold */
	size_t touches;
	uint64_t cost, limit; /* it is at its end when it costs as much */
	struct taken *taken;  /* by this attempt, from before on, and those that succeeded */
	size_t takes, before;
};

bool swaps_open(struct swaps *s, const struct disclosure *d, struct alike *groups, uint64_t *deep);
void swaps_close(struct swaps *s);

/* Digest again, with these settings: cells were withheld, or other tables are relaxed. */
void swaps_index(struct swaps *s, struct swaps_settings settings);

bool side_is_wide(const struct side *side); /* without the reserve */
bool side_has_enough(const struct side *side);

/* The first exchange for another secret: none is taken, of neither side. */
void swaps_forget(struct swaps *s, struct side sides[2]);

/* Makes a set of the cells in which the exchanges taken change a figure. */
void swaps_needs(const struct swaps *s, uint64_t *needs);

/* An attempt takes exchanges, and touches the cells they need withheld, until it is given up. It
 * ends when that costs `limit` or more. */
void swaps_begin(struct swaps *s, uint64_t limit);
void swaps_give_up(struct swaps *s, struct side *side);

/* Take exchanges that touch no published cell. */
void swaps_take_free(struct swaps *s, struct side *side);
/* Take exchanges with units of that cell, or of NO_CELL nowhere, that touch cells of the relaxed
 * tables only; `by_way`: of those in which A first trades what it counted as before. */
void swaps_take_with(struct swaps *s, struct side *side, uint32_t partner, bool by_way);
/* Take the cheapest plain exchange, whatever it touches. */
void swaps_take_cheapest(struct swaps *s, struct side *side);

/* For disclosure_search.c. */

/* The cells of up to four places, as sets. Where units of other histories than A and B mend, and
 * goals are unrelated, each goal's answers are traded within pairs of units that stand alike in all
 * cells telling of it: A with B and C with D, or crossed, A with D and C with B. */
struct walk {
	const uint64_t *of[4];
	uint32_t paired, crossed; /* goals, one bit each */
};

struct walk swap_walk(const struct disclosure *d, const struct swap *swap);
/* The cells in which some figure changes, of those that publish what is traded. */
uint64_t swap_changed(const struct disclosure *d, const struct walk *w, size_t word);
/* The weight of what an exchange needs withheld beyond what is, and is touched; or NEVER, also
 * where it would be `limit` or more. The two histories differ in the releases `before`, and in this
 * one, if `today`. */
uint32_t swap_walk_cost(
    const struct swaps *s, const struct walk *w, uint64_t before, bool today, uint32_t limit);
/* The same; and how goals are best traded. */
uint32_t swap_cost(struct swaps *s, struct swap *swap, uint32_t limit);
/* What must not be paid for an exchange. */
uint32_t swaps_too_dear(const struct swaps *s);
bool swaps_is_spent(const struct swaps *s);
void swaps_spend(struct swaps *s);
/* Releases before this one that tell the two histories apart. */
uint64_t swap_differ_before(const struct swaps *s, uint32_t one, uint32_t other);
/* Does an exchange change anything that may be shown today? */
bool swap_is_told_today(const struct swaps *s, const struct swap *swap);
/* May units of the two histories trade? */
bool swaps_may_trade(const struct swaps *s, uint32_t one, uint32_t other);
static inline uint32_t
swap_history(const struct disclosure *d, uint32_t group)
{
	return d->group[group].history;
}
/* What A has when it comes to the exchange. */
static inline uint32_t
swap_history_brought(const struct disclosure *d, const struct swap *swap)
{
	return swap_history(d, swap->via == NO_GROUP ? swap->group[0] : swap->via);
}
/* Must figures of the cell stay as they are, for all that this search may change? */
bool swaps_must_keep(const struct swaps *s, uint32_t cell);
/* The first of a list of places, among them all with this key. */
uint32_t swaps_place(const struct swaps *s, uint64_t key);
/* The first of a list of groups, among them all with this key and kind of history, places
 * ascending; `local`: of local places, where there is a difference, or of others. */
uint32_t swaps_first(struct swaps *s, uint64_t key, uint32_t history, bool local);
/* By what row of kinds are histories alike that mend, in a place? In a search that leaves nothing
 * untried, where no cell tells of wholes of few, by that of all else. */
static inline unsigned
swaps_row_at(const struct swaps *s, uint32_t place)
{
	return s->row == 0 && s->thorough && s->d->is_local[place] ? row_of_local(s->d) : s->row;
}
/* The row by which all are alike that are so in a place by its own: local places have fewer kinds.
 */
static inline unsigned
swaps_row_of_all(const struct swaps *s)
{
	return s->row == 0 && s->thorough ? row_of_local(s->d) : s->row;
}
/* Is it a group to give away from the set, or one to be given for it? */
static inline bool
side_gives(const struct side *side, const struct swaps *s, uint32_t group)
{
	uint32_t history = s->d->group[group].history;
	return !s->pinned[history] && ((bits_now(s->d, history) & side->bit) != 0) == side->down;
}
static inline bool
side_takes(const struct side *side, const struct swaps *s, uint32_t group)
{
	uint32_t history = s->d->group[group].history;
	return !s->pinned[history] && ((bits_now(s->d, history) & side->bit) != 0) != side->down;
}
static inline uint32_t
side_left_of(const struct side *side, const struct swaps *s, uint32_t group)
{
	return s->d->group[group].units - side->used[group];
}
/* A group of the set may hold one exchange more than it has units, in reserve. */
static inline uint32_t
side_left_of_set(const struct side *side, const struct swaps *s, uint32_t group)
{
	return s->d->group[group].units + (side->reserve ? 1 : 0) - side->used[group];
}
/* As many units as it takes and there are. False: the attempt is at its end. */
bool swaps_take(struct swaps *s, struct side *side, const struct swap *swap);

#endif
