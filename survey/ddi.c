/* SPDX-License-Identifier: Apache-2.0 */
/* Elements stand in the order that the schema of DDI-Codebook 2.5 wants: of a variable labl, qstn,
 * valrng, universe, catgry, derivation, varFormat. An ID is a name of XML, which has no slash and
 * begins with no digit, so a choice is B01.EOFFICE there and B01/EOFFICE by name, and a question 1A
 * is var.1A. */
#include "survey/ddi.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/form.h"
#include "survey/microdata.h"
#include "survey/rule.h"

#define LABEL_BYTES 2048

struct ddi {
	const struct definition *d;
	const struct ddi_about *about;
	const struct microdata *m;
	struct growing *out;
};

static void
put(const struct ddi *x, const char *text)
{
	growing_text(x->out, text);
}

/* A wording in one language. */
static void
put_words(const struct ddi *x, const char *element, const char *language, const char *text)
{
	char expanded[LABEL_BYTES];
	if (x->about->reference_date != NULL) {
		label_expand(
		    text, x->about->ref_year, x->about->reference_date, expanded, sizeof(expanded));
		text = expanded;
	}
	growing_printf(x->out, "<%s xml:lang=\"%s\">", element, language);
	growing_xml(x->out, text);
	growing_printf(x->out, "</%s>", element);
}

static void
put_label(const struct ddi *x, const char *element, struct label label)
{
	put_words(x, element, "vi", label.vi);
	put_words(x, element, "en", label.en);
}

static void
put_id(const struct ddi *x, const struct microdata_column *c)
{
	if (c->name[0] >= '0' && c->name[0] <= '9')
		put(x, "var.");
	for (const char *at = c->name; *at != '\0'; at++)
		growing_put(x->out, *at == '/' ? "." : at, 1);
}

/* The columns first .. last that one question, or one section, has. */
static bool
is_of(const struct microdata_column *c, size_t first, size_t questions)
{
	return (c->source == MICRODATA_QUESTION || c->source == MICRODATA_CHOICE ||
		   c->source == MICRODATA_OTHER) &&
	       c->index >= first && c->index < first + questions;
}

/* ------------------------------------------------------------------------------- groups */

/* `choices`: only these columns. */
static void
put_group(const struct ddi *x, const char *type, const char *code, struct label label, size_t first,
    size_t questions, bool choices)
{
	const char *before = "";
	growing_printf(x->out, "<varGrp ID=\"%s.%s\" type=\"%s\" name=\"%s\" var=\"",
	    type[0] == 's' ? "section" : "group", code, type, code);
	for (size_t i = 0; i < microdata_columns(x->m); i++) {
		const struct microdata_column *c = microdata_column(x->m, i);
		if (!is_of(c, first, questions) || (choices && c->source != MICRODATA_CHOICE))
			continue;
		put(x, before);
		put_id(x, c);
		before = " ";
	}
	put(x, "\">");
	put_label(x, "labl", label);
	put(x, "</varGrp>\n");
}

static void
put_groups(const struct ddi *x)
{
	const struct definition *d = x->d;
	for (size_t i = 0; i < d->sections; i++) {
		const struct section *s = &d->section[i];
		put_group(x, "section", s->code, s->title, s->first_question, s->questions, false);
	}
	for (size_t i = 0; i < d->questions; i++) {
		const struct question *q = &d->question[i];
		size_t parts = 0;
		while (i + 1 + parts < d->questions && d->question[i + 1 + parts].list == (int)i)
			parts++;
		if (q->type == QUESTION_MULTI)
			put_group(x, "multipleResp", q->code, q->label, i, 1, true);
		else if (q->type == QUESTION_LIST && parts > 0)
			put_group(x, "grid", q->code, q->label, i + 1, parts, false);
	}
}

/* ------------------------------------------------------------------------------- variables */

static void
put_category(const struct ddi *x, const char *value, struct label label, const char *missing)
{
	put(x, "<catgry");
	if (missing != NULL)
		growing_printf(x->out, " missing=\"Y\" missType=\"%s\"", missing);
	put(x, "><catValu>");
	growing_xml(x->out, value);
	put(x, "</catValu>");
	put_label(x, "labl", label);
	put(x, "</catgry>");
}

static void
put_missing(const struct ddi *x, const struct question *q)
{
	static const struct label not_applicable = {
	    "Không áp dụng: không hỏi đơn vị này", "Not applicable: not asked"};
	put_category(x, "NA", not_applicable, "not applicable");
	if (q->admits_dk)
		put_category(x, "DK", x->d->dk, "don't know");
}

static void
put_format(const struct ddi *x, bool is_number)
{
	growing_printf(x->out, "<varFormat type=\"%s\"/>", is_number ? "numeric" : "character");
}

/* When a question is asked: its own condition, its list's, and its section's. */
static void
put_universe(const struct ddi *x, const struct rule *rule)
{
	if (rule == NULL)
		return;
	size_t n = rule_print(x->d, rule, NULL, 0);
	char *text = malloc(n + 1);
	if (text == NULL) {
		x->out->has_failed = true;
		return;
	}
	rule_print(x->d, rule, text, n + 1);
	put(x, "<universe clusion=\"I\">");
	growing_xml(x->out, text);
	put(x, "</universe>");
	free(text);
}

static void
put_conditions(const struct ddi *x, const struct question *q)
{
	put_universe(x, x->d->section[q->section].relevance);
	put_universe(x, q->list >= 0 ? x->d->question[q->list].relevance : q->relevance);
}

static bool
is_number(const struct question *q)
{
	return q->type == QUESTION_INT || q->type == QUESTION_MONEY || q->type == QUESTION_PCT;
}

static void
put_range(const struct ddi *x, const struct question *q)
{
	const char *units = q->tenths ? "REAL" : "INT";
	long long least = q->tenths ? q->min / 10 : q->min;
	long long most = q->tenths ? q->max / 10 : q->max;
	if (!is_number(q))
		return;
	growing_printf(x->out, "<valrng><range UNITS=\"%s\" min=\"%lld\"", units, least);
	if (!q->max_is_ref_year)
		growing_printf(x->out, " max=\"%lld\"", most);
	else if (x->about->reference_date != NULL)
		growing_printf(x->out, " max=\"%d\"", x->about->ref_year);
	put(x, "/></valrng>");
}

static void
put_question(const struct ddi *x, const struct question *q)
{
	put_label(x, "labl", q->label);
	put(x, "<qstn>");
	if (q->list >= 0) {
		put_label(x, "preQTxt", x->d->question[q->list].label);
	}
	put_label(x, "qstnLit", q->label);
	put(x, "</qstn>");
	put_range(x, q);
	put_conditions(x, q);
	for (size_t i = 0; i < q->choices; i++)
		put_category(x, q->choice[i].code, q->choice[i].label, NULL);
	put_missing(x, q);
	put_format(x, is_number(q));
}

static void
put_choice(const struct ddi *x, const struct question *q, const struct choice *choice)
{
	static const struct label ticked = {"Có chọn", "Ticked"},
				  not_ticked = {"Không chọn", "Not ticked"};
	put_label(x, "labl", choice->label);
	put_conditions(x, q);
	put_category(x, "1", ticked, NULL);
	put_category(x, "0", not_ticked, NULL);
	put_missing(x, q);
	put_format(x, true);
}

static void
put_unit(const struct ddi *x, const struct microdata_unit_column *c)
{
	put_label(x, "labl", c->label);
	for (size_t i = 0; c->list >= 0 && i < x->d->list[c->list].codes; i++) {
		const struct code *code = &x->d->list[c->list].code[i];
		put_category(x, code->code, code->label, NULL);
	}
	put_format(x, c->is_number);
}

static void
put_indicator(const struct ddi *x, const struct indicator *indicator)
{
	static const struct label yes = {"Đúng", "True"}, no = {"Sai", "False"},
				  unknown = {"Không rõ", "Unknown"},
				  not_applicable = {"Không áp dụng", "Not applicable"};
	put_label(x, "labl", indicator->label);
	put_category(x, "1", yes, NULL);
	put_category(x, "0", no, NULL);
	put_category(x, "U", unknown, "unknown");
	put_category(x, "NA", not_applicable, "not applicable");
	size_t n = rule_print(x->d, indicator->rule, NULL, 0);
	char *rule = malloc(n + 1);
	if (rule == NULL) {
		x->out->has_failed = true;
		return;
	}
	rule_print(x->d, indicator->rule, rule, n + 1);
	put(x, "<derivation><drvcmd>");
	growing_xml(x->out, rule);
	put(x, "</drvcmd></derivation>");
	free(rule);
	put_format(x, false);
}

/* By its name: those of questions have no small letters. */
static bool
is_weight(const struct microdata_column *c)
{
	return c->source == MICRODATA_UNIT && strcmp(c->name, "weight") == 0;
}

static void
put_variable(const struct ddi *x, const struct microdata_column *c)
{
	const struct question *q = &x->d->question[c->index];
	bool counts = c->source == MICRODATA_QUESTION && is_number(q);
	put(x, "<var ID=\"");
	put_id(x, c);
	growing_printf(x->out, "\" name=\"%s\" intrvl=\"%s\"%s%s>", c->name,
	    counts ? "contin" : "discrete", counts && q->tenths ? " dcml=\"1\"" : "",
	    is_weight(c) ? " wgt=\"wgt\"" : "");
	switch (c->source) {
	case MICRODATA_UNIT:
		put_unit(x, &microdata_unit_columns[c->index]);
		break;
	case MICRODATA_QUESTION:
		put_question(x, q);
		break;
	case MICRODATA_CHOICE:
		put_choice(x, q, &q->choice[c->choice]);
		break;
	case MICRODATA_OTHER:
		put_label(x, "labl", q->choice[q->other_choice].label);
		put_format(x, false);
		break;
	case MICRODATA_INDICATOR:
		put_indicator(x, &x->d->indicator[c->index]);
		break;
	}
	put(x, "</var>\n");
}

/* ------------------------------------------------------------------------------- the document */

/* Whom the round asked, and how to weigh what they answered. */
static void
put_design(const struct ddi *x)
{
	static const struct label weights = {"Biến weight là trọng số thiết kế: số đơn vị của tầng "
					     "cho mỗi đơn vị được chọn. Chưa hiệu "
					     "chỉnh cho đơn vị không trả lời.",
	    "The variable weight is the design weight: units of the stratum for each one drawn. It "
	    "is "
	    "not adjusted for those that did not answer."};
	const struct ddi_about *about = x->about;
	char vi[512], en[512];
	struct label words = {vi, en};
	put(x, "<method><dataColl>");
	if (about->strata == 0) {
		snprintf(vi, sizeof(vi),
		    "Điều tra toàn bộ: hỏi cả %" PRIu64 " đơn vị của danh sách.", about->units);
		snprintf(en, sizeof(en),
		    "A census: all %" PRIu64 " units of the register are asked.", about->units);
		put_label(x, "sampProc", words);
	} else {
		snprintf(vi, sizeof(vi),
		    "Chọn mẫu ngẫu nhiên phân tầng, không lặp: %" PRIu64 " trong %" PRIu64
		    " đơn vị của danh sách, từ %" PRIu32
		    " tầng (biến stratum); trong mỗi tầng mọi đơn vị có cơ hội được chọn như nhau.",
		    about->drawn, about->units, about->strata);
		snprintf(en, sizeof(en),
		    "A stratified random sample without replacement: %" PRIu64 " of the %" PRIu64
		    " units of the register, from %" PRIu32
		    " strata (the variable stratum); within a stratum all units were equally "
		    "likely to "
		    "be drawn.",
		    about->drawn, about->units, about->strata);
		put_label(x, "sampProc", words);
		put_label(x, "weight", weights);
	}
	put(x, "</dataColl></method>\n");
}

static void
put_study(const struct ddi *x)
{
	const struct definition *d = x->d;
	put(x, "<stdyDscr>\n<citation><titlStmt>");
	put_words(x, "titl", "vi", d->title.vi);
	put_words(x, "parTitl", "en", d->title.en);
	put(x, "<IDNo>");
	growing_xml(x->out, d->id);
	growing_printf(x->out, "-%u", d->version);
	if (x->about->round != NULL)
		growing_printf(x->out, "-%s", x->about->round);
	growing_printf(x->out,
	    "</IDNo></titlStmt><verStmt><version>%u</version></verStmt></citation>\n<stdyInfo>",
	    d->version);
	put_label(x, "abstract", d->statement);
	put(x, "</stdyInfo>\n");
	if (x->about->units > 0)
		put_design(x);
	put(x, "</stdyDscr>\n");
}

void
ddi_write(const struct definition *d, const struct ddi_about *about, struct growing *out)
{
	struct microdata *m = microdata_new(d, about->ref_year);
	const struct ddi x = {.d = d, .about = about, .m = m, .out = out};
	if (m == NULL) {
		out->has_failed = true;
		return;
	}
	put(&x, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<codeBook xmlns=\"ddi:codebook:2_5\" version=\"2.5\" xml:lang=\"vi\">\n");
	put_study(&x);
	put(&x, "<dataDscr>\n");
	put_groups(&x);
	for (size_t i = 0; i < microdata_columns(m); i++)
		put_variable(&x, microdata_column(m, i));
	put(&x, "</dataDscr>\n</codeBook>\n");
	microdata_free(m);
}
