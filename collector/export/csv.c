/* SPDX-License-Identifier: Apache-2.0 */
/* Tidy CSV (RFC 4180 but for LF): a row a figure, with codes only; what they mean stands in a
 * second file, so that the first can be joined, sorted and compared by machines. Figures that are
 * not made for a cell have no row; withheld ones have one without a value, and so have those that
 * cannot be: how many more answers it takes where all would not do. `status` tells them apart. */
#include "collector/export/format.h"
#include "collector/export/text.h"
#include "collector/export/value_status.h"
#include "collector/export/words.h"

#include <inttypes.h>
#include <string.h>

static void
put_field(struct sink *out, const char *text, char end)
{
	sink_cell(out, text, ',');
	sink_put(out, &end, 1);
}

/* ------------------------------------------------------------------- figures */

static void
put_value(const struct tables *t, const struct observation *o, const char *time, enum measure m,
    const struct value *v, struct sink *out)
{
	char text[VALUE_TEXT_BYTES];
	const struct goal *goal = &t->definition->goal[o->goal];
	const struct cell_info *cell = cells_info(t->cells, o->cell);
	value_print(t, v, false, text);
	put_field(out, confidentiality_name(t), ',');
	put_field(out, t->facts.round, ',');
	sink_printf(out, "%" PRIu32 ",", t->facts.vintage);
	put_field(out, goal->code, ',');
	put_field(out, t->definition->population[goal->population].code, ',');
	put_field(out, dimension_name(cell->dimension), ',');
	put_field(out, cell->code, ',');
	put_field(out, measure_info(m)->name, ',');
	put_field(out, measure_info(m)->unit, ',');
	sink_printf(out, "%s,", text); /* a number or a verdict */
	put_field(out, value_status(t, o, v), ',');
	sink_printf(out, "%" PRIu32 ",%s\n", o->vintage, time);
}

static void
put_row(const struct tables *t, const struct observation *o, struct sink *out)
{
	char time[TIME_TEXT_BYTES];
	time_print(o->time_ms, time);
	for (enum measure m = 0; m < MEASURES; m++) {
		struct value v;
		observation_value(t, o, m, &v);
		if (v.kind != VALUE_NONE || v.state != FIGURE_FREE)
			put_value(t, o, time, m, &v, out);
	}
}

void
write_csv(const struct export *e, struct sink *out)
{
	const struct tables *t = e->tables;
	sink_text(out, "confidentiality,round,vintage,goal,population,dimension,cell,measure,unit,"
		       "value,status,of_vintage,as_of\n");
	for (size_t i = 0; i < t->rows; i++)
		put_row(t, &t->row[i], out);
}

/* ------------------------------------------------------------------- what the codes mean */

static void
put_code(struct sink *out, const char *list, const char *code, const char *parent,
    const struct label *label)
{
	put_field(out, list, ',');
	put_field(out, code, ',');
	put_field(out, parent, ',');
	put_field(out, label->vi, ',');
	put_field(out, label->en, '\n');
}

void
write_csv_codes(const struct export *e, struct sink *out)
{
	const struct tables *t = e->tables;
	const struct definition *d = t->definition;
	sink_text(out, "list,code,parent,label_vi,label_en\n");
	for (size_t i = 0; i < d->goals; i++)
		put_code(out, "goal", d->goal[i].code, d->goal[i].group, &d->goal[i].name);
	for (size_t i = 0; i < d->populations; i++)
		put_code(out, "population", d->population[i].code, "", &d->population[i].label);
	for (size_t i = 0; i < cells_count(t->cells); i++) {
		const struct cell_info *cell = cells_info(t->cells, i);
		put_code(
		    out, dimension_name(cell->dimension), cell->code, cell->parent, &cell->label);
	}
	for (enum measure m = 0; m < MEASURES; m++)
		put_code(out, "measure", measure_info(m)->name, "", &measure_info(m)->label);
	char vi[VERDICT_WORDS_BYTES], en[VERDICT_WORDS_BYTES];
	struct label words;
	const char *verdict, *status;
	for (size_t i = 0; (verdict = words_code(i, vi, en)) != NULL; i++)
		put_code(out, "verdict", verdict, "", &(struct label){vi, en});
	for (size_t i = 0; (status = value_status_at(i, &words)) != NULL; i++)
		put_code(out, "status", status, "", &words);
}
