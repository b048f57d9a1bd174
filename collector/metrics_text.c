/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/metrics_text.h"

#include <stdio.h>

#define MICRO UINT64_C(1000000)

void
metrics_family(struct bytes *out, const char *name, enum metrics_kind kind, const char *help)
{
	static const char *const kinds[] = {"counter", "gauge", "histogram"};
	bytes_print(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kinds[kind]);
}

static void
put_escaped(struct bytes *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			bytes_text(out, "\\n");
			continue;
		}
		if (*text == '"' || *text == '\\')
			bytes_char(out, '\\');
		bytes_char(out, *text);
	}
}

/* Up to the blank before the value. */
static void
put_name(struct bytes *out, const char *name, const struct metrics_label *labels)
{
	bytes_text(out, name);
	for (size_t i = 0; labels != NULL && labels[i].name != NULL; i++) {
		bytes_print(out, "%c%s=\"", i == 0 ? '{' : ',', labels[i].name);
		put_escaped(out, labels[i].value);
		bytes_text(out, labels[i + 1].name == NULL ? "\"}" : "\"");
	}
	bytes_char(out, ' ');
}

void
metrics_count(
    struct bytes *out, const char *name, const struct metrics_label *labels, uint64_t value)
{
	put_name(out, name, labels);
	bytes_print(out, "%llu\n", (unsigned long long)value);
}

/* Without a floating point: what is printed is the same on every machine. */
static void
put_decimal(struct bytes *out, uint64_t millionths)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%llu.%06llu",
	    (unsigned long long)(millionths / MICRO), (unsigned long long)(millionths % MICRO));
	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	bytes_put(out, text, (size_t)n);
}

void
metrics_ratio(struct bytes *out, const char *name, const struct metrics_label *labels, uint64_t num,
    uint64_t den)
{
	if (den == 0)
		return;
	put_name(out, name, labels);
	put_decimal(out, num * MICRO / den);
	bytes_char(out, '\n');
}

void
metrics_seconds(
    struct bytes *out, const char *name, const struct metrics_label *labels, uint64_t us)
{
	put_name(out, name, labels);
	put_decimal(out, us);
	bytes_char(out, '\n');
}

static void
put_bucket(struct bytes *out, const char *name, uint64_t bound_millionths, uint64_t count)
{
	bytes_print(out, "%s_bucket{le=\"", name);
	put_decimal(out, bound_millionths);
	bytes_print(out, "\"} %llu\n", (unsigned long long)count);
}

/* The count is the sum of the buckets that were read, so it fits them whatever is added meanwhile.
 */
void
metrics_histogram(struct bytes *out, const char *name, const char *help, const struct histogram *h,
    uint64_t per_unit)
{
	uint64_t count = 0, sum = atomic_load_explicit(&h->sum, memory_order_relaxed);
	metrics_family(out, name, METRICS_HISTOGRAM, help);
	for (unsigned i = 0; i < HISTOGRAM_BOUNDS; i++) {
		count += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
		put_bucket(out, name, (UINT64_C(1) << i) * (MICRO / per_unit), count);
	}
	count += atomic_load_explicit(&h->bucket[HISTOGRAM_BOUNDS], memory_order_relaxed);
	bytes_print(
	    out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum ", name, (unsigned long long)count, name);
	bytes_print(out, "%llu", (unsigned long long)(sum / per_unit));
	if (sum % per_unit != 0)
		bytes_print(out, ".%06llu", (unsigned long long)(sum % per_unit));
	bytes_print(out, "\n%s_count %llu\n", name, (unsigned long long)count);
}
