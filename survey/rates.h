/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of a goal in a cell, and what follows from them: shares, bounds, verdict. Integers until
 * the last division; verdicts from integers only. Bounds after Manski: the worst and best case of
 * silence. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_RATES_H
#define KHAOSAT_SURVEY_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/definition.h"

/* All counts are units, below 2^32. A respondent whose indicator is not applicable is in none. */
struct rate_counts {
	uint64_t n;       /* certain members of the population */
	uint64_t met;     /* TRUE */
	uint64_t not_met; /* FALSE */
	uint64_t unknown; /* UNKNOWN: item non-response */
	/* units whose membership is unknown because a register cell is empty */
	uint64_t n_unknown;
	uint64_t n_unknown_met;
	uint64_t n_unknown_not_met;
	/* in a sample round, units of n and of n_unknown that were not drawn: silent for good */
	uint64_t undrawn, n_unknown_undrawn;
};

static inline uint64_t
rate_responded(const struct rate_counts *c)
{
	return c->met + c->not_met + c->unknown;
}

/* Certain members that are asked: all of them, but in a sample. */
static inline uint64_t
rate_asked(const struct rate_counts *c)
{
	return c->n - c->undrawn;
}

enum verdict {
	VERDICT_MET = 1,
	VERDICT_NOT_MET = 2,
	VERDICT_NOT_APPLICABLE = 3,
	VERDICT_UNDECIDED = 4,
	/* with an estimate (survey/estimate.h) the last becomes one of these */
	VERDICT_LIKELY_MET = 5,
	VERDICT_LIKELY_NOT_MET = 6,
	VERDICT_INCONCLUSIVE = 7,
	VERDICT_INSUFFICIENT = 8 /* too little was answered to estimate */
};

struct threshold {
	uint32_t pct;
	bool strict; /* 100*a > pct*b; else 100*a >= pct*b */
};

bool threshold_meets(struct threshold t, uint64_t a, uint64_t b);

/* Certain whatever silence, unknown answers and unknown membership hide; else UNDECIDED. */
enum verdict rate_verdict(struct threshold t, const struct rate_counts *c);

/* The least that rounded counts leave certain, each of them being within so much of the true one:
 * what verdict and bounds say of these holds of the true ones too; needed and n_unknown together
 * are the most it can take. */
struct rate_counts rate_widened(const struct rate_counts *c, uint64_t within);

/* How many more units must turn out met, of those asked that are still silent or unknown, before
 * rate_verdict says met: 0 when it does, -1 when it cannot any more. */
int64_t rate_needed(struct threshold t, const struct rate_counts *c);

/* How many more must turn out not met before it says not met; likewise. */
int64_t rate_needed_not(struct threshold t, const struct rate_counts *c);

/* Fractions, not reduced; den 0: no figure. */
struct fraction {
	uint64_t num, den;
};

struct fraction rate_register_share(const struct rate_counts *c);   /* m / N */
struct fraction rate_respondent_share(const struct rate_counts *c); /* m / (m + f) */
struct fraction rate_bound_low(const struct rate_counts *c);  /* least share however N_u resolves */
struct fraction rate_bound_high(const struct rate_counts *c); /* greatest, likewise */

enum rounding {
	ROUND_HALF_AWAY,
	ROUND_DOWN, /* lower bounds */
	ROUND_UP    /* upper bounds */
};

#define FRACTION_MAX (UINT64_C(1) << 33) /* what percentages are reckoned exactly of */

/* As many as it takes for no share of ten million units to print as a threshold that it is not. */
#define DECIMALS_MAX 7

/* A fraction of numbers up to FRACTION_MAX as percent with `decimals` (0 to DECIMALS_MAX) digits,
 * "80.0", from exact integers; `comma` for the Vietnamese locale. "" when den is 0. out has room
 * for 32 bytes. */
void percent_print(
    struct fraction f, unsigned decimals, enum rounding rounding, bool comma, char out[32]);

/* The same, with one decimal, and as many more (up to DECIMALS_MAX) as it takes for the print not
 * to equal the threshold when the fraction does not. */
void percent_print_against(
    struct fraction f, struct threshold t, enum rounding rounding, bool comma, char out[32]);

/* Words for people. `progress`: before the deadline. */
const char *verdict_code(enum verdict v); /* "DAT", "KHONG_DAT", as in survey/METHODS.md */
void verdict_words(enum verdict v, bool progress, const char *deadline, char vi[96], char en[96]);

#endif
