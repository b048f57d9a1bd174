/* SPDX-License-Identifier: Apache-2.0 */
/* Disclosure control over the survey that ships and its sample register, release after release, a
 * tenth of the units answering before each: how long it takes and what it costs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/columns_fill.h"
#include "collector/export/release.h"
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
    uint64_t **answer)
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
	if (when >= 5 + releases)
		return;
	uint8_t *bytes = sample_answers(d, REF_YEAR, &r, 7, &sample_adoption_default, &v, &n);
	struct facts facts = {.definition = d, .row = &r, .ref_year = REF_YEAR};
	if (bytes == NULL || validate_bytes(&facts, bytes, n, &v) == VALIDATE_MALFORMED)
		abort();
	for (unsigned k = 0; k < releases; k++)
		answer[k][row] = when < 5 + k ? release_answer(d, &v.evaluation.bits) : 0;
	free(bytes);
}

int
main(int argc, char **argv)
{
	uint32_t units = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000;
	unsigned releases = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
	struct definition *d = default_survey();
	struct cells *cells = cells_new(d);
	struct columns *columns = columns_new(d, REF_YEAR, units, 0);
	struct sample_register s = {.seed = 7, .units = units};
	static struct sample_unit unit;
	static uint64_t *answer[DISCLOSURE_EARLIER_MAX + 1];
	static uint8_t *decision[DISCLOSURE_EARLIER_MAX + 1];
	if (cells == NULL || columns == NULL || releases > DISCLOSURE_EARLIER_MAX)
		return 1;
	for (unsigned r = 0; r < releases; r++) {
		answer[r] = calloc(units, sizeof(*answer[r]));
		decision[r] = calloc(release_cells(d, cells), 1);
		if (answer[r] == NULL || decision[r] == NULL)
			return 1;
	}
	for (uint32_t i = 0; sample_register_next(&s, d, &unit); i++)
		add_row(columns, i, &unit, releases, answer);
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
		       "%zu withheld, %zu empty%s\n",
		    units, r, status, report.problem != NULL ? report.problem : "",
		    cpu_ms() - begin, report.shown, report.kept, report.withheld, report.empty,
		    report.is_held ? "; held" : "");
		fflush(stdout);
	}
	return 0;
}
