/* SPDX-License-Identifier: Apache-2.0 */
/* For people with a Vietnamese Excel, which takes a CSV for text in its old code page, with
 * semicolons and decimal commas, unless told otherwise: a byte-order mark, semicolons, commas. Its
 * first line says that it is not for programs. */
#include "collector/export/format.h"
#include "collector/export/text.h"
#include "collector/export/words.h"
#include "collector/export/value_status.h"

static const enum measure columns[] = {MEASURE_N, MEASURE_DRAWN, MEASURE_RESPONDED, MEASURE_MET,
    MEASURE_NOT_MET, MEASURE_UNKNOWN, MEASURE_N_UNKNOWN, MEASURE_REGISTER_SHARE,
    MEASURE_RESPONDENT_SHARE, MEASURE_BOUND_LOW, MEASURE_BOUND_HIGH, MEASURE_ESTIMATE,
    MEASURE_CI_LOW, MEASURE_CI_HIGH, MEASURE_NEEDED, MEASURE_RESPONSE_RATE,
    MEASURE_ITEM_NON_RESPONSE};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static bool
has_column(const struct tables *t, enum measure m)
{
	return m != MEASURE_DRAWN || t->facts.strata > 0;
}

static void
put_head(const struct tables *t, struct sink *out)
{
	char vi[TIME_WORDS_BYTES], en[TIME_WORDS_BYTES];
	char note[NOTE_WORDS_BYTES], english[NOTE_WORDS_BYTES];
	time_words(t->facts.time_ms, vi, en);
	words_note(t, note, english);
	sink_text(out, "\xEF\xBB\xBF");
	sink_printf(out,
	    "Tệp cho người xem bằng Excel, không dùng cho máy (máy dùng observations.csv) - %s - "
	    "đợt "
	    "%s - đến %s%s%s\r\n",
	    t->facts.settings.is_public ? "CÔNG BỐ" : "NỘI BỘ, KHÔNG CÔNG BỐ", t->facts.round, vi,
	    *note != '\0' ? " - " : "", note);
	sink_text(out, "Mã mục tiêu;Mục tiêu;Phân tổ;Mã;Nhóm;Kết luận");
	for (size_t i = 0; i < COLUMNS; i++) {
		const struct measure_info *info = measure_info(columns[i]);
		if (has_column(t, columns[i]))
			sink_printf(
			    out, ";%s%s", info->label.vi, info->unit[0] == 'p' ? " (%)" : "");
	}
	sink_text(out, ";Ghi chú\r\n");
}

/* Why there is no verdict, and whose figures they are. */
static void
put_remark(const struct tables *t, const struct observation *o, bool has_verdict, struct sink *out)
{
	char vi[KEPT_WORDS_BYTES], en[KEPT_WORDS_BYTES];
	words_kept(t, o, vi, en);
	if (!has_verdict)
		sink_cell(
		    out, words_state(o->members != FIGURE_FREE ? o->members : o->judged).vi, ';');
	sink_printf(out, "%s%s", !has_verdict && *vi != '\0' ? ", " : "", vi);
}

static void
put_row(const struct tables *t, const struct observation *o, struct sink *out)
{
	const struct cell_info *cell = cells_info(t->cells, o->cell);
	char vi[VERDICT_WORDS_BYTES], en[VERDICT_WORDS_BYTES], text[VALUE_TEXT_BYTES];
	words_verdict(t, o, vi, en);
	sink_cell(out, t->definition->goal[o->goal].code, ';');
	sink_text(out, ";");
	sink_cell(out, t->definition->goal[o->goal].name.vi, ';');
	sink_text(out, ";");
	sink_cell(out, words_dimension(cell->dimension).vi, ';');
	sink_text(out, ";");
	sink_cell(out, cell->code, ';');
	sink_text(out, ";");
	sink_cell(out, cell->label.vi, ';');
	sink_text(out, ";");
	sink_cell(out, vi, ';');
	for (size_t i = 0; i < COLUMNS; i++) {
		struct value v;
		if (!has_column(t, columns[i]))
			continue;
		observation_value(t, o, columns[i], &v);
		value_print_short(&v, true, text);
		sink_printf(out, ";%s", value_is_impossible(&v) ? "không thể" : text);
	}
	sink_text(out, ";");
	put_remark(t, o, *vi != '\0', out);
	sink_text(out, "\r\n");
}

void
write_csv_vi(const struct export *e, struct sink *out)
{
	put_head(e->tables, out);
	for (size_t i = 0; i < e->tables->rows; i++)
		put_row(e->tables, &e->tables->row[i], out);
}
