/* SPDX-License-Identifier: Apache-2.0 */
/* Estimates as people and machines see them. */
#include "client/goals_table.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/estimates_data.h"

/* One goal, the whole: 1,000 units, of 700 that answered 600 met. */
struct rig {
	Khaosat__V1__Estimates message;
	Khaosat__V1__Rates rates;
	Khaosat__V1__GoalInfo goal, *goals[1];
	Khaosat__V1__Rate rate, *list[1];
	Khaosat__V1__Estimate estimate, *estimates[1];
};

static char *
text(const char *constant)
{
	return (char *)(uintptr_t)constant;
}

static void
make_rates(struct rig *r)
{
	khaosat__v1__rates__init(&r->rates);
	khaosat__v1__goal_info__init(&r->goal);
	khaosat__v1__rate__init(&r->rate);
	r->goal.code = r->goal.group = text("G2");
	r->goal.name_vi = r->goal.name_en = text("name");
	r->goal.threshold = 80;
	r->goal.strict = r->goal.headline = true;
	r->goal.deadline = text("2025-12-31");
	r->rate.goal = r->goal.code;
	r->rate.cell = text("_T");
	r->rate.n = 1000;
	r->rate.responded = 700;
	r->rate.met = 600;
	r->rate.not_met = 100;
	r->rate.n_unknown = 10;
	r->rate.verdict = KHAOSAT__V1__VERDICT__UNDECIDED;
	r->rate.needed = 209;
	r->rate.bound_low_num = 600;
	r->rate.bound_low_den = 1010;
	r->rate.bound_high_num = 910;
	r->rate.bound_high_den = 1010;
	r->rates.round = text("2025-S2");
	r->rates.last = 1234;
	r->goals[0] = &r->goal;
	r->list[0] = &r->rate;
	r->rates.goal = r->goals;
	r->rates.rate = r->list;
	r->rates.n_goal = r->rates.n_rate = 1;
}

static void
rig_make(struct rig *r)
{
	khaosat__v1__estimates__init(&r->message);
	khaosat__v1__estimate__init(&r->estimate);
	make_rates(r);
	r->estimate.verdict = KHAOSAT__V1__VERDICT__LIKELY_MET;
	r->estimate.needed_not = 102;
	r->estimate.made = true;
	r->estimate.share = 6.0 / 7;
	r->estimate.standard_error = 0.00725;
	r->estimate.strata = 1;
	r->estimate.degrees_of_freedom = 699;
	r->estimate.method = KHAOSAT__V1__INTERVAL_METHOD__WILSON;
	r->estimate.low = 0.842319;
	r->estimate.high = 0.870787;
	r->estimate.employees = UINT64_C(1) << 40; /* more than exact percentages go */
	r->estimate.employees_responded = UINT64_C(1) << 39;
	r->estimate.verdict_all_in = r->estimate.verdict_all_out = KHAOSAT__V1__VERDICT__UNDECIDED;
	r->estimates[0] = &r->estimate;
	r->message.rates = &r->rates;
	r->message.estimate = r->estimates;
	r->message.n_estimate = 1;
}

enum form { TABLE_VI, TABLE_EN, CSV, JSON };

static const char *
print(const struct rig *r, enum form form)
{
	static char bytes[64 * 1024];
	const struct client client = {.language = form == TABLE_VI ? LANGUAGE_VI : LANGUAGE_EN};
	FILE *to = fmemopen(bytes, sizeof(bytes), "w");
	assert_non_null(to);
	assert_true(estimates_are_sound(&r->message));
	switch (form) {
	case TABLE_VI:
	case TABLE_EN:
		assert_true(goals_table_print(&client, &r->message, to));
		break;
	case CSV:
		estimates_write_csv(&r->message, to);
		break;
	case JSON:
		assert_true(estimates_write_json(&r->message, to));
	}
	assert_int_equal(fclose(to), 0);
	return bytes;
}

static void
assert_has(const char *all, const char *word)
{
	if (strstr(all, word) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", word, all);
}

static void
a_goal_shows_response_estimate_interval_and_verdict(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r);
	const char *vi = print(&r, TABLE_VI);
	assert_has(vi, "70,0");        /* response */
	assert_has(vi, "50,0");        /* by employees */
	assert_has(vi, "85,7");        /* estimate */
	assert_has(vi, "84,2 – 87,1"); /* outward */
	assert_has(vi, "59,4 – 90,1");
	assert_has(vi, "nhiều khả năng đạt");
	assert_has(vi, "10 đơn vị không rõ diện");
	const char *en = print(&r, TABLE_EN);
	assert_has(en, "84.2 – 87.1");
	assert_has(en, "probably met");
	assert_has(en, "units of unknown membership: 10.");
}

static void
what_is_not_there_is_a_dash_or_empty(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r);
	r.estimate.made = false;
	r.estimate.method = 0;
	r.estimate.share = r.estimate.low = r.estimate.high = 0;
	r.estimate.verdict = KHAOSAT__V1__VERDICT__INSUFFICIENT;
	assert_has(print(&r, TABLE_EN), "insufficient data");
	assert_has(print(&r, CSV), ",,,,,,,CHUA_DU_DU_LIEU,102,");
	assert_has(print(&r, JSON), "\"interval\": null");
}

static void
an_interval_that_ends_at_the_threshold_is_told_from_one_beside_it(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r);
	r.estimate.low = 0.80000012;
	assert_has(print(&r, TABLE_EN), "80.00001 – ");
	r.estimate.low_num = 800;
	r.estimate.low_den = 1000;
	assert_has(print(&r, TABLE_EN), "80.0 – ");
}

/* Two rows of one name in one table could not be told apart. */
static void
each_dimension_has_a_table_of_its_own(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r);
	Khaosat__V1__Rate by_zone = r.rate, by_size = r.rate, *rates[] = {&by_size, &by_zone};
	Khaosat__V1__Estimate *estimates[] = {&r.estimate, &r.estimate};
	by_zone.dimension = KHAOSAT__V1__DIMENSION__ZONE_TYPE;
	by_size.dimension = KHAOSAT__V1__DIMENSION__SIZE;
	by_zone.cell = by_size.cell = text("_U");
	by_zone.label_vi = by_size.label_vi = text("Không rõ");
	by_zone.parent = by_size.parent = text("");
	r.rates.rate = rates;
	r.message.estimate = estimates;
	r.rates.n_rate = r.message.n_estimate = 2;
	const char *zones = strstr(print(&r, TABLE_VI), "G2, theo loại khu, cụm ");
	assert_non_null(zones);
	const char *sizes = strstr(zones, "\n\nG2, theo quy mô ");
	assert_non_null(sizes);
	assert_true(strstr(zones, "\nKhông rõ ") < sizes);
	assert_non_null(strstr(sizes, "\nKhông rõ "));
}

/* Of 10,000 units 4,996 are no half, with which an estimate would decide. */
static void
response_just_below_a_half_is_told_from_a_half(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r);
	r.rate.n = 10000;
	r.rate.responded = r.rate.met = 4996;
	r.rate.not_met = 0;
	assert_has(print(&r, TABLE_VI), "49,96");
	assert_has(print(&r, CSV), ",49.96,");
	assert_has(print(&r, JSON), "\"49.96\"");
}

static void
machines_get_the_figures_as_reckoned(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r);
	const char *csv = print(&r, CSV);
	assert_has(csv, ",70.0,50.0,0.0,0.857142857143,0.00725,1,699,wilson,0.842319,0.870787,"
			"CO_THE_DAT,102,CHUA_DU_DU_LIEU,CHUA_DU_DU_LIEU,\r\n");
	const char *json = print(&r, JSON);
	assert_has(json, "\"full_verdict\": \"CO_THE_DAT\"");
	assert_has(json, "\"degrees_of_freedom\": 699");
}

static void
assert_unsound(const struct rig *r)
{
	assert_false(estimates_are_sound(&r->message));
}

static void
figures_that_cannot_be_are_refused(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r);
	assert_true(estimates_are_sound(&r.message));
	r.estimate.share = NAN;
	assert_unsound(&r);
	rig_make(&r);
	r.estimate.high = INFINITY;
	assert_unsound(&r);
	rig_make(&r);
	r.estimate.low = -0.1;
	assert_unsound(&r);
	rig_make(&r);
	r.estimate.low_num = 2;
	r.estimate.low_den = 1;
	assert_unsound(&r);
	rig_make(&r);
	r.estimate.method = (Khaosat__V1__IntervalMethod)6;
	assert_unsound(&r);
	rig_make(&r);
	r.estimate.verdict = (Khaosat__V1__Verdict)9;
	assert_unsound(&r);
	rig_make(&r);
	r.rate.n_unknown_met = 11; /* of 10 */
	assert_unsound(&r);
	rig_make(&r);
	r.message.n_estimate = 0;
	assert_unsound(&r);
	rig_make(&r);
	r.message.rates = NULL;
	assert_unsound(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_goal_shows_response_estimate_interval_and_verdict),
	    cmocka_unit_test(what_is_not_there_is_a_dash_or_empty),
	    cmocka_unit_test(an_interval_that_ends_at_the_threshold_is_told_from_one_beside_it),
	    cmocka_unit_test(each_dimension_has_a_table_of_its_own),
	    cmocka_unit_test(response_just_below_a_half_is_told_from_a_half),
	    cmocka_unit_test(machines_get_the_figures_as_reckoned),
	    cmocka_unit_test(figures_that_cannot_be_are_refused),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
