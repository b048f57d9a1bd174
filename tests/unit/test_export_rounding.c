/* SPDX-License-Identifier: Apache-2.0 */
/* Runs with rounded figures over a real log, vintage after vintage; their files are only hashed,
 * but where a test reads them. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/export/run.h"
#include "tests/support/state_rig.h"

#define UNITS 300
#define BASE 5

static struct state_rig rig;
static char folder[] = "/tmp/khaosat-test-rounding-XXXXXX";
static char third_folder[] = "/tmp/khaosat-test-rounding-XXXXXX";
static char other_folder[] = "/tmp/khaosat-test-rounding-XXXXXX";
static const char *root; /* NULL: no files */

static int
set_up(void **state)
{
	unsigned seed = 12;
	(void)state;
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	state_rig_live(&rig, UNITS, 600, &seed);
	root = NULL;
	return 0;
}

/* Nobody has answered yet. */
static int
set_up_silent(void **state)
{
	(void)state;
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	root = NULL;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	state_rig_free(&rig);
	return 0;
}

static void
commit(const struct payload_export *made)
{
	struct round_view round;
	struct export_record *record;
	size_t records, n;
	assert_true(state_round(rig.state, "one", &round));
	assert_true(state_exports(rig.state, round.index, &record, &records));
	uint8_t *payload = payload_export_pack(made, &n);
	struct entry e = {.kind = ENTRY_EXPORT_MADE,
	    .round = round.number,
	    .definition = round.definition_number,
	    .revision = made->record.vintage,
	    .previous = records > 0 ? record[records - 1].number : 0};
	state_rig_put(&rig, &e, payload, n, state_exports_subject(round.index));
	free(payload);
	free(record);
}

static enum run_status
on_commit(void *context, const struct payload_export *made, uint64_t *number, struct run_why *why)
{
	(void)context;
	(void)why;
	commit(made);
	*number = state_last(rig.state);
	return RUN_OK;
}

/* Of round "one", up to `last`. */
static void
run(uint64_t last, unsigned rounding, bool is_asked, struct run_result *out)
{
	struct round_view round;
	struct export_record *record;
	size_t records;
	assert_true(state_round(rig.state, "one", &round));
	assert_true(state_exports(rig.state, round.index, &record, &records));
	const struct format *format = format_find("csv", 3);
	const struct run_asked asked = {.store = rig.store,
	    .root = root,
	    .round = &round,
	    .record = record,
	    .records = records,
	    .last = last,
	    .settings = {.is_public = true,
		.stage = STAGE_INTERIM,
		.method = INTERVAL_WILSON,
		.frequency = 5,
		.rounding = rounding},
	    .rounding_is_asked = is_asked,
	    .format = &format,
	    .formats = 1,
	    .commit = on_commit};
	run_make(&asked, out);
	free(record);
}

/* One more vintage. */
static struct payload_export
publish(unsigned rounding)
{
	struct run_result made;
	run(state_last(rig.state), rounding, true, &made);
	if (made.status != RUN_OK)
		fail_msg("%s", made.why.en);
	if (root == NULL)
		commit(&made.made);
	struct payload_export facts = made.made;
	facts.decision = NULL;
	run_result_clear(&made);
	return facts;
}

static void
assert_refused(unsigned rounding, const char *why)
{
	struct run_result made;
	run(state_last(rig.state), rounding, true, &made);
	assert_int_equal(made.status, RUN_REFUSED);
	assert_non_null(strstr(made.why.en, why));
	run_result_clear(&made);
}

static void
answer(unsigned from, unsigned to)
{
	unsigned seed = 5;
	for (unsigned serial = from; serial < to; serial++)
		state_rig_answer(&rig, 0, serial, &seed);
}

/* Without that, who knows the one unit that answered between two exports would see what. */
static void
rounded_figures_stay_until_as_many_units_as_the_minimum_have_changed(void **state)
{
	(void)state;
	struct payload_export first = publish(BASE), later;
	assert_int_equal(first.rounding, BASE);
	assert_int_equal(first.figures_vintage, 1);
	assert_int_equal(first.figures_last, first.record.last);
	answer(0, 3);
	for (uint32_t vintage = 2; vintage <= 3; vintage++) {
		later = publish(BASE);
		assert_int_equal(later.record.vintage, vintage);
		assert_int_equal(later.figures_vintage, 1);
		assert_int_equal(later.figures_last, first.record.last);
	}
	answer(3, 200);
	later = publish(BASE);
	assert_int_equal(later.figures_vintage, 4);
	assert_int_equal(later.figures_last, later.record.last);
}

/* ------------------------------------------------------------------- units that move */

static struct unit_view
unit_of(unsigned serial)
{
	struct unit_view unit;
	assert_true(state_unit(rig.state, 0, state_rig_tax_code(serial), &unit));
	return unit;
}

static bool
stands_as(const struct register_row *row, unsigned like)
{
	struct round_view view = state_rig_view(&rig, 0);
	struct register_text text;
	struct register_row other;
	char cells[REGISTER_COLUMNS][32];
	state_rig_unit(like, &text, cells);
	register_judge(view.definition, view.ref_year, &text, &other, NULL);
	return row->commune == other.commune && row->zone == other.zone &&
	       row->section == other.section && row->size_mask == other.size_mask &&
	       row->unit_type == other.unit_type && row->status == other.status;
}

/* The next so many active units that are silent: their rows become others, in the same cells or in
 * other ones. */
static void
change_rows(unsigned *serial, unsigned n, bool moves)
{
	unsigned step = moves ? 1 : 315; /* the rig's cells come again after 315 */
	for (; n > 0; (*serial)++) {
		assert_in_range(*serial, 0, UNITS - 1);
		struct unit_view unit = unit_of(*serial);
		unsigned like = *serial + step;
		if (unit.head != 0 || unit.state == CASE_OUT_OF_SCOPE || unit.row.status != 0)
			continue;
		while (stands_as(&unit.row, like) == moves && like < *serial + 40 * step)
			like += step;
		if (stands_as(&unit.row, like) == moves)
			continue;
		state_rig_change_row(&rig, 0, *serial, like, false);
		n--;
	}
}

static void
a_unit_that_moved_counts_as_changed_and_one_that_stands_where_it_stood_does_not(void **state)
{
	(void)state;
	unsigned serial = 0;
	publish(BASE);
	change_rows(&serial, 4, true);
	assert_int_equal(publish(BASE).figures_vintage, 1);
	change_rows(&serial, 10, false);
	assert_int_equal(publish(BASE).figures_vintage, 1);
	change_rows(&serial, 1, true);
	assert_int_equal(publish(BASE).figures_vintage, 4);
}

/* Suspended and large: in no population of the survey. */
static void
units_of_no_population_do_not_count_as_changed(void **state)
{
	(void)state;
	unsigned seed = 9, answered = 0;
	publish(BASE);
	for (unsigned serial = 0; serial < UNITS; serial++) {
		const struct unit_view unit = unit_of(serial);
		if (unit.row.status <= 0 || unit.row.size_mask != 8 || unit.head != 0)
			continue;
		state_rig_answer(&rig, 0, serial, &seed);
		answered++;
	}
	assert_true(answered >= BASE);
	assert_int_equal(publish(BASE).figures_vintage, 1);
}

/* ------------------------------------------------------------------- what files say of files */

#define FIELDS 13
#define LINES_MAX 8192

struct csv {
	char *text;
	char *field[LINES_MAX][FIELDS];
	size_t lines;
};

static void
read_csv(unsigned vintage, const char *name, struct csv *out)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/public/one/v%04u/%s", root, vintage, name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	out->text = calloc(1, 2 << 20);
	assert_true(fread(out->text, 1, (2 << 20) - 1, f) > 0);
	fclose(f);
	out->lines = 0;
	char *at = out->text, *line = strsep(&at, "\n"); /* the head */
	while ((line = strsep(&at, "\n")) != NULL && *line != '\0') {
		assert_true(out->lines < LINES_MAX);
		for (size_t i = 0; i < FIELDS && line != NULL; i++)
			out->field[out->lines][i] = strsep(&line, ",");
		out->lines++;
	}
}

enum { GOAL = 3, DIMENSION = 5, CELL, MEASURE, VALUE = 9 }; /* of observations.csv */

/* The line of that goal, dimension, cell and measure; "" where there is none. */
static const char *
value_in(const struct csv *o, char *const key[4])
{
	for (size_t i = 0; i < o->lines; i++)
		if (strcmp(o->field[i][MEASURE], key[3]) == 0 &&
		    strcmp(o->field[i][CELL], key[2]) == 0 &&
		    strcmp(o->field[i][DIMENSION], key[1]) == 0 &&
		    strcmp(o->field[i][GOAL], key[0]) == 0)
			return o->field[i][VALUE];
	return "";
}

/* Revisions of a vintage against the one before, as both were published. Returns how many. */
static size_t
check_revisions(unsigned vintage)
{
	static struct csv was, is, revisions;
	size_t differ = 0, told = 0;
	read_csv(vintage - 1, "observations.csv", &was);
	read_csv(vintage, "observations.csv", &is);
	read_csv(vintage, "revisions.csv", &revisions);
	for (size_t i = 0; i < revisions.lines; i++) {
		char **f = revisions.field[i];
		assert_string_equal(value_in(&was, f), f[5]);
		assert_string_equal(value_in(&is, f), f[6]);
		told += strcmp(f[5], f[6]) != 0;
	}
	for (size_t i = 0; i < is.lines; i++) {
		char **f = is.field[i];
		char *const key[] = {f[GOAL], f[DIMENSION], f[CELL], f[MEASURE]};
		differ += strcmp(value_in(&was, key), f[VALUE]) != 0;
	}
	assert_true(told >= differ);
	free(was.text);
	free(is.text);
	free(revisions.text);
	return revisions.lines;
}

static int
remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

/* What the vintage before said is made anew for them, by the register and the answers of its time.
 */
static void
revisions_tell_what_differs_between_two_rounded_files(void **state)
{
	(void)state;
	unsigned serial = 0;
	root = mkdtemp(folder);
	assert_non_null(root);
	publish(BASE);
	change_rows(&serial, 60, true);
	answer(250, 290);
	publish(BASE);
	size_t moved = check_revisions(2);
	change_rows(&serial, 2, true);
	publish(BASE);
	size_t kept = check_revisions(3);
	change_rows(&serial, 20, true);
	publish(BASE);
	size_t again = check_revisions(4);
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	assert_true(moved > 50 && again > 20);
	assert_int_equal(kept, 0); /* all stayed as it was */
}

/* Half of all move, among them many whose lots set thresholds of cells: by today's register the
 * vintage before would come out otherwise. */
static void
the_vintage_before_is_rounded_by_the_register_of_its_time(void **state)
{
	(void)state;
	unsigned serial = 0;
	root = mkdtemp(other_folder);
	assert_non_null(root);
	answer(150, 300);
	publish(BASE);
	change_rows(&serial, 100, true);
	answer(100, 150);
	publish(BASE);
	size_t moved = check_revisions(2);
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	assert_true(moved > 50);
}

/* How many were told as more. */
static size_t
check_answered(unsigned vintage)
{
	static struct csv was, is;
	size_t more = 0;
	read_csv(vintage - 1, "observations.csv", &was);
	read_csv(vintage, "observations.csv", &is);
	for (size_t i = 0; i < is.lines; i++) {
		char **f = is.field[i];
		char *const key[] = {f[GOAL], f[DIMENSION], f[CELL], f[MEASURE]};
		if (strcmp(f[MEASURE], "responded") != 0)
			continue;
		long before = strtol(value_in(&was, key), NULL, 10),
		     now = strtol(f[VALUE], NULL, 10);
		assert_true(now >= before);
		more += now > before;
	}
	free(was.text);
	free(is.text);
	return more;
}

/* What a vintage told is in the log, and the next goes on from it. */
static void
answered_units_are_never_told_as_fewer_than_before(void **state)
{
	(void)state;
	size_t more = 0;
	root = mkdtemp(third_folder);
	assert_non_null(root);
	for (unsigned vintage = 1; vintage <= 6; vintage++) {
		answer(50 * vintage - 50, 50 * vintage);
		publish(BASE);
		more += vintage > 1 ? check_answered(vintage) : 0;
	}
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	assert_true(more > 50);
}

/* ------------------------------------------------------------------- the log, the round */

static void
the_log_gives_the_same_rounded_bytes_again(void **state)
{
	(void)state;
	struct run_result made, again;
	publish(BASE);
	answer(0, 100);
	uint64_t last = state_last(rig.state);
	run(last, BASE, true, &made);
	state_rig_close(&rig);
	state_rig_open(&rig, false);
	answer(100, 200);
	run(last, BASE, true, &again);
	assert_int_equal(again.status, RUN_OK);
	assert_memory_equal(again.made.manifest, made.made.manifest, SHA256_BYTES);
	run_result_clear(&again);
	run(state_last(rig.state), BASE, true, &again);
	assert_memory_not_equal(again.made.manifest, made.made.manifest, SHA256_BYTES);
	run_result_clear(&made);
	run_result_clear(&again);
}

static void
the_first_public_export_says_how_all_of_the_round_protect(void **state)
{
	(void)state;
	struct run_result made;
	publish(BASE);
	assert_refused(0, "rounded to multiples of 5");
	assert_refused(10, "rounded to multiples of 5");
	run(state_last(rig.state), 0, false, &made); /* left open, it does as they do */
	assert_int_equal(made.status, RUN_OK);
	assert_int_equal(made.made.rounding, BASE);
	run_result_clear(&made);
}

static void
exact_figures_are_not_followed_by_rounded_ones(void **state)
{
	(void)state;
	publish(0);
	assert_refused(BASE, "withhold");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(rounded_figures_stay_until_as_many_units_as_the_minimum_have_changed),
	    TEST(a_unit_that_moved_counts_as_changed_and_one_that_stands_where_it_stood_does_not),
	    TEST(units_of_no_population_do_not_count_as_changed),
	    TEST(revisions_tell_what_differs_between_two_rounded_files),
	    cmocka_unit_test_setup_teardown(
		the_vintage_before_is_rounded_by_the_register_of_its_time, set_up_silent,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		answered_units_are_never_told_as_fewer_than_before, set_up_silent, tear_down),
	    TEST(the_log_gives_the_same_rounded_bytes_again),
	    TEST(the_first_public_export_says_how_all_of_the_round_protect),
	    TEST(exact_figures_are_not_followed_by_rounded_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
