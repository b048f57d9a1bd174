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

struct wish {
	bool is_public, is_crossed;
	unsigned rounding;
	const char *root; /* NULL: only hashed */
	size_t records;   /* as if there were no more exports; SIZE_MAX: all */
	uint64_t last;    /* 0: all there is */
};

/* Returns whether it went well; `made` is to be freed by run_result_clear. */
static void
run(const struct wish *wish, struct run_result *made)
{
	static const struct format *format[2];
	struct round_view round = state_rig_view(&rig, ROUND);
	struct export_record *record;
	size_t records;
	format[0] = format_find("csv", 3);
	format[1] = format_find("sdmx-json", 9);
	assert_true(state_exports(rig.state, round.index, &record, &records));
	struct run_asked asked = {.store = rig.store,
	    .root = wish->root,
	    .round = &round,
	    .record = record,
	    .records = wish->records < records ? wish->records : records,
	    .last = wish->last > 0 ? wish->last : state_last(rig.state),
	    .settings = {.is_public = wish->is_public,
		.stage = STAGE_INTERIM,
		.method = INTERVAL_WILSON,
		.frequency = wish->is_public ? 5 : 0,
		.rounding = wish->rounding,
		.is_crossed = wish->is_crossed},
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
	run(&(struct wish){.is_crossed = true, .root = folder, .records = SIZE_MAX}, &made);
	assert_true(made.made.is_crossed);
	assert_true(compare_file("internal/one/v0001/observations.csv") > 200);
	assert_true(has("internal/one/v0001/codes.csv", "size_sector,MICRO.CG,,"));
	assert_true(has("internal/one/v0001/manifest.json", "\"size_zone_type\""));
	run_result_clear(&made);
}

/* ------------------------------------------------------------------- beside older exports */

static void
live_on(unsigned steps)
{
	static unsigned seed = 5;
	state_rig_live(&rig, UNITS, steps, &seed);
}

/* As the exporter asks for it once more. */
static void
assert_same_again(size_t record, bool is_public, bool is_crossed, const struct run_result *made)
{
	struct run_result again;
	run(&(struct wish){is_public, is_crossed, 0, NULL, record, made->made.record.last}, &again);
	assert_memory_equal(again.made.manifest, made->made.manifest, SHA256_BYTES);
	run_result_clear(&again);
}

static void
what_was_exported_before_there_were_crossed_tables_stays_as_it_was(void **state)
{
	(void)state;
	for (int is_public = 0; is_public < 2; is_public++) {
		const char *audience = is_public ? "public" : "internal";
		size_t before = is_public ? 3 : 0;
		char name[128];
		struct run_result old, first, asked_for_none;
		struct wish wish = {is_public, false, 0, folder, SIZE_MAX, 0};
		run(&wish, &old);
		snprintf(name, sizeof(name), "%s/one/v0001/observations.csv", audience);
		assert_false(old.made.is_crossed || has(name, "size_sector"));
		live_on(100);
		wish.is_crossed = true;
		run(&wish, &first);
		snprintf(name, sizeof(name), "%s/one/v0002/observations.csv", audience);
		assert_true(first.made.is_crossed && has(name, "size_sector"));
		snprintf(name, sizeof(name), "%s/one/v0002/revisions.csv", audience);
		assert_false(has(name, "size_sector")); /* none was told that could differ */
		live_on(100);
		wish.is_crossed = false;
		run(&wish, &asked_for_none);
		assert_true(asked_for_none.made.is_crossed); /* they go on */
		snprintf(name, sizeof(name), "%s/one/v0003/revisions.csv", audience);
		assert_true(is_public || has(name, "size_sector"));
		assert_same_again(before, is_public, false, &old);
		assert_same_again(before + 1, is_public, true, &first);
		assert_same_again(before + 2, is_public, true, &asked_for_none);
		run_result_clear(&old);
		run_result_clear(&first);
		run_result_clear(&asked_for_none);
	}
}

static void
rounded_exports_are_not_crossed(void **state)
{
	(void)state;
	struct run_result made;
	run(&(struct wish){true, true, 5, folder, SIZE_MAX, 0}, &made);
	assert_false(made.made.is_crossed);
	assert_false(has("public/one/v0001/observations.csv", "size_sector"));
	run_result_clear(&made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(crossed_figures_of_staff_are_those_of_a_count_of_the_units),
	    TEST(what_was_exported_before_there_were_crossed_tables_stays_as_it_was),
	    TEST(rounded_exports_are_not_crossed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
