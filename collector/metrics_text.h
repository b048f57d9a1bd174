/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' text format, version 0.0.4: families of samples, one after the other. Pure; any
 * thread. */
#ifndef KHAOSAT_COLLECTOR_METRICS_TEXT_H
#define KHAOSAT_COLLECTOR_METRICS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "collector/bytes.h"
#include "storage/histogram.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

/* A label's value may be any UTF-8. A list ends with name NULL; NULL: no labels. */
struct metrics_label {
	const char *name, *value;
};

/* The head of a family; its samples follow. A counter's name ends in _total. */
void metrics_family(struct bytes *out, const char *name, enum metrics_kind kind, const char *help);

void metrics_count(
    struct bytes *out, const char *name, const struct metrics_label *labels, uint64_t value);
/* A fraction, to six digits; none where den is 0. */
void metrics_ratio(struct bytes *out, const char *name, const struct metrics_label *labels,
    uint64_t num, uint64_t den);
/* A time, exact. */
void metrics_seconds(
    struct bytes *out, const char *name, const struct metrics_label *labels, uint64_t us);

/* A family of one histogram. `per_unit`: how many of what was counted make one of the unit in the
 * name: 1, or 1000000 for microseconds that are told in seconds. */
void metrics_histogram(struct bytes *out, const char *name, const char *help,
    const struct histogram *h, uint64_t per_unit);

#endif
