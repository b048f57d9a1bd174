/* SPDX-License-Identifier: Apache-2.0 */
/* Rates as people and machines see them. */
#include "client/rates_table.h"

#include <jansson.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/rates_data.h"
#include "client/width.h"

#define RATES_MAX 8

struct rig {
	Khaosat__V1__Rates rates;
	Khaosat__V1__GoalInfo goal;
	Khaosat__V1__GoalInfo *goals[1];
	Khaosat__V1__Rate rate[RATES_MAX];
	Khaosat__V1__Rate *list[RATES_MAX];
};

static char *
text(const char *constant)
{
	return (char *)(uintptr_t)constant;
}

static void
rig_make(struct rig *r)
{
	khaosat__v1__rates__init(&r->rates);
	khaosat__v1__goal_info__init(&r->goal);
	r->goal.code = text("G2_STRICT");
	r->goal.group = text("G2");
	r->goal.name_vi = text("Doanh nghiệp ứng dụng");
	r->goal.name_en = text("Firms, that apply");
	r->goal.threshold = 80;
	r->goal.strict = true;
	r->goal.deadline = text("2025-12-31");
	r->goals[0] = &r->goal;
	r->rates.round = text("2025-S2");
	r->rates.last = 1234;
	r->rates.time_ms = INT64_C(1769853600000);
	r->rates.goal = r->goals;
	r->rates.n_goal = 1;
	r->rates.rate = r->list;
}

/* A cell of n units: `met`, `not_met`, the rest silent. */
static Khaosat__V1__Rate *
rig_add(struct rig *r, Khaosat__V1__Dimension dimension, const char *cell, const char *parent,
    const char *label, const struct rate_counts *c)
{
	Khaosat__V1__Rate *rate = &r->rate[r->rates.n_rate];
	const struct threshold t = {80, true};
	struct fraction low = rate_bound_low(c), high = rate_bound_high(c);
	khaosat__v1__rate__init(rate);
	rate->goal = r->goal.code;
	rate->dimension = dimension;
	rate->cell = text(cell);
	rate->parent = text(parent);
	rate->label_vi = rate->label_en = text(label);
	rate->n = c->n;
	rate->responded = rate_responded(c);
	rate->met = c->met;
	rate->not_met = c->not_met;
	rate->unknown = c->unknown;
	rate->n_unknown = c->n_unknown;
	rate->n_unknown_met = c->n_unknown_met;
	rate->n_unknown_not_met = c->n_unknown_not_met;
	rate->verdict = (Khaosat__V1__Verdict)rate_verdict(t, c);
	rate->needed = rate_needed(t, c);
	rate->bound_low_num = low.num;
	rate->bound_low_den = low.den;
	rate->bound_high_num = high.num;
	rate->bound_high_den = high.den;
	r->list[r->rates.n_rate++] = rate;
	return rate;
}

static const struct client vietnamese = {.language = LANGUAGE_VI};
static const struct client english = {.language = LANGUAGE_EN};

static char *
table_of(const struct client *client, const struct rig *r)
{
	static char bytes[64 * 1024];
	FILE *to = fmemopen(bytes, sizeof(bytes), "w");
	assert_non_null(to);
	assert_true(rates_table_print(client, &r->rates, to));
	assert_int_equal(fclose(to), 0);
	return strdup(bytes);
}

/* The line that holds `word`, copied out. */
static const char *
line_with(const char *table, const char *word)
{
	static char line[1024];
	const char *at = strstr(table, word);
	assert_non_null(at);
	while (at > table && at[-1] != '\n')
		at--;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	return line;
}

static void
assert_has(const char *line, const char *word)
{
	if (strstr(line, word) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", word, line);
}

static void
an_officer_reads_shares_bounds_and_verdict(void **state)
{
	(void)state;
	struct rig r = {0};
	rig_make(&r);
	rig_add(&r, KHAOSAT__V1__DIMENSION__WHOLE, "_T", "", "",
	    &(struct rate_counts){.n = 300, .met = 200, .not_met = 30, .unknown = 20});
	char *table = table_of(&vietnamese, &r);
	const char *line = line_with(table, "G2_STRICT");
	assert_has(line, " 300 ");
	assert_has(line, "250 (83,3 %)");
	assert_has(line, " 66,7 ");
	assert_has(line, " 87,0 ");
	assert_has(line, "66,6 – 90,0");
	assert_has(line, " 41 ");
	assert_has(line, "chưa xác định");
	free(table);
	table = table_of(&english, &r);
	line = line_with(table, "G2_STRICT");
	assert_has(line, "66.6 – 90.0");
	assert_has(line, "undecided");
	assert_has(table, "Firms, that apply: >\u00a080\u00a0%, due\u00a02025-12-31");
	free(table);
}

static void
a_share_just_over_the_threshold_is_not_printed_as_the_threshold(void **state)
{
	(void)state;
	struct rig r = {0};
	rig_make(&r);
	rig_add(&r, KHAOSAT__V1__DIMENSION__WHOLE, "_T", "", "",
	    &(struct rate_counts){.n = 10000, .met = 8004, .not_met = 1996});
	char *table = table_of(&vietnamese, &r);
	const char *line = line_with(table, "G2_STRICT");
	assert_has(line, "80,04");
	assert_has(line, " đạt");
	free(table);
}

static void
response_just_below_a_half_is_not_printed_as_a_half(void **state)
{
	(void)state;
	struct rig r = {0};
	rig_make(&r);
	rig_add(&r, KHAOSAT__V1__DIMENSION__WHOLE, "_T", "", "",
	    &(struct rate_counts){.n = 10000, .met = 4996});
	char *table = table_of(&vietnamese, &r);
	assert_has(line_with(table, "G2_STRICT"), "4996 (49,96 %)");
	free(table);
}

static void
no_population_shows_no_figure(void **state)
{
	(void)state;
	struct rig r = {0};
	rig_make(&r);
	rig_add(&r, KHAOSAT__V1__DIMENSION__WHOLE, "_T", "", "", &(struct rate_counts){.n = 0});
	char *table = table_of(&english, &r);
	const char *line = line_with(table, "G2_STRICT");
	assert_has(line, "not applicable");
	assert_has(line, "–");
	assert_null(strstr(line, "reach"));
	assert_null(strchr(line, '%'));
	free(table);
}

static void
cells_stand_below_their_parent_and_empty_ones_are_left_out(void **state)
{
	(void)state;
	struct rig r = {0};
	const struct rate_counts some = {.n = 10, .met = 9}, none = {.n = 0};
	rig_make(&r);
	/* The child comes first, as the wire may have it. */
	rig_add(&r, KHAOSAT__V1__DIMENSION__ZONE, "KCN_1", "KKT", "Khu công nghiệp", &some);
	rig_add(&r, KHAOSAT__V1__DIMENSION__ZONE, "KKT", "", "Khu kinh tế", &some);
	rig_add(&r, KHAOSAT__V1__DIMENSION__ZONE, "KCN_2", "", "Khu trống", &none);
	char *table = table_of(&vietnamese, &r);
	const char *parent = strstr(table, "\nKhu kinh tế"), *child = strstr(table, "\n  Khu công");
	assert_non_null(parent);
	assert_non_null(child);
	assert_true(parent < child);
	assert_null(strstr(table, "Khu trống"));
	assert_has(table, "không có đơn vị nào");
	free(table);
}

static void
a_cell_that_is_its_own_parent_does_not_hang_the_print(void **state)
{
	(void)state;
	struct rig r = {0};
	const struct rate_counts some = {.n = 10, .met = 9};
	rig_make(&r);
	rig_add(&r, KHAOSAT__V1__DIMENSION__ZONE, "A", "B", "a", &some);
	rig_add(&r, KHAOSAT__V1__DIMENSION__ZONE, "B", "A", "b", &some);
	rig_add(&r, KHAOSAT__V1__DIMENSION__ZONE, "C", "C", "c", &some);
	free(table_of(&english, &r));
}

/* Every line's verdict begins at the same place on the screen. */
static void
columns_stand_under_each_other_in_vietnamese(void **state)
{
	(void)state;
	struct rig r = {0};
	const struct rate_counts some = {.n = 10, .met = 9},
				 more = {.n = 123456, .not_met = 123456};
	rig_make(&r);
	rig_add(&r, KHAOSAT__V1__DIMENSION__COMMUNE, "1", "", "Phường Thành Sen", &some);
	rig_add(&r, KHAOSAT__V1__DIMENSION__COMMUNE, "2", "", "Xã Kỳ Thượng", &more);
	rig_add(&r, KHAOSAT__V1__DIMENSION__COMMUNE, "3", "", "Y", &some);
	char *table = table_of(&vietnamese, &r);
	static const char *const label[] = {"Phường", "Xã Kỳ", "\nY"};
	static const char *const verdict[] = {" đạt", " không đạt", " đạt"};
	size_t place = 0;
	for (int i = 0; i < 3; i++) {
		char line[1024];
		const char *at = strstr(table, label[i]);
		assert_non_null(at);
		snprintf(line, sizeof(line), "%s",
		    line_with(at + (*at == '\n'), label[i] + (*at == '\n')));
		char *end = strstr(line, verdict[i]);
		assert_non_null(end);
		*end = '\0';
		assert_true(i == 0 || width_of(line) == place);
		place = width_of(line);
	}
	free(table);
}

static void
units_of_unknown_membership_have_a_column_and_one_note(void **state)
{
	(void)state;
	struct rig r = {0};
	rig_make(&r);
	rig_add(&r, KHAOSAT__V1__DIMENSION__WHOLE, "_T", "", "",
	    &(struct rate_counts){
		.n = 10, .met = 9, .n_unknown = 7, .n_unknown_met = 3, .n_unknown_not_met = 2});
	char *table = table_of(&english, &r);
	assert_has(line_with(table, "G2_STRICT"), "  7  ");
	const char *column = strstr(table, "  Unsure"), *note = strstr(table, "\nUnsure: ");
	assert_true(column != NULL && note != NULL && column < note);
	assert_null(strstr(note + 2, "Unsure"));
	free(table);
	r.rate[0].n_unknown = r.rate[0].n_unknown_met = r.rate[0].n_unknown_not_met = 0;
	table = table_of(&english, &r);
	assert_null(strstr(table, "Unsure"));
	free(table);
}

static void
units_of_no_known_row_have_a_row_and_one_note(void **state)
{
	(void)state;
	struct rig r = {0};
	const struct rate_counts some = {.n = 10, .met = 9}, none = {.n = 0};
	rig_make(&r);
	rig_add(&r, KHAOSAT__V1__DIMENSION__ZONE, "KKT", "", "Zone", &some);
	rig_add(&r, KHAOSAT__V1__DIMENSION__ZONE, "_U", "", "Unknown", &none);
	char *table = table_of(&english, &r);
	assert_null(strstr(table, "Unknown\""));
	free(table);
	rig_add(&r, KHAOSAT__V1__DIMENSION__SIZE, "_U", "", "Unknown", &some);
	table = table_of(&english, &r);
	const char *note = strstr(table, "Row \"Unknown\": ");
	assert_non_null(note);
	assert_null(strstr(note + 1, "Row \""));
	free(table);
}

static void
variants_stand_below_the_headline_of_their_group(void **state)
{
	(void)state;
	struct rig r = {0};
	const struct rate_counts some = {.n = 10, .met = 9};
	Khaosat__V1__GoalInfo other, *goals[2] = {&r.goal, &other};
	rig_make(&r);
	other = r.goal;
	other.code = text("G2_HEAD");
	other.headline = true;
	other.name_vi = text("Doanh nghiệp ứng dụng rộng rãi");
	r.goal.name_vi = text("Doanh nghiệp thường ứng dụng rộng rãi");
	other.threshold = 100;
	other.strict = false;
	r.rates.goal = goals;
	r.rates.n_goal = 2;
	rig_add(&r, KHAOSAT__V1__DIMENSION__WHOLE, "_T", "", "", &some);
	rig_add(&r, KHAOSAT__V1__DIMENSION__WHOLE, "_T", "", "", &some)->goal = other.code;
	char *table = table_of(&vietnamese, &r);
	const char *head = strstr(table, "\nG2_HEAD "), *below = strstr(table, "\n  G2_STRICT ");
	assert_true(head != NULL && below != NULL && head < below);
	assert_has(table, "Doanh nghiệp ứng dụng rộng rãi: 100\u00a0%, hạn\u00a031/12/2025\n");
	assert_has(table, "… thường …: >\u00a080\u00a0%, hạn\u00a031/12/2025\n");
	free(table);
	other.headline = false;
	table = table_of(&vietnamese, &r);
	assert_non_null(strstr(table, "\nG2_STRICT "));
	assert_non_null(strstr(table, "\nG2_HEAD "));
	free(table);
}

/* ------------------------------------------------------------------------------- machines */

static char *
csv_of(const struct rig *r, int dimension)
{
	char *bytes = NULL;
	size_t n;
	FILE *to = open_memstream(&bytes, &n);
	assert_non_null(to);
	rates_write_csv(&r->rates, dimension, to);
	fclose(to);
	return bytes;
}

static void
csv_has_exact_fractions_and_decimal_points(void **state)
{
	(void)state;
	struct rig r = {0};
	rig_make(&r);
	rig_add(&r, KHAOSAT__V1__DIMENSION__WHOLE, "_T", "", "Cả tỉnh, \"tất cả\"",
	    &(struct rate_counts){.n = 300, .met = 200, .not_met = 30, .unknown = 20});
	rig_add(&r, KHAOSAT__V1__DIMENSION__SIZE, "SME", "", "x", &(struct rate_counts){.n = 0});
	char *csv = csv_of(&r, KHAOSAT__V1__DIMENSION__WHOLE);
	assert_string_equal(csv,
	    "confidentiality,round,last_entry,time,goal,group,threshold,strict,deadline,dimension,"
	    "cell,parent,label_vi,label_en,n,responded,met,not_met,unknown,n_unknown,n_unknown_met,"
	    "n_unknown_not_met,drawn,register_share_num,register_share_den,register_share_pct,"
	    "respondent_share_num,respondent_share_den,respondent_share_pct,bound_low_num,"
	    "bound_low_den,bound_low_pct,bound_high_num,bound_high_den,bound_high_pct,verdict,"
	    "progress,needed\r\n"
	    "INTERNAL,\"2025-S2\",1234,2026-01-31T10:00:00Z,\"G2_STRICT\",\"G2\",80,1,2025-12-31,"
	    "whole,\"_T\",\"\",\"Cả tỉnh, \"\"tất cả\"\"\",\"Cả tỉnh, \"\"tất cả\"\"\",300,250,200,"
	    "30,20,0,0,0,300,200,300,66.7,200,230,87.0,200,300,66.6,270,300,90.0,CHUA_DU_DU_LIEU,0,"
	    "41"
	    "\r\n");
	free(csv);
	csv = csv_of(&r, -1);
	assert_has(
	    csv, "\"SME\",\"\",\"x\",\"x\",0,0,0,0,0,0,0,0,0,0,0,,0,0,,0,0,,0,0,,KHONG_AP_DUNG");
	free(csv);
}

static void
json_says_the_same(void **state)
{
	(void)state;
	struct rig r = {0};
	char *bytes = NULL;
	size_t n;
	rig_make(&r);
	rig_add(&r, KHAOSAT__V1__DIMENSION__WHOLE, "_T", "", "Cả tỉnh",
	    &(struct rate_counts){.n = 300, .met = 200, .not_met = 30, .unknown = 20});
	rig_add(&r, KHAOSAT__V1__DIMENSION__SIZE, "SME", "", "x", &(struct rate_counts){.n = 0});
	FILE *to = open_memstream(&bytes, &n);
	assert_non_null(to);
	assert_true(rates_write_json(&r.rates, -1, to));
	fclose(to);
	json_t *all = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(all);
	assert_string_equal(json_string_value(json_object_get(all, "confidentiality")), "INTERNAL");
	assert_int_equal(json_integer_value(json_object_get(all, "last_entry")), 1234);
	const json_t *list = json_object_get(all, "rates");
	assert_int_equal(json_array_size(list), 2);
	const json_t *high = json_object_get(json_array_get(list, 0), "bound_high");
	assert_int_equal(json_integer_value(json_object_get(high, "num")), 270);
	assert_int_equal(json_integer_value(json_object_get(high, "den")), 300);
	assert_string_equal(json_string_value(json_object_get(high, "percent")), "90.0");
	assert_true(json_is_null(json_object_get(json_array_get(list, 1), "register_share")));
	json_decref(all);
	free(bytes);
}

static void
figures_that_cannot_be_are_refused(void **state)
{
	(void)state;
	const struct rate_counts some = {.n = 10, .met = 9};
	for (int wrong = 0; wrong < 7; wrong++) {
		struct rig r = {0};
		rig_make(&r);
		Khaosat__V1__Rate *rate =
		    rig_add(&r, KHAOSAT__V1__DIMENSION__WHOLE, "_T", "", "", &some);
		assert_true(rates_are_sound(&r.rates));
		if (wrong == 0)
			rate->goal = text("G9");
		else if (wrong == 1)
			rate->n = (uint64_t)1 << 40;
		else if (wrong == 2)
			rate->met = 11;
		else if (wrong == 3)
			rate->dimension = (Khaosat__V1__Dimension)7;
		else if (wrong == 4)
			rate->verdict = KHAOSAT__V1__VERDICT__VERDICT_UNSPECIFIED;
		else if (wrong == 5)
			r.goal.deadline = text("2025");
		else
			rate->bound_high_den = UINT64_MAX;
		assert_false(rates_are_sound(&r.rates));
	}
}

static int
use_utf8(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") == NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_officer_reads_shares_bounds_and_verdict),
	    cmocka_unit_test(a_share_just_over_the_threshold_is_not_printed_as_the_threshold),
	    cmocka_unit_test(response_just_below_a_half_is_not_printed_as_a_half),
	    cmocka_unit_test(no_population_shows_no_figure),
	    cmocka_unit_test(cells_stand_below_their_parent_and_empty_ones_are_left_out),
	    cmocka_unit_test(a_cell_that_is_its_own_parent_does_not_hang_the_print),
	    cmocka_unit_test(columns_stand_under_each_other_in_vietnamese),
	    cmocka_unit_test(units_of_unknown_membership_have_a_column_and_one_note),
	    cmocka_unit_test(units_of_no_known_row_have_a_row_and_one_note),
	    cmocka_unit_test(variants_stand_below_the_headline_of_their_group),
	    cmocka_unit_test(csv_has_exact_fractions_and_decimal_points),
	    cmocka_unit_test(json_says_the_same),
	    cmocka_unit_test(figures_that_cannot_be_are_refused),
	};
	return cmocka_run_group_tests(tests, use_utf8, NULL);
}
