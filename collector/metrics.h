/* SPDX-License-Identifier: Apache-2.0 */
/* What operators watch, as Prometheus reads it: what the meters counted, how full everything is,
 * and where each goal of an open round stands. Any thread. */
#ifndef KHAOSAT_COLLECTOR_METRICS_H
#define KHAOSAT_COLLECTOR_METRICS_H

#include "collector/bytes.h"
#include "collector/server.h"

void metrics_write(struct server *server, struct bytes *out);

#endif
