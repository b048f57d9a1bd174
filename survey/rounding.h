/* SPDX-License-Identifier: Apache-2.0 */
/* Controlled rounding: each count becomes a multiple of the base, beside which it lies, and the
 * rounded tables still add up. Pure.
 *
 * A cell has a threshold, a secret number below the base that stays its own for ever. By itself a
 * count is rounded up when what it has above the multiple below it and the threshold reach the base
 * together: so the same count of the same cell is always rounded the same way, more exports tell no
 * more, and at the moment when it jumps its last digit may still be any. Of the parts of a line as
 * many go up as make their sum: those that come nearest to it. (Cox 1987 calls a rounding
 * controlled when all margins are kept, and zero-restricted when multiples stay.)
 *
 * What is told, to who knows all this but no threshold, each being as likely as any other and
 * independent of the counts. (1) Of a count c by itself with threshold t: base * floor((c + t) /
 * base), so of all its exports nothing but what c + t tells. c less k and t more k are told alike,
 * for k from -t to below base - t, in every export at once: so `base` values, next to one another,
 * stay as likely among themselves as they were held before, even by who knows how the count changed
 * from one export to the next. (2) Of tables rounded once, without caps and lows: all counts that
 * add up and have the same multiple below them, and where that was rounded up are no multiple, are
 * told alike by some thresholds (the largest of those rounded up, 0 of others: then those are the
 * readiest). So of a count rounded up base - 1 values stay possible, of others `base`, as far as
 * the sums let them; who sees the tables does not know which it was. Not told here: how likely each
 * of these is; what several exports of tables tell together, by the order in which parts of a line
 * go up; what cells with one threshold between them tell of one another; what follows from caps and
 * lows.
 *
 * A count may have a cap, the rounded count of which it is a part, so that of rounded counts too
 * met and not met are no more than answered, and answered no more than there are. Where caps and
 * sums do not fit otherwise, a total stays below its count, and parts move further, multiples too
 * then; rounding_within says how far any did. */
#ifndef KHAOSAT_SURVEY_ROUNDING_H
#define KHAOSAT_SURVEY_ROUNDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUNDING_BASE_MIN 3
#define ROUNDING_BASE_MAX 100

/* A threshold is in units of 1 / ROUNDING_PARTS, below base * ROUNDING_PARTS. */
#define ROUNDING_PARTS (UINT64_C(1) << 32)

/* A cell is the sum of those of part[first .. first + parts). A cell is a part of one line at most,
 * and of no other before it is the total of one. */
struct rounding_line {
	uint32_t total, first, parts;
};

struct rounding_table {
	unsigned base;
	size_t cells;
	const struct rounding_line *line;
	size_t lines;
	const uint32_t *part;
	/* NULL, or called before each line's parts are rounded, when all lines before it and its
	 * total are: until it returns, lows and caps of the parts may be tightened. */
	void (*before_line)(void *context, size_t line);
	void *context;
};

/* By cell: its counts, thresholds, caps (multiples; those of parts together no less than that of
 * their total; NULL: none), and lows, which are multiples too: a part is told as less only where
 * its total or its cap wants it so (NULL: none). False: out of memory. */
bool rounding_apply(const struct rounding_table *table, const uint64_t *count,
    const uint64_t *threshold, const uint64_t *low, const uint64_t *cap, uint64_t *out);

/* No count moved further than this: base - 1, unless one did. */
uint64_t rounding_within(
    const struct rounding_table *table, const uint64_t *count, const uint64_t *rounded);

#endif
