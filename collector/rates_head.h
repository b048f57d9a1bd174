/* SPDX-License-Identifier: Apache-2.0 */
/* What rates and estimates have in common: which figures are asked for, and of which goals. Loop's
 * thread, but for rates_head_fill: any. */
#ifndef KHAOSAT_COLLECTOR_RATES_HEAD_H
#define KHAOSAT_COLLECTOR_RATES_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/figures.h"
#include "collector/request.h"
#include "collector/state.h"
#include "proto/khaosat.pb-c.h"

struct rates_asked {
	const char *body; /* of the request: "get_rates" */
	char *const *goal;
	size_t goals;
	const Khaosat__V1__Dimension *by;
	size_t dimensions;
	char **cell; /* their codes; none: all of those dimensions */
	size_t cells;
};

/* A round that has a register. False: answered. */
bool rates_find_round(struct request *r, const char *name, struct round_view *out);

/* Marks the goals, dimensions and cells of `out`, whose definition and cells are set; it borrows
 * from `asked`. False: answered. */
bool rates_read_wanted(
    struct request *r, const struct rates_asked *asked, struct figures_wanted *out);

/* A Rates message but for its figures; borrows the round, and points into itself. */
struct rates_head {
	Khaosat__V1__Rates message;
	Khaosat__V1__GoalInfo goal[GOALS_MAX], *goals[GOALS_MAX];
};
void rates_head_fill(struct rates_head *head, const struct round_view *round,
    const struct figures_wanted *wanted, uint64_t last);

#endif
