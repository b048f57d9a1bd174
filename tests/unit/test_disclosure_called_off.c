/* SPDX-License-Identifier: Apache-2.0 */
/* A run that its caller no longer wants. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "survey/disclosure.h"
#include "tests/support/naive_rule.h"

enum { RESPONDED = 1, MET = 2 };
enum { PARTS = 20, UNITS = 2000 };

static const struct disclosure_rules first_release = {
    .frequency = 5, .measures = 2, .responded = RESPONDED, .shares = MET};

struct asking {
	unsigned asked, most; /* from then on it is called off */
};

static bool
is_called_off(const void *context)
{
	struct asking *asking = *(struct asking *const *)context;
	return asking->asked++ >= asking->most;
}

/* A table crossed with another, both of some few units, so that others go with them. */
static struct disclosure *
new_search(const struct asking *const *asking)
{
	struct disclosure_cell cell[1 + 2 * PARTS] = {{.headline = true}};
	struct disclosure_rules rules = first_release;
	uint64_t random = 7;
	rules.is_called_off = is_called_off;
	rules.context = asking;
	for (unsigned c = 1; c <= 2 * PARTS; c++)
		cell[c] =
		    (struct disclosure_cell){.family = 1, .table = (uint8_t)(1 + (c - 1) / PARTS)};
	struct disclosure *d = disclosure_new(&rules, cell, 1 + 2 * PARTS, NULL);
	assert_non_null(d);
	for (unsigned unit = 0; unit < UNITS; unit++) {
		const uint64_t x = random_below(&random, PARTS), y = random_below(&random, PARTS);
		const uint16_t at[] = {0, (uint16_t)(1 + x), (uint16_t)(1 + PARTS + y)};
		const uint32_t now[] = {0, RESPONDED, RESPONDED | MET};
		if (random_below(&random, PARTS * PARTS) < x * y)
			assert_int_equal(disclosure_add(d, at, 3, &now[random_below(&random, 3)]),
			    DISCLOSURE_OK);
	}
	return d;
}

static void
a_run_that_is_called_off_ends_soon_wherever_it_is(void **state)
{
	(void)state;
	struct asking asking = {0, UINT_MAX};
	const struct asking *context = &asking;
	struct disclosure *d = new_search(&context);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	disclosure_free(d);
	unsigned all = asking.asked;
	assert_in_range(all, 1000, UINT_MAX);
	for (unsigned most = 0; most < all; most += 1 + most / 8) {
		asking = (struct asking){0, most};
		d = new_search(&context);
		assert_int_equal(disclosure_run(d), DISCLOSURE_CALLED_OFF);
		assert_in_range(asking.asked - most, 1, 40);
		disclosure_free(d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_run_that_is_called_off_ends_soon_wherever_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
