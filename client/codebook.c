/* SPDX-License-Identifier: Apache-2.0 */
#include "client/codebook.h"

#include <inttypes.h>
#include <stdlib.h>

#include "client/csv_cell.h"
#include "survey/form.h"
#include "survey/rule.h"

#define LABEL_BYTES 1024

struct book {
	const struct microdata_log *log;
	const struct definition *d;
	FILE *to;
	const char *column; /* that the lines are of */
};

static void
put_label(const struct book *b, const char *text)
{
	char out[LABEL_BYTES];
	label_expand(text, b->log->ref_year, b->log->reference_date, out, sizeof(out));
	fputc(',', b->to);
	csv_cell(b->to, out);
}

/* column, value, type, label in both languages, condition */
static void
put_line(
    const struct book *b, const char *value, const char *type, struct label label, const char *when)
{
	csv_cell(b->to, b->column);
	fputc(',', b->to);
	csv_cell(b->to, value);
	fputc(',', b->to);
	csv_cell(b->to, type);
	put_label(b, label.vi);
	put_label(b, label.en);
	fputc(',', b->to);
	csv_cell(b->to, when);
	fputs("\r\n", b->to);
}

static void
put_value(const struct book *b, const char *value, const char *vi, const char *en)
{
	put_line(b, value, "", (struct label){vi, en}, "");
}

static void
put_missing(const struct book *b, const struct question *q)
{
	put_value(b, "NA", "Không áp dụng: không hỏi đơn vị này", "Not applicable: not asked");
	if (q->admits_dk)
		put_value(b, "DK", b->d->dk.vi, b->d->dk.en);
	put_value(b, "", "Để trống, hoặc không hỏi vì câu quyết định việc hỏi chưa rõ",
	    "Left open, or not asked as the answer that decides about it is open");
}

static const char *
type_of(const struct question *q)
{
	switch (q->type) {
	case QUESTION_TEXT:
		return "text";
	case QUESTION_INT:
		return "integer";
	case QUESTION_MONEY:
		return "million VND";
	case QUESTION_PCT:
		return q->tenths ? "percent, one decimal" : "percent";
	case QUESTION_SINGLE:
	case QUESTION_TRI:
		return "code";
	case QUESTION_MULTI:
		return "codes";
	case QUESTION_LIST:
		break;
	}
	return "";
}

static void
put_question(const struct book *b, const struct question *q)
{
	const struct rule *rule = q->list >= 0 ? b->d->question[q->list].relevance : q->relevance;
	size_t n = rule != NULL ? rule_print(b->d, rule, NULL, 0) : 0;
	char *when = malloc(n + 1);
	if (when != NULL && rule != NULL)
		rule_print(b->d, rule, when, n + 1);
	put_line(b, "", type_of(q), q->label, when != NULL && rule != NULL ? when : "");
	free(when);
	for (size_t i = 0; i < q->choices; i++)
		put_value(b, q->choice[i].code, q->choice[i].label.vi, q->choice[i].label.en);
	put_missing(b, q);
}

static void
put_unit(const struct book *b, const struct microdata_unit_column *c)
{
	put_line(b, "", c->list >= 0 ? "code" : c->is_number ? "number" : "text", c->label, "");
	for (size_t i = 0; c->list >= 0 && i < b->d->list[c->list].codes; i++) {
		const struct code *code = &b->d->list[c->list].code[i];
		put_value(b, code->code, code->label.vi, code->label.en);
	}
}

static void
put_choice(const struct book *b, const struct question *q, const struct choice *choice)
{
	put_line(b, "", "1 or 0", choice->label, "");
	put_value(b, "1", "Có chọn", "Ticked");
	put_value(b, "0", "Không chọn", "Not ticked");
	put_missing(b, q);
}

static void
put_indicator(const struct book *b, const struct indicator *indicator)
{
	size_t n = rule_print(b->d, indicator->rule, NULL, 0);
	char *rule = malloc(n + 1);
	if (rule != NULL)
		rule_print(b->d, indicator->rule, rule, n + 1);
	put_line(b, "", "indicator", indicator->label, rule != NULL ? rule : "");
	free(rule);
	put_value(b, "1", "Đúng", "True");
	put_value(b, "0", "Sai", "False");
	put_value(b, "U", "Không rõ", "Unknown");
	put_value(b, "NA", "Không áp dụng", "Not applicable");
}

static void
put_column(const struct book *b, const struct microdata_column *c)
{
	const struct question *q = &b->d->question[c->index];
	switch (c->source) {
	case MICRODATA_UNIT:
		put_unit(b, &microdata_unit_columns[c->index]);
		break;
	case MICRODATA_QUESTION:
		put_question(b, q);
		break;
	case MICRODATA_CHOICE:
		put_choice(b, q, &q->choice[c->choice]);
		break;
	case MICRODATA_OTHER:
		put_line(b, "", "text", q->choice[q->other_choice].label, "");
		break;
	case MICRODATA_INDICATOR:
		put_indicator(b, &b->d->indicator[c->index]);
		break;
	}
}

void
codebook_write(const struct microdata_log *log, const struct microdata *m, FILE *to)
{
	struct book b = {.log = log, .d = log->definition, .to = to};
	fputs("\xEF\xBB\xBF"
	      "column,value,type,label_vi,label_en,condition\r\n",
	    to);
	for (size_t i = 0; i < microdata_columns(m); i++) {
		const struct microdata_column *c = microdata_column(m, i);
		b.column = c->name;
		put_column(&b, c);
	}
}
