/* SPDX-License-Identifier: Apache-2.0 */
/* What holds of every interval, and the published vectors; R judges the rest (tests/estimate). */
#include "survey/interval.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "survey/quantile.h"

static const enum interval_method methods[] = {INTERVAL_WILSON, INTERVAL_LOGIT, INTERVAL_BETA,
    INTERVAL_CLOPPER_PEARSON, INTERVAL_HYPERGEOMETRIC};
#define METHODS (sizeof(methods) / sizeof(methods[0]))

static void
assert_near(double value, double expected, double within)
{
	if (!(fabs(value - expected) <= within))
		fail_msg("%.15g is not %.15g", value, expected);
}

/* A simple sample, as survey/METHODS.md has its variance. */
static struct proportion
simple(uint64_t all, uint64_t answered, uint64_t met)
{
	double n = (double)answered, p = (double)met / n;
	double v = answered > 1 ? (1 - n / (double)all) * p * (1 - p) / (n - 1) : 0;
	return (struct proportion){p, v, all, answered, met, 1};
}

static void
intervals_are_as_published(void **state)
{
	(void)state;
	static const struct {
		enum interval_method method;
		double low, high;
	} expected[] = {
	    {INTERVAL_WILSON, .8006216735173862, .8728361892572339},
	    {INTERVAL_BETA, .800256424160741, .8746021504631758},
	    {INTERVAL_LOGIT, .8004934387415913, .8729253065344659},
	    {INTERVAL_HYPERGEOMETRIC, 960.0 / 1200, 1049.0 / 1200},
	};
	const struct proportion p = simple(1200, 300, 252);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct interval interval;
		assert_true(interval_find(expected[i].method, &p, &interval));
		assert_near(interval.low.value, expected[i].low, 1e-14);
		assert_near(interval.high.value, expected[i].high, 1e-14);
	}
	assert_near(t_quantile(.975, 299), 1.9679296690656818, 1e-13);
	assert_near(t_quantile(.975, 284), 1.9683521583551364, 1e-13);
}

static void
clopper_and_pearsons_are_as_published(void **state)
{
	(void)state;
	static const struct {
		uint64_t met, answered;
		double low, high;
	} expected[] = {{0, 10, 0, .308497}, {10, 10, .691503, 1}, {81, 100, .719302, .881557},
	    {80, 100, .708157, .873344}, {263, 300, .834027, .911656}, {5, 7, .290421, .963307}};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct proportion p = simple(10000, expected[i].answered, expected[i].met);
		struct interval interval;
		assert_true(interval_find(INTERVAL_CLOPPER_PEARSON, &p, &interval));
		assert_near(interval.low.value, expected[i].low, 5e-7);
		assert_near(interval.high.value, expected[i].high, 5e-7);
	}
}

static void
a_range_that_ends_at_the_threshold_does_not_exceed_it(void **state)
{
	(void)state;
	const struct proportion p = simple(1200, 300, 252);
	struct interval i;
	assert_true(interval_find(INTERVAL_HYPERGEOMETRIC, &p, &i));
	assert_int_equal(i.low.exact.num, 960);
	assert_int_equal(i.high.exact.num, 1049);
	assert_false(interval_end_meets((struct threshold){80, true}, &i.low));
	assert_true(interval_end_meets((struct threshold){80, false}, &i.low));
}

/* Walks all met counts of a sample: within 0 and 1, around the share, rising with it, and the
 * mirror image where met and not met change places. */
static void
check_sample(enum interval_method method, uint64_t all, uint64_t answered)
{
	struct interval before = {0};
	for (uint64_t met = 0; met <= answered; met++) {
		const struct proportion p = simple(all, answered, met);
		const struct proportion mirrored = simple(all, answered, answered - met);
		struct interval i, m;
		bool is_found = interval_find(method, &p, &i);
		assert_int_equal(is_found, interval_find(method, &mirrored, &m));
		if (!is_found)
			continue;
		assert_true(i.low.value >= 0 && i.high.value <= 1);
		/* the exact range counts in whole units of them all */
		double grain = 1e-12 + (method == INTERVAL_HYPERGEOMETRIC) / (double)all;
		assert_true(i.low.value <= p.share + grain && p.share <= i.high.value + grain);
		assert_true(i.low.value >= before.low.value - 1e-12);
		assert_true(i.high.value >= before.high.value - 1e-12);
		assert_near(i.low.value, 1 - m.high.value, 1e-10);
		assert_near(i.high.value, 1 - m.low.value, 1e-10);
		before = i;
	}
}

static void
intervals_hold_the_share_rise_with_it_and_have_a_mirror_image(void **state)
{
	(void)state;
	static const uint64_t sample[][2] = {
	    {1, 1}, {2, 1}, {30, 2}, {30, 29}, {100, 50}, {1000, 30}, {1000000, 200}};
	for (size_t m = 0; m < METHODS; m++)
		for (size_t i = 0; i < sizeof(sample) / sizeof(sample[0]); i++)
			check_sample(methods[m], sample[i][0], sample[i][1]);
}

static void
what_is_certain_has_no_interval_of_chance(void **state)
{
	(void)state;
	const struct proportion all_met = simple(100, 50, 50), none_met = simple(100, 50, 0);
	for (size_t m = 0; m < 3; m++) {
		struct interval i;
		assert_false(interval_find(methods[m], &all_met, &i));
		assert_false(interval_find(methods[m], &none_met, &i));
	}
}

static void
the_exact_methods_know_no_strata(void **state)
{
	(void)state;
	struct proportion p = simple(1200, 300, 252);
	struct interval i;
	p.strata = 2;
	assert_false(interval_find(INTERVAL_CLOPPER_PEARSON, &p, &i));
	assert_false(interval_find(INTERVAL_HYPERGEOMETRIC, &p, &i));
	assert_true(interval_find(INTERVAL_WILSON, &p, &i));
	p.strata = 300; /* no degree of freedom is left */
	assert_false(interval_find(INTERVAL_WILSON, &p, &i));
}

static void
a_clipped_end_is_an_exact_one(void **state)
{
	(void)state;
	const struct proportion p = simple(1200, 300, 252);
	struct interval i;
	assert_true(interval_find(INTERVAL_WILSON, &p, &i));
	interval_clip(&i, (struct fraction){252, 1200}, (struct fraction){1032, 1200});
	assert_int_equal(i.low.exact.den, 0);
	assert_int_equal(i.high.exact.num, 1032);
	assert_true(i.high.value == 0.86);
	assert_true(interval_end_meets((struct threshold){86, false}, &i.high));
	assert_false(interval_end_meets((struct threshold){86, true}, &i.high));
}

static void
ends_are_printed_outward(void **state)
{
	(void)state;
	char text[32];
	const struct interval_end end = {0.8000000004, {0, 0}};
	percent_print_against(interval_fraction(&end, ROUND_DOWN), (struct threshold){80, true},
	    ROUND_DOWN, false, text);
	assert_string_equal(text, "80.0");
	percent_print_against(
	    interval_fraction(&end, ROUND_UP), (struct threshold){80, true}, ROUND_UP, false, text);
	assert_string_equal(text, "80.1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(intervals_are_as_published),
	    cmocka_unit_test(clopper_and_pearsons_are_as_published),
	    cmocka_unit_test(a_range_that_ends_at_the_threshold_does_not_exceed_it),
	    cmocka_unit_test(intervals_hold_the_share_rise_with_it_and_have_a_mirror_image),
	    cmocka_unit_test(what_is_certain_has_no_interval_of_chance),
	    cmocka_unit_test(the_exact_methods_know_no_strata),
	    cmocka_unit_test(a_clipped_end_is_an_exact_one),
	    cmocka_unit_test(ends_are_printed_outward),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
