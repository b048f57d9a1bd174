/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat-sample: writes sample files for `khaosat register import` and `khaosat submit --csv`.
 *
 *   khaosat-sample register SURVEY.json UNITS [SEED]                      > register.csv
 *   khaosat-sample answers SURVEY.json REF_YEAR UNITS CODES.csv SHARE [SEED] > answers.csv
 *
 * `answers` makes the same units again from the seed, reads their access codes (columns tax_code,
 * name, access_code in the register's order) and answers for SHARE per cent of them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/sample.h"

static struct definition *
load(const char *path)
{
	static char json[4 << 20];
	struct definition_problems problems = {.n = 0};
	FILE *file = fopen(path, "rb");
	size_t n = file != NULL ? fread(json, 1, sizeof(json), file) : 0;
	if (file == NULL || fclose(file) != 0) {
		fprintf(stderr, "khaosat-sample: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	struct definition *d = definition_load(json, n, &problems);
	for (size_t i = 0; i < problems.n; i++)
		fprintf(stderr, "%s: %s\n", problems.problem[i].path, problems.problem[i].reason);
	if (d == NULL)
		exit(1);
	return d;
}

/* One CSV cell, quoted where it must be. */
static void
put_cell(const char *text, size_t n, bool last)
{
	bool quote = memchr(text, ',', n) != NULL || memchr(text, '"', n) != NULL ||
		     memchr(text, '\n', n) != NULL;
	if (quote)
		putchar('"');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			putchar('"');
		putchar(text[i]);
	}
	if (quote)
		putchar('"');
	putchar(last ? '\n' : ',');
}

static int
print_register(const struct definition *d, uint64_t units, uint64_t seed)
{
	struct sample_register s = {.seed = seed, .units = units};
	struct sample_unit unit;
	for (unsigned c = 0; c < REGISTER_COLUMNS; c++)
		put_cell(register_column_name[c], strlen(register_column_name[c]),
		    c + 1 == REGISTER_COLUMNS);
	while (sample_register_next(&s, d, &unit))
		for (unsigned c = 0; c < REGISTER_COLUMNS; c++)
			put_cell(unit.text[c], strlen(unit.text[c]), c + 1 == REGISTER_COLUMNS);
	return 0;
}

/* ------------------------------------------------------------------------------- answers */

static void
print_header(const struct definition *d)
{
	printf("tax_code,access_code,seconds");
	for (size_t q = 0; q < d->questions; q++) {
		if (d->question[q].type == QUESTION_LIST)
			continue;
		printf(",%s", d->question[q].code);
		if (d->question[q].other_choice >= 0)
			printf(",%s.other", d->question[q].code);
	}
	for (size_t i = 0; i < d->checks; i++)
		if (!d->check[i].hard && d->check[i].stage == CHECK_SUBMISSION)
			printf(",confirm.%s", d->check[i].code);
	putchar('\n');
}

static void
print_choices(const struct question *q, uint64_t mask)
{
	const char *separator = "";
	for (size_t i = 0; i < q->choices; i++) {
		if (mask >> i & 1) {
			printf("%s%s", separator, q->choice[i].code);
			separator = " ";
		}
	}
}

static void
print_answer(const struct question *q, const struct answer *a)
{
	putchar(',');
	if (a->state == ANSWER_DONT_KNOW) {
		printf("DK");
	} else if (a->state == ANSWER_VALUE) {
		if (q->type == QUESTION_TEXT)
			printf("\"%.*s\"", (int)a->text.n, a->text.bytes);
		else if (q->choices > 0)
			print_choices(q, a->mask);
		else if (q->tenths)
			printf("%" PRId64 ".%" PRId64, a->number / 10, a->number % 10);
		else
			printf("%" PRId64, a->number);
	}
	if (q->other_choice < 0)
		return;
	putchar(',');
	if (q->type != QUESTION_TEXT && a->text.n > 0)
		printf("\"%.*s\"", (int)a->text.n, a->text.bytes);
}

static void
print_confirmation(const struct answers *answers, size_t check)
{
	putchar(',');
	for (size_t i = 0; i < answers->confirmations; i++)
		if (answers->confirmed[i].check == (int)check)
			printf("\"%.*s\"", (int)answers->confirmed[i].reason.n,
			    answers->confirmed[i].reason.bytes);
}

static void
print_answers(const struct definition *d, const char *tax_code, const char *code,
    const struct answers *answers)
{
	printf("%s,%s,%d", tax_code, code, answers->seconds);
	for (size_t q = 0; q < d->questions; q++)
		if (d->question[q].type != QUESTION_LIST)
			print_answer(&d->question[q], &answers->answer[q]);
	for (size_t i = 0; i < d->checks; i++)
		if (!d->check[i].hard && d->check[i].stage == CHECK_SUBMISSION)
			print_confirmation(answers, i);
	putchar('\n');
}

/* The last cell of the next line. */
static const char *
next_code(FILE *codes, char line[512])
{
	if (fgets(line, 512, codes) == NULL)
		return NULL;
	line[strcspn(line, "\r\n")] = '\0';
	char *comma = strrchr(line, ',');
	return comma == NULL ? NULL : comma + 1;
}

static int
print_sample_answers(const struct definition *d, int ref_year, uint64_t units,
    const char *codes_path, double share, uint64_t seed)
{
	static struct validation v;
	char line[512];
	struct sample_register s = {.seed = seed, .units = units};
	struct sample_unit unit;
	FILE *codes = fopen(codes_path, "rb");
	if (codes == NULL || next_code(codes, line) == NULL) {
		fprintf(stderr, "khaosat-sample: %s: %s\n", codes_path, strerror(errno));
		return 1;
	}
	print_header(d);
	struct sample_random silence = sample_seed(seed, UINT64_MAX);
	while (sample_register_next(&s, d, &unit)) {
		struct register_text text;
		struct register_row row;
		size_t n;
		const char *code = next_code(codes, line);
		sample_unit_cells(&unit, &text);
		register_judge(d, ref_year, &text, &row, NULL);
		if (code == NULL || !sample_chance(&silence, share / 100))
			continue;
		free(sample_answers(d, ref_year, &row, seed, &sample_adoption_default, &v, &n));
		print_answers(d, unit.text[REGISTER_TAX_CODE], code, &v.answers);
	}
	return fclose(codes) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	if (argc >= 4 && argc <= 5 && strcmp(argv[1], "register") == 0) {
		struct definition *d = load(argv[2]);
		int status = print_register(
		    d, strtoull(argv[3], NULL, 10), argc > 4 ? strtoull(argv[4], NULL, 10) : 57);
		definition_free(d);
		return status;
	}
	if (argc >= 7 && argc <= 8 && strcmp(argv[1], "answers") == 0) {
		struct definition *d = load(argv[2]);
		int status = print_sample_answers(d, atoi(argv[3]), strtoull(argv[4], NULL, 10),
		    argv[5], strtod(argv[6], NULL), argc > 7 ? strtoull(argv[7], NULL, 10) : 57);
		definition_free(d);
		return status;
	}
	fprintf(stderr, "usage: khaosat-sample register SURVEY UNITS [SEED]\n"
			"       khaosat-sample answers SURVEY REF_YEAR UNITS CODES SHARE [SEED]\n");
	return 2;
}
