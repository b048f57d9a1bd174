/* SPDX-License-Identifier: Apache-2.0 */
/* What khaosatd does instead of serving: it says what came of it and how to exit. In Vietnamese
 * where KHAOSAT_LANG is "vi", as the client has it; reasons of failures are in English. */
#ifndef KHAOSAT_COLLECTOR_OFFLINE_H
#define KHAOSAT_COLLECTOR_OFFLINE_H

#include "collector/config.h"

int offline_restore(const struct config *config);
int offline_verify(const struct config *config);
int offline_certificate(const struct config *config);

#endif
