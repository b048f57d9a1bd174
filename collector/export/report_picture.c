/* SPDX-License-Identifier: Apache-2.0 */
/* A goal as a ruler from 0 to 100 %: dark up to the lower bound, pale up to the upper one, a point
 * with whiskers for the estimate and its interval, a line for the threshold. */
#include <inttypes.h>
#include <stdlib.h>

#include "collector/export/report.h"

#define WIDTH 640.0
#define LEFT 14.0
#define RULER (WIDTH - 2 * LEFT)

/* As percent; below zero where there is none. Parsed from what is printed, so that nothing finer is
 * drawn than is told. */
static double
percent(const struct report *r, const struct observation *o, enum measure m)
{
	struct value v;
	char text[VALUE_TEXT_BYTES];
	observation_value(r->t, o, m, &v);
	if (v.kind == VALUE_NONE)
		return -1;
	value_print(r->t, &v, false, text);
	return strtod(text, NULL);
}

static double
at(double share)
{
	return LEFT + share / 100 * RULER;
}

static void
put_bar(const struct report *r, double from, double to, double y, double height, const char *color)
{
	if (to > from)
		sink_printf(r->out,
		    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>",
		    at(from), y, at(to) - at(from), height, color);
}

static void
put_line(const struct report *r, double x1, double y1, double x2, double y2, const char *style)
{
	sink_printf(r->out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>", x1, y1,
	    x2, y2, style);
}

static void
put_estimate(const struct report *r, const struct observation *o, double y, double scale)
{
	double share = percent(r, o, MEASURE_ESTIMATE);
	double low = percent(r, o, MEASURE_CI_LOW), high = percent(r, o, MEASURE_CI_HIGH);
	if (share < 0 || low < 0)
		return;
	const char *style = scale > 1 ? "stroke=\"#1c2530\" stroke-width=\"6\""
				      : "stroke=\"#1c2530\" stroke-width=\"2\"";
	put_line(r, at(low), y, at(high), y, style);
	put_line(r, at(low), y - 5 * scale, at(low), y + 5 * scale, style);
	put_line(r, at(high), y - 5 * scale, at(high), y + 5 * scale, style);
	sink_printf(r->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"#fff\" %s/>",
	    at(share), y, 4.5 * scale, style);
}

static void
put_scale(const struct report *r, const struct observation *o)
{
	const struct goal *goal = &r->t->definition->goal[o->goal];
	double x = at(goal->threshold_pct);
	const char *anchor = goal->threshold_pct > 85   ? "end"
			     : goal->threshold_pct < 15 ? "start"
							: "middle";
	for (int tick = 0; tick <= 100; tick += 20)
		sink_printf(r->out, "<text x=\"%.1f\" y=\"64\" text-anchor=\"%s\">%d%s</text>",
		    at(tick),
		    tick == 0     ? "start"
		    : tick == 100 ? "end"
				  : "middle",
		    tick, tick == 100 ? "\u00a0%" : "");
	sink_printf(r->out,
	    "<text x=\"%.1f\" y=\"11\" text-anchor=\"%s\" style=\"fill:#b3261e;font-weight:600\">",
	    x, anchor);
	report_say(r, "mục tiêu ", "goal ");
	sink_printf(r->out, "%s%" PRIu32 "\u00a0%%</text>",
	    goal->strict                 ? "&gt; "
	    : goal->threshold_pct == 100 ? ""
					 : "≥ ",
	    goal->threshold_pct);
}

/* For those who do not see it. */
static void
put_title(const struct report *r, const struct observation *o)
{
	report_say(
	    r, " role=\"img\" aria-label=\"Cận dưới ", " role=\"img\" aria-label=\"Lower bound ");
	report_figure(r, o, MEASURE_BOUND_LOW);
	report_say(r, " %, cận trên ", " %, upper bound ");
	report_figure(r, o, MEASURE_BOUND_HIGH);
	report_say(r, " %\">", " %\">");
}

void
report_picture(const struct report *r, const struct observation *o, bool small)
{
	const struct goal *goal = &r->t->definition->goal[o->goal];
	double low = percent(r, o, MEASURE_BOUND_LOW), high = percent(r, o, MEASURE_BOUND_HIGH);
	double top = small ? 8 : 20, height = small ? 64 : 26, x = at(goal->threshold_pct);
	if (low < 0)
		return;
	sink_printf(r->out, "<svg viewBox=\"0 0 640 %d\"", small ? 80 : 68);
	put_title(r, o);
	put_bar(r, 0, 100, top, height, "#eceff3");
	put_bar(r, low, high, top, height, "#bcd0ea");
	put_bar(r, 0, low, top, height, "#1f4e8c");
	put_line(r, x, small ? 0 : 15, x, small ? 80 : 51,
	    small ? "stroke=\"#b3261e\" stroke-width=\"7\""
		  : "stroke=\"#b3261e\" stroke-width=\"2.5\"");
	put_estimate(r, o, top + height / 2, small ? 3 : 1);
	if (!small)
		put_scale(r, o);
	sink_text(r->out, "</svg>");
}

static void
put_key(const struct report *r, const char *picture, const char *vi, const char *en)
{
	sink_printf(
	    r->out, "<span><svg viewBox=\"0 0 26 14\" aria-hidden=\"true\">%s</svg>", picture);
	report_say(r, vi, en);
	sink_text(r->out, "</span>");
}

void
report_legend(const struct report *r)
{
	sink_text(r->out, "<div class=\"key\">");
	put_key(r, "<rect y=\"1\" width=\"26\" height=\"12\" fill=\"#1f4e8c\"/>",
	    "chắc chắn đạt (cận dưới)", "certainly met (lower bound)");
	put_key(r, "<rect y=\"1\" width=\"26\" height=\"12\" fill=\"#bcd0ea\"/>",
	    "còn có thể đạt (đến cận trên)", "may still be met (up to the upper bound)");
	put_key(r,
	    "<path d=\"M2 7H24M2 3V11M24 3V11\" stroke=\"#1c2530\" stroke-width=\"2\"/>"
	    "<circle cx=\"13\" cy=\"7\" r=\"4\" fill=\"#fff\" stroke=\"#1c2530\" "
	    "stroke-width=\"2\"/>",
	    "ước lượng và khoảng tin cậy 95 %", "estimate and its 95 % interval");
	put_key(r, "<path d=\"M13 0V14\" stroke=\"#b3261e\" stroke-width=\"2.5\"/>", "mức mục tiêu",
	    "the goal’s threshold");
	sink_text(r->out, "</div>\n");
}
