/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of metrics_write, each of which appends whole families. */
#ifndef KHAOSAT_COLLECTOR_METRICS_PARTS_H
#define KHAOSAT_COLLECTOR_METRICS_PARTS_H

#include "collector/metrics.h"

void metrics_process(struct bytes *out);                        /* metrics_process.c */
void metrics_traffic(struct server *server, struct bytes *out); /* metrics_traffic.c */
void metrics_goals(struct server *server, struct bytes *out);   /* metrics_goals.c */

#endif
