/* SPDX-License-Identifier: Apache-2.0 */
/* Disclosure control over the survey that ships and its sample register, release after release, a
 * tenth of the units answering before each: how long it takes and what it costs, withholding and
 * rounding, in estimates too: release_province UNITS RELEASES SEED. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/columns_fill.h"
#include "collector/export/build.h"
#include "collector/export/fill.h"
#include "collector/export/release.h"
#include "collector/export/rounded.h"
#include "survey/rule.h"
#include "tests/support/default_survey.h"
#include "tests/support/sample.h"

#define REF_YEAR 2025

static double
cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void
add_row(struct columns *columns, uint32_t row, const struct sample_unit *unit, unsigned releases,
    uint64_t **answer, struct counters **counters)
{
	static struct validation v;
	const struct definition *d = columns->definition;
	struct register_text text;
	struct register_row r;
	size_t n;
	sample_unit_cells(unit, &text);
	register_judge(d, REF_YEAR, &text, &r, NULL);
	columns_put(columns, row, &r);
	unsigned when = (unsigned)(random() % 10);
	for (unsigned k = 0; k < releases && when >= 5 + k; k++)
		counters_add(
		    counters[k], columns, row, &(struct standing){NULL, CASE_NOT_STARTED}, 1);
	if (when >= 5 + releases)
		return;
	uint8_t *bytes = sample_answers(d, REF_YEAR, &r, 7, &sample_adoption_default, &v, &n);
	struct facts facts = {.definition = d, .row = &r, .ref_year = REF_YEAR};
	if (bytes == NULL || validate_bytes(&facts, bytes, n, &v) == VALIDATE_MALFORMED)
		abort();
	for (unsigned k = when < 5 ? 0 : when - 4; k < releases; k++) {
		answer[k][row] = release_answer(d, &v.evaluation.bits);
		counters_add(counters[k], columns, row,
		    &(struct standing){&v.evaluation.bits, CASE_COMPLETE}, 1);
	}
	free(bytes);
}

/* Of the cells of headlines with breakdowns. */
static void
round_all(const struct columns *columns, const struct cells *cells, const struct counters *counters)
{
	const struct definition *d = columns->definition;
	const struct rounded_input in = {
	    d, cells, columns, counters, 5, DISCLOSURE_FREQUENCY_PUBLIC, NULL};
	struct rounded rounded;
	size_t shown = 0, withheld = 0, safe = 0;
	uint64_t moved = 0;
	double begin = cpu_ms();
	if (!rounded_make(&in, &rounded))
		abort();
	double took = cpu_ms() - begin;
	for (size_t i = 0; i < d->goals * cells_count(cells); i++) {
		size_t goal = i / cells_count(cells), cell = i % cells_count(cells);
		struct rate_counts truly;
		counters_rate(counters, cell, goal, &truly);
		if (!d->goal[goal].headline || d->goal[goal].named_list || truly.n == 0)
			continue;
		bool is_shown =
		    rounded.decision[release_cell(d, cells, d->goal[goal].population, cell)] ==
		    RELEASE_SHOW;
		shown += is_shown;
		withheld += !is_shown;
		safe += !is_shown && truly.n >= DISCLOSURE_FREQUENCY_PUBLIC;
		if (is_shown)
			moved += rounded.rate[i].met > truly.met ? rounded.rate[i].met - truly.met
								 : truly.met - rounded.rate[i].met;
	}
	printf(
	    "  rounded to 5: %.0f ms CPU; %zu shown, %zu withheld, %zu of them not small; met is "
	    "%.2f off on average; within %u\n",
	    took, shown, withheld, safe, shown > 0 ? (double)moved / (double)shown : 0,
	    rounded.within);
	rounded_clear(&rounded);
}

/* Of all goals in cells that a release shows, and for which the office makes an estimate: those
 * that the public gets one of, how far off it is, and how much wider its interval. */
static void
tell_estimates(const struct definition *d, const struct cells *cells,
    struct counters *const *counters, uint8_t *const *decision, unsigned release)
{
	struct round round = {
	    .view = {.definition = d, .ref_year = REF_YEAR, .name = "2025"}, .cells = cells};
	const struct past past = {.round = &round};
	struct past_point point[DISCLOSURE_EARLIER_MAX + 1] = {{0}};
	struct build_source source[DISCLOSURE_EARLIER_MAX + 1];
	struct tables t;
	size_t made = 0, told = 0;
	double ours = 0, theirs = 0, apart = 0;
	for (unsigned r = 0; r <= release; r++) {
		point[r].counters = counters[r];
		source[r] = (struct build_source){&point[r], r + 1, decision[r]};
	}
	const struct build_input in = {.past = &past,
	    .facts = {.settings = {.is_public = true,
			  .method = INTERVAL_WILSON,
			  .frequency = DISCLOSURE_FREQUENCY_PUBLIC}},
	    .now = source[release],
	    .decision = decision[release],
	    .earlier = source};
	if (!build_tables(&in, &t))
		abort();
	for (size_t i = 0; i < t.rows; i++) {
		const struct observation *o = &t.row[i];
		struct observation exact = *o;
		if (o->judged != FIGURE_FREE || o->vintage != release + 1)
			continue;
		fill_estimate(&t, counters[release], &exact);
		if (!exact.has_estimate || !exact.estimate.is_made)
			continue;
		made++;
		told += o->has_estimate;
		if (o->has_estimate)
			apart += fabs(o->estimate.share - exact.estimate.share);
		if (!o->has_estimate || !o->estimate.has_interval)
			continue;
		ours += exact.estimate.interval.high.value - exact.estimate.interval.low.value;
		theirs += o->estimate.interval.high.value - o->estimate.interval.low.value;
	}
	printf("  estimates: %zu of %zu told, %.2f points off on average, intervals %.2f times as "
	       "wide\n",
	    told, made, told > 0 ? 100 * apart / (double)told : 0, ours > 0 ? theirs / ours : 0);
	tables_clear(&t);
}

int
main(int argc, char **argv)
{
	uint32_t units = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000;
	unsigned releases = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
	struct definition *d = default_survey();
	struct cells *cells = cells_new(d);
	struct columns *columns = columns_new(d, REF_YEAR, units, 0);
	uint64_t seed = argc > 3 ? strtoul(argv[3], NULL, 10) : 7;
	struct sample_register s = {.seed = seed, .units = units};
	static struct sample_unit unit;
	static uint64_t *answer[DISCLOSURE_EARLIER_MAX + 1];
	static uint8_t *decision[DISCLOSURE_EARLIER_MAX + 1];
	static struct counters *counters[DISCLOSURE_EARLIER_MAX + 1];
	if (cells == NULL || columns == NULL || releases > DISCLOSURE_EARLIER_MAX)
		return 1;
	for (unsigned r = 0; r < releases; r++) {
		answer[r] = calloc(units, sizeof(*answer[r]));
		decision[r] = calloc(release_cells(d, cells), 1);
		counters[r] = counters_new(d, cells, &columns->design);
		if (answer[r] == NULL || decision[r] == NULL || counters[r] == NULL)
			return 1;
	}
	for (uint32_t i = 0; sample_register_next(&s, d, &unit); i++)
		add_row(columns, i, &unit, releases, answer, counters);
	for (unsigned r = 0; r < releases; r++) {
		const struct release_input in = {.definition = d,
		    .cells = cells,
		    .columns = columns,
		    .frequency = DISCLOSURE_FREQUENCY_PUBLIC,
		    .earlier = r,
		    .answer = (const uint64_t *const *)answer,
		    .decision = (const uint8_t *const *)decision};
		struct release_report report;
		double begin = cpu_ms();
		enum release_status status = release_decide(&in, decision[r], &report);
		printf("%u units, release %u: status %d %s, %.0f ms CPU; %zu shown, %zu kept, "
		       "%zu withheld, %zu empty, %zu unproven%s\n",
		    units, r, status, report.problem != NULL ? report.problem : "",
		    cpu_ms() - begin, report.shown, report.kept, report.withheld, report.empty,
		    report.unproven, report.is_held ? "; held" : "");
		tell_estimates(d, cells, counters, decision, r);
		round_all(columns, cells, counters[r]);
		fflush(stdout);
	}
	return 0;
}
