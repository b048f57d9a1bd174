/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/sample_frames.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "proto/khaosat.pb-c.h"
#include "proto/limits.h"
#include "tests/support/sample.h"

#define REF_YEAR 2025
#define LINE_BYTES 512

static void
die(const char *what)
{
	fprintf(stderr, "sample frames: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct definition *
load_definition(const char *path)
{
	static char json[4 << 20];
	struct definition_problems problems = {.n = 0};
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		die(path);
	size_t n = fread(json, 1, sizeof(json), file);
	fclose(file);
	struct definition *d = definition_load(json, n, &problems);
	if (d == NULL)
		die(path);
	return d;
}

static void
append(struct sample_frames *f, const Khaosat__V1__Request *request)
{
	size_t n = khaosat__v1__request__get_packed_size(request);
	while (f->cap - f->n < n + FRAME_HEADER_BYTES) {
		f->cap = f->cap == 0 ? 1 << 20 : f->cap * 2;
		f->bytes = realloc(f->bytes, f->cap);
		if (f->bytes == NULL)
			die("memory");
	}
	f->start[f->count++] = f->n;
	frame_header(f->bytes + f->n, n);
	khaosat__v1__request__pack(request, f->bytes + f->n + FRAME_HEADER_BYTES);
	f->n += n + FRAME_HEADER_BYTES;
	f->start[f->count] = f->n;
}

static void
append_submission(struct sample_frames *f, const struct definition *d, char *round, char *tax_code,
    char *code, ProtobufCBinaryData answers)
{
	struct sample_random random =
	    sample_seed(SAMPLE_FRAMES_SEED + 1, strtoull(tax_code, NULL, 10));
	uint64_t id[2] = {sample_next(&random), sample_next(&random)};
	Khaosat__V1__UnitCredential unit;
	Khaosat__V1__Submit submit;
	Khaosat__V1__Request request;
	char survey_id[64];
	snprintf(survey_id, sizeof(survey_id), "%s", d->id);
	khaosat__v1__unit_credential__init(&unit);
	khaosat__v1__submit__init(&submit);
	khaosat__v1__request__init(&request);
	unit.tax_code = tax_code;
	unit.access_code = code;
	submit.round = round;
	submit.survey_id = survey_id;
	submit.survey_version = d->version;
	submit.instance_id = (ProtobufCBinaryData){sizeof(id), (uint8_t *)id};
	submit.answers = answers;
	submit.channel = KHAOSAT__V1__CHANNEL__TOOL;
	request.id = f->count + 1;
	request.version = 1;
	request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	request.unit = &unit;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_SUBMIT;
	request.submit = &submit;
	append(f, &request);
}

/* The access code: the last cell of the next line. */
static char *
next_code(FILE *codes, char line[LINE_BYTES])
{
	if (fgets(line, LINE_BYTES, codes) == NULL)
		die("the codes file is too short");
	line[strcspn(line, "\r\n")] = '\0';
	char *comma = strrchr(line, ',');
	if (comma == NULL)
		die("the codes file");
	return comma + 1;
}

static void
answer_for(struct sample_frames *f, const struct definition *d, char *round,
    struct sample_unit *unit, char *code)
{
	static struct validation v;
	struct register_text text;
	struct register_row row;
	size_t n;
	sample_unit_cells(unit, &text);
	register_judge(d, REF_YEAR, &text, &row, NULL);
	uint8_t *answers =
	    sample_answers(d, REF_YEAR, &row, SAMPLE_FRAMES_SEED, &sample_adoption_default, &v, &n);
	append_submission(
	    f, d, round, unit->text[REGISTER_TAX_CODE], code, (ProtobufCBinaryData){n, answers});
	free(answers);
}

void
sample_frames_make(struct sample_frames *out, const struct sample_frames_of *of)
{
	char line[LINE_BYTES], round[64];
	struct sample_register s = {.seed = SAMPLE_FRAMES_SEED, .units = of->units};
	struct sample_unit unit;
	struct definition *d = load_definition(of->survey);
	FILE *codes = fopen(of->codes, "rb");
	if (codes == NULL || fgets(line, sizeof(line), codes) == NULL)
		die(of->codes);
	snprintf(round, sizeof(round), "%s", of->round);
	*out = (struct sample_frames){.start = calloc(of->count + 1, sizeof(*out->start))};
	if (out->start == NULL)
		die("memory");
	for (uint64_t i = 0; i < of->from + of->count && sample_register_next(&s, d, &unit); i++) {
		char *code = next_code(codes, line);
		if (i >= of->from)
			answer_for(out, d, round, &unit, code);
	}
	fclose(codes);
	definition_free(d);
}

void
sample_frames_free(struct sample_frames *frames)
{
	free(frames->bytes);
	free(frames->start);
}
