/* SPDX-License-Identifier: Apache-2.0 */
/* Rates as an officer reads them: a line a goal, or a line a cell under a heading for each goal and
 * dimension, then what the columns mean. One thread. */
#ifndef KHAOSAT_CLIENT_RATES_TABLE_H
#define KHAOSAT_CLIENT_RATES_TABLE_H

#include <stdio.h>

#include "client/client.h"
#include "proto/khaosat.pb-c.h"

/* `rates` must be sound (rates_data.h). False: out of memory. */
bool rates_table_print(const struct client *client, const Khaosat__V1__Rates *rates, FILE *to);

#endif
