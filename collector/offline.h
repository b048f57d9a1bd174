/* SPDX-License-Identifier: Apache-2.0 */
/* What khaosatd does instead of serving: it says what came of it and how to exit. */
#ifndef KHAOSAT_COLLECTOR_OFFLINE_H
#define KHAOSAT_COLLECTOR_OFFLINE_H

#include "collector/config.h"

int offline_restore(const struct config *config);
int offline_verify(const struct config *config);
int offline_certificate(const struct config *config);

#endif
