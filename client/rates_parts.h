/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces that rates and estimates are written of for machines: rates_data.c makes them,
 * estimates_data.c puts more behind them. One thread. */
#ifndef KHAOSAT_CLIENT_RATES_PARTS_H
#define KHAOSAT_CLIENT_RATES_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "client/rates_data.h"

/* Without the end of the line. `time` is of the Rates, printed. */
void rates_csv_head(FILE *to);
void rates_csv_row(
    const Khaosat__V1__Rates *rates, const Khaosat__V1__Rate *r, const char *time, FILE *to);

/* How many more units, the rate's own or the other way's; nothing where no number decides it. */
void rates_csv_needed(const Khaosat__V1__Rate *r, int64_t needed, FILE *to);

/* New references; NULL: out of memory. Percentages are text: they are what was printed, digit for
 * digit; null: no figure. */
json_t *rates_json_needed(const Khaosat__V1__Rate *r, int64_t needed);
json_t *rates_json_share(struct fraction f, struct threshold t, enum rounding rounding);
json_t *rates_json_rate(const Khaosat__V1__Rates *rates, const Khaosat__V1__Rate *r);
json_t *rates_json_all(const Khaosat__V1__Rates *rates, json_t *list); /* takes the list */
bool rates_print_json(json_t *all, FILE *to); /* takes `all`, which may be NULL: false */

#endif
