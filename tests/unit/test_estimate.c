/* SPDX-License-Identifier: Apache-2.0 */
/* Published vectors, the full verdict, and what odd rounds get; R judges the rest
 * (tests/estimate). */
#include "survey/estimate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct estimate_spec over_80 = {.threshold = {80, true}, .method = INTERVAL_WILSON};

static void
assert_near(double value, double expected, double within)
{
	if (!(fabs(value - expected) <= within))
		fail_msg("%.15g is not %.15g", value, expected);
}

/* All units alike: one stratum. */
static struct estimate
estimate_simple(const struct estimate_spec *spec, const struct rate_counts *c)
{
	struct stratum one = {.n = c->n, .met = c->met, .not_met = c->not_met};
	struct estimate e;
	estimate_make(spec, c, &one, 1, &e);
	return e;
}

/* ------------------------------------------------------------------- published */

static struct estimate
estimate_published(enum interval_method method)
{
	struct stratum strata[] = {{.size = 1, .n = 900, .met = 112, .not_met = 38},
	    {.size = 2, .n = 240, .met = 79, .not_met = 11},
	    {.size = 3, .n = 40, .met = 28, .not_met = 2}, {.size = 4, .n = 20, .met = 18}};
	const struct rate_counts c = {.n = 1200, .met = 237, .not_met = 51};
	struct estimate_spec spec = over_80;
	struct estimate e;
	spec.method = method;
	estimate_make(&spec, &c, strata, 4, &e);
	return e;
}

static void
a_stratified_round_is_as_published(void **state)
{
	(void)state;
	struct estimate e = estimate_published(INTERVAL_WILSON);
	assert_near(e.share, .7833333333, 1e-10);
	assert_near(e.variance, 6.258102392580644e-4, 1e-16);
	assert_int_equal(e.df, 284);
	assert_near(e.interval.low.value, .7302873733, 1e-10);
	assert_near(e.interval.high.value, .8283979350, 1e-10);
	e = estimate_published(INTERVAL_BETA);
	assert_near(e.interval.low.value, .7294848625, 1e-10);
	assert_near(e.interval.high.value, .8308729105, 1e-10);
	e = estimate_published(INTERVAL_LOGIT);
	assert_near(e.interval.low.value, .7300887821, 1e-10);
	assert_near(e.interval.high.value, .8285411808, 1e-10);
	/* most of the register is silent */
	assert_int_equal(e.verdict, VERDICT_INSUFFICIENT);
}

static void
full_verdicts_are_as_published(void **state)
{
	(void)state;
	static const struct {
		uint32_t pct;
		uint64_t n, met, not_met, responded;
		enum verdict verdict;
	} vector[] = {
	    {80, 100, 80, 20, 100, VERDICT_NOT_MET},
	    {80, 100, 81, 19, 100, VERDICT_MET},
	    {80, 5, 4, 1, 5, VERDICT_NOT_MET},
	    {80, 5, 5, 0, 5, VERDICT_MET},
	    {80, 0, 0, 0, 0, VERDICT_NOT_APPLICABLE},
	    {80, 100, 60, 20, 80, VERDICT_NOT_MET},
	    {80, 1000, 810, 50, 860, VERDICT_MET},
	    {80, 1000, 600, 100, 700, VERDICT_LIKELY_MET},
	    {80, 1000, 570, 130, 700, VERDICT_INCONCLUSIVE},
	    {80, 1000, 500, 200, 700, VERDICT_NOT_MET},
	    {80, 1000, 540, 160, 700, VERDICT_LIKELY_NOT_MET},
	    {100, 20, 20, 0, 20, VERDICT_MET},
	    {100, 20, 19, 1, 20, VERDICT_NOT_MET},
	    {100, 20, 19, 0, 20, VERDICT_INSUFFICIENT},
	    {100, 20, 0, 1, 1, VERDICT_NOT_MET},
	    /* fewer than half, fewer than thirty, all answered but unclear */
	    {80, 1000, 450, 40, 490, VERDICT_INSUFFICIENT},
	    {80, 40, 24, 5, 29, VERDICT_INSUFFICIENT},
	    {80, 1000, 790, 10, 1000, VERDICT_INSUFFICIENT},
	    /* all goals of 100 % that nobody missed yet */
	    {100, 1000, 900, 0, 900, VERDICT_INSUFFICIENT},
	};
	for (size_t i = 0; i < sizeof(vector) / sizeof(vector[0]); i++) {
		const struct estimate_spec spec = {
		    .threshold = {vector[i].pct, vector[i].pct < 100}, .method = INTERVAL_WILSON};
		const struct rate_counts c = {.n = vector[i].n,
		    .met = vector[i].met,
		    .not_met = vector[i].not_met,
		    .unknown = vector[i].responded - vector[i].met - vector[i].not_met};
		assert_int_equal(estimate_simple(&spec, &c).verdict, vector[i].verdict);
	}
}

static void
the_verdicts_of_chance_come_from_the_published_intervals(void **state)
{
	(void)state;
	static const struct {
		uint64_t met, not_met;
		double low, high;
	} vector[] = {{600, 100, .842319, .870787}, {570, 130, .797954, .829579},
	    {540, 160, .753909, .788052}};
	for (size_t i = 0; i < 3; i++) {
		const struct rate_counts c = {
		    .n = 1000, .met = vector[i].met, .not_met = vector[i].not_met};
		struct estimate e = estimate_simple(&over_80, &c);
		assert_true(e.has_interval);
		assert_near(e.interval.low.value, vector[i].low, 5e-7);
		assert_near(e.interval.high.value, vector[i].high, 5e-7);
	}
}

/* ------------------------------------------------------------------- samples */

static void
a_sample_is_judged_by_those_it_asked(void **state)
{
	(void)state;
	struct rate_counts c = {.n = 10000, .met = 720, .not_met = 80};
	assert_int_equal(estimate_simple(&over_80, &c).verdict, VERDICT_INSUFFICIENT);
	c.undrawn = 9000;
	assert_int_equal(estimate_simple(&over_80, &c).verdict, VERDICT_LIKELY_MET);
	struct fraction unit = response_of(&c, &(struct employee_counts){0}).unit;
	assert_int_equal(unit.num, 800);
	assert_int_equal(unit.den, 1000);
}

static void
design_weights_stand_for_those_not_drawn(void **state)
{
	(void)state;
	/* every second of the large, every hundredth of the small; 4 of 5 of those drawn answered
	 */
	struct stratum strata[] = {{.n = 10000, .met = 40, .not_met = 40, .weight = 100},
	    {.size = 1, .n = 200, .met = 80, .weight = 2}};
	const struct rate_counts c = {.n = 10200, .met = 120, .not_met = 40, .undrawn = 10000};
	struct estimate e;
	estimate_make(&over_80, &c, strata, 2, &e);
	assert_int_equal(e.strata, 2);
	assert_near(e.share, (10000 * 0.5 + 200) / 10200, 1e-15);
	assert_int_equal(e.verdict, VERDICT_LIKELY_NOT_MET);
}

/* Two of ten large firms answered: too few for a stratum of their own. Among the small, of whom one
 * in ten was drawn, they count as the two that they are, not as two of those drawn. */
static void
answers_of_strata_that_join_keep_their_weights(void **state)
{
	(void)state;
	struct stratum strata[] = {{.n = 1000, .met = 20, .not_met = 80, .weight = 10},
	    {.size = 1, .n = 10, .met = 2, .weight = 1}};
	const struct rate_counts c = {.n = 1010, .met = 22, .not_met = 80, .undrawn = 900};
	struct estimate e;
	estimate_make(&over_80, &c, strata, 2, &e);
	assert_int_equal(e.strata, 1);
	assert_near(e.share, 202. / 1002, 1e-15);
}

/* Of the small, four in ten of those drawn are gone: so, as far as anybody knows, are four in ten
 * of the others. */
static void
a_unit_out_of_scope_stands_for_its_like(void **state)
{
	(void)state;
	struct stratum strata[] = {
	    {.n = 960, .met = 30, .not_met = 30, .weight = 10, .drawn_in = 60, .drawn_out = 40},
	    {.size = 1, .n = 100, .met = 90, .not_met = 10, .weight = 1, .drawn_in = 100}};
	const struct rate_counts c = {.n = 1060, .met = 120, .not_met = 40, .undrawn = 900};
	struct estimate e;
	estimate_make(&over_80, &c, strata, 2, &e);
	assert_near(e.share, (600 * 0.5 + 90) / 700, 1e-15);
	assert_int_equal(e.df, 158);
	/* R: svydesign with weights 10 and 1, svymean over the subset in scope */
	assert_near(sqrt(e.variance), 0.0528911216635033, 1e-15);
}

/* Of the 400 units of a stratum that are elsewhere 40 were drawn, and four of these turn out to be
 * here: so, as far as anybody knows, do 40 of them all; the large have them not. */
static void
a_corrected_unit_brings_its_like(void **state)
{
	(void)state;
	struct stratum strata[] = {
	    {.n = 604, .met = 30, .not_met = 30, .weight = 10, .drawn_in = 64, .moved_in = 4},
	    {.size = 1, .n = 100, .met = 90, .not_met = 10, .weight = 1, .drawn_in = 100}};
	strata[0].beside = 400;
	strata[0].beside_drawn = 40;
	const struct rate_counts c = {.n = 704, .met = 120, .not_met = 40, .undrawn = 540};
	struct estimate e;
	estimate_make(&over_80, &c, strata, 2, &e);
	assert_near(e.share, (640 * 0.5 + 90) / 740, 1e-15);
	assert_int_equal(e.df, 158);
	assert_true(e.variance > 0);
}

/* All that the register has here have answered: then nothing is left to chance, as it has it. */
static void
a_cell_that_has_answered_whole_has_no_error(void **state)
{
	(void)state;
	struct stratum one = {.n = 40, .met = 30, .not_met = 10, .weight = 10, .drawn_in = 40};
	one.moved_in = 40;
	one.beside = 900;
	one.beside_drawn = 90;
	const struct rate_counts c = {.n = 40, .met = 30, .not_met = 10};
	struct estimate e;
	estimate_make(&over_80, &c, &one, 1, &e);
	assert_near(e.share, 0.75, 1e-15);
	assert_true(e.has_error && e.variance == 0 && !e.has_interval);
	assert_int_equal(e.verdict, VERDICT_NOT_MET);
}

/* A domain of a sample: of 15 units drawn one in ten there happen to be four, which join those that
 * were all asked and weigh twice as much as they can. */
static void
an_estimate_lies_within_the_bounds(void **state)
{
	(void)state;
	struct stratum strata[] = {{.n = 20, .met = 20, .weight = 1, .drawn_in = 20},
	    {.size = 1, .n = 15, .not_met = 4, .weight = 10, .drawn_in = 4}};
	const struct rate_counts c = {.n = 35, .met = 20, .not_met = 4, .undrawn = 11};
	struct estimate e;
	estimate_make(&over_80, &c, strata, 2, &e);
	assert_int_equal(e.strata, 1);
	assert_near(e.share, 20. / 35, 1e-15);
	assert_true(e.has_interval);
	assert_true(e.interval.low.value <= e.share && e.share <= e.interval.high.value);
}

/* By design the small weigh fifty times what the large do: that is no want of answers. */
static void
a_stratum_that_was_drawn_thinly_is_not_thin(void **state)
{
	(void)state;
	struct stratum strata[] = {{.n = 5000, .met = 60, .not_met = 40, .weight = 50},
	    {.size = 1, .n = 100, .met = 50, .not_met = 50, .weight = 1},
	    {.size = 2, .n = 100, .met = 80, .not_met = 19, .weight = 1}};
	assert_int_equal(strata_collapse(strata, 3), 3);
}

static void
a_sample_of_several_weights_has_no_exact_interval(void **state)
{
	(void)state;
	struct stratum strata[] = {{.n = 1000, .met = 20, .not_met = 80, .weight = 10},
	    {.size = 1, .n = 200, .met = 60, .not_met = 40, .weight = 2}};
	const struct rate_counts c = {.n = 1200, .met = 80, .not_met = 120, .undrawn = 1000};
	struct estimate_spec spec = over_80;
	struct estimate e;
	spec.method = INTERVAL_HYPERGEOMETRIC;
	estimate_make(&spec, &c, strata, 2, &e);
	assert_true(e.is_made);
	assert_false(e.has_interval);
	assert_int_equal(e.verdict, VERDICT_INSUFFICIENT);
	assert_near(e.share, (1000 * 0.2 + 200 * 0.6) / 1200, 1e-15);
}

/* Whatever those asked say, most of the frame was not: only the bounds of the frame may decide. */
static void
a_sample_decides_for_certain_only_what_its_frame_allows(void **state)
{
	(void)state;
	const struct rate_counts all_met = {.n = 1000, .met = 100, .undrawn = 900};
	assert_int_equal(rate_verdict(over_80.threshold, &all_met), VERDICT_UNDECIDED);
	assert_int_equal(rate_needed(over_80.threshold, &all_met), -1);
	assert_int_equal(rate_needed_not(over_80.threshold, &all_met), -1);
	const struct rate_counts most_missed = {.n = 1000, .not_met = 200, .undrawn = 700};
	assert_int_equal(rate_verdict(over_80.threshold, &most_missed), VERDICT_NOT_MET);
	const struct threshold all = {100, false};
	const struct rate_counts one_missed = {.n = 1000, .not_met = 1, .undrawn = 900};
	assert_int_equal(rate_verdict(all, &one_missed), VERDICT_NOT_MET);
}

/* ------------------------------------------------------------------- odd rounds */

static void
a_named_list_is_not_estimated_by_chance(void **state)
{
	(void)state;
	struct estimate_spec spec = over_80;
	const struct rate_counts c = {.n = 1000, .met = 600, .not_met = 100};
	spec.named_list = true;
	struct estimate e = estimate_simple(&spec, &c);
	assert_true(e.is_made);
	assert_false(e.has_interval || e.has_error);
	assert_true(e.variance == 0);
	assert_int_equal(e.verdict, VERDICT_INSUFFICIENT);
}

static void
a_named_list_that_has_answered_whole_has_no_error(void **state)
{
	(void)state;
	struct estimate_spec spec = over_80;
	const struct rate_counts c = {.n = 20, .met = 15, .not_met = 5};
	spec.named_list = true;
	struct estimate e = estimate_simple(&spec, &c);
	assert_true(e.has_error && e.variance == 0 && e.share == 0.75);
}

static void
all_of_one_mind_in_one_stratum_get_the_exact_range(void **state)
{
	(void)state;
	const struct rate_counts yes = {.n = 1000, .met = 700}, no = {.n = 1000, .not_met = 700};
	struct estimate e = estimate_simple(&over_80, &yes);
	assert_int_equal(e.interval.method, INTERVAL_HYPERGEOMETRIC);
	assert_true(e.interval.low.value > 0.99 && e.interval.high.value == 1);
	e = estimate_simple(&over_80, &no);
	assert_true(e.interval.low.value == 0 && e.interval.high.value < 0.01);
}

static void
all_of_one_mind_in_several_strata_get_bounds_only(void **state)
{
	(void)state;
	struct stratum strata[] = {{.n = 500, .met = 300}, {.size = 1, .n = 500, .not_met = 300}};
	const struct rate_counts c = {.n = 1000, .met = 300, .not_met = 300};
	struct estimate e;
	estimate_make(&over_80, &c, strata, 2, &e);
	assert_true(e.is_made && e.share == 0.5);
	assert_false(e.has_interval || e.has_error);
	assert_int_equal(e.verdict, VERDICT_NOT_MET);
}

static void
an_exact_method_takes_all_units_for_alike(void **state)
{
	(void)state;
	struct estimate e = estimate_published(INTERVAL_HYPERGEOMETRIC);
	assert_int_equal(e.strata, 1);
	assert_near(e.share, 237.0 / 288, 1e-15);
	assert_true(e.interval.low.value < e.share && e.share < e.interval.high.value);
	assert_int_equal(e.interval.low.exact.den, 1200);
	e = estimate_published(INTERVAL_CLOPPER_PEARSON);
	assert_int_equal(e.interval.method, INTERVAL_CLOPPER_PEARSON);
}

static void
no_answer_no_estimate(void **state)
{
	(void)state;
	struct stratum strata[] = {{.n = 500}, {.size = 1, .n = 500}};
	const struct rate_counts silent = {.n = 1000}, nobody = {0}, perhaps = {.n_unknown = 5};
	struct estimate e;
	estimate_make(&over_80, &silent, strata, 2, &e);
	assert_false(e.is_made || e.has_interval);
	assert_int_equal(e.verdict, VERDICT_INSUFFICIENT);
	estimate_make(&over_80, &nobody, strata, 0, &e);
	assert_int_equal(e.verdict, VERDICT_NOT_APPLICABLE);
	estimate_make(&over_80, &perhaps, strata, 0, &e);
	assert_int_equal(e.verdict, VERDICT_INSUFFICIENT);
}

static void
a_stratum_without_answers_joins_its_nearest(void **state)
{
	(void)state;
	struct stratum strata[] = {{.n = 100, .met = 30, .not_met = 20}, {.zone = 1, .n = 30},
	    {.activity = 1, .n = 100, .met = 50, .not_met = 10}, {.size = 1, .n = 4, .met = 1}};
	size_t n = strata_collapse(strata, 4);
	assert_int_equal(n, 2);
	assert_int_equal(strata[0].n, 130);
	assert_int_equal(strata[1].n, 104); /* the next size, where most answered */
	assert_int_equal(strata[1].met, 51);
}

static void
a_stratum_that_answered_whole_stays_by_itself(void **state)
{
	(void)state;
	struct stratum strata[] = {
	    {.n = 1000, .met = 30, .not_met = 20}, {.size = 4, .n = 1, .met = 1}};
	assert_int_equal(strata_collapse(strata, 2), 2);
}

static void
an_answer_that_stands_for_too_many_is_not_let_alone(void **state)
{
	(void)state;
	struct stratum strata[] = {{.n = 100, .met = 30, .not_met = 20},
	    {.size = 1, .n = 100, .met = 40, .not_met = 20},
	    {.size = 2, .n = 1001, .met = 50, .not_met = 50},
	    {.size = 3, .n = 1200, .met = 60, .not_met = 40}};
	assert_int_equal(strata_collapse(strata, 4), 4);
	struct stratum heavy[] = {{.n = 100, .met = 30, .not_met = 20},
	    {.size = 1, .n = 100, .met = 30, .not_met = 20},
	    {.size = 2, .n = 100, .met = 30, .not_met = 20},
	    {.size = 3, .n = 1100, .met = 60, .not_met = 40}};
	assert_int_equal(strata_collapse(heavy, 4), 3);
}

static bool
is_share(double v)
{
	return v >= 0 && v <= 1; /* not NaN either */
}

/* Every count there is of a few units, every threshold that is odd, every method. */
static void
no_round_however_small_gives_a_figure_that_is_none(void **state)
{
	(void)state;
	static const uint32_t pct[] = {0, 1, 80, 99, 100};
	for (unsigned i = 0; i < 5 * 2 * 5; i++)
		for (uint64_t n = 0; n <= 33; n += n < 3 ? 1 : 10)
			for (uint64_t met = 0; met <= n; met++)
				for (uint64_t not_met = 0; met + not_met <= n; not_met++) {
					const struct estimate_spec spec = {
					    .threshold = {pct[i % 5], i / 5 % 2 != 0},
					    .method = (enum interval_method)(i / 10 + 1)};
					const struct rate_counts c = {
					    .n = n, .met = met, .not_met = not_met};
					struct estimate e = estimate_simple(&spec, &c);
					assert_int_equal(e.is_made, met + not_met > 0);
					assert_true(is_share(e.share) && e.variance >= 0);
					assert_true(is_share(e.interval.low.value));
					assert_true(is_share(e.interval.high.value));
					assert_true(!e.has_interval || n >= 30);
					assert_true(!e.has_error ||
						    (e.variance > 0) == (met + not_met < n));
					assert_int_not_equal(e.verdict, VERDICT_UNDECIDED);
				}
}

/* ------------------------------------------------------------------- sensitivity */

static void
unknown_membership_is_tried_both_ways(void **state)
{
	(void)state;
	const struct rate_counts c = {.n = 100,
	    .met = 81,
	    .not_met = 19,
	    .n_unknown = 10,
	    .n_unknown_met = 2,
	    .n_unknown_not_met = 3};
	const struct rate_counts in = rate_all_in(&c), out = rate_all_out(&c);
	assert_int_equal(rate_verdict(over_80.threshold, &c), VERDICT_UNDECIDED);
	assert_int_equal(rate_verdict(over_80.threshold, &out), VERDICT_MET);
	assert_int_equal(rate_verdict(over_80.threshold, &in), VERDICT_NOT_MET);
	assert_int_equal(in.n, 110);
	assert_int_equal(in.met, 83);
	assert_int_equal(in.not_met, 22);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_stratified_round_is_as_published),
	    cmocka_unit_test(full_verdicts_are_as_published),
	    cmocka_unit_test(the_verdicts_of_chance_come_from_the_published_intervals),
	    cmocka_unit_test(a_sample_is_judged_by_those_it_asked),
	    cmocka_unit_test(design_weights_stand_for_those_not_drawn),
	    cmocka_unit_test(answers_of_strata_that_join_keep_their_weights),
	    cmocka_unit_test(a_unit_out_of_scope_stands_for_its_like),
	    cmocka_unit_test(a_corrected_unit_brings_its_like),
	    cmocka_unit_test(a_cell_that_has_answered_whole_has_no_error),
	    cmocka_unit_test(an_estimate_lies_within_the_bounds),
	    cmocka_unit_test(a_stratum_that_was_drawn_thinly_is_not_thin),
	    cmocka_unit_test(a_sample_of_several_weights_has_no_exact_interval),
	    cmocka_unit_test(a_sample_decides_for_certain_only_what_its_frame_allows),
	    cmocka_unit_test(a_named_list_is_not_estimated_by_chance),
	    cmocka_unit_test(a_named_list_that_has_answered_whole_has_no_error),
	    cmocka_unit_test(all_of_one_mind_in_one_stratum_get_the_exact_range),
	    cmocka_unit_test(all_of_one_mind_in_several_strata_get_bounds_only),
	    cmocka_unit_test(an_exact_method_takes_all_units_for_alike),
	    cmocka_unit_test(no_answer_no_estimate),
	    cmocka_unit_test(a_stratum_without_answers_joins_its_nearest),
	    cmocka_unit_test(a_stratum_that_answered_whole_stays_by_itself),
	    cmocka_unit_test(an_answer_that_stands_for_too_many_is_not_let_alone),
	    cmocka_unit_test(no_round_however_small_gives_a_figure_that_is_none),
	    cmocka_unit_test(unknown_membership_is_tried_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
