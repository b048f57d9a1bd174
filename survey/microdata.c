/* SPDX-License-Identifier: Apache-2.0 */
/* The columns. What a cell looks like stands in microdata_row.c. */
#include "survey/microdata.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/microdata_parts.h"
#include "survey/taxcode.h"

const struct microdata_unit_column microdata_unit_columns[MICRODATA_UNIT_COLUMNS] = {
    [UNIT_TAX_CODE] = {"tax_code", false, {"Mã số thuế", "Tax code"}, -1},
    [UNIT_TYPE] = {"unit_type", false, {"Loại đơn vị điều tra", "Type of unit"}, CODES_UNIT_TYPE},
    [UNIT_COMMUNE] = {"commune", false, {"Xã, phường", "Commune"}, CODES_COMMUNE},
    [UNIT_ZONE] = {"zone", false, {"Khu, cụm", "Zone"}, CODES_ZONE},
    [UNIT_SECTION] = {"section", false, {"Ngành cấp 1", "Section of activity"}, CODES_SECTION},
    [UNIT_SIZE] = {"size", false, {"Quy mô", "Size class"}, CODES_SIZE},
    [UNIT_LEGAL_FORM] = {"legal_form", false, {"Loại hình pháp lý", "Legal form"},
	CODES_LEGAL_FORM},
    [UNIT_START_YEAR] = {"start_year", true, {"Năm bắt đầu hoạt động", "Year operations began"},
	-1},
    [UNIT_EMPLOYEES] = {"employees", true, {"Số lao động", "Employees"}, -1},
    [UNIT_EMPLOYEES_PREV] = {"employees_prev", true,
	{"Số lao động năm trước", "Employees in the year before"}, -1},
    [UNIT_REVENUE] = {"revenue_mvnd", true, {"Doanh thu (triệu đồng)", "Turnover (million VND)"},
	-1},
    [UNIT_CAPITAL] = {"capital_mvnd", true,
	{"Tổng nguồn vốn (triệu đồng)", "Total capital (million VND)"}, -1},
    [UNIT_SUPPORTING] = {"supporting_industry", true,
	{"Công nghiệp hỗ trợ (1 có, 0 không)", "Supporting industry (1 yes, 0 no)"}, -1},
    [UNIT_STATUS] = {"status", false, {"Tình trạng hoạt động", "Operating status"}, CODES_STATUS},
    [UNIT_STRATUM] = {"stratum", false, {"Tầng chọn mẫu", "Stratum of the sample"}, -1},
    [UNIT_WEIGHT] = {"weight", true,
	{"Trọng số thiết kế", "Design weight: units of the stratum for each one drawn"}, -1},
    [UNIT_UUID] = {"_uuid", false, {"Mã phiếu", "Identifier of the submission"}, -1},
    [UNIT_TIME] = {"_submission_time", false,
	{"Thời điểm tiếp nhận (UTC)", "When it was accepted (UTC)"}, -1},
    [UNIT_REVISION] = {"_revision", true,
	{"Lần nộp (1: lần đầu)", "Revision (1: the first submission)"}, -1},
    [UNIT_CHANNEL] = {"_channel", false, {"Kênh nộp", "Channel"}, -1},
    [UNIT_SECONDS] = {"_seconds", true, {"Thời gian trả lời (giây)", "Time taken (seconds)"}, -1},
    [UNIT_CONFIRMED] = {"_confirmed", false,
	{"Kiểm tra mềm đã xác nhận", "Soft checks confirmed with a reason"}, -1},
};

static bool
add(struct microdata *m, enum microdata_source source, size_t index, size_t choice,
    const char *name, const char *behind)
{
	if (m->n == m->room) {
		size_t room = m->room ? 2 * m->room : 256;
		struct microdata_column *grown = realloc(m->column, room * sizeof(*grown));
		if (grown == NULL)
			return false;
		m->column = grown;
		m->room = room;
	}
	struct microdata_column *c = &m->column[m->n++];
	*c = (struct microdata_column){
	    .source = source, .index = (uint16_t)index, .choice = (uint16_t)choice};
	int n = snprintf(c->name, sizeof(c->name), "%s%s", name, behind);
	assert(n > 0 && (size_t)n < sizeof(c->name));
	m->names_bytes += (size_t)n + 2;
	return true;
}

static bool
add_question(struct microdata *m, size_t index)
{
	const struct question *q = &m->d->question[index];
	char behind[CODE_MAX_BYTES + 2];
	if (q->type == QUESTION_LIST)
		return true;
	bool good = add(m, MICRODATA_QUESTION, index, 0, q->code, "");
	m->values_bytes += MICRODATA_VALUE_BYTES;
	for (size_t i = 0; q->type == QUESTION_MULTI && i < q->choices && good; i++) {
		snprintf(behind, sizeof(behind), "/%s", q->choice[i].code);
		good = add(m, MICRODATA_CHOICE, index, i, q->code, behind);
		m->values_bytes += CODE_MAX_BYTES + 1 + MICRODATA_VALUE_BYTES;
	}
	if (q->other_choice >= 0 && good)
		good = add(m, MICRODATA_OTHER, index, 0, q->code, "_other");
	return good;
}

static bool
add_all(struct microdata *m)
{
	bool good = true;
	for (size_t i = 0; i < MICRODATA_UNIT_COLUMNS && good; i++)
		good = add(m, MICRODATA_UNIT, i, 0, microdata_unit_columns[i].name, "");
	for (size_t i = 0; i < m->d->questions && good; i++)
		good = add_question(m, i);
	for (size_t i = 0; i < m->d->indicators && good; i++)
		good = add(m, MICRODATA_INDICATOR, i, 0, "indicator/", m->d->indicator[i].code);
	return good;
}

static bool
make_fragments(const struct definition *d, struct microdata_fragments *out)
{
	static const char hex[] = "0123456789abcdef";
	size_t choices = 0;
	for (size_t i = 0; i < d->questions; i++)
		choices += d->question[i].choices;
	out->choice = calloc(choices + 1, sizeof(*out->choice));
	if (out->choice == NULL)
		return false;
	struct fragment *next = out->choice;
	for (size_t i = 0; i < d->questions; i++) {
		out->first[i] = (uint32_t)(next - out->choice);
		for (size_t c = 0; c < d->question[i].choices; c++, next++) {
			next->n = (uint8_t)strlen(d->question[i].choice[c].code);
			memcpy(next->text, d->question[i].choice[c].code, next->n);
		}
	}
	for (size_t mask = 0; mask < 256; mask++) {
		for (size_t i = 0; i < FRAGMENT_CHOICES; i++) {
			out->flags[mask][2 * i] = (char)('0' + (mask >> i & 1));
			out->flags[mask][2 * i + 1] = ',';
		}
		out->hex[mask][0] = hex[mask >> 4];
		out->hex[mask][1] = hex[mask & 15];
	}
	for (size_t i = 0; i <= CHOICES_MAX; i++) {
		memcpy(out->not_applicable + 3 * i, "NA,", 3);
		memcpy(out->dont_know + 3 * i, "DK,", 3);
	}
	return true;
}

struct microdata *
microdata_new(const struct definition *d, int ref_year)
{
	struct microdata *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	m->d = d;
	m->ref_year = ref_year;
	m->day = INT64_MIN;
	if (make_fragments(d, &m->fragments) && add_all(m))
		return m;
	microdata_free(m);
	return NULL;
}

void
microdata_free(struct microdata *m)
{
	if (m == NULL)
		return;
	free(m->fragments.choice);
	free(m->column);
	free(m);
}

size_t
microdata_columns(const struct microdata *m)
{
	return m->n;
}

const struct microdata_column *
microdata_column(const struct microdata *m, size_t i)
{
	return &m->column[i];
}

/* Texts are at most the answers' own bytes: each may be doubled, quoted and marked. */
size_t
microdata_row_max(const struct microdata *m)
{
	size_t units = MICRODATA_UNIT_COLUMNS * MICRODATA_VALUE_BYTES + CHECKS_MAX * CODE_MAX_BYTES;
	size_t texts = 2 * ANSWERS_BYTES_MAX + 4 * m->n;
	size_t indicators = m->d->indicators * MICRODATA_VALUE_BYTES;
	size_t row = units + m->values_bytes + texts + indicators;
	return (row > m->names_bytes ? row : m->names_bytes) + 2 + MICRODATA_SLACK;
}

size_t
microdata_header(const struct microdata *m, char *out)
{
	char *at = out;
	for (size_t i = 0; i < m->n; i++) {
		size_t n = strlen(m->column[i].name);
		memcpy(at, m->column[i].name, n);
		at += n;
		*at++ = ',';
	}
	at[-1] = '\r';
	*at++ = '\n';
	return (size_t)(at - out);
}
