/* SPDX-License-Identifier: Apache-2.0 */
/* Tables on terminals of any width. */
#include "client/text_table.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void
a_terminal_too_narrow_for_all_columns_gets_them_in_parts(void **state)
{
	(void)state;
	static const char *const lines[][5] = {{"Goal", "N", "left out", "Bounds", "Verdict"},
	    {"G2", "2621", "", "30 – 52", "not met"}};
	static const struct {
		size_t places;
		const char *expected;
	} cases[] = {
	    {SIZE_MAX, "Goal      N   Bounds  Verdict\nG2     2621  30 – 52  not met\n"},
	    {29, "Goal      N   Bounds  Verdict\nG2     2621  30 – 52  not met\n"},
	    {28, "Goal      N   Bounds \nG2     2621  30 – 52 \n\nGoal   Verdict\nG2     not "
		 "met\n"},
	    {1, "Goal      N \nG2     2621 \n\nGoal    Bounds \nG2     30 – 52 \n\n"
		"Goal   Verdict\nG2     not met\n"},
	};
	struct text_table t = {.columns = 5};
	for (size_t i = 0; i < 2; i++)
		assert_true(text_table_add_words(&t, lines[i]));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *printed;
		size_t n;
		FILE *to = open_memstream(&printed, &n);
		text_table_print_within(&t, 1u << 2, cases[i].places, to);
		fclose(to);
		assert_string_equal(printed, cases[i].expected);
		free(printed);
	}
	text_table_free(&t);
}

/* Of 44 places the first column gets 24, and the last what is left. */
static void
long_names_and_verdicts_fit_a_narrow_terminal(void **state)
{
	(void)state;
	static const char *const lines[][3] = {
	    {"G3", "N", "Kết luận"}, {"  Khu công nghiệp phía Tây thành phố", "12",
					 "nhiều khả năng chưa đạt, hạn 31/12/2030"}};
	static const char expected[] = "G3                          N \n"
				       "  Khu công nghiệp phía …   12 \n"
				       "\n"
				       "G3                         Kết luận\n"
				       "  Khu công nghiệp phía …   nhiều khả năng\n"
				       "                           chưa đạt, hạn\n"
				       "                           31/12/2030\n";
	struct text_table t = {.columns = 3};
	char *printed;
	size_t n;
	for (size_t i = 0; i < 2; i++)
		assert_true(text_table_add_words(&t, lines[i]));
	FILE *to = open_memstream(&printed, &n);
	text_table_print_within(&t, 0, 44, to);
	fclose(to);
	assert_string_equal(printed, expected);
	free(printed);
	text_table_free(&t);
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
	    cmocka_unit_test(a_terminal_too_narrow_for_all_columns_gets_them_in_parts),
	    cmocka_unit_test(long_names_and_verdicts_fit_a_narrow_terminal),
	};
	return cmocka_run_group_tests(tests, use_utf8, NULL);
}
