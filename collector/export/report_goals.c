/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "collector/export/report.h"
#include "collector/export/text.h"

static const struct observation *
row_of(const struct report *r, size_t goal, size_t cell)
{
	return words_row(r->t, goal, cell);
}

/* There are units, whether they may be told of or not. */
static bool
has_row(const struct report *r, size_t goal, size_t cell)
{
	const struct observation *o = row_of(r, goal, cell);
	return o != NULL && o->members != FIGURE_EMPTY;
}

static bool
is_withheld(enum figure_state state)
{
	return state == FIGURE_FEW_UNITS || state == FIGURE_CONFIDENTIAL;
}

static bool
is_below(const struct cell_info *cell)
{
	return cell->parent[0] != '\0' && strcmp(cell->parent, "_T") != 0;
}

/* ------------------------------------------------------------------- tables */

static void
put_table_head(const struct report *r, const char *vi, const char *en)
{
	sink_text(r->out, "<div class=\"wide\"><table class=\"g\"><thead><tr><th>");
	report_say(r, vi, en);
	report_say(r,
	    "</th><th>Thuộc diện</th><th>Trả lời</th><th>Đạt</th><th>Tỷ lệ trên<br>danh sách, "
	    "%</th><th>Cận dưới – trên,<br>%</th><th class=\"hide\"></th><th class=\"l\">Kết "
	    "luận</th></tr></thead><tbody>\n",
	    "</th><th>Units</th><th>Answered</th><th>Met</th><th>Share of the<br>register, "
	    "%</th><th>Bounds,<br>%</th><th class=\"hide\"></th><th "
	    "class=\"l\">Verdict</th></tr></thead><tbody>\n");
}

static void
put_figures(const struct report *r, const struct observation *o)
{
	static const enum measure shown[] = {
	    MEASURE_N, MEASURE_RESPONDED, MEASURE_MET, MEASURE_REGISTER_SHARE};
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		sink_text(r->out, "<td>");
		report_figure(r, o, shown[i]);
		sink_text(r->out, "</td>");
	}
	sink_text(r->out, "<td>");
	report_figure(r, o, MEASURE_BOUND_LOW);
	if (report_has(r, o, MEASURE_BOUND_LOW)) {
		sink_text(r->out, " – ");
		report_figure(r, o, MEASURE_BOUND_HIGH);
	}
	sink_text(r->out, "</td><td class=\"hide\">");
	report_picture(r, o, true);
	sink_text(r->out, "</td><td class=\"l\">");
	report_verdict(r, o, true);
	sink_text(r->out, "</td>");
}

static void
put_row(const struct report *r, const struct observation *o, struct label name, bool indent)
{
	sink_printf(r->out, "<tr><td%s>", indent ? " class=\"sub\"" : "");
	report_text(r, name);
	sink_text(r->out, "</td>");
	if (is_withheld(o->members)) {
		sink_text(r->out, "<td class=\"no\" colspan=\"7\">");
		report_text(r, words_state(o->members));
		sink_text(r->out, "</td>");
	} else {
		put_figures(r, o);
	}
	sink_text(r->out, "</tr>\n");
}

/* Whether a table of that dimension says anything. */
static bool
has_rows(const struct report *r, size_t goal, enum dimension dimension)
{
	size_t first, count, found = 0;
	cells_of_dimension(r->t->cells, dimension, &first, &count);
	for (size_t i = first; i < first + count; i++)
		found += has_row(r, goal, i);
	return found > 1;
}

static bool
is_any_told(const struct report *r, size_t goal, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		if (has_row(r, goal, i) && !is_withheld(row_of(r, goal, i)->members))
			return true;
	return false;
}

static void
put_breakdown(const struct report *r, size_t goal, enum dimension dimension)
{
	size_t first, count;
	struct label title = words_dimension(dimension);
	if (!has_rows(r, goal, dimension))
		return;
	cells_of_dimension(r->t->cells, dimension, &first, &count);
	if (!is_any_told(r, goal, first, count)) {
		sink_text(r->out, "<p><strong>");
		report_text(r, title);
		report_say(r, "</strong>: không công bố</p>\n", "</strong>: withheld</p>\n");
		return;
	}
	put_table_head(r, title.vi, title.en);
	for (size_t i = first; i < first + count; i++) {
		const struct cell_info *cell = cells_info(r->t->cells, i);
		if (has_row(r, goal, i))
			put_row(r, row_of(r, goal, i), cell->label, is_below(cell));
	}
	sink_text(r->out, "</tbody></table></div>\n");
}

/* ------------------------------------------------------------------- a goal */

/* Other readings of the same goal, and other populations. */
static void
put_variants(const struct report *r, size_t goal)
{
	const struct definition *d = r->t->definition;
	size_t variants = 0;
	for (size_t i = 0; i < d->goals; i++)
		variants += strcmp(d->goal[i].group, d->goal[goal].group) == 0;
	if (variants < 2)
		return;
	put_table_head(r, "Các cách hiểu khác của mục tiêu", "Other readings of the goal");
	for (size_t i = 0; i < d->goals; i++)
		if (strcmp(d->goal[i].group, d->goal[goal].group) == 0 && has_row(r, i, 0))
			put_row(r, row_of(r, i, 0), d->goal[i].name, i != goal);
	sink_text(r->out, "</tbody></table></div>\n");
}

void
report_goals(const struct report *r)
{
	static const enum dimension shown[] = {DIMENSION_SIZE, DIMENSION_ZONE_TYPE};
	const struct definition *d = r->t->definition;
	for (size_t i = 0; i < d->goals; i++) {
		if (!d->goal[i].headline)
			continue;
		sink_printf(r->out, "<h2 id=\"%s\">%s. ", d->goal[i].code, d->goal[i].group);
		report_text(r, d->goal[i].name);
		sink_text(r->out, "</h2>\n");
		put_variants(r, i);
		for (size_t k = 0; k < sizeof(shown) / sizeof(shown[0]); k++)
			put_breakdown(r, i, shown[k]);
	}
}

/* ------------------------------------------------------------------- all goals side by side */

static void
put_matrix_cell(const struct report *r, const struct observation *o)
{
	if (o == NULL || o->members == FIGURE_EMPTY) {
		sink_text(r->out, "<td></td>");
		return;
	}
	if (!report_has(r, o, MEASURE_BOUND_LOW)) {
		sink_text(r->out, "<td class=\"small\">");
		sink_text(r->out, o->members == FIGURE_FEW_UNITS ? "*" : "**");
		sink_text(r->out, "</td>");
		return;
	}
	sink_printf(r->out, "<td class=\"m %s\">", report_verdict_class(r, o));
	report_figure(r, o, MEASURE_BOUND_LOW);
	sink_text(r->out, "–");
	report_figure(r, o, MEASURE_BOUND_HIGH);
	sink_text(r->out, "</td>");
}

static bool
has_units(const struct report *r, size_t cell)
{
	for (size_t i = 0; i < r->t->definition->goals; i++)
		if (r->t->definition->goal[i].headline && has_row(r, i, cell))
			return true;
	return false;
}

static void
put_matrix(const struct report *r, enum dimension dimension)
{
	const struct definition *d = r->t->definition;
	size_t first, count;
	cells_of_dimension(r->t->cells, dimension, &first, &count);
	if (count == 0)
		return;
	sink_text(r->out, "<div class=\"wide long\"><table><thead><tr><th>");
	report_text(r, words_dimension(dimension));
	sink_text(r->out, "</th>");
	for (size_t i = 0; i < d->goals; i++)
		if (d->goal[i].headline)
			sink_printf(r->out, "<th>%s</th>", d->goal[i].group);
	sink_text(r->out, "</tr></thead><tbody>\n");
	for (size_t cell = first; cell < first + count; cell++) {
		const struct cell_info *info = cells_info(r->t->cells, cell);
		if (!has_units(r, cell))
			continue;
		sink_printf(r->out, "<tr><td%s>", is_below(info) ? " class=\"sub\"" : "");
		report_text(r, info->label);
		sink_text(r->out, "</td>");
		for (size_t i = 0; i < d->goals; i++)
			if (d->goal[i].headline)
				put_matrix_cell(r, row_of(r, i, cell));
		sink_text(r->out, "</tr>\n");
	}
	sink_text(r->out, "</tbody></table></div>\n");
}

void
report_annex(const struct report *r)
{
	report_say(r,
	    "<h2 class=\"page\">Phụ lục: theo ngành, khu, cụm và xã, phường</h2>\n<p "
	    "class=\"small\">Cận "
	    "dưới–cận trên, %. Màu: <span class=\"m met\">đạt</span>, <span class=\"m not\">không "
	    "đạt</span>, <span class=\"m open\">chưa kết luận hoặc chưa đến hạn</span>. * quá ít "
	    "đơn vị; ** "
	    "bảo mật.</p>\n",
	    "<h2 class=\"page\">Annex: by sector, zone and commune</h2>\n<p "
	    "class=\"small\">Lower–upper "
	    "bound, %. "
	    "Colours: <span class=\"m met\">met</span>, <span class=\"m not\">not met</span>, "
	    "<span class=\"m "
	    "open\">undecided or not due yet</span>. * too few units; ** confidential.</p>\n");
	put_matrix(r, DIMENSION_SECTOR);
	put_matrix(r, DIMENSION_ZONE);
	put_matrix(r, DIMENSION_COMMUNE);
	put_matrix(r, DIMENSION_SIZE_SECTOR);
	put_matrix(r, DIMENSION_SIZE_ZONE_TYPE);
}
