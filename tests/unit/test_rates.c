/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/rates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct threshold over_80 = {80, true};
static const struct threshold all_of_them = {100, false};

struct vector {
	struct threshold t;
	uint64_t n, met, not_met, responded;
	enum verdict verdict;
};

static struct rate_counts
counts(const struct vector *v)
{
	return (struct rate_counts){.n = v->n,
	    .met = v->met,
	    .not_met = v->not_met,
	    .unknown = v->responded - v->met - v->not_met};
}

/* The certain verdicts among the published vectors; those that need an estimate stay undecided. */
static void
certain_verdicts_are_as_published(void **state)
{
	(void)state;
	static const struct threshold s = {80, true}, a = {100, false};
	const struct vector vectors[] = {
	    {s, 100, 80, 20, 100, VERDICT_NOT_MET},
	    {s, 100, 81, 19, 100, VERDICT_MET},
	    {s, 5, 4, 1, 5, VERDICT_NOT_MET},
	    {s, 5, 5, 0, 5, VERDICT_MET},
	    {s, 0, 0, 0, 0, VERDICT_NOT_APPLICABLE},
	    {s, 100, 60, 20, 80, VERDICT_NOT_MET},
	    {s, 1000, 810, 50, 860, VERDICT_MET},
	    {s, 1000, 600, 100, 700, VERDICT_UNDECIDED},
	    {s, 1000, 570, 130, 700, VERDICT_UNDECIDED},
	    {s, 1000, 500, 200, 700, VERDICT_NOT_MET},
	    {s, 1000, 540, 160, 700, VERDICT_UNDECIDED},
	    {a, 20, 20, 0, 20, VERDICT_MET},
	    {a, 20, 19, 1, 20, VERDICT_NOT_MET},
	    {a, 20, 19, 0, 20, VERDICT_UNDECIDED},
	    {a, 20, 0, 1, 1, VERDICT_NOT_MET},
	    /* one in a thousand, and at the greatest counts */
	    {a, 1000, 999, 1, 1000, VERDICT_NOT_MET},
	    {a, 1000, 999, 0, 999, VERDICT_UNDECIDED},
	    {a, UINT32_MAX, UINT32_MAX - 1, 1, UINT32_MAX, VERDICT_NOT_MET},
	    {a, UINT32_MAX, UINT32_MAX, 0, UINT32_MAX, VERDICT_MET},
	    {s, 4000000000, 3200000000, 800000000, 4000000000, VERDICT_NOT_MET},
	    {s, 4000000000, 3200000001, 799999999, 4000000000, VERDICT_MET},
	};
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct rate_counts c = counts(&vectors[i]);
		assert_int_equal(rate_verdict(vectors[i].t, &c), vectors[i].verdict);
	}
}

/* What the verdict claims, tried out: every way in which silence may resolve. */
static enum verdict
verdict_by_trying(struct threshold t, const struct rate_counts *c)
{
	if (c->n == 0)
		return c->n_unknown == 0 ? VERDICT_NOT_APPLICABLE : VERDICT_UNDECIDED;
	bool some_meet = false, some_fail = false;
	uint64_t open = c->n - c->met - c->not_met;
	uint64_t doubtful = c->n_unknown - c->n_unknown_met - c->n_unknown_not_met;
	for (uint64_t more = 0; more <= open; more++)
		for (uint64_t in_met = 0; in_met <= c->n_unknown_met; in_met++)
			for (uint64_t in_not = 0; in_not <= c->n_unknown_not_met; in_not++)
				for (uint64_t in = 0; in <= doubtful; in++)
					for (uint64_t in_more = 0; in_more <= in; in_more++) {
						uint64_t m = c->met + more + in_met + in_more;
						uint64_t n = c->n + in_met + in_not + in;
						bool meets = threshold_meets(t, m, n);
						some_meet |= meets;
						some_fail |= !meets;
					}
	return !some_fail ? VERDICT_MET : !some_meet ? VERDICT_NOT_MET : VERDICT_UNDECIDED;
}

static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static struct rate_counts
random_counts(uint64_t *seed)
{
	struct rate_counts c = {.n = next_random(seed) % 9};
	c.met = next_random(seed) % (c.n + 1);
	c.not_met = next_random(seed) % (c.n - c.met + 1);
	if (next_random(seed) % 3 == 0)
		c.met = c.n - c.not_met;
	c.unknown = (c.n - c.met - c.not_met) / 2;
	c.n_unknown = next_random(seed) % 5;
	c.n_unknown_met = next_random(seed) % (c.n_unknown + 1);
	c.n_unknown_not_met = next_random(seed) % (c.n_unknown - c.n_unknown_met + 1);
	if (next_random(seed) % 2 == 0) { /* a sample */
		c.undrawn = next_random(seed) % (c.n - rate_responded(&c) + 1);
		c.n_unknown_undrawn =
		    next_random(seed) % (c.n_unknown - c.n_unknown_met - c.n_unknown_not_met + 1);
	}
	return c;
}

/* Units asked whose answer may still come, or become known. */
static uint64_t
open_members(const struct rate_counts *c)
{
	return c->n - c->undrawn - c->met - c->not_met;
}

static uint64_t
open_units(const struct rate_counts *c)
{
	return open_members(c) + c->n_unknown - c->n_unknown_undrawn - c->n_unknown_met -
	       c->n_unknown_not_met;
}

static struct threshold
random_threshold(uint64_t *seed)
{
	static const uint32_t pct[] = {0, 1, 50, 67, 80, 99, 100};
	return (struct threshold){pct[next_random(seed) % 7], next_random(seed) % 2 == 0};
}

static void
a_verdict_is_certain_exactly_when_every_resolution_agrees(void **state)
{
	(void)state;
	uint64_t seed = 57;
	unsigned seen[5] = {0};
	for (unsigned i = 0; i < 20000; i++) {
		struct rate_counts c = random_counts(&seed);
		struct threshold t = random_threshold(&seed);
		enum verdict expected = verdict_by_trying(t, &c);
		assert_int_equal(rate_verdict(t, &c), expected);
		seen[expected]++;
	}
	for (unsigned v = VERDICT_MET; v <= VERDICT_UNDECIDED; v++)
		assert_true(seen[v] > 100);
}

/* Add k met answers, from certain silent members first, then from doubtful silent units. */
static struct rate_counts
with_more_met(struct rate_counts c, uint64_t k)
{
	uint64_t open = open_members(&c), from_certain = k < open ? k : open;
	c.met += from_certain;
	c.unknown = 0;
	c.n_unknown_met += k - from_certain;
	return c;
}

static void
needed_is_the_least_number_of_met_answers_that_decides(void **state)
{
	(void)state;
	uint64_t seed = 2025;
	unsigned reachable = 0, out_of_reach = 0;
	for (unsigned i = 0; i < 20000; i++) {
		struct rate_counts c = random_counts(&seed);
		struct threshold t = random_threshold(&seed);
		if (c.n == 0) {
			assert_int_equal(rate_needed(t, &c), -1);
			continue;
		}
		uint64_t most = open_units(&c);
		int64_t expected = -1;
		for (uint64_t k = 0; k <= most && expected < 0; k++) {
			struct rate_counts more = with_more_met(c, k);
			if (rate_verdict(t, &more) == VERDICT_MET)
				expected = (int64_t)k;
		}
		assert_int_equal(rate_needed(t, &c), expected);
		reachable += expected > 0;
		out_of_reach += expected < 0;
	}
	assert_true(reachable > 1000 && out_of_reach > 1000);
}

static struct rate_counts
with_more_not_met(struct rate_counts c, uint64_t k)
{
	uint64_t open = open_members(&c), from_certain = k < open ? k : open;
	c.not_met += from_certain;
	c.n_unknown_not_met += k - from_certain;
	return c;
}

static void
needed_not_is_the_least_number_of_unmet_answers_that_decides(void **state)
{
	(void)state;
	uint64_t seed = 2026;
	unsigned reachable = 0, out_of_reach = 0;
	for (unsigned i = 0; i < 20000; i++) {
		struct rate_counts c = random_counts(&seed);
		struct threshold t = random_threshold(&seed);
		uint64_t most = open_units(&c);
		int64_t expected = -1;
		for (uint64_t k = 0; c.n > 0 && k <= most && expected < 0; k++) {
			struct rate_counts more = with_more_not_met(c, k);
			if (rate_verdict(t, &more) == VERDICT_NOT_MET)
				expected = (int64_t)k;
		}
		assert_int_equal(rate_needed_not(t, &c), expected);
		reachable += expected > 0;
		out_of_reach += expected < 0;
	}
	assert_true(reachable > 1000 && out_of_reach > 1000);
}

static void
the_gap_is_the_published_formula(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 500; n++) {
		struct rate_counts c = {.n = n, .met = n / 3};
		assert_int_equal(rate_needed(over_80, &c), (int64_t)(80 * n / 100 + 1 - n / 3));
		assert_int_equal(rate_needed(all_of_them, &c), (int64_t)(n - n / 3));
	}
}

static void
shares_are_of_the_register_and_of_those_who_answered(void **state)
{
	(void)state;
	const struct rate_counts c = {.n = 100, .met = 60, .not_met = 20, .unknown = 5};
	struct fraction of_all = rate_register_share(&c), of_known = rate_respondent_share(&c);
	assert_true(of_all.num == 60 && of_all.den == 100);
	assert_true(of_known.num == 60 && of_known.den == 80);
	assert_int_equal(rate_responded(&c), 85);
	const struct rate_counts silent = {.n = 7};
	assert_int_equal(rate_respondent_share(&silent).den, 0);
}

static void
bounds_hold_every_share_that_silence_allows(void **state)
{
	(void)state;
	const struct rate_counts manski = {.n = 100, .met = 60, .not_met = 20};
	struct fraction low = rate_bound_low(&manski), high = rate_bound_high(&manski);
	assert_int_equal(low.num * 100 / low.den, 60);
	assert_int_equal(high.num * 100 / high.den, 80);
	const struct rate_counts doubtful = {.n = 100,
	    .met = 60,
	    .not_met = 20,
	    .n_unknown = 10,
	    .n_unknown_met = 3,
	    .n_unknown_not_met = 2};
	low = rate_bound_low(&doubtful);
	high = rate_bound_high(&doubtful);
	assert_int_equal(low.num, 60);
	assert_int_equal(low.den, 107);
	assert_int_equal(high.num, 88);
	assert_int_equal(high.den, 108);
}

static void
expect_print(
    struct fraction f, unsigned decimals, enum rounding r, bool comma, const char *expected)
{
	char text[32];
	percent_print(f, decimals, r, comma, text);
	assert_string_equal(text, expected);
}

static void
percentages_print_from_exact_integers(void **state)
{
	(void)state;
	expect_print((struct fraction){1, 8}, 1, ROUND_HALF_AWAY, false, "12.5");
	expect_print((struct fraction){1, 16}, 1, ROUND_HALF_AWAY, false, "6.3"); /* 6.25 */
	expect_print((struct fraction){1, 3}, 1, ROUND_UP, true, "33,4");
	expect_print((struct fraction){1, 3}, 1, ROUND_DOWN, true, "33,3");
	expect_print((struct fraction){2, 3}, 0, ROUND_HALF_AWAY, true, "67");
	expect_print((struct fraction){5, 5}, 1, ROUND_UP, true, "100,0");
	expect_print((struct fraction){0, 5}, 1, ROUND_DOWN, true, "0,0");
	expect_print((struct fraction){0, 0}, 1, ROUND_DOWN, true, "");
	expect_print((struct fraction){7999, 10000}, 1, ROUND_HALF_AWAY, false, "80.0");
	expect_print((struct fraction){UINT32_MAX - 1, UINT32_MAX}, 3, ROUND_DOWN, false, "99.999");
}

static void
a_share_just_over_the_threshold_does_not_print_as_the_threshold(void **state)
{
	(void)state;
	char text[32];
	percent_print_against((struct fraction){8004, 10000}, over_80, ROUND_HALF_AWAY, true, text);
	assert_string_equal(text, "80,04");
	percent_print_against((struct fraction){4, 5}, over_80, ROUND_HALF_AWAY, true, text);
	assert_string_equal(text, "80,0");
	percent_print_against(
	    (struct fraction){79996, 100000}, over_80, ROUND_HALF_AWAY, false, text);
	assert_string_equal(text, "79.996");
	percent_print_against(
	    (struct fraction){800001, 1000000}, over_80, ROUND_HALF_AWAY, false, text);
	assert_string_equal(text, "80.0001");
	percent_print_against((struct fraction){7999999, 10000000}, over_80, ROUND_UP, false, text);
	assert_string_equal(text, "79.99999");
	percent_print_against(
	    (struct fraction){UINT32_MAX - 1, UINT32_MAX}, all_of_them, ROUND_DOWN, false, text);
	assert_string_equal(text, "99.9");
}

static void
before_the_deadline_the_words_are_progress(void **state)
{
	(void)state;
	char vi[96], en[96];
	verdict_words(VERDICT_NOT_MET, true, "2030-12-31", vi, en);
	assert_string_equal(vi, "chưa đạt, hạn 31/12/2030");
	verdict_words(VERDICT_NOT_MET, false, "2025-12-31", vi, en);
	assert_string_equal(vi, "không đạt");
	assert_string_equal(en, "not met");
}

static void
no_two_verdicts_have_the_same_words(void **state)
{
	(void)state;
	for (int progress = 0; progress < 2; progress++)
		for (enum verdict v = VERDICT_MET; v <= VERDICT_INSUFFICIENT; v++)
			for (enum verdict w = VERDICT_MET; w < v; w++) {
				char vi[2][96], en[2][96];
				verdict_words(v, progress == 1, "2030-12-31", vi[0], en[0]);
				verdict_words(w, progress == 1, "2030-12-31", vi[1], en[1]);
				assert_string_not_equal(vi[0], vi[1]);
				assert_string_not_equal(en[0], en[1]);
			}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(certain_verdicts_are_as_published),
	    cmocka_unit_test(a_verdict_is_certain_exactly_when_every_resolution_agrees),
	    cmocka_unit_test(needed_is_the_least_number_of_met_answers_that_decides),
	    cmocka_unit_test(needed_not_is_the_least_number_of_unmet_answers_that_decides),
	    cmocka_unit_test(the_gap_is_the_published_formula),
	    cmocka_unit_test(shares_are_of_the_register_and_of_those_who_answered),
	    cmocka_unit_test(bounds_hold_every_share_that_silence_allows),
	    cmocka_unit_test(percentages_print_from_exact_integers),
	    cmocka_unit_test(a_share_just_over_the_threshold_does_not_print_as_the_threshold),
	    cmocka_unit_test(before_the_deadline_the_words_are_progress),
	    cmocka_unit_test(no_two_verdicts_have_the_same_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
