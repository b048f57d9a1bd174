/* SPDX-License-Identifier: Apache-2.0 */
/* For an officer with ten minutes: first what every goal has come to, in words and a picture; then
 * each goal closer; how it was reckoned and what is not told; long tables last. */
#include "collector/export/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/export/office.h"
#include "collector/export/text.h"

void
report_say(const struct report *r, const char *vi, const char *en)
{
	sink_text(r->out, r->english ? en : vi);
}

void
report_text(const struct report *r, struct label label)
{
	sink_xml(r->out, words_in(label, r->english));
}

static void
put_count(const struct report *r, int64_t count)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRId64, count);
	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			sink_text(r->out, r->english ? "," : ".");
		sink_put(r->out, &digits[i], 1);
	}
}

bool
report_has(const struct report *r, const struct observation *o, enum measure m)
{
	struct value v;
	observation_value(r->t, o, m, &v);
	return v.kind != VALUE_NONE;
}

void
report_figure(const struct report *r, const struct observation *o, enum measure m)
{
	struct value v;
	char text[VALUE_TEXT_BYTES];
	observation_value(r->t, o, m, &v);
	if (v.kind == VALUE_COUNT && v.count >= 0) {
		put_count(r, v.count);
		return;
	}
	if (v.kind == VALUE_REAL) /* a tenth of a percent is all that it is good for */
		percent_print(
		    interval_fraction(&(struct interval_end){.value = v.real}, v.rounding), 1,
		    v.rounding, !r->english, text);
	else
		value_print(r->t, o, &v, !r->english, text);
	sink_text(r->out, text[0] != '\0' && v.kind != VALUE_COUNT ? text : "—");
}

/* What it would be called after the deadline is open before it. */
const char *
report_verdict_class(const struct report *r, const struct observation *o)
{
	const char *deadline = r->t->definition->goal[o->goal].deadline;
	bool is_due = strcmp(r->t->facts.reference_date, deadline) >= 0;
	struct value v;
	observation_value(
	    r->t, o, o->has_estimate ? MEASURE_ESTIMATED_VERDICT : MEASURE_VERDICT, &v);
	switch (v.kind == VALUE_VERDICT ? v.verdict : VERDICT_NOT_APPLICABLE) {
	case VERDICT_MET:
		return "met";
	case VERDICT_LIKELY_MET:
		return "met maybe";
	case VERDICT_NOT_MET:
		return is_due ? "not" : "open";
	case VERDICT_LIKELY_NOT_MET:
		return is_due ? "not maybe" : "open maybe";
	case VERDICT_UNDECIDED:
	case VERDICT_INCONCLUSIVE:
	case VERDICT_INSUFFICIENT:
		return "open";
	case VERDICT_NOT_APPLICABLE:
		break;
	}
	return "";
}

void
report_verdict(const struct report *r, const struct observation *o, bool small)
{
	char vi[VERDICT_WORDS_BYTES], en[VERDICT_WORDS_BYTES];
	words_verdict(r->t, o, vi, en);
	if (small) /* the deadline stands elsewhere */
		vi[strcspn(vi, ",")] = en[strcspn(en, ",")] = '\0';
	if (*vi == '\0') {
		report_text(r, words_state(o->judged));
		return;
	}
	sink_printf(r->out, "<span class=\"v %s\">", report_verdict_class(r, o));
	report_text(r, (struct label){vi, en});
	sink_text(r->out, "</span>");
}

/* ------------------------------------------------------------------- head */

static void
put_office(const struct report *r)
{
	sink_text(r->out, "<div class=\"office\"><span>");
	report_text(r, office_words(r->e->office, OFFICE_NAME));
	sink_text(r->out, "</span><span class=\"screen\">");
	report_say(r, "<a href=\"report-en.html\" lang=\"en\">English</a>",
	    "<a href=\"report-vi.html\" lang=\"vi\">Tiếng Việt</a>");
	sink_text(r->out, "</span></div>\n");
}

static void
put_head(const struct report *r)
{
	const struct export_facts *f = &r->t->facts;
	const struct label addressee = office_words(r->e->office, OFFICE_ADDRESSEE);
	char vi[TIME_WORDS_BYTES], en[TIME_WORDS_BYTES], date[DATE_WORDS_BYTES];
	time_words(f->time_ms, vi, en);
	date_words(f->reference_date, r->english, date);
	sink_printf(r->out,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
	    "name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
	    r->english ? "en" : "vi");
	report_say(r, "Báo cáo kết quả: ", "Report of results: ");
	report_text(r, r->t->definition->title);
	sink_printf(r->out, "</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n<header>\n",
	    report_style);
	put_office(r);
	report_say(
	    r, "<h1>Kết quả thực hiện các mục tiêu</h1>\n", "<h1>Where the goals stand</h1>\n");
	sink_text(r->out, "<p class=\"lead\">");
	report_text(r, r->t->definition->title);
	sink_text(r->out, "</p>\n");
	if (*words_in(addressee, r->english) != '\0') {
		report_say(r, "<p>Kính gửi: <strong>", "<p>To: <strong>");
		report_text(r, addressee);
		sink_text(r->out, "</strong></p>\n");
	}
	report_say(r, "<p class=\"lead\">Kỳ ", "<p class=\"lead\">Round ");
	sink_xml(r->out, f->round);
	report_say(r, ", tình hình tại ngày ", ", situation on ");
	sink_text(r->out, date);
	report_say(r, ". Tính đến ", ". As of ");
	sink_text(r->out, r->english ? en : vi);
	sink_text(r->out, "; ");
	report_text(r, words_stage(f->settings.stage));
	sink_printf(r->out, "%s%" PRIu32 ".</p>\n", r->english ? ", vintage " : ", lần công bố ",
	    f->vintage);
	if (!f->settings.is_public)
		report_say(r, "<p class=\"stamp\">NỘI BỘ – KHÔNG CÔNG BỐ</p>\n",
		    "<p class=\"stamp\">INTERNAL – NOT FOR PUBLICATION</p>\n");
	sink_text(r->out, "</header>\n");
}

/* ------------------------------------------------------------------- every goal at a glance */

static void
put_counts(const struct report *r, const struct observation *o)
{
	sink_text(r->out, "<p class=\"small\">");
	report_figure(r, o, MEASURE_N);
	report_say(r, " đơn vị thuộc diện; ", " units belong to it; ");
	report_figure(r, o, MEASURE_RESPONDED);
	report_say(r, " đã trả lời (", " answered (");
	report_figure(r, o, MEASURE_RESPONSE_RATE);
	report_say(r, " %): ", " %): ");
	report_figure(r, o, MEASURE_MET);
	report_say(r, " đạt, ", " met it, ");
	report_figure(r, o, MEASURE_NOT_MET);
	report_say(r, " không đạt, ", " did not, ");
	report_figure(r, o, MEASURE_UNKNOWN);
	report_say(r, " chưa rõ.", " cannot be told.");
	if (o->counts.n_unknown > 0) {
		report_say(r, " Ngoài ra ", " Of ");
		report_figure(r, o, MEASURE_N_UNKNOWN);
		report_say(r, " đơn vị không rõ có thuộc diện hay không.",
		    " more it is not known whether they belong to it.");
	}
	sink_text(r->out, "</p>\n");
}

static void
put_estimate(const struct report *r, const struct observation *o)
{
	if (!report_has(r, o, MEASURE_CI_LOW))
		return;
	report_say(r,
	    " Nếu đơn vị chưa trả lời cũng như các đơn vị cùng loại, tỷ lệ là khoảng <strong>",
	    " Had the silent answered as their like did, the share would be about <strong>");
	report_figure(r, o, MEASURE_ESTIMATE);
	report_say(r, " %</strong> (khoảng tin cậy 95 %: ", " %</strong> (95 % interval: ");
	report_figure(r, o, MEASURE_CI_LOW);
	sink_text(r->out, " – ");
	report_figure(r, o, MEASURE_CI_HIGH);
	sink_text(r->out, " %).");
}

static void
put_needed(const struct report *r, const struct observation *o)
{
	struct value more, less;
	observation_value(r->t, o, MEASURE_NEEDED, &more);
	observation_value(r->t, o, MEASURE_NEEDED_NOT, &less);
	if (more.kind != VALUE_COUNT || less.kind != VALUE_COUNT || more.count == 0 ||
	    less.count == 0)
		return;
	if (more.count > 0) {
		report_say(r, " Thêm <strong>", " <strong>");
		report_figure(r, o, MEASURE_NEEDED);
		report_say(r, "</strong> đơn vị đạt thì chắc chắn đạt mục tiêu",
		    "</strong> more units that meet it would make it certain");
		sink_text(r->out, less.count > 0 ? "; " : ".");
	}
	if (less.count > 0) {
		report_say(r, more.count > 0 ? "thêm " : " Thêm ", more.count > 0 ? "" : " ");
		report_figure(r, o, MEASURE_NEEDED_NOT);
		report_say(r, " đơn vị không đạt thì chắc chắn không đạt.",
		    " more that do not would rule it out.");
	}
}

static void
put_share(const struct report *r, const struct observation *o)
{
	sink_text(r->out, "<div class=\"facts\">");
	report_verdict(r, o, false);
	sink_text(r->out, "<span><span class=\"big\">");
	report_figure(r, o, MEASURE_BOUND_LOW);
	report_say(r, " %</span> <span class=\"small\">đã chắc chắn đạt</span></span></div>\n",
	    " %</span> <span class=\"small\">have certainly met it</span></span></div>\n");
}

static void
put_goal(const struct report *r, const struct observation *o)
{
	const struct goal *goal = &r->t->definition->goal[o->goal];
	char date[DATE_WORDS_BYTES];
	date_words(goal->deadline, r->english, date);
	sink_printf(r->out, "<section class=\"goal\"><h3><a href=\"#%s\">%s</a>. ", goal->code,
	    goal->group);
	report_text(r, goal->name);
	report_say(r, " <span class=\"small\">(hạn ", " <span class=\"small\">(by ");
	sink_printf(r->out, "%s)</span></h3>\n", date);
	if (o->members != FIGURE_FREE) {
		sink_text(r->out, "<p class=\"small\">");
		report_text(r, words_state(o->members));
		sink_text(r->out, "</p></section>\n");
		return;
	}
	put_share(r, o);
	report_picture(r, o, false);
	if (report_has(r, o, MEASURE_BOUND_LOW)) {
		report_say(r,
		    "<p>Dù các câu trả lời còn thiếu ra sao, tỷ lệ đạt vẫn nằm giữa <strong>",
		    "<p>Whatever the missing answers turn out to be, the share is at least "
		    "<strong>");
		report_figure(r, o, MEASURE_BOUND_LOW);
		report_say(r, " %</strong> và <strong>", " %</strong> and <strong>");
		report_figure(r, o, MEASURE_BOUND_HIGH);
		sink_text(r->out, " %</strong>.");
		put_needed(r, o);
		put_estimate(r, o);
		sink_text(r->out, "</p>\n");
	}
	put_counts(r, o);
	sink_text(r->out, "</section>\n");
}

static void
put_summary(const struct report *r)
{
	const struct definition *d = r->t->definition;
	report_legend(r);
	for (size_t i = 0; i < d->goals; i++)
		if (d->goal[i].headline && words_row(r->t, i, 0) != NULL)
			put_goal(r, words_row(r->t, i, 0));
}

/* ------------------------------------------------------------------- method */

static const char *
method_name(enum interval_method method)
{
	switch (method) {
	case INTERVAL_WILSON:
		return "Wilson";
	case INTERVAL_LOGIT:
		return "logit";
	case INTERVAL_BETA:
		return "Korn–Graubard";
	case INTERVAL_CLOPPER_PEARSON:
		return "Clopper–Pearson";
	case INTERVAL_HYPERGEOMETRIC:
		return "hypergeometric";
	}
	return "";
}

static void
put_method(const struct report *r)
{
	report_say(r,
	    "<h2>Cách tính</h2>\n<ol>\n<li><strong>Tỷ lệ trên danh sách</strong> chia số đơn vị "
	    "đạt cho "
	    "mọi đơn vị thuộc diện trong danh sách đã chốt: đơn vị chưa trả lời không được tính là "
	    "đạt.</li>\n<li><strong>Cận dưới và cận trên</strong> là tỷ lệ thấp nhất và cao nhất "
	    "còn có thể, "
	    "tùy theo các câu trả lời còn thiếu, còn chưa rõ; làm tròn ra ngoài. Chỉ kết luận "
	    "<em>đạt</em> hoặc <em>không đạt</em> khi cả hai cận nằm cùng một phía của mức mục "
	    "tiêu; "
	    "so sánh trên số nguyên, không phải trên tỷ lệ đã làm tròn.</li>\n"
	    "<li><strong>Ước lượng</strong> giả định đơn vị chưa trả lời giống các đơn vị cùng quy "
	    "mô, "
	    "ngành, trong hay ngoài khu; khoảng tin cậy 95 % (",
	    "<h2>How it was reckoned</h2>\n<ol>\n<li>The <strong>share of the register</strong> "
	    "divides "
	    "the units that met the goal by all units of the frozen register that belong to it: "
	    "who has not "
	    "answered does not count as met.</li>\n<li>The <strong>bounds</strong> are the least "
	    "and the "
	    "greatest share still possible, whatever the missing and unknown answers are; rounded "
	    "outward. "
	    "<em>Met</em> and <em>not met</em> are said only when both bounds lie on one side of "
	    "the "
	    "threshold; compared in whole numbers, not in rounded shares.</li>\n<li>The "
	    "<strong>estimate</strong> takes the silent for their like by size, sector and side of "
	    "the zones’ "
	    "fences; 95 % interval (");
	sink_text(r->out, method_name(r->t->facts.settings.method));
	report_say(r,
	    ", hiệu chỉnh tổng thể hữu hạn). Cận không cần giả định này. Không có khoảng tin cậy "
	    "cho "
	    "danh sách đích danh, cho dưới 30 đơn vị, hoặc khi mọi đơn vị đã trả "
	    "lời.</li>\n<li>Trước hạn "
	    "của mục tiêu, kết luận chỉ nói về tiến độ.</li>\n</ol>\n",
	    ", corrected for the finite number of units). The bounds need no such assumption. "
	    "There is no "
	    "interval for named lists, for fewer than 30 units, or where all have "
	    "answered.</li>\n<li>Before "
	    "a goal’s deadline the verdict speaks of progress only.</li>\n</ol>\n");
}

static void
put_withheld(const struct report *r)
{
	uint64_t few = 0, confidential = 0, kept = 0, told = 0;
	for (size_t i = 0; i < r->t->rows; i++) {
		const struct observation *o = &r->t->row[i];
		few += o->members == FIGURE_FEW_UNITS;
		confidential += o->members == FIGURE_CONFIDENTIAL;
		told += o->members == FIGURE_FREE;
		kept += o->members == FIGURE_FREE && o->vintage != r->t->facts.vintage;
	}
	report_say(r, "<h2>Những gì không công bố</h2>\n", "<h2>What is withheld</h2>\n");
	if (!r->t->facts.settings.is_public) {
		report_say(r,
		    "<p>Đây là bản nội bộ: không che số liệu nào. Không chuyển ra ngoài cơ "
		    "quan.</p>\n",
		    "<p>This is the internal edition: nothing is withheld. It must not leave the "
		    "office.</p>\n");
		return;
	}
	sink_text(r->out, "<p>");
	report_say(r,
	    "Để không ai suy ra câu trả lời của một đơn vị, số liệu của nhóm quá ít đơn vị (dưới ",
	    "So that nobody can work out what one unit answered, figures of groups with too few "
	    "units "
	    "(below ");
	sink_printf(r->out, "%u", r->t->facts.settings.frequency);
	report_say(r,
	    ") và của những nhóm mà từ đó có thể suy ra nhóm ấy đều không công bố. Trong bản này: ",
	    "), and of groups from which these could be derived, are not told. In this edition: ");
	put_count(r, (int64_t)told);
	report_say(r, " dòng được công bố, ", " lines are told, ");
	put_count(r, (int64_t)few);
	report_say(r, " dòng che vì quá ít đơn vị, ", " withheld for too few units, ");
	put_count(r, (int64_t)confidential);
	report_say(r, " dòng che để bảo mật.", " withheld as confidential.");
	if (kept > 0) {
		sink_text(r->out, " ");
		put_count(r, (int64_t)kept);
		report_say(r,
		    " dòng giữ số liệu của lần công bố trước, vì thay đổi từ đó còn quá ít để công "
		    "bố "
		    "an toàn.",
		    " lines keep the figures of an earlier vintage, since too little has changed "
		    "to be told "
		    "safely.");
	}
	sink_text(r->out, "</p>\n");
}

static void
put_foot(const struct report *r)
{
	const struct export_facts *f = &r->t->facts;
	const struct label contact = office_words(r->e->office, OFFICE_SIMS);
	sink_text(r->out, "<footer>\n");
	if (*words_in(contact, r->english) != '\0') {
		report_say(r, "<p>Liên hệ: ", "<p>Contact: ");
		report_text(r, contact);
		sink_text(r->out, "</p>\n");
	}
	sink_text(r->out, "<p>");
	report_text(r, r->t->definition->statement);
	sink_printf(
	    r->out, "</p>\n<p>%s %s, ", r->t->definition->id, r->english ? "version" : "phiên bản");
	sink_printf(r->out, "%" PRIu32 "; %s %" PRIu64 "; khaosat ", r->t->definition->version,
	    r->english ? "log up to entry" : "nhật ký đến bản ghi", f->last);
	sink_xml(r->out, f->product);
	sink_text(r->out, ".</p>\n</footer>\n</main>\n</body>\n</html>\n");
}

static void
put_report(const struct export *e, struct sink *out, bool english)
{
	const struct report r = {.e = e, .t = e->tables, .out = out, .english = english};
	put_head(&r);
	put_summary(&r);
	report_goals(&r);
	put_method(&r);
	put_withheld(&r);
	report_annex(&r);
	put_foot(&r);
}

void
write_report_vi(const struct export *e, struct sink *out)
{
	put_report(e, out, false);
}

void
write_report_en(const struct export *e, struct sink *out)
{
	put_report(e, out, true);
}
