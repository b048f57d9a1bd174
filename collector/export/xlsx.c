/* SPDX-License-Identifier: Apache-2.0 */
/* A workbook: all goals with a chart of their bounds, a sheet for each breakdown, then notes. Text
 * is written as text, so nothing of it can become a formula. Its time of making is that of the last
 * entry counted, so that the same tables give the same bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "collector/export/format.h"
#include "collector/export/text.h"
#include "collector/export/words.h"
#include "collector/export/value_status.h"

#define HEAD_ROW 2 /* from 0; above it what the sheet is, and a note where one is due */
#define WORDS_BYTES 1024
#define LINE_POINTS 15.5
#define NAME_WIDTH 66
#define VERDICT_WIDTH 44 /* "probably met so far, due 31 December 2030" */

enum place { COLUMN_GOAL, COLUMN_GOAL_NAME, COLUMN_CODE, COLUMN_CELL, COLUMN_FIGURES };

static const enum measure figures[] = {MEASURE_N, MEASURE_RESPONDED, MEASURE_MET, MEASURE_NOT_MET,
    MEASURE_UNKNOWN, MEASURE_N_UNKNOWN, MEASURE_REGISTER_SHARE, MEASURE_RESPONDENT_SHARE,
    MEASURE_BOUND_LOW, MEASURE_BOUND_HIGH, MEASURE_ESTIMATE, MEASURE_CI_LOW, MEASURE_CI_HIGH,
    MEASURE_NEEDED, MEASURE_RESPONSE_RATE, MEASURE_ITEM_NON_RESPONSE,
    MEASURE_DRAWN /* last: of samples only */};
#define FIGURES (sizeof(figures) / sizeof(figures[0]))
#define COLUMN_LOW (COLUMN_FIGURES + 8) /* of the lower bound in `figures` */

struct book {
	const struct tables *t;
	size_t figures;
	lxw_col_t verdict, note, width; /* columns; the last for the chart: between the bounds */
	lxw_workbook *workbook;
	lxw_format *title, *head, *count, *percent, *close, *text, *wrapped;
};

static void
put_text(const struct book *b, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column,
    const char *text, lxw_format *format)
{
	worksheet_write_string(sheet, row, column, text, format != NULL ? format : b->text);
}

static void
put_words(const struct book *b, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column,
    struct label label, lxw_format *format)
{
	char both[WORDS_BYTES];
	snprintf(both, sizeof(both), "%s\n%s", label.vi, label.en);
	text_end(both);
	put_text(b, sheet, row, column, *label.vi != '\0' ? both : "", format);
}

/* That counts are rounded, or of a sample: on each sheet, since sheets are printed one by one. */
static void
put_note(const struct book *b, lxw_worksheet *sheet, lxw_row_t row)
{
	char vi[NOTE_WORDS_BYTES], en[NOTE_WORDS_BYTES], both[2 * NOTE_WORDS_BYTES + 4];
	words_note(b->t, vi, en);
	snprintf(both, sizeof(both), "%s / %s", vi, en);
	if (*vi != '\0')
		put_text(b, sheet, row, 0, both, NULL);
}

static void
put_head(const struct book *b, lxw_worksheet *sheet, struct label title)
{
	static const struct label names[] = {
	    {"Mã", "Code"}, {"Mục tiêu", "Goal"}, {"Mã nhóm", "Cell"}, {"Nhóm", "Group"}};
	const struct tables *t = b->t;
	char vi[TIME_WORDS_BYTES], en[TIME_WORDS_BYTES], line[WORDS_BYTES];
	time_words(t->facts.time_ms, vi, en);
	snprintf(line, sizeof(line), "%s / %s – %s, %s – %s", title.vi, title.en, t->facts.round,
	    vi, t->facts.settings.is_public ? "PUBLIC" : "NỘI BỘ, KHÔNG CÔNG BỐ / INTERNAL");
	text_end(line);
	put_text(b, sheet, 0, 0, line, b->title);
	put_note(b, sheet, 1);
	for (lxw_col_t i = 0; i < COLUMN_FIGURES; i++)
		put_words(b, sheet, HEAD_ROW, i, names[i], b->head);
	for (size_t i = 0; i < b->figures; i++)
		put_words(b, sheet, HEAD_ROW, (lxw_col_t)(COLUMN_FIGURES + i),
		    measure_info(figures[i])->label, b->head);
	put_words(b, sheet, HEAD_ROW, b->verdict, (struct label){"Kết luận", "Verdict"}, b->head);
	put_words(b, sheet, HEAD_ROW, b->note, (struct label){"Ghi chú", "Note"}, b->head);
	worksheet_set_row(sheet, HEAD_ROW, 6 * LINE_POINTS, NULL);
	worksheet_freeze_panes(sheet, HEAD_ROW + 1, COLUMN_FIGURES);
	worksheet_set_column(sheet, COLUMN_GOAL, COLUMN_GOAL, 18, NULL);
	worksheet_set_column(sheet, COLUMN_GOAL_NAME, COLUMN_GOAL_NAME, NAME_WIDTH, NULL);
	worksheet_set_column(sheet, COLUMN_CODE, COLUMN_CODE, 13, NULL);
	worksheet_set_column(sheet, COLUMN_CELL, COLUMN_CELL, 28, NULL);
	worksheet_set_column(sheet, COLUMN_FIGURES, b->verdict - 1, 12, NULL);
	worksheet_set_column(sheet, b->verdict, b->verdict, VERDICT_WIDTH, NULL);
	worksheet_set_column(sheet, b->note, b->note, 30, NULL);
	worksheet_set_landscape(sheet);
	worksheet_set_paper(sheet, 9); /* A4 */
	worksheet_fit_to_pages(sheet, 1, 0);
	worksheet_repeat_rows(sheet, HEAD_ROW, HEAD_ROW);
}

/* False: there is no such figure. */
static bool
number_of(const struct tables *t, const struct observation *o, enum measure m, double *out)
{
	struct value v;
	char text[VALUE_TEXT_BYTES];
	observation_value(t, o, m, &v);
	value_print(t, o, &v, false, text);
	*out = strtod(text, NULL);
	return v.kind != VALUE_NONE;
}

/* Decimals than one. */
static bool
has_more(const char *text)
{
	const char *point = strchr(text, '.');
	return point != NULL && strlen(point) > 2;
}

static void
put_figure(const struct book *b, lxw_worksheet *sheet, lxw_row_t row, size_t i,
    const struct observation *o)
{
	struct value v;
	char text[VALUE_TEXT_BYTES];
	lxw_col_t column = (lxw_col_t)(COLUMN_FIGURES + i);
	observation_value(b->t, o, figures[i], &v);
	value_print(b->t, o, &v, false, text);
	if (v.kind == VALUE_NONE)
		return;
	if (value_is_impossible(&v))
		put_text(b, sheet, row, column, "không thể / impossible", b->wrapped);
	else
		worksheet_write_number(sheet, row, column, strtod(text, NULL),
		    v.kind == VALUE_COUNT                        ? b->count
		    : v.kind == VALUE_FRACTION && has_more(text) ? b->close
								 : b->percent);
}

/* Not every reader reckons it from the text: two lines for a verdict in both languages, more for a
 * long name. */
static double
row_points(const char *name)
{
	size_t characters = 0;
	for (; *name != '\0'; name++)
		characters += ((unsigned char)*name & 0xC0) != 0x80;
	size_t lines = characters / (NAME_WIDTH - 8) + 1;
	return (double)(lines > 2 ? lines : 2) * LINE_POINTS;
}

static void
put_row(const struct book *b, lxw_worksheet *sheet, lxw_row_t row, const struct observation *o)
{
	const struct goal *goal = &b->t->definition->goal[o->goal];
	const struct cell_info *cell = cells_info(b->t->cells, o->cell);
	char vi[VERDICT_WORDS_BYTES], en[VERDICT_WORDS_BYTES];
	words_verdict(b->t, o, vi, en);
	worksheet_set_row(sheet, row, row_points(goal->name.vi), NULL);
	put_text(b, sheet, row, COLUMN_GOAL, goal->code, NULL);
	put_text(b, sheet, row, COLUMN_GOAL_NAME, goal->name.vi, b->wrapped);
	put_text(b, sheet, row, COLUMN_CODE, cell->code, NULL);
	put_text(b, sheet, row, COLUMN_CELL, cell->label.vi, NULL);
	for (size_t i = 0; i < b->figures; i++)
		put_figure(b, sheet, row, i, o);
	put_words(b, sheet, row, b->verdict, (struct label){vi, en}, b->wrapped);
	put_words(b, sheet, row, b->note,
	    words_state(o->members != FIGURE_FREE ? o->members : o->judged), b->wrapped);
}

/* ------------------------------------------------------------------- sheets */

static void
put_series(const struct book *b, lxw_chart *chart, lxw_row_t last, lxw_col_t column,
    struct label name, lxw_color_t color)
{
	static const char sheet[] = "Mục tiêu";
	lxw_chart_fill fill = {.color = color};
	char both[WORDS_BYTES];
	(void)b;
	snprintf(both, sizeof(both), "%s / %s", name.vi, name.en);
	lxw_chart_series *series = chart_add_series(chart, NULL, NULL);
	chart_series_set_categories(series, sheet, HEAD_ROW + 1, COLUMN_GOAL, last, COLUMN_GOAL);
	chart_series_set_values(series, sheet, HEAD_ROW + 1, column, last, column);
	chart_series_set_name(series, both);
	chart_series_set_fill(series, &fill);
}

/* Bars from the lower bound to the upper one, for the headlines, which stand first. */
static void
put_chart(const struct book *b, lxw_worksheet *sheet, lxw_row_t last, lxw_row_t below)
{
	lxw_chart *chart = workbook_add_chart(b->workbook, LXW_CHART_BAR_STACKED);
	lxw_chart_options size = {.x_scale = 1.9, .y_scale = 1.3};
	put_series(
	    b, chart, last, COLUMN_LOW, (struct label){"chắc chắn đạt", "certainly met"}, 0x1F4E8C);
	put_series(b, chart, last, b->width, (struct label){"còn có thể đạt", "may still be met"},
	    0xBCD0EA);
	chart_title_set_name(chart, "Các mục tiêu: cận dưới và cận trên, % / Goals: bounds, %");
	chart_axis_set_min(chart->x_axis, 0);
	chart_axis_set_max(chart->x_axis, 100);
	chart_axis_set_reverse(chart->y_axis);
	chart_legend_set_position(chart, LXW_CHART_LEGEND_BOTTOM);
	worksheet_insert_chart_opt(sheet, below, COLUMN_GOAL_NAME, chart, &size);
}

static void
put_goals(const struct book *b)
{
	static const struct label title = {"Mục tiêu", "Goals"};
	const struct definition *d = b->t->definition;
	lxw_worksheet *sheet = workbook_add_worksheet(b->workbook, title.vi);
	lxw_row_t row = HEAD_ROW, headlines = HEAD_ROW;
	put_head(b, sheet, title);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < d->goals; i++) {
			const struct observation *o = words_row(b->t, i, 0);
			double low, high;
			if (o == NULL || d->goal[i].headline != (pass == 0))
				continue;
			put_row(b, sheet, ++row, o);
			if (pass == 0 && number_of(b->t, o, MEASURE_BOUND_LOW, &low) &&
			    number_of(b->t, o, MEASURE_BOUND_HIGH, &high))
				worksheet_write_number(
				    sheet, row, b->width, high - low, b->percent);
		}
		headlines = pass == 0 ? row : headlines;
	}
	put_words(b, sheet, HEAD_ROW, b->width,
	    (struct label){"Khoảng giữa hai cận", "Between the bounds"}, b->head);
	worksheet_autofilter(sheet, HEAD_ROW, 0, row, b->note);
	if (headlines > HEAD_ROW)
		put_chart(b, sheet, headlines, row + 2);
}

static void
put_dimension(const struct book *b, enum dimension dimension)
{
	const struct label title = words_dimension(dimension);
	size_t first, count;
	lxw_row_t row = HEAD_ROW;
	cells_of_dimension(b->t->cells, dimension, &first, &count);
	if (count == 0)
		return;
	lxw_worksheet *sheet = workbook_add_worksheet(b->workbook, title.vi);
	put_head(b, sheet, title);
	for (size_t i = 0; i < b->t->definition->goals; i++)
		for (size_t k = first; k < first + count; k++)
			if (words_row(b->t, i, k) != NULL)
				put_row(b, sheet, ++row, words_row(b->t, i, k));
	worksheet_autofilter(sheet, HEAD_ROW, 0, row, b->note);
}

/* How the columns are to be read. */
static const struct label notes[] = {
    {"Tỷ lệ trên danh sách: số đơn vị đạt chia cho mọi đơn vị thuộc diện; đơn vị chưa trả lời "
     "không được tính là đạt.",
	"Share of the register: units that met the goal by all units that belong to it; who has "
	"not answered does not count as met."},
    {"Cận dưới và cận trên: tỷ lệ thấp nhất và cao nhất còn có thể, tùy theo các câu trả lời "
     "còn thiếu. Chỉ kết luận đạt hoặc không đạt khi cả hai cận nằm cùng một phía của mức mục "
     "tiêu.",
	"Bounds: the least and the greatest share still possible, whatever the missing answers "
	"are. Met and not met are said only when both lie on one side of the threshold."},
    {"Ước lượng: nếu đơn vị chưa trả lời cũng như các đơn vị cùng loại đã trả lời; khoảng tin "
     "cậy 95 %.",
	"Estimate: had the silent answered as their like did; with a 95 % interval."},
    {"Ô trống ở nơi có ghi chú “không công bố” là số liệu được che để không ai suy ra câu trả "
     "lời của một đơn vị.",
	"Blank cells noted as withheld hide figures from which one unit's answers could be worked "
	"out."}};

/* In Vietnamese, and in English beside it. */
static void
put_pair(const struct book *b, lxw_worksheet *sheet, lxw_row_t row, struct label label,
    lxw_format *format)
{
	put_text(b, sheet, row, 0, label.vi, format);
	put_text(b, sheet, row, 1, label.en, format);
}

static void
put_notes(const struct book *b)
{
	const struct label names = {"Ghi chú", "Notes"};
	char vi[NOTE_WORDS_BYTES], en[NOTE_WORDS_BYTES], line[WORDS_BYTES];
	lxw_worksheet *sheet = workbook_add_worksheet(b->workbook, names.vi);
	lxw_row_t row = 0;
	worksheet_set_column(sheet, 0, 1, 80, NULL);
	worksheet_set_landscape(sheet);
	worksheet_set_paper(sheet, 9); /* A4 */
	worksheet_fit_to_pages(sheet, 1, 0);
	put_pair(b, sheet, row++, names, b->title);
	put_pair(b, sheet, row++, b->t->definition->title, b->wrapped);
	words_note(b->t, vi, en);
	if (*vi != '\0')
		put_pair(b, sheet, row++, (struct label){vi, en}, b->wrapped);
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		put_pair(b, sheet, row++, notes[i], b->wrapped);
	snprintf(line, sizeof(line), "khaosat %s", b->t->facts.product);
	put_text(b, sheet, row, 0, line, b->wrapped);
}

static void
make_formats(struct book *b)
{
	b->title = workbook_add_format(b->workbook);
	format_set_bold(b->title);
	format_set_font_size(b->title, 13);
	b->head = workbook_add_format(b->workbook);
	format_set_bold(b->head);
	format_set_text_wrap(b->head);
	format_set_align(b->head, LXW_ALIGN_VERTICAL_TOP);
	format_set_bg_color(b->head, 0xE6ECF4);
	format_set_bottom(b->head, LXW_BORDER_THIN);
	b->count = workbook_add_format(b->workbook);
	format_set_num_format(b->count, "#,##0");
	format_set_align(b->count, LXW_ALIGN_VERTICAL_TOP);
	b->percent = workbook_add_format(b->workbook);
	format_set_num_format(b->percent, "0.0");
	format_set_align(b->percent, LXW_ALIGN_VERTICAL_TOP);
	b->close = workbook_add_format(b->workbook); /* to the threshold: 80.04 */
	format_set_num_format(b->close, "0.0######");
	format_set_align(b->close, LXW_ALIGN_VERTICAL_TOP);
	b->text = workbook_add_format(b->workbook);
	format_set_align(b->text, LXW_ALIGN_VERTICAL_TOP);
	b->wrapped = workbook_add_format(b->workbook);
	format_set_align(b->wrapped, LXW_ALIGN_VERTICAL_TOP);
	format_set_text_wrap(b->wrapped);
	format_set_indent(b->wrapped, 1); /* off the number before it */
}

static void
set_properties(const struct book *b)
{
	char title[WORDS_BYTES];
	snprintf(title, sizeof(title), "%s", b->t->definition->title.vi);
	text_end(title);
	lxw_doc_properties properties = {
	    .title = title, .created = (time_t)(b->t->facts.time_ms / 1000)};
	workbook_set_properties(b->workbook, &properties);
}

static void
copy(int fd, struct sink *out)
{
	char buffer[65536];
	ssize_t n = 0;
	if (lseek(fd, 0, SEEK_SET) != 0)
		sink_fail(out, errno);
	while (!sink_has_failed(out) && (n = read(fd, buffer, sizeof(buffer))) > 0)
		sink_put(out, buffer, (size_t)n);
	if (n < 0)
		sink_fail(out, errno);
}

/* The library writes to a file by name only: one in memory. */
void
write_xlsx(const struct export *e, struct sink *out)
{
	char path[64];
	int fd = memfd_create("khaosat-xlsx", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct book b = {.t = e->tables,
	    .workbook = fd < 0 ? NULL : workbook_new(path),
	    .figures = e->tables->facts.strata > 0 ? FIGURES : FIGURES - 1};
	b.verdict = (lxw_col_t)(COLUMN_FIGURES + b.figures);
	b.note = b.verdict + 1;
	b.width = b.note + 2;
	if (b.workbook == NULL) {
		sink_fail(out, fd < 0 ? errno : ENOMEM);
	} else {
		make_formats(&b);
		set_properties(&b);
		put_goals(&b);
		for (enum dimension d = DIMENSION_WHOLE + 1; d < DIMENSIONS; d++)
			put_dimension(&b, d);
		put_notes(&b);
		lxw_error error = workbook_close(b.workbook);
		if (error != LXW_NO_ERROR)
			sink_fail(out, error == LXW_ERROR_MEMORY_MALLOC_FAILED ? ENOMEM : EIO);
		else
			copy(fd, out);
	}
	if (fd >= 0)
		close(fd);
}
