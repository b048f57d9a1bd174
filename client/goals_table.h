/* SPDX-License-Identifier: Apache-2.0 */
/* Estimates for people: response, estimate, interval, bounds and the full verdict of each goal, in
 * the client's language. */
#ifndef KHAOSAT_CLIENT_GOALS_TABLE_H
#define KHAOSAT_CLIENT_GOALS_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "client/client.h"
#include "proto/khaosat.pb-c.h"

/* `estimates` must be sound (estimates_data.h). False: out of memory. */
bool goals_table_print(
    const struct client *client, const Khaosat__V1__Estimates *estimates, FILE *to);

#endif
