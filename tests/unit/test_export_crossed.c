/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of sizes by sectors and by types of zones in exports over a real log: against a count
 * of the units that knows nothing of cells, and beside exports from before there were such tables.
 */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/export/run.h"
#include "survey/rule.h"
#include "tests/support/state_rig.h"

#define UNITS 300
#define ROUND 0 /* "one" */

static struct state_rig rig;
static char folder[] = "/tmp/khaosat-test-crossed-XXXXXX";

static int
set_up(void **state)
{
	unsigned seed = 13;
	(void)state;
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	state_rig_live(&rig, UNITS, 800, &seed);
	strcpy(folder + sizeof(folder) - sizeof("XXXXXX"), "XXXXXX");
	assert_non_null(mkdtemp(folder));
	return 0;
}

static int
remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

static int
tear_down(void **state)
{
	(void)state;
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	state_rig_free(&rig);
	return 0;
}

/* ------------------------------------------------------------------- runs */

static enum run_status
commit(void *context, const struct payload_export *made, uint64_t *number, struct run_why *why)
{
	const struct run_asked *asked = context;
	size_t n;
	uint8_t *payload = payload_export_pack(made, &n);
	struct entry e = {.kind = ENTRY_EXPORT_MADE,
	    .round = asked->round->number,
	    .definition = asked->round->definition_number,
	    .revision = made->record.vintage,
	    .previous = asked->records > 0 ? asked->record[asked->records - 1].number : 0};
	(void)why;
	*number = state_rig_put(&rig, &e, payload, n, state_exports_subject(asked->round->index));
	free(payload);
	return RUN_OK;
}

/* As if there were no more exports than `records`, and no entry after `last`; 0: all there are. */
struct wish {
	bool is_public;
	enum export_crossed crossed;
	unsigned rounding;
	size_t records;
	uint64_t last;
};

/* `made` is to be cleared. */
static void
run(const struct wish *wish, struct run_result *made)
{
	static const struct format *format[2];
	struct round_view round = state_rig_view(&rig, ROUND);
	struct export_record *record;
	size_t records;
	bool is_again = wish->last > 0;
	format[0] = format_find("csv", 3);
	format[1] = format_find("quality", 7);
	assert_true(state_exports(rig.state, round.index, &record, &records));
	struct run_asked asked = {.store = rig.store,
	    .root = is_again ? NULL : folder,
	    .round = &round,
	    .record = record,
	    .records = is_again ? wish->records : records,
	    .last = is_again ? wish->last : state_last(rig.state),
	    .settings = {.is_public = wish->is_public,
		.stage = STAGE_INTERIM,
		.method = INTERVAL_WILSON,
		.frequency = wish->is_public ? 5 : 0,
		.rounding = wish->rounding,
		.crossed = wish->crossed},
	    .rounding_is_asked = wish->rounding > 0,
	    .format = format,
	    .formats = 2,
	    .commit = commit,
	    .context = &asked};
	run_make(&asked, made);
	free(record);
	if (made->status != RUN_OK)
		fail_msg("%s", made->why.en);
}

static char *
slurp(const char *name)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	char *bytes = malloc(8 << 20);
	assert_non_null(bytes);
	size_t n = fread(bytes, 1, (8 << 20) - 1, f);
	bytes[n] = '\0';
	fclose(f);
	return bytes;
}

static bool
has(const char *name, const char *what)
{
	char *text = slurp(name);
	bool found = strstr(text, what) != NULL;
	free(text);
	return found;
}

/* ------------------------------------------------------------------- a count of the units */

/* By the codes themselves: a group holds the unit when all that its code can be is a member. */
static bool
is_in(const struct definition *d, enum code_list_id id, const char *code, uint64_t possible)
{
	const struct code_list *list = &d->list[id];
	bool is_one = possible != 0 && (possible & (possible - 1)) == 0;
	if (strcmp(code, "_U") == 0)
		return !is_one;
	for (size_t i = 0; i < list->codes; i++)
		if (strcmp(list->code[i].code, code) == 0)
			return possible == UINT64_C(1) << i;
	for (size_t g = 0; g < list->groups; g++) {
		uint64_t members = 0;
		for (size_t i = 0; i < list->group[g].members; i++)
			members |= UINT64_C(1) << list->group[g].member[i];
		if (strcmp(list->group[g].code, code) == 0)
			return possible != 0 && (possible & ~members) == 0;
	}
	fail_msg("no such code: %s", code);
	return false;
}

static uint64_t
only(int code)
{
	return code < 0 ? 0 : UINT64_C(1) << code;
}

static int
zone_type_of(const struct definition *d, int zone)
{
	const struct code *code = zone < 0 ? NULL : &d->list[CODES_ZONE].code[zone];
	return zone < 0 ? -1
			: definition_find_code(d, CODES_ZONE_TYPE, code->type, strlen(code->type));
}

/* "MICRO.C" of sizes and sectors, "MICRO.KKT" of sizes and types of zones. */
static bool
stands_in(const struct definition *d, const struct register_row *row, const char *dimension,
    const char *cell)
{
	char size[64];
	const char *point = strchr(cell, '.');
	assert_non_null(point);
	snprintf(size, sizeof(size), "%.*s", (int)(point - cell), cell);
	if (!is_in(d, CODES_SIZE, size, row->size_mask))
		return false;
	return strcmp(dimension, "size_sector") == 0
		   ? is_in(d, CODES_SECTION, point + 1, only(row->section))
		   : is_in(d, CODES_ZONE_TYPE, point + 1, only(zone_type_of(d, row->zone)));
}

struct counted {
	long n, responded, met, not_met;
};

static struct counted
recount(const struct definition *d, size_t goal, const char *dimension, const char *cell)
{
	const struct round_view view = state_rig_view(&rig, ROUND);
	const struct goal *g = &d->goal[goal];
	struct counted c = {0};
	for (unsigned serial = 0; serial < UNITS; serial++) {
		struct unit_view unit;
		assert_true(state_unit(rig.state, ROUND, state_rig_tax_code(serial), &unit));
		enum truth value = indicator_bits_get(&unit.bits, g->indicator);
		bool is_counted = unit.state != CASE_OUT_OF_SCOPE &&
				  !(unit.head != 0 && value == TRUTH_NA) &&
				  rule_evaluate_row(d->population[g->population].rule, d, &unit.row,
				      view.ref_year) == TRUTH_TRUE &&
				  stands_in(d, &unit.row, dimension, cell);
		c.n += is_counted;
		c.responded += is_counted && unit.head != 0;
		c.met += is_counted && unit.head != 0 && value == TRUTH_TRUE;
		c.not_met += is_counted && unit.head != 0 && value == TRUTH_FALSE;
	}
	return c;
}

static long
count_named(const struct counted *c, const char *measure)
{
	return strcmp(measure, "n") == 0           ? c->n
	       : strcmp(measure, "responded") == 0 ? c->responded
	       : strcmp(measure, "met") == 0       ? c->met
	       : strcmp(measure, "not_met") == 0   ? c->not_met
						   : -1;
}

/* A line of observations.csv; returns whether it was one to compare. */
static bool
compare_line(const struct definition *d, char *line)
{
	char *field[13];
	size_t goal = 0;
	for (unsigned i = 0; i < 13; i++)
		field[i] = strsep(&line, ",");
	assert_null(line);
	if (strncmp(field[5], "size_", 5) != 0)
		return false;
	while (strcmp(d->goal[goal].code, field[3]) != 0)
		goal++;
	struct counted c = recount(d, goal, field[5], field[6]);
	long count = count_named(&c, field[7]);
	if (count < 0)
		return false;
	if (*field[9] == '\0' && c.n > 0)
		fail_msg("%s %s %s %s: there is none", field[3], field[5], field[6], field[7]);
	if (strtol(field[9], NULL, 10) != count)
		fail_msg("%s %s %s %s: %s, but %ld are counted", field[3], field[5], field[6],
		    field[7], field[9], count);
	return count > 0;
}

static size_t
compare_file(const char *name)
{
	const struct round_view view = state_rig_view(&rig, ROUND);
	char *text = slurp(name), *at = text;
	size_t compared = 0;
	strsep(&at, "\n"); /* names */
	for (char *line; (line = strsep(&at, "\n")) != NULL && *line != '\0';)
		compared += compare_line(view.definition, line);
	free(text);
	return compared;
}

static void
crossed_figures_of_staff_are_those_of_a_count_of_the_units(void **state)
{
	(void)state;
	struct run_result made;
	run(&(struct wish){.crossed = CROSSED_TOLD}, &made);
	assert_true(compare_file("internal/one/v0001/observations.csv") > 200);
	assert_true(has("internal/one/v0001/codes.csv", "size_sector,MICRO.CG,,"));
	assert_true(has("internal/one/v0001/manifest.json", "\"size_zone_type\""));
	run_result_clear(&made);
}

static void
public_exports_are_not_crossed_and_say_so(void **state)
{
	(void)state;
	struct run_result made;
	run(&(struct wish){.is_public = true, .crossed = CROSSED_LEFT_OUT}, &made);
	assert_false(has("public/one/v0001/observations.csv", "size_sector"));
	assert_true(has("public/one/v0001/manifest.json", "\"crossed\": [],"));
	assert_true(has("public/one/v0001/quality.md", "internal editions only"));
	run_result_clear(&made);
	run(&(struct wish){.is_public = true, .crossed = CROSSED_TOLD},
	    &made); /* asked for it or not */
	assert_false(has("public/one/v0002/observations.csv", "size_sector"));
	run_result_clear(&made);
}

/* ------------------------------------------------------------------- beside older exports */

/* As the exporter asks for it once more, from what the log says. */
static void
assert_same_again(size_t record, const struct run_result *made)
{
	struct payload_export logged;
	struct run_result again;
	assert_true(run_read_payload(rig.store, made->number, &logged));
	run(&(struct wish){logged.record.is_public != 0, (enum export_crossed)logged.crossed,
		logged.rounding, record, logged.record.last},
	    &again);
	assert_memory_equal(again.made.manifest, made->made.manifest, SHA256_BYTES);
	payload_export_free(&logged);
	run_result_clear(&again);
}

/* From before there were such tables, as the log has it: then with them, and once more. */
static void
what_was_exported_before_there_were_crossed_tables_stays_as_it_was(void **state)
{
	(void)state;
	struct run_result made[3];
	unsigned seed = 5;
	for (unsigned i = 0; i < 3; i++) {
		run(&(struct wish){.crossed = i > 0 ? CROSSED_TOLD : CROSSED_UNHEARD_OF}, &made[i]);
		state_rig_live(&rig, UNITS, 100, &seed);
	}
	assert_false(has("internal/one/v0001/observations.csv", "size_sector"));
	assert_false(has("internal/one/v0001/manifest.json", "crossed"));
	assert_false(has("internal/one/v0001/quality.json", "crossed"));
	assert_true(has("internal/one/v0002/observations.csv", "size_sector"));
	assert_false(has("internal/one/v0002/revisions.csv", "size_sector")); /* none was told */
	assert_true(has("internal/one/v0003/revisions.csv", "size_sector"));
	for (unsigned i = 0; i < 3; i++) {
		assert_same_again(i, &made[i]);
		run_result_clear(&made[i]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(crossed_figures_of_staff_are_those_of_a_count_of_the_units),
	    TEST(public_exports_are_not_crossed_and_say_so),
	    TEST(what_was_exported_before_there_were_crossed_tables_stays_as_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
