/* SPDX-License-Identifier: Apache-2.0 */
/* A workbook: all goals with a chart of their bounds, a sheet for each breakdown, then notes. Text
 * is written as text, so nothing of it can become a formula. Its time of making is that of the last
 * entry counted, so that the same tables give the same bytes. A page A4 holds the columns up to the
 * verdict in letters that can be read; those beside it are for the screen. */
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
#define PAPER_A4 9
#define CHART_ROWS 22

/* In digits; letters are narrower. */
#define LETTERS(width) ((width)*11 / 10)
#define GOAL_WIDTH 16
#define NAME_WIDTH 51
#define CELL_WIDTH 24
#define FIGURE_WIDTH 10
#define NEEDED_WIDTH 12
#define VERDICT_WIDTH 28
#define BESIDE_WIDTH 13

static const enum measure figures[] = {MEASURE_N, MEASURE_RESPONDED, MEASURE_MET,
    MEASURE_REGISTER_SHARE, MEASURE_BOUND_LOW, MEASURE_BOUND_HIGH, MEASURE_ESTIMATE, MEASURE_NEEDED,
    /* beside what is printed: */
    MEASURE_NOT_MET, MEASURE_UNKNOWN, MEASURE_N_UNKNOWN, MEASURE_RESPONDENT_SHARE, MEASURE_CI_LOW,
    MEASURE_CI_HIGH, MEASURE_RESPONSE_RATE, MEASURE_ITEM_NON_RESPONSE,
    MEASURE_DRAWN /* last: of samples only */};
#define FIGURES (sizeof(figures) / sizeof(figures[0]))
#define PRINTED 8

enum place {
	COLUMN_GOAL,
	COLUMN_GOAL_NAME,
	COLUMN_CELL,
	COLUMN_FIGURES,
	COLUMN_LOW = COLUMN_FIGURES + 4,           /* of the lower bound in `figures` */
	COLUMN_VERDICT = COLUMN_FIGURES + PRINTED, /* or why there is none */
	COLUMN_CODE,
	COLUMN_BESIDE
};

struct book {
	const struct tables *t;
	size_t figures;
	lxw_col_t last, width; /* columns; the second for the chart: between the bounds */
	lxw_workbook *workbook;
	lxw_format *title, *head, *count, *percent, *close, *text, *wrapped;
};

static void
put_text(const struct book *b, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column,
    const char *text, lxw_format *format)
{
	worksheet_write_string(sheet, row, column, text, format != NULL ? format : b->text);
}

/* A line in each language, or nothing. */
static void
both_words(struct label label, char out[WORDS_BYTES])
{
	snprintf(out, WORDS_BYTES, "%s%s%s", label.vi, *label.vi != '\0' ? "\n" : "", label.en);
	text_end(out);
}

static void
put_words(const struct book *b, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column,
    struct label label, lxw_format *format)
{
	char both[WORDS_BYTES];
	both_words(label, both);
	put_text(b, sheet, row, column, both, format);
}

/* That counts are rounded, or of a sample: on each sheet, since sheets are printed one by one. */
static void
put_note(const struct book *b, lxw_worksheet *sheet, lxw_row_t row)
{
	const size_t width = GOAL_WIDTH + NAME_WIDTH + CELL_WIDTH + (PRINTED - 1) * FIGURE_WIDTH +
			     NEEDED_WIDTH + VERDICT_WIDTH;
	char vi[NOTE_WORDS_BYTES], en[NOTE_WORDS_BYTES], both[2 * NOTE_WORDS_BYTES + 4];
	words_note(b->t, vi, en);
	if (*vi == '\0')
		return;
	snprintf(both, sizeof(both), "%s\n%s", vi, en);
	worksheet_merge_range(sheet, row, 0, row, COLUMN_VERDICT, both, b->wrapped);
	worksheet_set_row(sheet, row, text_lines(both, width) * LINE_POINTS, NULL);
}

static lxw_col_t
column_of(size_t figure)
{
	return (lxw_col_t)(figure < PRINTED ? COLUMN_FIGURES + figure
					    : COLUMN_BESIDE + figure - PRINTED);
}

static void
set_columns(const struct book *b, lxw_worksheet *sheet)
{
	static const struct {
		lxw_col_t first, last;
		double width;
	} columns[] = {{COLUMN_GOAL, COLUMN_GOAL, GOAL_WIDTH},
	    {COLUMN_GOAL_NAME, COLUMN_GOAL_NAME, NAME_WIDTH},
	    {COLUMN_CELL, COLUMN_CELL, CELL_WIDTH},
	    {COLUMN_FIGURES, COLUMN_VERDICT - 2, FIGURE_WIDTH},
	    {COLUMN_VERDICT - 1, COLUMN_VERDICT - 1, NEEDED_WIDTH},
	    {COLUMN_VERDICT, COLUMN_VERDICT, VERDICT_WIDTH}};
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		worksheet_set_column(
		    sheet, columns[i].first, columns[i].last, columns[i].width, NULL);
	worksheet_set_column(sheet, COLUMN_CODE, b->width, BESIDE_WIDTH, NULL);
}

static void
set_page(lxw_worksheet *sheet)
{
	worksheet_set_landscape(sheet);
	worksheet_set_paper(sheet, PAPER_A4);
	worksheet_set_margins(sheet, 0.4, 0.4, 0.5, 0.6); /* inches */
	worksheet_fit_to_pages(sheet, 1, 0);
	worksheet_set_footer(sheet, "&L&A&R&P/&N");
}

/* What goes to paper: down to row `last`, the heads again on each page. */
static void
set_print(lxw_worksheet *sheet, lxw_row_t last)
{
	set_page(sheet);
	worksheet_print_area(sheet, 0, 0, last, COLUMN_VERDICT);
	worksheet_repeat_rows(sheet, 0, HEAD_ROW);
}

static void
put_head(const struct book *b, lxw_worksheet *sheet, struct label title)
{
	static const struct label names[] = {
	    {"Mã", "Code"}, {"Mục tiêu", "Goal"}, {"Nhóm", "Group"}};
	const struct tables *t = b->t;
	char vi[TIME_WORDS_BYTES], en[TIME_WORDS_BYTES], line[WORDS_BYTES];
	time_words(t->facts.time_ms, vi, en);
	snprintf(line, sizeof(line), "%s / %s – %s, %s – %s", title.vi, title.en, t->facts.round,
	    vi,
	    t->facts.settings.is_public ? "CÔNG BỐ / PUBLIC" : "NỘI BỘ, KHÔNG CÔNG BỐ / INTERNAL");
	text_end(line);
	put_text(b, sheet, 0, 0, line, b->title);
	put_note(b, sheet, 1);
	for (lxw_col_t i = 0; i < COLUMN_FIGURES; i++)
		put_words(b, sheet, HEAD_ROW, i, names[i], b->head);
	for (size_t i = 0; i < b->figures; i++)
		put_words(
		    b, sheet, HEAD_ROW, column_of(i), measure_info(figures[i])->label, b->head);
	put_words(b, sheet, HEAD_ROW, COLUMN_VERDICT,
	    (struct label){"Kết luận, hoặc vì sao không công bố", "Verdict, or why withheld"},
	    b->head);
	put_words(b, sheet, HEAD_ROW, COLUMN_CODE, (struct label){"Mã nhóm", "Cell"}, b->head);
	worksheet_set_row(sheet, HEAD_ROW, 6 * LINE_POINTS, NULL);
	worksheet_freeze_panes(sheet, HEAD_ROW + 1, COLUMN_FIGURES);
	set_columns(b, sheet);
}

/* False: there is no such figure. */
static bool
number_of(const struct tables *t, const struct observation *o, enum measure m, double *out)
{
	struct value v;
	char text[VALUE_TEXT_BYTES];
	observation_value(t, o, m, &v);
	value_print(t, &v, false, text);
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
	lxw_col_t column = column_of(i);
	observation_value(b->t, o, figures[i], &v);
	value_print_short(&v, false, text);
	if (v.kind == VALUE_NONE)
		worksheet_write_blank(sheet, row, column, b->count);
	else if (value_is_impossible(&v))
		put_text(b, sheet, row, column, "không thể / impossible", b->wrapped);
	else
		worksheet_write_number(sheet, row, column, strtod(text, NULL),
		    v.kind == VALUE_COUNT ? b->count
		    : has_more(text)      ? b->close
					  : b->percent);
}

static double
row_points(const char *name, const char *group, const char *verdict)
{
	const unsigned lines[] = {text_lines(name, LETTERS(NAME_WIDTH)),
	    text_lines(group, LETTERS(CELL_WIDTH)), text_lines(verdict, LETTERS(VERDICT_WIDTH))};
	unsigned most = 1;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		most = lines[i] > most ? lines[i] : most;
	return most * LINE_POINTS;
}

static void
cut_at_comma(char *vi, char *en)
{
	vi[strcspn(vi, ",")] = en[strcspn(en, ",")] = '\0';
}

/* The deadline stands with the goals; then which earlier vintage's figures they are. */
static void
verdict_or_why(const struct book *b, const struct observation *o, char out[WORDS_BYTES])
{
	char vi[VERDICT_WORDS_BYTES], en[VERDICT_WORDS_BYTES];
	char kept_vi[KEPT_WORDS_BYTES], kept_en[KEPT_WORDS_BYTES];
	words_verdict(b->t, o, vi, en);
	if (o->cell > 0)
		cut_at_comma(vi, en);
	both_words(*vi != '\0' ? (struct label){vi, en}
			       : words_state(o->members != FIGURE_FREE ? o->members : o->judged),
	    out);
	words_kept(b->t, o, kept_vi, kept_en);
	cut_at_comma(kept_vi, kept_en);
	size_t n = strlen(out);
	if (*kept_vi != '\0')
		snprintf(out + n, WORDS_BYTES - n, "\n(%s / %s)", kept_vi, kept_en);
}

static void
put_row(const struct book *b, lxw_worksheet *sheet, lxw_row_t row, const struct observation *o)
{
	const struct goal *goal = &b->t->definition->goal[o->goal];
	const struct cell_info *cell = cells_info(b->t->cells, o->cell);
	char verdict[WORDS_BYTES];
	verdict_or_why(b, o, verdict);
	worksheet_set_row(sheet, row, row_points(goal->name.vi, cell->label.vi, verdict), NULL);
	put_text(b, sheet, row, COLUMN_GOAL, goal->code, NULL);
	put_text(b, sheet, row, COLUMN_GOAL_NAME, goal->name.vi, b->wrapped);
	put_text(b, sheet, row, COLUMN_CELL, cell->label.vi, b->wrapped);
	put_text(b, sheet, row, COLUMN_CODE, cell->code, NULL);
	for (size_t i = 0; i < b->figures; i++)
		put_figure(b, sheet, row, i, o);
	put_text(b, sheet, row, COLUMN_VERDICT, verdict, b->wrapped);
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
	worksheet_autofilter(sheet, HEAD_ROW, 0, row, b->last);
	set_print(sheet, headlines > HEAD_ROW ? row + CHART_ROWS : row);
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
	for (size_t i = 0; i < b->t->definition->goals; i++) {
		if (!words_tell(b->t, i, first, count))
			continue;
		for (size_t k = first; k < first + count; k++)
			if (words_row(b->t, i, k) != NULL)
				put_row(b, sheet, ++row, words_row(b->t, i, k));
	}
	worksheet_autofilter(sheet, HEAD_ROW, 0, row, b->last);
	set_print(sheet, row);
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
    {"Ô trống ở dòng “không công bố” là số liệu được che để không ai suy ra câu trả "
     "lời của một đơn vị.",
	"Blank cells in lines that are withheld hide figures from which one unit's answers could "
	"be worked "
	"out."},
    {"Mục tiêu mà không nhóm nào được công bố thì không có dòng trong bảng đó.",
	"A goal of which no group is told has no line in that table."},
    {"Khi in, mỗi trang có các cột đến Kết luận; các số liệu khác ở bên phải, xem trên màn hình.",
	"Printed pages have the columns up to Verdict; the other figures stand to the right of it, "
	"on "
	"the screen."}};

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
	worksheet_set_column(sheet, 0, 1, 70, NULL);
	set_page(sheet);
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

static lxw_format *
add_format(const struct book *b, const char *numbers)
{
	lxw_format *format = workbook_add_format(b->workbook);
	format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
	format_set_bottom(format, LXW_BORDER_THIN);
	format_set_bottom_color(format, 0xD9DFE6);
	if (numbers != NULL)
		format_set_num_format(format, numbers);
	return format;
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
	b->count = add_format(b, "#,##0");
	b->percent = add_format(b, "0.0");
	b->close = add_format(b, "0.0######"); /* to the threshold: 80.04 */
	b->text = add_format(b, NULL);
	b->wrapped = add_format(b, NULL);
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
	b.last = column_of(b.figures - 1);
	b.width = b.last + 2;
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
