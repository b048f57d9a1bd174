/* SPDX-License-Identifier: Apache-2.0 */
/* Size classes of Decree 80/2021/ND-CP, known and possible. */
#include "survey/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MICRO (1u << SIZE_MICRO)
#define SMALL (1u << SIZE_SMALL)
#define MEDIUM (1u << SIZE_MEDIUM)
#define LARGE (1u << SIZE_LARGE)

static void
size_classes_follow_the_decree_at_its_boundaries(void **state)
{
	(void)state;
	static const struct {
		enum truth industry;
		int64_t employees, revenue, capital;
		uint8_t mask;
	} vectors[] = {
	    {TRUTH_TRUE, 10, 3000, 99999, MICRO},
	    {TRUTH_FALSE, 10, 10000, 99999, MICRO},
	    {TRUTH_FALSE, 10, 10001, 3001, SMALL},
	    {TRUTH_TRUE, 11, 1, 1, SMALL},
	    {TRUTH_TRUE, 100, 50001, 20000, SMALL},
	    {TRUTH_TRUE, 100, 50001, 20001, MEDIUM},
	    {TRUTH_TRUE, 200, 200001, 100001, LARGE},
	    {TRUTH_FALSE, 101, 1, 1, LARGE},
	    {TRUTH_TRUE, 201, 1, 1, LARGE},
	    /* industry, 5 employees, revenue missing, capital 15,000 million: at or below medium */
	    {TRUTH_TRUE, 5, -1, 15000, MICRO | SMALL},
	    {TRUTH_TRUE, -1, 1, 1, MICRO | SMALL | MEDIUM | LARGE},
	    {TRUTH_TRUE, 5, -1, -1, MICRO | SMALL | MEDIUM | LARGE},
	    {TRUTH_FALSE, 5, -1, 1, MICRO},
	    {TRUTH_UNKNOWN, 60, 1, 1, SMALL | MEDIUM},
	    {TRUTH_UNKNOWN, 300, -1, -1, LARGE},
	};
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		assert_int_equal(size_classes(vectors[i].industry, vectors[i].employees,
				     vectors[i].revenue, vectors[i].capital),
		    vectors[i].mask);
}

/* The decree's table a second time: employees AND (revenue OR capital), in order. */
static uint8_t
class_by_table(bool industry, int64_t employees, int64_t revenue, int64_t capital)
{
	static const int64_t limit[2][3][3] = {
	    {{10, 10000, 3000}, {50, 100000, 50000}, {100, 300000, 100000}},
	    {{10, 3000, 3000}, {100, 50000, 20000}, {200, 200000, 100000}}};
	for (unsigned i = 0; i < 3; i++)
		if (employees <= limit[industry][i][0] &&
		    (revenue <= limit[industry][i][1] || capital <= limit[industry][i][2]))
			return (uint8_t)(1u << i);
	return LARGE;
}

static void
every_limit_of_the_decree_is_exact(void **state)
{
	(void)state;
	static const int64_t people[] = {0, 10, 50, 100, 200};
	static const int64_t money[] = {
	    0, 3000, 10000, 20000, 50000, 100000, 200000, 300000, MONEY_MAX - 1};
	const size_t np = 2 * sizeof(people) / sizeof(people[0]);
	const size_t nm = 2 * sizeof(money) / sizeof(money[0]);
	for (size_t i = 0; i < np * nm * nm * 2; i++) {
		size_t e = i / 2 % np, r = i / 2 / np % nm, c = i / 2 / np / nm;
		int64_t employees = people[e / 2] + (int64_t)(e % 2);
		int64_t revenue = money[r / 2] + (int64_t)(r % 2);
		int64_t capital = money[c / 2] + (int64_t)(c % 2);
		assert_int_equal(size_classes(truth_of(i % 2), employees, revenue, capital),
		    class_by_table(i % 2, employees, revenue, capital));
	}
}

/* A class is possible exactly when some completion of the missing numbers gives it. */
static void
a_set_of_classes_is_what_completions_of_the_missing_allow(void **state)
{
	(void)state;
	static const int64_t people[] = {0, 10, 11, 50, 51, 100, 101, 200, 201};
	static const int64_t money[] = {0, 3000, 3001, 10000, 10001, 20000, 20001, 50000, 50001,
	    100000, 100001, 200000, 200001, 300000, 300001};
	const size_t np = sizeof(people) / sizeof(people[0]), nm = sizeof(money) / sizeof(money[0]);
	for (unsigned missing = 0; missing < 16; missing++) {
		for (size_t e = 0; e < np; e++) {
			size_t r = (e * 7 + missing) % nm, c = (e * 5 + 3 * missing) % nm;
			uint8_t any = 0;
			for (size_t e2 = 0; e2 < np; e2++)
				for (size_t r2 = 0; r2 < nm; r2++)
					for (size_t c2 = 0; c2 < nm; c2++)
						for (int f = 0; f < 2; f++)
							any |= size_classes(missing & 8
										? (enum truth)f
										: TRUTH_TRUE,
							    missing & 1 ? people[e2] : people[e],
							    missing & 2 ? money[r2] : money[r],
							    missing & 4 ? money[c2] : money[c]);
			assert_int_equal(
			    size_classes(missing & 8 ? TRUTH_UNKNOWN : TRUTH_TRUE,
				missing & 1 ? -1 : people[e], missing & 2 ? -1 : money[r],
				missing & 4 ? -1 : money[c]),
			    any);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(size_classes_follow_the_decree_at_its_boundaries),
	    cmocka_unit_test(every_limit_of_the_decree_is_exact),
	    cmocka_unit_test(a_set_of_classes_is_what_completions_of_the_missing_allow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
