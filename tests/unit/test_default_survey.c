/* SPDX-License-Identifier: Apache-2.0 */
/* The default survey against the table of every code it must hold. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "survey_table.h"
#include "survey/register.h"
#include "survey/text.h"
#include "tests/support/survey_group.h"

/* ------------------------------------------------------------------------------- what is there */

static void
assert_text(const char *text, const char *where)
{
	size_t n = strlen(text);
	if (n == 0 || text_check(text, n, 2000, false) != TEXT_OK)
		fail_msg("%s: \"%s\"", where, text);
}

static void
assert_label(struct label label, const char *where)
{
	assert_text(label.vi, where);
	assert_text(label.en, where);
}

/* `codes` lists codes separated by a blank; out gets the i-th. */
static bool
nth_code(const char *codes, size_t i, char out[32])
{
	for (; i > 0; i--) {
		codes = strchr(codes, ' ');
		if (codes == NULL)
			return false;
		codes++;
	}
	size_t n = strcspn(codes, " ");
	snprintf(out, 32, "%.*s", (int)n, codes);
	return n > 0;
}

static size_t
count_codes(const char *codes)
{
	char code[32];
	size_t n = 0;
	while (nth_code(codes, n, code))
		n++;
	return n;
}

static void
assert_choices(const struct question *question, const char *codes)
{
	char code[32];
	assert_int_equal(question->choices, count_codes(codes));
	for (size_t i = 0; i < question->choices; i++) {
		assert_true(nth_code(codes, i, code));
		assert_string_equal(question->choice[i].code, code);
		assert_label(question->choice[i].label, question->code);
	}
}

static void
every_question_is_there_with_its_choices_and_labels(void **state)
{
	(void)state;
	assert_int_equal(d->questions, question_entries);
	for (size_t i = 0; i < question_entries; i++) {
		const struct question *question = &d->question[i];
		const struct question_entry *entry = &question_table[i];
		assert_string_equal(question->code, entry->code);
		assert_int_equal(question->type, entry->type);
		assert_int_equal(question->required, (entry->flags & REQUIRED) != 0);
		assert_int_equal(question->core, (entry->flags & CORE) != 0);
		assert_int_equal(question->admits_dk, (entry->flags & NO_DK) == 0);
		assert_int_equal(question->tenths, (entry->flags & TENTHS) != 0);
		assert_int_equal(question->multiline, (entry->flags & MULTILINE) != 0);
		assert_int_equal(d->section[question->section].code[0], entry->code[0]);
		assert_label(question->label, entry->code);
		assert_choices(question, entry->choices);
	}
}

static const struct question *
question_of(const char *code)
{
	int i = definition_find_question(d, code, strlen(code));
	assert_true(i >= 0);
	return &d->question[i];
}

static void
numbers_have_the_ranges_of_the_field(void **state)
{
	(void)state;
	assert_int_equal(question_of("F01")->max, 100);
	assert_int_equal(question_of("F02")->max, 200000);
	assert_int_equal(question_of("G03")->max, 1000);
	assert_int_equal(question_of("G05_B2C")->max, 100);
	assert_true(question_of("H02")->max == MONEY_MAX);
	assert_int_equal(question_of("H03")->min, 1990);
	assert_true(question_of("H03")->max_is_ref_year);
	assert_int_equal(question_of("H03")->range_check, definition_find_check(d, "EH11", 4));
	assert_int_equal(question_of("H08")->text_max_chars, 2000);
	for (size_t i = 0; i < d->questions; i++)
		if (d->question[i].type == QUESTION_INT || d->question[i].type == QUESTION_MONEY ||
		    d->question[i].type == QUESTION_PCT)
			assert_true(d->question[i].min >= 0);
}

static void
b_to_h_are_35_questions(void **state)
{
	(void)state;
	size_t n = 0;
	for (size_t i = 0; i < d->questions; i++)
		if (d->question[i].code[0] <= 'H' && d->question[i].list < 0)
			n++;
	assert_int_equal(n - 1, 35); /* H07_TOOL belongs to H07 */
}

static void
every_code_list_is_complete(void **state)
{
	(void)state;
	assert_int_equal(codes_entries, CODE_LISTS);
	for (size_t i = 0; i < codes_entries; i++) {
		const struct code_list *list = &d->list[codes_table[i].list];
		assert_int_equal(list->codes, codes_table[i].count);
		char code[32];
		for (size_t c = 0; c < list->codes; c++) {
			assert_true(nth_code(codes_table[i].codes, c, code));
			assert_string_equal(list->code[c].code, code);
			assert_label(list->code[c].label, code);
		}
		for (size_t g = 0; g < list->groups; g++)
			assert_label(list->group[g].label, list->group[g].code);
	}
}

/* The codes of a group, and all others outside it. */
static void
expect_group(enum code_list_id id, const char *group, const char *members)
{
	const struct code_list *list = &d->list[id];
	char code[32];
	size_t g = 0;
	while (g < list->groups && strcmp(list->group[g].code, group) != 0)
		g++;
	assert_true(g < list->groups);
	assert_int_equal(list->group[g].members, count_codes(members));
	for (size_t i = 0; i < list->group[g].members; i++) {
		assert_true(nth_code(members, i, code));
		assert_string_equal(list->code[list->group[g].member[i]].code, code);
	}
}

static void
groups_gather_what_the_field_says(void **state)
{
	(void)state;
	assert_int_equal(d->list[CODES_SECTION].groups, 3);
	expect_group(CODES_SECTION, "BTE", "B C D E");
	expect_group(CODES_SECTION, "BTF", "B C D E F");
	expect_group(CODES_SECTION, "GTV",
	    "G H I J-2018 K-2018 L-2018 M-2018 N-2018 O-2018 P-2018 Q-2018 R-2018 S-2018 T-2018 "
	    "U-2018 J-2025 K-2025 L-2025 M-2025 N-2025 O-2025 P-2025 Q-2025 R-2025 S-2025 T-2025 "
	    "U-2025 V-2025");
	assert_int_equal(d->list[CODES_SIZE].groups, 1);
	expect_group(CODES_SIZE, "SME", "MICRO SMALL MEDIUM");
}

static const struct code *
code_of(enum code_list_id list, const char *code)
{
	int i = definition_find_code(d, list, code, strlen(code));
	assert_true(i >= 0);
	return &d->list[list].code[i];
}

static void
zones_have_their_types_and_parents(void **state)
{
	(void)state;
	static const char *const inside[][2] = {{"KCN_VUNGANG1", "KKT_VUNGANG"},
	    {"KCN_PHUVINH", "KKT_VUNGANG"}, {"KCN_HOANHSON", "KKT_VUNGANG"},
	    {"KCN_VINHOMESVA", "KKT_VUNGANG"}, {"KCN_DAIKIM", "KKT_CAUTREO"}};
	const struct code_list *zones = &d->list[CODES_ZONE];
	size_t parents = 0;
	for (size_t i = 0; i < zones->codes; i++) {
		if (strcmp(zones->code[i].code, "NONE") != 0)
			assert_memory_equal(zones->code[i].code, zones->code[i].type, 3);
		parents += zones->code[i].parent >= 0;
	}
	assert_int_equal(parents, ENTRIES(inside));
	for (size_t i = 0; i < ENTRIES(inside); i++)
		assert_string_equal(
		    zones->code[code_of(CODES_ZONE, inside[i][0])->parent].code, inside[i][1]);
}

static void
communes_say_ward_or_commune(void **state)
{
	(void)state;
	size_t wards = 0;
	for (size_t i = 0; i < d->list[CODES_COMMUNE].codes; i++)
		wards += strncmp(d->list[CODES_COMMUNE].code[i].label.vi, "Phường ", 9) == 0;
	assert_int_equal(wards, 9);
	assert_string_equal(code_of(CODES_COMMUNE, "18073")->label.vi, "Phường Thành Sen");
	assert_string_equal(code_of(CODES_COMMUNE, "18775")->label.vi, "Xã Kỳ Anh");
	assert_string_equal(code_of(CODES_COMMUNE, "18775")->label.en, "Kỳ Anh commune");
}

/* The letter of every division from 00 on, '-' where there is none. */
static const struct {
	unsigned version;
	const char *letters;
} divisions[] = {
    {2018,
	"-AAA-BBBBBCCCCCCCCCCCCCCCCCCCCCCCC-DEEEE-FFF-GGG-HHHHH-II-JJJJJJKKK-LMMMMMMM-NNNNNN-OPQQQ-"
	"RRRRSSSTTU"},
    {2025,
	"-AAA-BBBBBCCCCCCCCCCCCCCCCCCCCCCCC-DEEEE-FFF--GG-HHHHH-II-JJJKKKLLL-MNNNNNNN-OOOOOO-PQRRR-"
	"SSSSTTTUUV"},
};

static void
expect_section(const char *vsic, unsigned version, char letter)
{
	int s = vsic_section(d, vsic, strlen(vsic), version);
	char code[8];
	snprintf(code, sizeof(code), letter < 'J' ? "%c" : "%c-%u", letter, version);
	assert_int_equal(s >= 0, letter != '-');
	if (s >= 0)
		assert_string_equal(d->list[CODES_SECTION].code[s].code, code);
}

static void
every_division_has_the_section_of_its_version(void **state)
{
	(void)state;
	for (size_t v = 0; v < ENTRIES(divisions); v++) {
		assert_int_equal(strlen(divisions[v].letters), 100);
		for (unsigned division = 0; division < 100; division++) {
			char vsic[8], letter = divisions[v].letters[division];
			snprintf(vsic, sizeof(vsic), "%02u", division);
			expect_section(vsic, divisions[v].version, letter);
			snprintf(vsic, sizeof(vsic), "%02u109", division);
			expect_section(vsic, divisions[v].version, letter);
			snprintf(vsic, sizeof(vsic), "%c", letter);
			expect_section(vsic, divisions[v].version, letter);
		}
	}
	expect_section("V", 2018, '-');
	expect_section("W", 2025, '-');
}

static void
every_column_and_contact_is_there(void **state)
{
	(void)state;
	assert_int_equal(d->columns + d->contacts, column_entries);
	for (size_t i = 0; i < column_entries; i++) {
		const struct column *c =
		    i < d->columns ? &d->column[i] : &d->contact[i - d->columns];
		assert_string_equal(c->code, column_table[i].code);
		assert_string_equal(c->column, column_table[i].column);
		assert_int_equal(c->required, strstr(optional_columns, c->code) == NULL);
		assert_label(c->label, c->code);
	}
}

static void
all_other_texts_are_there_in_both_languages(void **state)
{
	(void)state;
	assert_string_equal(d->id, "HT-DT");
	assert_int_equal(d->version, 1);
	assert_label(d->title, "title");
	assert_label(d->statement, "statement");
	assert_string_equal(d->dk.vi, "Không biết");
	for (size_t i = 0; i < d->sections; i++)
		assert_label(d->section[i].title, d->section[i].code);
	for (size_t i = 0; i < d->scores; i++) {
		assert_label(d->score[i].label, d->score[i].code);
		for (size_t k = 0; k < d->score[i].items; k++)
			assert_label(d->score[i].item_label[k], d->score[i].code);
	}
	for (size_t i = 0; i < d->populations; i++)
		assert_label(d->population[i].label, d->population[i].code);
}

static void
every_check_is_there_with_its_severity(void **state)
{
	(void)state;
	char code[32];
	assert_int_equal(d->checks, count_codes(check_codes));
	for (size_t i = 0; i < d->checks; i++) {
		assert_true(nth_code(check_codes, i, code));
		assert_string_equal(d->check[i].code, code);
		assert_label(d->check[i].message, code);
		assert_int_equal(d->check[i].hard, strstr(hard_codes, code) != NULL);
	}
	assert_int_equal(builtin_entries, BUILTINS);
	for (size_t i = 0; i < builtin_entries; i++)
		assert_string_equal(
		    d->check[d->builtin[builtin_table[i].builtin]].code, builtin_table[i].check);
}

static void
every_check_names_the_questions_that_it_concerns(void **state)
{
	(void)state;
	size_t next = 0;
	for (size_t i = 0; i < d->checks; i++) {
		const struct check *check = &d->check[i];
		if (check->questions == 0)
			continue;
		assert_true(next < check_question_entries);
		const struct check_questions *entry = &check_question_table[next++];
		assert_string_equal(check->code, entry->check);
		assert_int_equal(check->questions, count_codes(entry->questions));
		for (size_t k = 0; k < check->questions; k++) {
			char code[32];
			assert_true(nth_code(entry->questions, k, code));
			assert_string_equal(d->question[check->question[k]].code, code);
		}
	}
	assert_int_equal(next, check_question_entries);
}

static void
every_indicator_is_there(void **state)
{
	(void)state;
	char code[32];
	assert_int_equal(d->indicators, count_codes(indicator_codes));
	for (size_t i = 0; i < d->indicators; i++) {
		assert_true(nth_code(indicator_codes, i, code));
		assert_string_equal(d->indicator[i].code, code);
		assert_label(d->indicator[i].label, code);
	}
}

static void
every_goal_is_as_written(void **state)
{
	(void)state;
	assert_int_equal(d->goals, goal_entries);
	for (size_t i = 0; i < goal_entries; i++) {
		const struct goal *g = &d->goal[i];
		const struct goal_entry *entry = &goal_table[i];
		assert_string_equal(g->code, entry->code);
		assert_string_equal(g->group, entry->group);
		assert_string_equal(d->population[g->population].code, entry->population);
		assert_string_equal(d->indicator[g->indicator].code, entry->indicator);
		assert_int_equal(g->threshold_pct, entry->threshold);
		assert_int_equal(g->strict, entry->strict);
		assert_int_equal(g->named_list, entry->named_list);
		assert_int_equal(g->headline, entry->headline);
		assert_string_equal(g->deadline, entry->deadline);
		assert_label(g->name, entry->code);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_question_is_there_with_its_choices_and_labels),
	    cmocka_unit_test(numbers_have_the_ranges_of_the_field),
	    cmocka_unit_test(b_to_h_are_35_questions),
	    cmocka_unit_test(every_code_list_is_complete),
	    cmocka_unit_test(zones_have_their_types_and_parents),
	    cmocka_unit_test(communes_say_ward_or_commune),
	    cmocka_unit_test(groups_gather_what_the_field_says),
	    cmocka_unit_test(every_division_has_the_section_of_its_version),
	    cmocka_unit_test(every_column_and_contact_is_there),
	    cmocka_unit_test(all_other_texts_are_there_in_both_languages),
	    cmocka_unit_test(every_check_is_there_with_its_severity),
	    cmocka_unit_test(every_check_names_the_questions_that_it_concerns),
	    cmocka_unit_test(every_indicator_is_there),
	    cmocka_unit_test(every_goal_is_as_written),
	};
	return cmocka_run_group_tests(tests, load_default_survey, unload_survey);
}
