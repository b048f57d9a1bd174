/* SPDX-License-Identifier: Apache-2.0 */
/* Rates as they came from the collector: asked for, checked, and written for machines. People's
 * table is rates_table.h's. One thread. */
#ifndef KHAOSAT_CLIENT_RATES_DATA_H
#define KHAOSAT_CLIENT_RATES_DATA_H

#include <stdbool.h>
#include <stdio.h>

#include "client/connection.h"
#include "survey/rates.h"

#define RATES_DIMENSIONS 7
#define RATES_GOALS_MAX 64
#define RATES_CELLS_MAX 64

/* What nothing that leaves here is without, as long as disclosure control is not applied. */
#define RATES_MARK "INTERNAL"

struct rates_asked {
	char *round;
	char *goal[RATES_GOALS_MAX];
	size_t goals;
	Khaosat__V1__Dimension by[RATES_DIMENSIONS];
	size_t dimensions;
	char *cell[RATES_CELLS_MAX]; /* their codes; none: all */
	size_t cells;
};

/* "zone" and so on, by value of Dimension. */
extern const char *const rates_dimension_name[RATES_DIMENSIONS];
/* The dimension of that name, or -1. */
int rates_dimension(const char *name);

/* Ask. NULL: said why, *exit_code set; else response->rates is there and sound. */
Khaosat__V1__Response *rates_ask(
    const struct client *client, struct connection *c, struct rates_asked *asked, int *exit_code);

/* "the collector sent rates that cannot be read": frees the response, returns NULL. */
Khaosat__V1__Response *rates_refuse(
    const struct client *client, Khaosat__V1__Response *response, int *exit_code);

/* Whether every rate has its goal, every goal a date and every count a size that can be reckoned
 * with. */
bool rates_are_sound(const Khaosat__V1__Rates *rates);

const Khaosat__V1__GoalInfo *rates_goal(const Khaosat__V1__Rates *rates, const char *code);
struct rate_counts rates_counts(const Khaosat__V1__Rate *rate);
struct threshold rates_threshold(const Khaosat__V1__GoalInfo *goal);

/* RFC 4180, UTF-8, decimal points, a header; counts and fractions exact beside the percentages.
 * Those of one dimension, or with -1 of all. */
void rates_write_csv(const Khaosat__V1__Rates *rates, int dimension, FILE *to);
/* The same as JSON. False: out of memory. */
bool rates_write_json(const Khaosat__V1__Rates *rates, int dimension, FILE *to);

#endif
