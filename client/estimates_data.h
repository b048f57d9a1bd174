/* SPDX-License-Identifier: Apache-2.0 */
/* Estimates as they came from the collector: asked for, checked, and written for machines. People's
 * table is goals_table.h's. One thread. */
#ifndef KHAOSAT_CLIENT_ESTIMATES_DATA_H
#define KHAOSAT_CLIENT_ESTIMATES_DATA_H

#include <stdbool.h>
#include <stdio.h>

#include "client/connection.h"
#include "client/rates_data.h"
#include "survey/estimate.h"

/* "wilson" and so on, by value of IntervalMethod less one. */
#define ESTIMATES_METHODS 5
extern const char *const estimates_method_name[ESTIMATES_METHODS];

/* As rates_ask; response->estimates is there and sound. */
Khaosat__V1__Response *estimates_ask(const struct client *client, struct connection *c,
    struct rates_asked *asked, Khaosat__V1__IntervalMethod method, int *exit_code);

/* Whether every rate is sound and has its estimate, and no figure is none. */
bool estimates_are_sound(const Khaosat__V1__Estimates *estimates);

struct interval_end estimates_low(const Khaosat__V1__Estimate *e);
struct interval_end estimates_high(const Khaosat__V1__Estimate *e);
struct interval_end estimates_share(const Khaosat__V1__Estimate *e);
/* Whether an estimate has a standard error: none where the answers, all of one mind or only one,
 * leave it open. */
bool estimates_has_error(const Khaosat__V1__Rate *rate, const Khaosat__V1__Estimate *e);
/* Response of a sample, by design weights, to nine decimals; den 0: no figure, since nobody was
 * drawn there, or it is made for no such cell. */
struct fraction estimates_response_weighted(
    const Khaosat__V1__Rate *rate, const Khaosat__V1__Estimate *e);
struct response_rates estimates_response(
    const Khaosat__V1__Rate *rate, const Khaosat__V1__Estimate *e);

/* What rates_write_csv and _json write, and more fields behind it. */
void estimates_write_csv(const Khaosat__V1__Estimates *estimates, FILE *to);
bool estimates_write_json(const Khaosat__V1__Estimates *estimates, FILE *to); /* false: memory */

#endif
