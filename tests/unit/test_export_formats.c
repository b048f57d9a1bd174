/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the files of an export, in memory; and the file that is written to. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "collector/export/fill.h"
#include "collector/export/words.h"
#include "proto/digest.h"
#include "tests/support/export_rig.h"

/* ------------------------------------------------------------------- tables */

static void
a_withheld_row_tells_nothing(void **state)
{
	(void)state;
	size_t withheld = 0;
	for (size_t i = 0; i < public.tables.rows; i++) {
		const struct observation *o = &public.tables.row[i];
		if (o->members == FIGURE_FREE || o->members == FIGURE_EMPTY)
			continue;
		withheld++;
		assert_int_equal(o->counts.n + o->counts.met + o->counts.not_met, 0);
		for (enum measure m = 0; m < MEASURES; m++) {
			struct value v;
			observation_value(&public.tables, o, m, &v);
			bool of_the_unsure =
			    m >= MEASURE_N_UNKNOWN && m <= MEASURE_N_UNKNOWN_NOT_MET;
			assert_true(of_the_unsure || v.kind == VALUE_NONE);
		}
	}
	assert_true(withheld > 100);
}

static void
what_rests_on_doubtful_units_is_withheld_with_them(void **state)
{
	(void)state;
	struct observation o = *export_rig_row(&internal, "G4_JOIN", DIMENSION_WHOLE, "_T");
	struct value v;
	assert_true(o.counts.n_unknown > 0);
	o.unsure = o.judged = FIGURE_FEW_UNITS;
	fill_withhold(&internal.tables, &o);
	observation_value(&internal.tables, &o, MEASURE_BOUND_LOW, &v);
	assert_int_equal(v.kind, VALUE_NONE);
	observation_value(&internal.tables, &o, MEASURE_CI_LOW, &v);
	assert_int_equal(v.kind, VALUE_NONE);
	observation_value(&internal.tables, &o, MEASURE_MET, &v);
	assert_int_equal(v.kind, VALUE_COUNT);
}

static void
a_public_estimate_has_tenths_of_a_percent(void **state)
{
	(void)state;
	char inside[VALUE_TEXT_BYTES], outside[VALUE_TEXT_BYTES];
	const struct observation *in =
	    export_rig_row(&internal, "G2_STRICT", DIMENSION_SIZE, "MICRO");
	struct observation out = *in;
	struct value v;
	fill_withhold(&internal.tables, &out); /* as of very many units */
	assert_true(in->has_estimate && in->estimate.has_interval);
	for (enum measure m = MEASURE_ESTIMATE; m <= MEASURE_CI_HIGH; m++) {
		observation_value(&internal.tables, in, m, &v);
		value_print(&internal.tables, &v, false, inside);
		observation_value(&public.tables, &out, m, &v);
		value_print(&public.tables, &v, false, outside);
		assert_true(strlen(inside) > strlen(outside) + 3);
		assert_true(labs(lround(strtod(inside, NULL) * 10) -
				 lround(strtod(outside, NULL) * 10)) <= 1);
	}
	assert_true(out.estimate.interval.low.value <= in->estimate.interval.low.value);
	assert_true(out.estimate.interval.high.value >= in->estimate.interval.high.value);
	assert_true(out.employees.all == 0 && in->employees.all > 0);
}

/* As it would be told of a sample in which all were drawn. */
static struct observation
of_sample(const struct observation *exact)
{
	struct tables t = public.tables;
	struct observation o = *exact;
	t.facts.strata = 2;
	fill_withhold(&t, &o);
	return o;
}

/* Of a hundred units a tenth of a percent would be a tenth of one. */
static void
a_samples_estimate_is_no_finer_than_the_minimum_of_the_units_asked(void **state)
{
	(void)state;
	size_t told = 0, too_few = 0;
	for (size_t i = 0; i < internal.tables.rows; i++) {
		const struct observation *exact = &internal.tables.row[i];
		const struct observation o = of_sample(exact);
		if (exact->judged != FIGURE_FREE || !exact->has_estimate)
			continue;
		assert_int_equal(o.has_estimate, rate_asked(&o.counts) >= 100);
		too_few += !o.has_estimate;
		if (!o.has_estimate || !o.estimate.is_made)
			continue;
		double tenths = o.estimate.share * 1000;
		double step = 5.0 * 1000 / (double)rate_asked(&o.counts); /* at least */
		long in = step <= 1    ? 1
			  : step <= 2  ? 2
			  : step <= 5  ? 5
			  : step <= 10 ? 10
			  : step <= 20 ? 20
				       : 50;
		double least = (double)(o.counts.met * 1000 / o.counts.n);
		double most =
		    ceil((double)(o.counts.n - o.counts.not_met) * 1000 / (double)o.counts.n);
		told++;
		assert_true(tenths > least - 1e-9 && tenths < most + 1e-9);
		assert_true(lround(tenths) % in == 0 || fabs(tenths - least) < 1e-9 ||
			    fabs(tenths - most) < 1e-9);
		assert_true(fabs(tenths - (double)lround(tenths)) < 1e-9);
		if (o.estimate.has_interval)
			assert_true(
			    o.estimate.interval.low.value <= exact->estimate.interval.low.value &&
			    o.estimate.interval.high.value >= exact->estimate.interval.high.value);
	}
	assert_true(told > 5 && too_few > 5);
}

static struct observation
told_of_sample(struct rate_counts counts, struct estimate estimate)
{
	struct observation o = *export_rig_row(&internal, "G2_STRICT", DIMENSION_SIZE, "MICRO");
	o.counts = counts;
	o.estimate = estimate;
	return of_sample(&o);
}

static void
assert_told(struct rate_counts counts, double share, long tenths)
{
	struct observation o = told_of_sample(
	    counts, (struct estimate){.is_made = true, .has_error = true, .share = share});
	assert_int_equal(lround(o.estimate.share * 1000), tenths);
}

/* Of 300 units the step is two percent, that of the error a fifth of one. */
static void
the_ends_follow_from_the_share_and_the_error_as_they_are_told(void **state)
{
	(void)state;
	const struct rate_counts counts = {.n = 300, .met = 100, .not_met = 100};
	struct interval first = {.method = INTERVAL_WILSON};
	for (unsigned i = 0; i < 10; i++) {
		const struct observation o = told_of_sample(
		    counts, (struct estimate){.is_made = true,
				.has_error = true,
				.has_interval = true,
				.share = 0.4905 + 0.002 * i,
				.variance = (0.0281 + 0.0002 * i) * (0.0281 + 0.0002 * i),
				.interval = {INTERVAL_WILSON, {.value = 0.43 + 0.002 * i},
				    {.value = 0.55 + 0.002 * i}}});
		const struct interval *ends = &o.estimate.interval;
		if (i == 0)
			first = *ends;
		assert_int_equal(lround(o.estimate.share * 1000), 500);
		assert_int_equal(lround(sqrt(o.estimate.variance) * 1000), 30);
		assert_int_equal(ends->low.exact.num, first.low.exact.num);
		assert_int_equal(ends->high.exact.num, first.high.exact.num);
	}
	/* 0.49 - 1.98 * 0.03 and 0.51 + 1.98 * 0.03, drawn to the middle a little */
	assert_in_range(first.low.exact.num, 428, 435);
	assert_in_range(first.high.exact.num, 565, 572);
}

/* Of all answers of each stratum being alike, or nearly. */
static void
an_error_tells_nothing_of_strata_of_one_mind(void **state)
{
	(void)state;
	const struct rate_counts counts = {.n = 300, .met = 100, .not_met = 100};
	struct estimate e = {
	    .is_made = true, .has_error = true, .share = 0.5, .variance = 0.001 * 0.001};
	struct observation o = told_of_sample(counts, e);
	assert_int_equal(lround(sqrt(o.estimate.variance) * 1000), 10);
	e.has_error = false;
	e.variance = 0;
	o = told_of_sample(counts, e);
	assert_false(o.has_estimate);
}

/* Of 110 units the step is five percent: 62 % would be told as 60, where 61.8 are certain. */
static void
a_wide_step_leads_no_estimate_beyond_the_bounds_beside_it(void **state)
{
	(void)state;
	assert_told((struct rate_counts){.n = 110, .met = 60, .not_met = 38}, 0.62, 600);
	assert_told((struct rate_counts){.n = 110, .met = 68, .not_met = 38}, 0.62, 618);
	assert_told((struct rate_counts){.n = 110, .met = 60, .not_met = 40}, 0.63, 637);
	assert_told((struct rate_counts){.n = 110, .met = 108}, 0.99, 1000);
}

/* ------------------------------------------------------------------- formats */

static void
every_format_names_files_of_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < formats_count; i++) {
		assert_ptr_equal(
		    format_find(formats[i].name, strlen(formats[i].name)), &formats[i]);
		assert_non_null(formats[i].file[0].name);
		for (size_t k = 0; k < FORMAT_FILES_MAX && formats[i].file[k].name; k++)
			for (size_t j = 0; j < i; j++)
				for (size_t l = 0; l < FORMAT_FILES_MAX && formats[j].file[l].name;
				     l++)
					assert_string_not_equal(
					    formats[i].file[k].name, formats[j].file[l].name);
	}
	assert_null(format_find("docx", 4));
}

/* The fields of a line that has no quotes. Returns how many. */
static size_t
split(char *line, char *field[16])
{
	size_t n = 0;
	for (char *at = line; at != NULL && n < 16;)
		field[n++] = strsep(&at, ",");
	return n;
}

static void
csv_has_a_row_for_each_figure(void **state)
{
	(void)state;
	size_t n, rows = 0, withheld = 0, found = 0;
	char *text = export_rig_write(&public.export, write_csv, &n), *at = text, *field[16];
	assert_int_equal(split(strsep(&at, "\n"), field), 13);
	assert_string_equal(field[9], "value");
	for (char *line; (line = strsep(&at, "\n")) != NULL && *line != '\0'; rows++) {
		assert_int_equal(split(line, field), 13);
		assert_string_equal(field[0], "PUBLIC");
		bool is_told =
		    strcmp(field[10], "published") == 0 || strcmp(field[10], "kept") == 0;
		assert_true(is_told == (*field[9] != '\0'));
		withheld += !is_told;
		found += strcmp(field[3], "G2_STRICT") == 0 && strcmp(field[5], "whole") == 0 &&
			 strcmp(field[7], "met") == 0;
	}
	assert_true(rows > 10000 && withheld > 1000 && found == 1);
	free(text);
}

/* What people read beside either of two verdicts that share a code. */
static void
a_code_of_two_verdicts_means_both_in_every_list_of_codes(void **state)
{
	(void)state;
	static const char *const codes[] = {"DAT", "KHONG_DAT", "KHONG_AP_DUNG", "CO_THE_DAT",
	    "CO_THE_KHONG_DAT", "KHONG_KET_LUAN", "CHUA_DU_DU_LIEU"};
	char vi[VERDICT_WORDS_BYTES], en[VERDICT_WORDS_BYTES];
	size_t n;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_string_equal(words_code(i, vi, en), codes[i]);
	assert_null(words_code(sizeof(codes) / sizeof(codes[0]), vi, en));
	char *text = export_rig_write(&public.export, write_csv_codes, &n);
	assert_non_null(strstr(text, "verdict,CHUA_DU_DU_LIEU,,\"chưa đủ dữ liệu, hoặc chưa xác "
				     "định\",\"insufficient data, or undecided\"\n"));
	assert_non_null(strstr(text, "verdict,DAT,,đạt,met\n"));
	free(text);
	text = export_rig_write(&public.export, write_sdmx_structure, &n);
	assert_non_null(strstr(text, "\"chưa đủ dữ liệu, hoặc chưa xác định\""));
	free(text);
}

static void
json_says_the_same_as_the_tables(void **state)
{
	(void)state;
	size_t n;
	json_error_t error;
	char *text = export_rig_write(&public.export, write_json, &n);
	json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(root);
	json_t *rows = json_object_get(root, "observations");
	assert_int_equal(json_array_size(rows), public.tables.rows);
	for (size_t i = 0; i < public.tables.rows; i++) {
		const struct observation *o = &public.tables.row[i];
		json_t *met = json_object_get(json_array_get(rows, i), "met");
		if (o->members == FIGURE_FREE)
			assert_int_equal(json_integer_value(met), o->counts.met);
		else
			assert_true(json_is_null(met));
	}
	assert_string_equal(
	    json_string_value(json_object_get(root, "as_of")), "2026-03-31T00:00:00.123Z");
	json_decref(root);
	free(text);
}

static void
the_same_tables_give_the_same_bytes(void **state)
{
	(void)state;
	struct export_rig again;
	export_rig_open(&again, EXPORT_RIG_UNITS, true);
	for (size_t i = 0; i < formats_count; i++)
		for (size_t k = 0; k < FORMAT_FILES_MAX && formats[i].file[k].name; k++) {
			size_t a_bytes, b_bytes;
			if (formats[i].internal_only)
				continue;
			char *a =
			    export_rig_write(&public.export, formats[i].file[k].write, &a_bytes);
			char *b =
			    export_rig_write(&again.export, formats[i].file[k].write, &b_bytes);
			assert_int_equal(a_bytes, b_bytes);
			assert_memory_equal(a, b, a_bytes);
			free(a);
			free(b);
		}
	export_rig_close(&again);
}

/* ------------------------------------------------------------------- the file */

static int
make_folder(char path[64])
{
	strcpy(path, "/tmp/khaosat-test-export-XXXXXX");
	assert_non_null(mkdtemp(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	return fd;
}

static void
remove_folder(const char *path, int fd, const char *name)
{
	unlinkat(fd, name, 0);
	close(fd);
	assert_int_equal(rmdir(path), 0);
}

static void
a_file_holds_what_was_put_and_is_hashed(void **state)
{
	(void)state;
	char path[64], line[32], *back = malloc(4 << 20);
	int folder = make_folder(path);
	struct sink *s = sink_open(folder, "file");
	struct sink_result result;
	uint8_t digest[SHA256_BYTES];
	assert_non_null(s);
	for (int i = 0; i < 200000; i++) {
		snprintf(line, sizeof(line), "%d\n", i);
		sink_text(s, line);
	}
	assert_true(sink_close(s, &result));
	int fd = openat(folder, "file", O_RDONLY);
	assert_int_equal(read(fd, back, 4 << 20), result.bytes);
	digest_sha256(&(struct digest_part){back, result.bytes}, 1, digest);
	assert_memory_equal(digest, result.digest, sizeof(digest));
	assert_null(sink_open(folder, "file")); /* it is there */
	assert_int_equal(errno, EEXIST);
	close(fd);
	free(back);
	remove_folder(path, folder, "file");
}

static void
a_file_that_does_not_fit_is_told_at_the_end(void **state)
{
	(void)state;
	char path[64], piece[4096] = {0};
	int folder = make_folder(path);
	struct rlimit old, small;
	struct sink_result result;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){100000, old.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	struct sink *s = sink_open(folder, "file");
	assert_non_null(s);
	for (int i = 0; i < 100; i++)
		sink_put(s, piece, sizeof(piece));
	bool is_closed = sink_close(s, &result);
	int error = errno;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_false(is_closed);
	assert_int_equal(error, EFBIG);
	remove_folder(path, folder, "file");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_withheld_row_tells_nothing),
	    cmocka_unit_test(what_rests_on_doubtful_units_is_withheld_with_them),
	    cmocka_unit_test(a_public_estimate_has_tenths_of_a_percent),
	    cmocka_unit_test(a_samples_estimate_is_no_finer_than_the_minimum_of_the_units_asked),
	    cmocka_unit_test(the_ends_follow_from_the_share_and_the_error_as_they_are_told),
	    cmocka_unit_test(an_error_tells_nothing_of_strata_of_one_mind),
	    cmocka_unit_test(a_wide_step_leads_no_estimate_beyond_the_bounds_beside_it),
	    cmocka_unit_test(every_format_names_files_of_its_own),
	    cmocka_unit_test(csv_has_a_row_for_each_figure),
	    cmocka_unit_test(a_code_of_two_verdicts_means_both_in_every_list_of_codes),
	    cmocka_unit_test(json_says_the_same_as_the_tables),
	    cmocka_unit_test(the_same_tables_give_the_same_bytes),
	    cmocka_unit_test(a_file_holds_what_was_put_and_is_hashed),
	    cmocka_unit_test(a_file_that_does_not_fit_is_told_at_the_end),
	};
	return cmocka_run_group_tests(tests, export_rigs_open, export_rigs_close);
}
