/* SPDX-License-Identifier: Apache-2.0 */
/* For an officer with ten minutes: first what every goal has come to, in words and a picture; then
 * each goal closer; how it was reckoned and what is not told; long tables last. */
#include "collector/export/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/export/office.h"
#include "collector/export/text.h"

/* No line ends between a number and its percent. */
void
report_say(const struct report *r, const char *vi, const char *en)
{
	const char *text = r->english ? en : vi;
	for (const char *at; (at = strstr(text, " %")) != NULL; text = at + 1) {
		sink_put(r->out, text, (size_t)(at - text));
		sink_text(r->out, "\u00a0");
	}
	sink_text(r->out, text);
}

void
report_text(const struct report *r, struct label label)
{
	sink_xml(r->out, words_in(label, r->english));
}

void
report_count(const struct report *r, int64_t count)
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
		report_count(r, v.count);
		return;
	}
	value_print_short(&v, !r->english, text);
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

/* That counts are of a sample, or rounded: before the first of them. */
static void
put_note(const struct report *r)
{
	char vi[NOTE_WORDS_BYTES], en[NOTE_WORDS_BYTES];
	words_note(r->t, vi, en);
	if (*vi == '\0')
		return;
	sink_text(r->out, "<p class=\"lead\">");
	report_text(r, (struct label){vi, en});
	sink_text(r->out, "</p>\n");
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
	sink_printf(r->out, "</title>\n<style>%s%s</style>\n</head>\n<body>\n<main>\n<header>\n",
	    report_style, report_style_places);
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
	report_say(r, "<p class=\"lead\">Đợt ", "<p class=\"lead\">Round ");
	sink_xml(r->out, f->round);
	report_say(r, ", tình hình tại ngày ", ", situation on ");
	sink_text(r->out, date);
	report_say(r, ". Tính đến ", ". As of ");
	sink_text(r->out, r->english ? en : vi);
	sink_text(r->out, "; ");
	report_text(r, words_stage(f->settings.stage));
	sink_printf(r->out, "%s%" PRIu32 ".</p>\n",
	    r->english              ? ", vintage "
	    : f->settings.is_public ? ", lần công bố "
				    : ", lần xuất ",
	    f->vintage);
	put_note(r);
	if (!f->settings.is_public)
		report_say(r, "<p class=\"stamp\">NỘI BỘ – KHÔNG CÔNG BỐ</p>\n",
		    "<p class=\"stamp\">INTERNAL – NOT FOR PUBLICATION</p>\n");
	sink_text(r->out, "</header>\n");
}

/* ------------------------------------------------------------------- every goal at a glance */

static void
put_response(const struct report *r, const struct observation *o)
{
	if (report_has(r, o, MEASURE_RESPONSE_RATE_EMPLOYEES)) {
		report_say(r, " Tỷ lệ trả lời theo lao động: ", " Response by employees: ");
		report_figure(r, o, MEASURE_RESPONSE_RATE_EMPLOYEES);
		report_say(r, " %.", " %.");
	}
	if (report_has(r, o, MEASURE_ITEM_NON_RESPONSE)) {
		report_say(
		    r, " Chưa rõ trong số đã trả lời: ", " Of those who answered, unknown: ");
		report_figure(r, o, MEASURE_ITEM_NON_RESPONSE);
		report_say(r, " %.", " %.");
	}
}

/* "from 40.0 % to 80.0 %, undecided" */
static void
put_case(const struct report *r, const struct observation *o, const struct rate_counts *c)
{
	const struct goal *goal = &r->t->definition->goal[o->goal];
	const struct threshold threshold = {goal->threshold_pct, goal->strict};
	char low[32], high[32], vi[VERDICT_WORDS_BYTES], en[VERDICT_WORDS_BYTES];
	percent_print_against(rate_bound_low(c), threshold, ROUND_DOWN, !r->english, low);
	percent_print_against(rate_bound_high(c), threshold, ROUND_UP, !r->english, high);
	words_judged(r->t, o->goal, rate_verdict(threshold, c), vi, en);
	if (*low != '\0')
		sink_printf(r->out, r->english ? "%s to %s\u00a0%%, " : "từ %s đến %s\u00a0%%, ",
		    low, high);
	report_text(r, (struct label){vi, en});
}

/* What the units of unknown membership could do to it; its other readings have a table below. */
static void
put_sensitivity(const struct report *r, const struct observation *o)
{
	const struct rate_counts least = rate_widened(&o->counts, o->within);
	const struct rate_counts in = rate_all_in(&least), out = rate_all_out(&least);
	if (o->counts.n_unknown == 0 || !report_has(r, o, MEASURE_BOUND_LOW))
		return;
	report_say(r, " Nếu các đơn vị này đều thuộc diện: ", " If all of these belong: ");
	put_case(r, o, &in);
	report_say(r, "; nếu không đơn vị nào: ", "; if none does: ");
	put_case(r, o, &out);
	sink_text(r->out, ".");
}

static void
put_unsure(const struct report *r, const struct observation *o)
{
	if (o->counts.n_unknown == 0)
		return;
	report_say(r, " Ngoài ra, số đơn vị không rõ có thuộc diện hay không: ",
	    " Besides, units of which it is not known whether they belong to it: ");
	report_figure(r, o, MEASURE_N_UNKNOWN);
	sink_text(r->out, ".");
}

static void
put_kept(const struct report *r, const struct observation *o)
{
	char vi[KEPT_WORDS_BYTES], en[KEPT_WORDS_BYTES];
	words_kept(r->t, o, vi, en);
	if (*vi == '\0')
		return;
	report_say(r, " Các số liệu này ", " These figures are ");
	report_text(r, (struct label){vi, en});
	report_say(r, "; từ đó thay đổi còn quá ít để công bố an toàn.",
	    "; too little has changed since to be told safely.");
}

static void
put_counts(const struct report *r, const struct observation *o)
{
	report_say(r, "<p class=\"small\">Số đơn vị thuộc diện: ",
	    "<p class=\"small\">Units that belong to it: ");
	report_figure(r, o, MEASURE_N);
	if (r->t->facts.strata > 0) {
		report_say(r, "; được chọn vào mẫu: ", "; drawn into the sample: ");
		report_figure(r, o, MEASURE_DRAWN);
	}
	report_say(r, "; đã trả lời: ", "; answered: ");
	report_figure(r, o, MEASURE_RESPONDED);
	sink_text(r->out, " (");
	report_figure(r, o, MEASURE_RESPONSE_RATE);
	report_say(r, " %), trong đó ", " %), of which ");
	report_figure(r, o, MEASURE_MET);
	report_say(r, " đạt, ", " met it, ");
	report_figure(r, o, MEASURE_NOT_MET);
	report_say(r, " không đạt, ", " did not, ");
	report_figure(r, o, MEASURE_UNKNOWN);
	report_say(r, " chưa rõ.", " cannot be told.");
	put_response(r, o);
	put_unsure(r, o);
	put_sensitivity(r, o);
	put_kept(r, o);
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
	report_say(r, " %).", " %).");
}

static void
put_needed_met(const struct report *r, const struct observation *o, bool is_one)
{
	report_say(r, o->within > 0 ? " Thêm nhiều nhất <strong>" : " Thêm <strong>",
	    o->within > 0 ? " At most <strong>" : " <strong>");
	report_figure(r, o, MEASURE_NEEDED);
	report_say(r, "</strong> đơn vị đạt thì chắc chắn đạt mục tiêu",
	    is_one ? "</strong> more unit that meets it would make it certain"
		   : "</strong> more units that meet it would make it certain");
}

static void
put_needed_not(const struct report *r, const struct observation *o, bool is_one)
{
	if (o->within > 0)
		report_say(r, "nhiều nhất ", "at most ");
	report_figure(r, o, MEASURE_NEEDED_NOT);
	report_say(r, " đơn vị không đạt thì chắc chắn không đạt.",
	    is_one ? " more that does not would rule it out."
		   : " more that do not would rule it out.");
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
		put_needed_met(r, o, more.count == 1);
		sink_text(r->out, less.count > 0 ? "; " : ".");
	}
	if (less.count > 0) {
		report_say(r, more.count > 0 ? "thêm " : " Thêm ", more.count > 0 ? "" : " ");
		put_needed_not(r, o, less.count == 1);
	}
}

static void
put_share(const struct report *r, const struct observation *o)
{
	sink_text(r->out, "<div class=\"facts\">");
	report_verdict(r, o, false);
	sink_text(r->out, "<span><span class=\"big\">");
	if (r->t->facts.strata > 0 && report_has(r, o, MEASURE_CI_LOW)) {
		report_figure(r, o, MEASURE_ESTIMATE);
		report_say(r, " %</span> <span class=\"small\">ước tính đạt</span></span></div>\n",
		    " %</span> <span class=\"small\">are estimated to meet "
		    "it</span></span></div>\n");
		return;
	}
	report_figure(r, o, MEASURE_BOUND_LOW);
	report_say(r, " %</span> <span class=\"small\">đã chắc chắn đạt</span></span></div>\n",
	    " %</span> <span class=\"small\">have certainly met it</span></span></div>\n");
}

/* Where none belongs for certain but some may, the goal is open. */
static void
put_no_members(const struct report *r, const struct observation *o)
{
	if (o->members != FIGURE_EMPTY || o->counts.n_unknown == 0) {
		sink_text(r->out, "<p class=\"small\">");
		report_text(r, words_state(o->members));
		sink_text(r->out, "</p>\n");
		return;
	}
	sink_text(r->out, "<div class=\"facts\">");
	report_verdict(r, o, false);
	report_say(r, "</div>\n<p class=\"small\">Không đơn vị nào chắc chắn thuộc diện.",
	    "</div>\n<p class=\"small\">No unit belongs to it for certain.");
	put_unsure(r, o);
	sink_text(r->out, "</p>\n");
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
		put_no_members(r, o);
		sink_text(r->out, "</section>\n");
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
		report_say(r, " %</strong> và <strong>", " %</strong> and at most <strong>");
		report_figure(r, o, MEASURE_BOUND_HIGH);
		report_say(r, " %</strong>.", " %</strong>.");
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
	sink_printf(r->out,
	    r->english ? "</p>\n<p>%s version %" PRIu32 "; log up to entry %" PRIu64 "; khaosat "
		       : "</p>\n<p>%s phiên bản %" PRIu32 "; nhật ký đến bản ghi %" PRIu64
			 "; khaosat ",
	    r->t->definition->id, r->t->definition->version, f->last);
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
	report_method(&r);
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
