/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of a text_table that tables of rates and of estimates have in common, as people read them:
 * "–" where there is no figure. One thread. */
#ifndef KHAOSAT_CLIENT_RATE_CELLS_H
#define KHAOSAT_CLIENT_RATE_CELLS_H

#include <stdio.h>

#include "client/rates_data.h"

/* Here and below `cell` has TEXT_CELL_BYTES. "G2_STRICT, by size". */
void rate_cell_head(
    const struct client *client, const char *goal, Khaosat__V1__Dimension dimension, char *cell);
void rate_cell_name(const char *name, unsigned depth, char *cell);
/* "12,5 – 80", rounded outward, but never onto the threshold from the other side of it. */
void rate_cell_range(const struct client *client, struct threshold t, struct fraction low,
    struct fraction high, char *cell);
/* How many more are needed: `needed` is the rate's own or the other way's; below 0 out of reach. */
void rate_cell_needed(
    const struct client *client, const Khaosat__V1__Rate *r, int64_t needed, char *cell);
void rate_cell_verdict(const struct client *client, const Khaosat__V1__Rates *rates,
    const Khaosat__V1__Rate *r, Khaosat__V1__Verdict verdict, char *cell);

/* The line below such a table: the round, the entry, the time, and that it is not to be published.
 */
void rate_cells_origin(const struct client *client, const Khaosat__V1__Rates *rates, FILE *to);

#endif
