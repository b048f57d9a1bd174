/* SPDX-License-Identifier: Apache-2.0 */
/* What all estimates of a round cost: bench-estimates SURVEY.json [UNITS [PASSES [STRATA]]]; with
 * strata, of a sample. CPU time of one thread, the least of the passes, from a copy of the counters
 * to the bytes of the answer: all goals, all dimensions, with one method of intervals after the
 * other. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "collector/columns_fill.h"
#include "collector/estimates.h"
#include "tests/support/sample.h"

#define REF_YEAR 2025
#define JSON_BYTES_MAX (4 << 20)

static const char *const methods[] = {
    "", "wilson", "logit", "beta", "clopper-pearson", "hypergeometric"};

static void
fail(const char *what)
{
	fprintf(stderr, "bench-estimates: %s\n", what);
	exit(1);
}

static double
cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static struct definition *
load(const char *path)
{
	struct definition_problems problems = {.n = 0};
	char *json = malloc(JSON_BYTES_MAX);
	FILE *file = fopen(path, "rb");
	if (file == NULL || json == NULL)
		fail("the survey cannot be read");
	struct definition *d =
	    definition_load(json, fread(json, 1, JSON_BYTES_MAX, file), &problems);
	if (d == NULL)
		fail("the survey is refused");
	fclose(file);
	free(json);
	return d;
}

/* Seven in ten answered; one predicate in twenty cannot be told, three in four of the others hold.
 */
static void
count_unit(const struct definition *d, struct counters *counters, const struct columns *columns,
    uint32_t row, struct sample_random *random)
{
	struct indicator_bits bits = {0};
	for (unsigned k = 0; k < d->indicators; k++)
		indicator_bits_set(&bits, k,
		    sample_below(random, 20) == 0 ? TRUTH_UNKNOWN
		    : sample_below(random, 4) > 0 ? TRUTH_TRUE
						  : TRUTH_FALSE);
	bool has_answered = sample_below(random, 10) < 7 && columns_is_drawn(columns, row);
	const struct standing standing = {
	    has_answered ? &bits : NULL, has_answered ? CASE_COMPLETE : CASE_NOT_STARTED};
	counters_add(counters, columns, row, &standing, 1);
}

/* With strata, one unit in five of each was drawn. */
static struct columns *
make_columns(const struct definition *d, uint32_t units, uint32_t strata)
{
	struct sample_register s = {.seed = 57, .units = units};
	struct sample_unit unit;
	struct columns *columns = columns_new(d, REF_YEAR, units, 0);
	if (columns == NULL)
		fail("out of memory");
	for (uint32_t i = 0; sample_register_next(&s, d, &unit); i++) {
		struct register_text text;
		struct register_row row;
		sample_unit_cells(&unit, &text);
		register_judge(d, REF_YEAR, &text, &row, NULL);
		columns_put(columns, i, &row);
		if (strata > 0)
			columns->attributes[i].stratum =
			    (uint8_t)(i / 5 % strata + 1 + (i % 5 == 0 ? DESIGN_DRAWN : 0));
	}
	if (!columns_fill_design(columns))
		fail("too many strata for so few units");
	return columns;
}

static struct counters *
count_units(const struct definition *d, const struct cells *cells, const struct columns *columns)
{
	struct sample_random random = sample_seed(57, 0);
	struct counters *counters = counters_new(d, cells, &columns->design);
	if (counters == NULL)
		fail("out of memory");
	for (uint32_t i = 0; i < columns->units; i++)
		count_unit(d, counters, columns, i, &random);
	return counters;
}

static double
one_pass(const struct estimates_wanted *wanted, size_t *n)
{
	Khaosat__V1__Rates head;
	khaosat__v1__rates__init(&head);
	double begin = cpu_ms();
	struct estimates_wanted with = *wanted;
	struct counters *counters = counters_copy(wanted->counters);
	with.counters = counters;
	uint8_t *bytes = counters == NULL ? NULL : estimates_encode(&with, &head, n);
	if (bytes == NULL)
		fail("out of memory");
	free(bytes);
	counters_free(counters);
	return cpu_ms() - begin;
}

static void
measure(struct estimates_wanted *wanted, enum interval_method method, unsigned long passes)
{
	size_t n = 0;
	double least = 1e9;
	wanted->method = method;
	for (unsigned long i = 0; i < passes; i++) {
		double ms = one_pass(wanted, &n);
		least = ms < least ? ms : least;
	}
	printf("%-15s %8.2f ms of CPU, %zu bytes\n", methods[method], least, n);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		fail("usage: bench-estimates SURVEY.json [UNITS [PASSES [STRATA]]]");
	uint32_t units = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1000000;
	unsigned long passes = argc > 3 ? strtoul(argv[3], NULL, 10) : 5;
	uint32_t strata = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0;
	if (strata > DESIGN_STRATA_MAX)
		fail("at most 64 strata");
	struct definition *d = load(argv[1]);
	struct cells *cells = cells_new(d);
	if (cells == NULL)
		fail("out of memory");
	struct columns *columns = make_columns(d, units, strata);
	struct counters *counters = count_units(d, cells, columns);
	columns_release(columns);
	struct estimates_wanted wanted = {
	    .figures = {.definition = d, .cells = cells, .reference_date = "2025-12-31"},
	    .counters = counters};
	for (size_t i = 0; i < GOALS_MAX; i++)
		wanted.figures.goal[i] = true;
	for (unsigned i = 0; i < DIMENSIONS; i++)
		wanted.figures.dimension[i] = true;
	printf("%" PRIu32 " units, %zu goals, %zu cells, %zu figures\n", units, d->goals,
	    cells_count(cells), d->goals * cells_count(cells));
	for (int m = INTERVAL_WILSON; m <= INTERVAL_HYPERGEOMETRIC; m++)
		measure(&wanted, (enum interval_method)m, passes);
	counters_free(counters);
	cells_free(cells);
	definition_free(d);
	return 0;
}
