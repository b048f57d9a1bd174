/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a store, made whole. Only store.c includes this. */
#ifndef KHAOSAT_STORAGE_STORE_OPTIONS_H
#define KHAOSAT_STORAGE_STORE_OPTIONS_H

#include "storage/store.h"

/* Defaults where nothing is given; without what the caller only lends: folder, log_id. */
struct store_options store_options_complete(const struct store_options *given);

#endif
