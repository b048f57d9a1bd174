/* SPDX-License-Identifier: Apache-2.0 */
/* The packed register of microdata: each row is had back, and no unit stands there twice. */
#include "client/microdata_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROWS 100000u /* more than one large page of either array */

static struct register_row
row_of(uint64_t serial)
{
	return (struct register_row){.tax_code = (3000000000 + serial) * 1000,
	    .revenue_mvnd = serial % 7 == 0 ? UNKNOWN_NUMBER : (int64_t)(serial << 20),
	    .capital_mvnd = MONEY_MAX,
	    .employees = (int32_t)serial,
	    .commune = (int16_t)(serial % 69)};
}

static void
every_row_is_had_back_however_many_there_are(void **state)
{
	(void)state;
	static const unsigned sizes[] = {1, 15, 16, 17, ROWS};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct microdata_rows *rows = microdata_rows_new(sizes[i]);
		struct register_row found;
		uint8_t stratum;
		assert_non_null(rows);
		for (unsigned k = 0; k < sizes[i]; k++) {
			const struct register_row row = row_of(k);
			assert_true(microdata_rows_add(rows, &row, (uint8_t)(k % 5)));
		}
		const struct register_row more = row_of(sizes[i]);
		assert_true(microdata_rows_end(rows));
		assert_false(microdata_rows_add(rows, &more, 0)); /* no room */
		assert_false(microdata_rows_find(rows, more.tax_code, &found, &stratum));
		for (unsigned k = 0; k < sizes[i]; k++) {
			const struct register_row row = row_of(k);
			assert_true(microdata_rows_find(rows, row.tax_code, &found, &stratum));
			assert_int_equal(found.revenue_mvnd, row.revenue_mvnd);
			assert_int_equal(found.capital_mvnd, row.capital_mvnd);
			assert_int_equal(found.employees, row.employees);
			assert_int_equal(found.commune, row.commune);
			assert_int_equal(stratum, k % 5);
		}
		microdata_rows_free(rows);
	}
}

static void
a_unit_that_comes_twice_is_told_at_the_end_of_its_bunch(void **state)
{
	(void)state;
	struct microdata_rows *rows = microdata_rows_new(8);
	const struct register_row one = row_of(1), two = row_of(2);
	assert_non_null(rows);
	assert_true(microdata_rows_add(rows, &one, 0));
	assert_true(microdata_rows_add(rows, &two, 0));
	assert_true(microdata_rows_end(rows));
	microdata_rows_add(rows, &one, 0);
	assert_false(microdata_rows_end(rows));
	microdata_rows_free(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_is_had_back_however_many_there_are),
	    cmocka_unit_test(a_unit_that_comes_twice_is_told_at_the_end_of_its_bunch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
