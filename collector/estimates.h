/* SPDX-License-Identifier: Apache-2.0 */
/* The Estimates message: the figures of a Rates message, and beside each its estimate, from a copy
 * of the counters. Pure; any thread, meant for the worker. */
#ifndef KHAOSAT_COLLECTOR_ESTIMATES_H
#define KHAOSAT_COLLECTOR_ESTIMATES_H

#include <stddef.h>
#include <stdint.h>

#include "collector/counters.h"
#include "collector/figures.h"
#include "proto/khaosat.pb-c.h"
#include "survey/interval.h"

struct estimates_wanted {
	struct figures_wanted figures; /* but for its counts, which are taken from the counters */
	const struct counters *counters;
	enum interval_method method;
};

/* The bytes of the message, to be freed; `head` is its Rates but for the figures. NULL: out of
 * memory. */
uint8_t *estimates_encode(
    const struct estimates_wanted *wanted, const Khaosat__V1__Rates *head, size_t *n);

#endif
