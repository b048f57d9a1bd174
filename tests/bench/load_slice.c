/* SPDX-License-Identifier: Apache-2.0 */
/* A slice of the register's submissions as a file: a head, then for each a record and its answers.
 * Read on the machine that wrote it, so its integers are the machine's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/load.h"
#include "tests/support/sample.h"

#define REF_YEAR 2025
#define SEED 57
#define NAME_BYTES 64
#define RECORD_ALIGNMENT 8

struct head {
	uint64_t count;
	char round[NAME_BYTES], survey_id[NAME_BYTES];
	uint32_t survey_version;
};

struct record {
	uint8_t id[16];
	char tax_code[NAME_BYTES], access_code[NAME_BYTES];
	uint64_t answers_n;
};

/* Answers end where the next record may begin. */
static size_t
padded(size_t n)
{
	return (n + RECORD_ALIGNMENT - 1) / RECORD_ALIGNMENT * RECORD_ALIGNMENT;
}

static void
set_name(char out[NAME_BYTES], const char *name)
{
	if (strlen(name) >= NAME_BYTES)
		die(name);
	strcpy(out, name);
}

static void
put(FILE *out, const void *bytes, size_t n)
{
	if (fwrite(bytes, 1, n, out) != n)
		die("slice");
}

/* The access code: the last cell of a line of the codes file. */
static char *
code_of_line(char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	char *comma = strrchr(line, ',');
	if (comma == NULL)
		die("codes file");
	return comma + 1;
}

static void
write_unit(FILE *out, const struct definition *d, uint64_t index, struct sample_unit *unit,
    const char *access_code)
{
	static struct validation v;
	static const uint8_t zeros[RECORD_ALIGNMENT];
	struct record record = {0};
	struct register_text text;
	struct register_row row;
	struct sample_random random = sample_seed(SEED + 1, index);
	uint64_t id[2] = {sample_next(&random), sample_next(&random)};
	sample_unit_cells(unit, &text);
	register_judge(d, REF_YEAR, &text, &row, NULL);
	uint8_t *answers = sample_answers(
	    d, REF_YEAR, &row, SEED, &sample_adoption_default, &v, &record.answers_n);
	memcpy(record.id, id, sizeof(record.id));
	set_name(record.tax_code, unit->text[REGISTER_TAX_CODE]);
	set_name(record.access_code, access_code);
	put(out, &record, sizeof(record));
	put(out, answers, record.answers_n);
	put(out, zeros, padded(record.answers_n) - record.answers_n);
	free(answers);
}

static void
write_units(FILE *out, const struct definition *d, char **a)
{
	char line[512];
	uint64_t from = strtoull(a[5], NULL, 10), count = strtoull(a[6], NULL, 10);
	struct sample_register sample = {.seed = SEED, .units = strtoull(a[4], NULL, 10)};
	struct sample_unit unit;
	FILE *codes = fopen(a[3], "rb");
	if (codes == NULL || fgets(line, sizeof(line), codes) == NULL)
		die(a[3]);
	for (uint64_t i = 0; i < from + count; i++) {
		if (!sample_register_next(&sample, d, &unit) ||
		    fgets(line, sizeof(line), codes) == NULL)
			die("register or codes file is too short");
		if (i >= from)
			write_unit(out, d, i, &unit, code_of_line(line));
	}
	fclose(codes);
}

int
slice_write(char **a)
{
	size_t json_bytes;
	struct definition_problems problems;
	char *json = read_file(a[1], &json_bytes);
	struct definition *d = definition_load(json, json_bytes, &problems);
	FILE *out = fopen(a[0], "wb");
	if (d == NULL || out == NULL)
		die("survey or slice");
	struct head head = {.count = strtoull(a[6], NULL, 10), .survey_version = d->version};
	set_name(head.round, a[2]);
	set_name(head.survey_id, d->id);
	put(out, &head, sizeof(head));
	write_units(out, d, a);
	/* Synced, so that writing it back does not disturb what is measured. */
	if (fflush(out) != 0 || fdatasync(fileno(out)) != 0 || fclose(out) != 0)
		die(a[0]);
	return 0;
}

void
slice_open(const char *path, struct slice *out)
{
	struct head *head;
	size_t n;
	*out = (struct slice){.bytes = read_file(path, &n), .at = sizeof(*head)};
	head = (struct head *)(void *)out->bytes;
	if (n < sizeof(*head))
		die(path);
	out->count = head->count;
}

/* The file was written whole by slice_write, so its lengths are taken as they stand. */
bool
slice_next(struct slice *slice, struct submission *out)
{
	struct head *head = (struct head *)(void *)slice->bytes;
	struct record *record = (struct record *)(void *)(slice->bytes + slice->at);
	if (slice->next == slice->count)
		return false;
	*out = (struct submission){.number = ++slice->next,
	    .round = head->round,
	    .survey_id = head->survey_id,
	    .survey_version = head->survey_version,
	    .tax_code = record->tax_code,
	    .access_code = record->access_code,
	    .answers = (uint8_t *)(record + 1),
	    .answers_n = record->answers_n};
	memcpy(out->id, record->id, sizeof(out->id));
	slice->at += sizeof(*record) + padded(record->answers_n);
	return true;
}
