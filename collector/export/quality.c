/* SPDX-License-Identifier: Apache-2.0 */
/* The quality report under the 19 heads of ESS SIMS 2.0, to be read (quality.md) and to be read by
 * programs (quality.json): under each head what the run knows, and the office's own words. What
 * neither knows is not said. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/export/fill.h"
#include "collector/export/office.h"
#include "collector/export/quality.h"
#include "collector/export/text.h"
#include "collector/export/words.h"

#define FACT_BYTES 8192

void
quality_say(struct quality *q, const char *name, struct label label, const char *format, ...)
{
	char value[FACT_BYTES];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(value, sizeof(value), format, arguments);
	va_end(arguments);
	text_end(value);
	if (!q->is_json) {
		sink_printf(q->out, "- %s / %s: ", label.vi, label.en);
		sink_text(q->out, value);
		sink_text(q->out, "\n");
		return;
	}
	sink_printf(q->out,
	    "%s\n    {\"name\": \"%s\", \"label\": {\"vi\": ", q->is_first ? "" : ",", name);
	sink_json(q->out, label.vi);
	sink_text(q->out, ", \"en\": ");
	sink_json(q->out, label.en);
	sink_text(q->out, "}, \"value\": ");
	sink_json(q->out, value);
	sink_text(q->out, "}");
	q->is_first = false;
}

static void
say_time(struct quality *q, const char *name, struct label label, int64_t ms)
{
	char time[TIME_TEXT_BYTES];
	if (ms == 0)
		return;
	time_print(ms, time);
	quality_say(q, name, label, "%s", time);
}

/* ------------------------------------------------------------------- what the run knows */

static void
say_update(struct quality *q)
{
	const struct export_facts *f = &q->t->facts;
	say_time(q, "as_of", (struct label){"Số liệu đến", "Figures as of"}, f->time_ms);
	quality_say(q, "last_entry",
	    (struct label){"Bản ghi cuối của nhật ký", "Last entry of the log"}, "%" PRIu64,
	    f->last);
	quality_say(q, "product", (struct label){"Phần mềm", "Program"}, "khaosat %s", f->product);
}

static void
say_design(struct quality *q)
{
	const struct export_facts *f = &q->t->facts;
	const struct label label = {"Phương pháp điều tra", "Design"};
	if (f->strata == 0)
		quality_say(q, "design", label, "toàn bộ / census");
	else
		quality_say(q, "design", label,
		    "chọn mẫu phân tầng / stratified sample: %" PRIu64 " / %" PRIu64
		    " đơn vị / units, %" PRIu32 " tầng / strata",
		    f->drawn, f->units, f->strata);
}

static void
say_crossed(struct quality *q)
{
	const enum export_crossed crossed = q->t->facts.settings.crossed;
	if (crossed == CROSSED_UNHEARD_OF)
		return;
	quality_say(q, "crossed",
	    (struct label){"Bảng quy mô theo ngành và theo loại khu, cụm",
		"Tables of sizes by sector and by type of zone"},
	    "%s",
	    crossed == CROSSED_TOLD ? "có / yes"
				    : "chỉ có trong bản nội bộ / in internal editions only");
}

static void
say_presentation(struct quality *q)
{
	const struct definition *d = q->t->definition;
	quality_say(q, "survey", (struct label){"Phiếu", "Questionnaire"}, "%s %" PRIu32, d->id,
	    d->version);
	quality_say(
	    q, "title", (struct label){"Tên", "Title"}, "%s / %s", d->title.vi, d->title.en);
	quality_say(q, "round", (struct label){"Đợt khảo sát", "Round"}, "%s", q->t->facts.round);
	say_design(q);
	quality_say(q, "goals", (struct label){"Số mục tiêu và biến thể", "Goals and variants"},
	    "%zu", d->goals);
	quality_say(q, "cells", (struct label){"Số nhóm công bố", "Cells"}, "%zu",
	    cells_count(q->t->cells));
	say_crossed(q);
}

static void
say_confidentiality(struct quality *q)
{
	uint64_t few = 0, confidential = 0, told = 0;
	for (size_t i = 0; i < q->t->rows; i++) {
		few += q->t->row[i].members == FIGURE_FEW_UNITS;
		confidential += q->t->row[i].members == FIGURE_CONFIDENTIAL;
		told += q->t->row[i].members == FIGURE_FREE;
	}
	quality_say(
	    q, "edition", (struct label){"Bản", "Edition"}, "%s", confidentiality_name(q->t));
	if (!q->t->facts.settings.is_public)
		return;
	quality_say(q, "minimum_frequency",
	    (struct label){"Số đơn vị tối thiểu", "Minimum frequency"}, "%u",
	    q->t->facts.settings.frequency);
	if (q->t->within > 0)
		quality_say(q, "rounded_to",
		    (struct label){
			"Số đếm làm tròn đến bội số của", "Counts are rounded to multiples of"},
		    "%u (± %u)", q->t->facts.settings.rounding, q->t->within);
	quality_say(q, "told", (struct label){"Số dòng công bố", "Lines told"}, "%" PRIu64, told);
	quality_say(q, "few_units",
	    (struct label){"Che vì quá ít đơn vị", "Withheld, too few units"}, "%" PRIu64, few);
	quality_say(q, "confidential", (struct label){"Che để bảo mật", "Withheld as confidential"},
	    "%" PRIu64, confidential);
}

static void
say_files(struct quality *q)
{
	char names[FACT_BYTES] = "";
	size_t n = 0;
	for (size_t i = 0; i < formats_count; i++)
		for (size_t k = 0; k < FORMAT_FILES_MAX && formats[i].file[k].name != NULL; k++)
			if (n + strlen(formats[i].file[k].name) + 3 < sizeof(names))
				n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
				    n > 0 ? ", " : "", formats[i].file[k].name);
	quality_say(q, "files", (struct label){"Tệp có thể có", "Files there may be"}, "%s", names);
}

/* One figure of a goal in the whole, where it is told. */
static void
say_figure(struct quality *q, const struct observation *o, enum measure m)
{
	const struct measure_info *info = measure_info(m);
	const char *goal = q->t->definition->goal[o->goal].code;
	char name[96], vi[160], en[160], text[VALUE_TEXT_BYTES];
	struct value v;
	observation_value(q->t, o, m, &v);
	if (v.kind == VALUE_NONE)
		return;
	value_print_short(&v, false, text);
	snprintf(name, sizeof(name), "%s.%s", goal, info->name);
	snprintf(vi, sizeof(vi), "%s, %s", goal, info->label.vi);
	snprintf(en, sizeof(en), "%s, %s", goal, info->label.en);
	quality_say(
	    q, name, (struct label){vi, en}, "%s%s", text, info->unit[0] == 'p' ? " %" : "");
}

/* Coefficient of variation: of what is printed, so that no more is told. */
static void
say_variation(struct quality *q, const struct observation *o)
{
	struct value share, error;
	char name[96], label_vi[96], label_en[96], a[VALUE_TEXT_BYTES], b[VALUE_TEXT_BYTES];
	const char *goal = q->t->definition->goal[o->goal].code;
	observation_value(q->t, o, MEASURE_ESTIMATE, &share);
	observation_value(q->t, o, MEASURE_STANDARD_ERROR, &error);
	if (share.kind == VALUE_NONE || error.kind == VALUE_NONE)
		return;
	value_print(q->t, &share, false, a);
	value_print(q->t, &error, false, b);
	if (strtod(a, NULL) <= 0)
		return;
	snprintf(name, sizeof(name), "%s.cv", goal);
	snprintf(label_vi, sizeof(label_vi), "%s, hệ số biến thiên (A1)", goal);
	snprintf(label_en, sizeof(label_en), "%s, coefficient of variation (A1)", goal);
	quality_say(q, name, (struct label){label_vi, label_en}, "%.1f %%",
	    100 * strtod(b, NULL) / strtod(a, NULL));
}

static void
say_accuracy(struct quality *q)
{
	static const enum measure told[] = {MEASURE_N, MEASURE_DRAWN, MEASURE_RESPONDED,
	    MEASURE_RESPONSE_RATE, MEASURE_RESPONSE_RATE_WEIGHTED, MEASURE_RESPONSE_RATE_EMPLOYEES,
	    MEASURE_ITEM_NON_RESPONSE, MEASURE_N_UNKNOWN, MEASURE_STANDARD_ERROR};
	const struct definition *d = q->t->definition;
	for (size_t i = 0; i < d->goals; i++) {
		const struct observation *o = words_row(q->t, i, 0);
		if (!d->goal[i].headline || o == NULL)
			continue;
		for (size_t k = 0; k < sizeof(told) / sizeof(told[0]); k++)
			say_figure(q, o, told[k]);
		say_variation(q, o);
	}
	quality_items(q);
	quality_say(q, "under_coverage",
	    (struct label){"Đơn vị thiếu trong danh sách", "Units missing from the register"},
	    "không đo được: không có nguồn nào khác để đối chiếu / not measured: there is no other "
	    "source to compare the register with");
}

/* Days since the epoch; the civil calendar. */
static int64_t
day_of(const char *date)
{
	int y, m, d;
	if (sscanf(date, "%4d-%2d-%2d", &y, &m, &d) != 3)
		return 0;
	y -= m <= 2;
	int64_t era = y / 400, year = y - era * 400;
	int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

static void
say_timeliness(struct quality *q)
{
	const struct export_facts *f = &q->t->facts;
	int64_t as_of = time_day(f->time_ms);
	say_time(q, "opened", (struct label){"Mở thu thập", "Collection opened"}, f->opened_ms);
	say_time(q, "closed", (struct label){"Đóng thu thập", "Collection closed"}, f->closed_ms);
	quality_say(q, "days_from_reference",
	    (struct label){"Số ngày từ ngày tham chiếu đến số liệu (TP1)",
		"Days from the reference date to these figures (TP1)"},
	    "%" PRId64, as_of - day_of(f->reference_date));
	if (f->closed_ms != 0)
		quality_say(q, "days_from_close",
		    (struct label){"Số ngày từ khi đóng thu thập", "Days since collection closed"},
		    "%" PRId64, as_of - time_day(f->closed_ms));
}

/* Of what is printed in either, so that no more is told. */
static bool
find_revision(const struct quality *q, size_t goal, double *out)
{
	const struct observation *now = words_row(q->t, goal, 0);
	const struct observation *then = words_row(q->e->before, goal, 0);
	struct value is, was;
	char a[VALUE_TEXT_BYTES], b[VALUE_TEXT_BYTES];
	if (now == NULL || then == NULL)
		return false;
	observation_value(q->t, now, MEASURE_REGISTER_SHARE, &is);
	observation_value(q->e->before, then, MEASURE_REGISTER_SHARE, &was);
	if (is.kind == VALUE_NONE || was.kind == VALUE_NONE)
		return false;
	value_print(q->t, &is, false, a);
	value_print(q->e->before, &was, false, b);
	*out = strtod(a, NULL) - strtod(b, NULL);
	return true;
}

static void
say_mean_revision(struct quality *q)
{
	const struct definition *d = q->t->definition;
	double sum = 0, one;
	unsigned n = 0;
	for (size_t i = 0; q->e->before != NULL && i < d->goals; i++)
		if (d->goal[i].headline && find_revision(q, i, &one)) {
			sum += fabs(one);
			n++;
		}
	if (n > 0)
		quality_say(q, "mean_absolute_revision",
		    (struct label){"Mức sửa đổi tuyệt đối bình quân so với lần trước, điểm phần "
				   "trăm (A6)",
			"Mean absolute revision against the vintage before, points (A6)"},
		    "%.2f (%u)", sum / n, n);
}

static void
say_revision(struct quality *q)
{
	const struct export_facts *f = &q->t->facts;
	uint64_t kept = 0;
	for (size_t i = 0; i < q->t->rows; i++)
		kept += q->t->row[i].members == FIGURE_FREE && q->t->row[i].vintage != f->vintage;
	quality_say(
	    q, "stage", (struct label){"Giai đoạn", "Stage"}, "%s", stage_name(f->settings.stage));
	quality_say(q, "vintage", (struct label){"Lần công bố", "Vintage"}, "%" PRIu32, f->vintage);
	quality_say(q, "kept",
	    (struct label){"Số dòng giữ số liệu lần trước", "Lines kept from an earlier vintage"},
	    "%" PRIu64, kept);
	say_mean_revision(q);
}

static const char *
weighting(const struct tables *t)
{
	bool is_exact = interval_is_exact(t->facts.settings.method);
	if (t->within > 0)
		return "không phân tầng, từ số đếm đã làm tròn / no strata, from rounded counts";
	if (t->facts.strata > 0)
		return is_exact ? "trọng số thiết kế; nơi mọi trọng số bằng nhau thì không phân "
				  "tầng / design weights; no strata where all weigh the same"
				: "trọng số thiết kế, điều chỉnh theo trả lời trong từng tầng / "
				  "design weights, adjusted for response within strata";
	if (t->facts.settings.is_public && !is_exact)
		return "hậu phân tầng toàn bộ theo những quy mô có số đếm được công bố / "
		       "post-strata "
		       "of the whole by those sizes whose counts are told";
	return is_exact ? "không phân tầng, vì phương pháp chính xác coi mọi đơn vị như nhau / no "
			  "strata, since the exact method takes all units for alike"
			: "hậu phân tầng theo quy mô, ngành, trong hay ngoài khu / post-strata of "
			  "size, sector and zone";
}

static void
say_processing(struct quality *q)
{
	const struct export_facts *f = &q->t->facts;
	static const char *const method[] = {[INTERVAL_WILSON] = "Wilson",
	    [INTERVAL_LOGIT] = "logit",
	    [INTERVAL_BETA] = "Korn-Graubard",
	    [INTERVAL_CLOPPER_PEARSON] = "Clopper-Pearson",
	    [INTERVAL_HYPERGEOMETRIC] = "siêu bội / hypergeometric"};
	quality_say(q, "interval", (struct label){"Khoảng tin cậy 95 %", "95 % interval"}, "%s",
	    method[f->settings.method]);
	quality_say(q, "weighting", (struct label){"Quyền số", "Weighting"}, "%s", weighting(q->t));
	if (f->settings.is_public && q->t->within == 0 && f->strata > 0)
		quality_say(q, "estimate_steps",
		    (struct label){"Bước làm tròn của ước lượng theo số đơn vị được hỏi",
			"Steps that estimates are rounded to, by units asked"},
		    "0.1 %%: ≥ %" PRIu64 "; ...; 5 %%: ≥ %" PRIu64,
		    fill_units_of_step(FILL_STEP_LEAST, f->settings.frequency),
		    fill_units_of_step(FILL_STEP_MOST, f->settings.frequency));
	quality_say(q, "imputation", (struct label){"Gán giá trị thiếu", "Imputation"}, "%s",
	    "không / none");
}

/* ------------------------------------------------------------------- the heads */

static void
say_unit(struct quality *q)
{
	quality_say(q, "unit", (struct label){"Đơn vị tính", "Unit"}, "%s",
	    "phần trăm số đơn vị; số đơn vị / percent of units; units");
}

static void
say_reference(struct quality *q)
{
	quality_say(q, "reference_date", (struct label){"Ngày tham chiếu", "Reference date"}, "%s",
	    q->t->facts.reference_date);
}

/* In the order of sims_head. */
static void (*const facts[SIMS_HEADS])(struct quality *q) = {
    quality_contact,
    say_update,
    say_presentation,
    say_unit,
    say_reference,
    quality_mandate,
    say_confidentiality,
    quality_policy,
    quality_frequency,
    say_files,
    quality_management,
    quality_relevance,
    say_accuracy,
    say_timeliness,
    quality_coherence,
    quality_burden,
    say_revision,
    say_processing,
    quality_comment,
};

static void
put_markdown(struct quality *q, size_t head)
{
	const struct label name = sims_head(head);
	const struct label words =
	    office_words(q->e->office, (enum office_key)(OFFICE_SIMS + head));
	sink_printf(q->out, "\n## %zu. %s / %s\n\n", head + 1, name.vi, name.en);
	facts[head](q);
	if (*words.vi != '\0' || *words.en != '\0') {
		sink_text(q->out, "\n");
		sink_text(q->out, words.vi);
		sink_text(q->out, "\n\n");
		sink_text(q->out, words.en);
		sink_text(q->out, "\n");
	}
}

static void
put_json(struct quality *q, size_t head)
{
	const struct label name = sims_head(head);
	const struct label words =
	    office_words(q->e->office, (enum office_key)(OFFICE_SIMS + head));
	sink_printf(
	    q->out, "%s\n  {\"number\": %zu, \"head\": {\"vi\": ", head == 0 ? "" : ",", head + 1);
	sink_json(q->out, name.vi);
	sink_text(q->out, ", \"en\": ");
	sink_json(q->out, name.en);
	sink_text(q->out, "}, \"words\": {\"vi\": ");
	sink_json(q->out, words.vi);
	sink_text(q->out, ", \"en\": ");
	sink_json(q->out, words.en);
	sink_text(q->out, "}, \"facts\": [");
	q->is_first = true;
	facts[head](q);
	sink_text(q->out, "]}");
}

void
write_quality(const struct export *e, struct sink *out)
{
	struct quality q = {.e = e, .t = e->tables, .out = out};
	sink_printf(out, "# Báo cáo chất lượng / Quality report\n\n%s / %s\n",
	    q.t->definition->title.vi, q.t->definition->title.en);
	for (size_t i = 0; i < SIMS_HEADS; i++)
		put_markdown(&q, i);
}

void
write_quality_json(const struct export *e, struct sink *out)
{
	struct quality q = {.e = e, .t = e->tables, .out = out, .is_json = true};
	sink_text(out, "{\"standard\": \"ESS SIMS 2.0\", \"heads\": [");
	for (size_t i = 0; i < SIMS_HEADS; i++)
		put_json(&q, i);
	sink_text(out, "\n]}\n");
}
