/* SPDX-License-Identifier: Apache-2.0 */
/* Is a sum (revenue, workers, hectares) safe to publish by itself? Dominance and p %
 * (domain.md 2.7). Nothing that is published is a sum: all figures of exports are counts and shares
 * of units, and response rates by employees are for staff only. So nobody asks here yet; sums in
 * the margins of one another would need secondary suppression on top, which is not here. Pure. */
#ifndef KHAOSAT_SURVEY_DISCLOSURE_MAGNITUDE_H
#define KHAOSAT_SURVEY_DISCLOSURE_MAGNITUDE_H

#include <stdbool.h>
#include <stdint.h>

/* A cell's contributors: how many, their sum, the two largest. Contributions are not negative. */
struct magnitude {
	uint64_t units, total, largest, second;
};

/* Defaults of domain.md: frequency 5 (floor 3), dominance (2, 85), p 10. */
struct magnitude_rules {
	uint64_t frequency;
	unsigned dominance_pct; /* of the two largest together */
	unsigned p_pct;         /* as close as this the second may not estimate the largest */
};

enum magnitude_verdict {
	MAGNITUDE_SAFE,
	MAGNITUDE_EMPTY,
	MAGNITUDE_FEW_UNITS,
	MAGNITUDE_DOMINATED,
	MAGNITUDE_P_PERCENT,
	MAGNITUDE_IMPOSSIBLE /* no such contributors can be: the caller's mistake */
};

void magnitude_add(struct magnitude *m, uint64_t contribution);
enum magnitude_verdict magnitude_judge(
    const struct magnitude *m, const struct magnitude_rules *rules);

#endif
