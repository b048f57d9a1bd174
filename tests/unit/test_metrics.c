/* SPDX-License-Identifier: Apache-2.0 */
/* The text as Prometheus defines it, line by line, and the counting under it. A real parser reads
 * the whole of it in tests/system/test_watch.py. */
#include "collector/metrics_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/meter.h"

static void
expect(struct bytes *out, const char *text)
{
	assert_false(out->failed);
	assert_int_equal(out->n, strlen(text));
	assert_memory_equal(out->at, text, out->n);
	bytes_free(out);
}

static void
a_family_has_its_head_and_a_line_a_sample(void **state)
{
	struct bytes out = {0};
	const struct metrics_label labels[] = {{"a", "1"}, {"b", "2"}, {NULL, NULL}};
	(void)state;
	metrics_family(&out, "x_total", METRICS_COUNTER, "How many.");
	metrics_count(&out, "x_total", labels, 3);
	metrics_count(&out, "x_total", NULL, UINT64_MAX);
	expect(&out, "# HELP x_total How many.\n# TYPE x_total counter\n"
		     "x_total{a=\"1\",b=\"2\"} 3\nx_total 18446744073709551615\n");
}

static void
a_label_cannot_end_its_quotes_or_its_line(void **state)
{
	struct bytes out = {0};
	const struct metrics_label labels[] = {{"a", "\"\\\n} 9\nđợt"}, {NULL, NULL}};
	(void)state;
	metrics_count(&out, "x", labels, 1);
	expect(&out, "x{a=\"\\\"\\\\\\n} 9\\nđợt\"} 1\n");
}

static void
ratios_and_seconds_are_printed_from_integers(void **state)
{
	struct bytes out = {0};
	(void)state;
	metrics_ratio(&out, "r", NULL, 1, 3);
	metrics_ratio(&out, "r", NULL, 5, 5);
	metrics_ratio(&out, "r", NULL, 0, 7);
	metrics_ratio(&out, "r", NULL, 1, 0);
	metrics_seconds(&out, "s", NULL, 1500000);
	metrics_seconds(&out, "s", NULL, 10000001);
	metrics_seconds(&out, "s", NULL, 0);
	expect(&out, "r 0.333333\nr 1\nr 0\ns 1.5\ns 10.000001\ns 0\n");
}

static void
a_histogram_adds_up_and_ends_with_all(void **state)
{
	struct bytes out = {0};
	struct histogram h = {0};
	(void)state;
	histogram_add(&h, 1);
	histogram_add(&h, 3);
	histogram_add(&h, UINT64_C(1) << 30);
	metrics_histogram(&out, "t", "Time.", &h, 1000000);
	bytes_char(&out, '\0');
	const char *text = (const char *)out.at;
	const char *const head = "# HELP t Time.\n# TYPE t histogram\n"
				 "t_bucket{le=\"0.000001\"} 1\nt_bucket{le=\"0.000002\"} 1\n"
				 "t_bucket{le=\"0.000004\"} 2\nt_bucket{le=\"0.000008\"} 2\n";
	assert_memory_equal(text, head, strlen(head));
	assert_non_null(strstr(text, "t_bucket{le=\"8.388608\"} 2\nt_bucket{le=\"+Inf\"} 3\n"
				     "t_sum 1073.741828\nt_count 3\n"));
	bytes_free(&out);
}

static void
a_thread_counts_on_its_own_meter_or_on_none(void **state)
{
	struct meter *meter = calloc(1, sizeof(*meter));
	(void)state;
	assert_non_null(meter);
	meter_refused(METER_FRAME);
	meter_use(meter);
	meter_refused(METER_FRAME);
	meter_answer(13, 2);
	meter_answer(METER_REQUESTS, 2);
	meter_answer(13, METER_STATUSES);
	meter_code(-1);
	meter_code(METER_CODES);
	meter_use(NULL);
	meter_refused(METER_FRAME);
	assert_int_equal(atomic_load(&meter->refused[METER_FRAME]), 1);
	assert_int_equal(atomic_load(&meter->answers[13][2]), 1);
	free(meter);
}

static void
findings_are_counted_by_check_and_severity_up_to_a_limit(void **state)
{
	struct meter *meter = calloc(1, sizeof(*meter));
	char code[CODE_MAX_BYTES + 1];
	(void)state;
	assert_non_null(meter);
	meter_use(meter);
	for (int i = 0; i < 3; i++) {
		meter_finding("EH01", true);
		meter_finding("EH01", false);
	}
	assert_int_equal(atomic_load(&meter->finding[0].count), 3);
	assert_int_equal(atomic_load(&meter->finding[1].count), 3);
	for (int i = 0; i < METER_FINDINGS + 8; i++) {
		snprintf(code, sizeof(code), "C%d", i);
		meter_finding(code, true);
	}
	assert_int_equal(atomic_load(&meter->finding[METER_FINDINGS - 1].count), 1);
	assert_int_equal(atomic_load(&meter->finding[METER_FINDINGS].count), 10);
	assert_string_equal(meter->finding[METER_FINDINGS].code, "");
	meter_use(NULL);
	free(meter);
}

static void
every_refusal_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < METER_REFUSALS; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(meter_refusal_name((enum meter_refusal)i),
			    meter_refusal_name((enum meter_refusal)k));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_family_has_its_head_and_a_line_a_sample),
	    cmocka_unit_test(a_label_cannot_end_its_quotes_or_its_line),
	    cmocka_unit_test(ratios_and_seconds_are_printed_from_integers),
	    cmocka_unit_test(a_histogram_adds_up_and_ends_with_all),
	    cmocka_unit_test(a_thread_counts_on_its_own_meter_or_on_none),
	    cmocka_unit_test(findings_are_counted_by_check_and_severity_up_to_a_limit),
	    cmocka_unit_test(every_refusal_has_a_name_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
