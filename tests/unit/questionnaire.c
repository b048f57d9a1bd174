/* SPDX-License-Identifier: Apache-2.0 */
#include "questionnaire.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey_table.h"
#include "survey/answers_json.h"

/* clang-format off */
static const char base[] = J({
	"row": {
		"tax_code": "3090000014", "name": "Công ty TNHH Thành Sen", "unit_type": "DN",
		"commune": "18073", "zone": "NONE", "vsic": "C", "vsic_version": "2025",
		"legal_form": "TNHH1", "start_year": "2015", "employees": "40",
		"revenue_mvnd": "30000", "capital_mvnd": "15000", "employees_prev": "38",
		"supporting_industry": "NO", "status": "ACTIVE"
	},
	"answers": {
		"B01": ["NONE"], "B03": "NO", "C01": ["NONE"], "C02": "NO", "C03": ["NONE"],
		"D01": ["NONE"], "E01": "S0", "E02": ["NONE"], "E03": ["NONE"], "E04": "NO",
		"E05": "NO", "E06": "NO", "E07": ["NONE"], "F01": 0, "F02": 0, "F03": ["NONE"],
		"F04": "NO", "G01": ["NONE"], "G07": ["NOTSUIT"], "H01": "NONE", "H04": ["NONE"],
		"H06": ["NONE"]
	},
	"seconds": 640
});
/* clang-format on */

static void
judge_row(struct questionnaire *q, const struct definition *d)
{
	struct register_text text = {0};
	const json_t *row = json_object_get(q->json, "row");
	for (size_t i = 0; i < REGISTER_COLUMNS; i++) {
		const json_t *cell = json_object_get(row, register_column_name[i]);
		text.cell[i].bytes = json_string_value(cell);
		text.cell[i].n = json_string_length(cell);
	}
	q->row_good = register_judge(d, REF_YEAR, &text, &q->row, &q->problems);
}

/* Indicators of the earlier round that the patch does not name were false. */
static void
read_earlier(struct questionnaire *q, const struct definition *d)
{
	const char *code;
	json_t *value;
	json_object_foreach(json_object_get(q->json, "earlier"), code, value)
	{
		int i = definition_find_indicator(d, code);
		assert_true(i >= 0);
		indicator_bits_set(&q->earlier, (unsigned)i, (enum truth)json_integer_value(value));
	}
}

static void
replace_bytes(struct questionnaire *q)
{
	const char *from;
	json_t *to;
	json_object_foreach(json_object_get(q->json, "bytes"), from, to)
	{
		size_t n = strlen(from);
		assert_int_equal(n, json_string_length(to));
		uint8_t *at = memmem(q->bytes, q->n, from, n);
		assert_non_null(at);
		memcpy(at, json_string_value(to), n);
	}
}

static void
judge_answers(struct questionnaire *q, const struct definition *d)
{
	struct answers_json_errors errors = {0};
	if (!answers_from_json(d, q->json, &q->answers, &q->json_findings, &errors))
		fail_msg("%s: %s", errors.error[0].path, errors.error[0].reason);
	q->bytes = answers_encode(d, &q->answers, &q->n);
	assert_non_null(q->bytes);
	replace_bytes(q);
	bool has_earlier = json_object_get(q->json, "earlier") != NULL;
	struct facts facts = {
	    .definition = d,
	    .row = &q->row,
	    .earlier = has_earlier ? &q->earlier : NULL,
	    .earlier_definition = has_earlier ? d : NULL,
	    .ref_year = REF_YEAR,
	};
	q->status = validate_bytes(&facts, q->bytes, q->n, &q->validation);
	if (q->status == VALIDATE_MALFORMED)
		fail_msg("malformed: %s", q->validation.reason);
}

void
questionnaire_judge(struct questionnaire *q, const struct definition *d, const char *patch)
{
	memset(q, 0, sizeof(*q));
	json_error_t error;
	q->json = json_loads(base, 0, &error);
	assert_non_null(q->json);
	if (patch != NULL) {
		json_t *p = json_loads(patch, 0, &error);
		if (p == NULL)
			fail_msg("%s: %s", patch, error.text);
		assert_int_equal(json_object_update_recursive(q->json, p), 0);
		json_decref(p);
	}
	if (json_is_null(json_object_get(q->json, "seconds")))
		json_object_del(q->json, "seconds");
	judge_row(q, d);
	read_earlier(q, d);
	if (q->row_good)
		judge_answers(q, d);
}

void
questionnaire_clear(struct questionnaire *q)
{
	json_decref(q->json);
	free(q->bytes);
	q->json = NULL;
	q->bytes = NULL;
}

static void
mark_findings(const struct findings *f, bool fired[CHECKS_MAX])
{
	for (size_t i = 0; i < f->n; i++)
		fired[f->finding[i].check] = true;
}

void
questionnaire_fired(const struct questionnaire *q, const struct definition *d, char out[512])
{
	bool fired[CHECKS_MAX] = {false};
	for (size_t i = 0; i < q->problems.n; i++)
		fired[q->problems.problem[i].check] = true;
	mark_findings(&q->json_findings, fired);
	mark_findings(&q->validation.findings, fired);
	size_t n = 0;
	out[0] = '\0';
	for (size_t i = 0; i < d->checks && n < 480; i++)
		if (fired[i])
			n += (size_t)snprintf(
			    out + n, 512 - n, "%s%s", n > 0 ? " " : "", d->check[i].code);
}
