/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds at the edge, in every format: nobody, one unit, all of one mind, nobody known, a stratum
 * without answers, thresholds of 0 and 100 %; censuses and samples. Figures are right or not there,
 * never none of the numbers. */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/columns_fill.h"
#include "collector/export/fill.h"
#include "collector/export/value_status.h"
#include "tests/support/default_survey.h"
#include "tests/support/export_rig.h"

#define REF_YEAR 2025
#define SILENT 4 /* beside the values of enum truth */

struct odd {
	const char *name;
	uint32_t units;
	int answer, other; /* of even units, of odd ones */
	unsigned drawn;    /* one in so many, in two strata; 0: a census */
	uint32_t threshold;
	enum verdict verdict, estimated; /* of G2_ANY in the whole */
};

static const struct odd odds[] = {
    {"nobody", 0, SILENT, SILENT, 0, 80, VERDICT_NOT_APPLICABLE, VERDICT_NOT_APPLICABLE},
    {"one silent", 1, SILENT, SILENT, 0, 80, VERDICT_UNDECIDED, VERDICT_INSUFFICIENT},
    {"one met", 1, TRUTH_TRUE, TRUTH_TRUE, 0, 80, VERDICT_MET, VERDICT_MET},
    {"one not met", 1, TRUTH_FALSE, TRUTH_FALSE, 0, 100, VERDICT_NOT_MET, VERDICT_NOT_MET},
    {"one unknown", 1, TRUTH_UNKNOWN, TRUTH_UNKNOWN, 0, 80, VERDICT_UNDECIDED,
	VERDICT_INSUFFICIENT},
    {"one not applicable", 1, TRUTH_NA, TRUTH_NA, 0, 80, VERDICT_NOT_APPLICABLE,
	VERDICT_NOT_APPLICABLE},
    {"all silent", 500, SILENT, SILENT, 0, 80, VERDICT_UNDECIDED, VERDICT_INSUFFICIENT},
    {"all met", 500, TRUTH_TRUE, TRUTH_TRUE, 0, 80, VERDICT_MET, VERDICT_MET},
    {"none met", 500, TRUTH_FALSE, TRUTH_FALSE, 0, 0, VERDICT_NOT_MET, VERDICT_NOT_MET},
    {"all unknown", 500, TRUTH_UNKNOWN, TRUTH_UNKNOWN, 0, 80, VERDICT_UNDECIDED,
	VERDICT_INSUFFICIENT},
    {"all not applicable", 500, TRUTH_NA, TRUTH_NA, 0, 80, VERDICT_NOT_APPLICABLE,
	VERDICT_NOT_APPLICABLE},
    {"half met, half silent", 500, TRUTH_TRUE, SILENT, 0, 80, VERDICT_UNDECIDED,
	VERDICT_INSUFFICIENT},
    {"half not met, half silent", 500, TRUTH_FALSE, SILENT, 0, 100, VERDICT_NOT_MET,
	VERDICT_NOT_MET},
    {"threshold of nothing", 500, TRUTH_TRUE, TRUTH_FALSE, 0, 0, VERDICT_MET, VERDICT_MET},
    {"threshold of all", 500, TRUTH_TRUE, TRUTH_FALSE, 0, 100, VERDICT_NOT_MET, VERDICT_NOT_MET},
    {"sample of one", 1, TRUTH_TRUE, TRUTH_TRUE, 1, 80, VERDICT_MET, VERDICT_MET},
    {"sample all met", 500, TRUTH_TRUE, TRUTH_TRUE, 5, 80, VERDICT_UNDECIDED, VERDICT_INSUFFICIENT},
    {"sample none met", 500, TRUTH_FALSE, TRUTH_FALSE, 6, 80, VERDICT_UNDECIDED,
	VERDICT_INSUFFICIENT},
    {"sample silent", 500, SILENT, SILENT, 5, 80, VERDICT_UNDECIDED, VERDICT_INSUFFICIENT},
    {"sample unknown", 500, TRUTH_UNKNOWN, TRUTH_UNKNOWN, 5, 100, VERDICT_UNDECIDED,
	VERDICT_INSUFFICIENT},
    {"sample of two minds", 500, TRUTH_TRUE, TRUTH_FALSE, 5, 0, VERDICT_MET, VERDICT_MET},
};

/* ------------------------------------------------------------------- making one */

static void
add_unit(struct export_rig *rig, struct columns *columns, const struct odd *odd, uint32_t i)
{
	const struct definition *d = rig->definition;
	int answer = i / 2 % 2 == 0 ? odd->answer : odd->other;
	bool is_drawn = odd->drawn == 0 || i % odd->drawn == 0;
	struct indicator_bits bits = {{0}};
	for (unsigned k = 0; answer != SILENT && k < d->indicators; k++)
		indicator_bits_set(&bits, k, (enum truth)answer);
	bool has_answered = is_drawn && answer != SILENT;
	const struct standing standing = {
	    has_answered ? &bits : NULL, has_answered ? CASE_COMPLETE : CASE_NOT_STARTED};
	counters_add(rig->counters, columns, i, &standing, 1);
}

static struct columns *
make_columns(const struct export_rig *rig, const struct odd *odd)
{
	const struct definition *d = rig->definition;
	struct columns *columns = columns_new(d, REF_YEAR, odd->units, 0);
	assert_non_null(columns);
	for (uint32_t i = 0; i < odd->units; i++) {
		const struct register_row row = {.tax_code = (uint64_t)(i + 1) * 1000,
		    .unit_type = (int8_t)definition_find_code(d, CODES_UNIT_TYPE, "DN", 2),
		    .status = (int8_t)definition_find_code(d, CODES_STATUS, "ACTIVE", 6),
		    .legal_form = -1,
		    .supporting_industry = -1,
		    .commune = 0,
		    .zone = (int16_t)(i % 3),
		    .section = (int16_t)(i % 7),
		    .size_mask = (uint8_t)(1 << i % 4),
		    .employees = (int32_t)(i % 50) - 1};
		columns_put(columns, i, &row);
		if (odd->drawn > 0)
			columns->attributes[i].stratum =
			    (uint8_t)((odd->units > 1 && i / odd->drawn % 3 == 0 ? 2 : 1) |
				      (i % odd->drawn == 0 ? DESIGN_DRAWN : 0));
	}
	assert_true(columns_fill_design(columns));
	return columns;
}

static void
make(struct export_rig *rig, const struct odd *odd)
{
	rig->definition = default_survey();
	for (size_t i = 0; i < rig->definition->goals; i++) {
		rig->definition->goal[i].threshold_pct = odd->threshold;
		rig->definition->goal[i].strict = odd->threshold < 100;
	}
	rig->cells = cells_new(rig->definition);
	struct columns *columns = make_columns(rig, odd);
	rig->counters = counters_new(rig->definition, rig->cells, &columns->design);
	const struct export_facts facts = {.round = "odd",
	    .reference_date = "2025-12-31",
	    .ref_year = REF_YEAR,
	    .strata = columns->design.strata,
	    .units = odd->units,
	    .drawn = columns_drawn(columns),
	    .vintage = 1,
	    .product = "0.0.0",
	    .settings = {.stage = STAGE_INTERIM, .method = INTERVAL_WILSON}};
	assert_true(tables_make(&rig->tables, &facts, rig->definition, rig->cells));
	for (uint32_t i = 0; i < odd->units; i++)
		add_unit(rig, columns, odd, i);
	columns_release(columns);
	export_rig_fill(rig);
	rig->export = (struct export){.tables = &rig->tables};
}

/* ------------------------------------------------------------------- looking at it */

static void
check_value(const struct odd *odd, const struct observation *o, enum measure m,
    const struct value *v, const char *text)
{
	bool good = true;
	if (v->kind == VALUE_REAL)
		good = v->real >= 0 && v->real <= 1; /* not NaN either */
	if (v->kind == VALUE_FRACTION)
		good = v->fraction.den > 0 && v->fraction.num <= v->fraction.den;
	if (v->kind == VALUE_COUNT)
		good = v->count >= -1;
	if (v->kind != VALUE_NONE && v->kind != VALUE_VERDICT)
		good &= strspn(text, "0123456789.") == strlen(text) &&
			(*text == '\0') == value_is_impossible(v);
	if (!good)
		fail_msg("%s: goal %d cell %d: %s is %s", odd->name, o->goal, o->cell,
		    measure_info(m)->name, text);
}

static void
check_tables(const struct odd *odd, const struct tables *t)
{
	for (size_t i = 0; i < t->rows; i++)
		for (enum measure m = 0; m < MEASURES; m++) {
			struct value v;
			char text[VALUE_TEXT_BYTES];
			observation_value(t, &t->row[i], m, &v);
			value_print(t, &v, false, text);
			check_value(odd, &t->row[i], m, &v, text);
		}
}

/* A word by itself: "nan" is in words too. */
static bool
has_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	for (const char *at = text; (at = strcasestr(at, word)) != NULL; at += n)
		if ((at == text || !isalpha((unsigned char)at[-1])) &&
		    !isalpha((unsigned char)at[n]) && (at[n] & 0x80) == 0)
			return true;
	return false;
}

static void
check_files(const struct odd *odd, const struct export_rig *rig)
{
	for (size_t i = 0; i < formats_count; i++)
		for (size_t k = 0; k < FORMAT_FILES_MAX && formats[i].file[k].name != NULL; k++) {
			const struct format_file *file = &formats[i].file[k];
			size_t n;
			char *text = export_rig_write(&rig->export, file->write, &n);
			bool is_text = strcmp(formats[i].name, "xlsx") != 0;
			if (strstr(text, " y=\"11\" text-anchor=\"middle\"") != NULL &&
			    odd->threshold % 100 == 0)
				fail_msg("%s: half of a goal's words are outside the picture",
				    odd->name);
			if (is_text && (has_word(text, "nan") || has_word(text, "inf")))
				fail_msg("%s: %s has a figure that is none", odd->name, file->name);
			free(text);
		}
}

static void
check_verdicts(const struct odd *odd, struct export_rig *rig)
{
	const struct observation *o = export_rig_row(rig, "G2_ANY", DIMENSION_WHOLE, "_T");
	const struct rate_counts *c = &o->counts;
	const struct threshold threshold = {odd->threshold, odd->threshold < 100};
	assert_true(o->has_estimate);
	if (rate_verdict(threshold, c) != odd->verdict || o->estimate.verdict != odd->estimated)
		fail_msg("%s: %s, %s", odd->name, verdict_code(rate_verdict(threshold, c)),
		    verdict_code(o->estimate.verdict));
}

/* Files take the time: of every second round. */
static void
an_odd_round_has_the_right_figures_or_none_in_every_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(odds) / sizeof(odds[0]); i++) {
		struct export_rig rig;
		make(&rig, &odds[i]);
		check_verdicts(&odds[i], &rig);
		check_tables(&odds[i], &rig.tables);
		if (i % 2 == 0)
			check_files(&odds[i], &rig);
		export_rig_close(&rig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_odd_round_has_the_right_figures_or_none_in_every_format),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
