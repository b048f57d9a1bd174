/* SPDX-License-Identifier: Apache-2.0 */
/* The same figures as one JSON object: goals and cells with their words once, then a line a goal
 * and cell. A figure that is withheld is null, one that is not made is left out; what `status` says
 * holds for the figures of certain members, `judged` for verdict, bounds and estimate. Where no
 * number of answers would do, `needed` is null too, and `needed_status` says that it is impossible.
 */
#include "collector/export/format.h"
#include "collector/export/text.h"
#include "collector/export/value_status.h"

#include <inttypes.h>
#include <string.h>

#include "survey/breaks.h"

static void
put_member(struct sink *out, const char *name, const char *text)
{
	sink_printf(out, "\"%s\": ", name);
	sink_json(out, text);
	sink_text(out, ", ");
}

static void
put_label(struct sink *out, const struct label *label)
{
	sink_text(out, "\"vi\": ");
	sink_json(out, label->vi);
	sink_text(out, ", \"en\": ");
	sink_json(out, label->en);
}

/* ------------------------------------------------------------------- the run */

static void
put_time(struct sink *out, const char *name, int64_t ms)
{
	char time[TIME_TEXT_BYTES];
	time_print(ms, time);
	sink_printf(out, " \"%s\": \"%s\",\n", name, time);
}

static void
put_facts(const struct tables *t, struct sink *out)
{
	const struct export_facts *f = &t->facts;
	sink_printf(
	    out, "{\n \"confidentiality\": \"%s\",\n \"survey\": ", confidentiality_name(t));
	sink_json(out, t->definition->id);
	sink_printf(
	    out, ",\n \"survey_version\": %" PRIu32 ",\n \"round\": ", t->definition->version);
	sink_json(out, f->round);
	sink_printf(out, ",\n \"reference_date\": \"%s\",\n \"stage\": \"%s\",\n",
	    f->reference_date, stage_name(f->settings.stage));
	sink_printf(out, " \"vintage\": %" PRIu32 ",\n \"last_entry\": %" PRIu64 ",\n", f->vintage,
	    f->last);
	put_time(out, "as_of", f->time_ms);
	sink_printf(out, " \"design\": \"%s\",\n", f->strata > 0 ? "sample" : "census");
	if (f->strata > 0)
		sink_printf(out,
		    " \"strata\": %" PRIu32 ",\n \"units\": %" PRIu64 ",\n \"drawn\": %" PRIu64
		    ",\n",
		    f->strata, f->units, f->drawn);
	if (f->settings.is_public)
		sink_printf(out, " \"minimum_frequency\": %u,\n", f->settings.frequency);
	if (f->settings.rounding != 0)
		sink_printf(out, " \"rounded_to\": %u,\n \"within\": %u,\n", f->settings.rounding,
		    t->within);
	sink_printf(out, " \"product\": \"khaosat %s\",\n", f->product);
}

/* What is not as it was in the round before; nothing where there is no such round, or goal. */
static void
put_break(const struct series_break *broken, struct sink *out)
{
	const char *before = "";
	if (broken->round == NULL)
		return;
	sink_text(out, ", \"breaks\": {");
	put_member(out, "since_round", broken->round);
	sink_text(out, "\"kinds\": [");
	for (unsigned kind = 1; kind < BREAKS_END; kind++)
		if ((broken->kinds >> kind & 1) != 0) {
			sink_printf(out, "%s\"%s\"", before, break_name(kind));
			before = ", ";
		}
	sink_text(out, "]}");
}

static void
put_goals(const struct tables *t, struct sink *out)
{
	const struct definition *d = t->definition;
	sink_text(out, " \"goals\": [");
	for (size_t i = 0; i < d->goals; i++) {
		const struct goal *g = &d->goal[i];
		sink_text(out, i == 0 ? "\n  {" : ",\n  {");
		put_member(out, "code", g->code);
		put_member(out, "group", g->group);
		put_member(out, "population", d->population[g->population].code);
		sink_printf(out, "\"threshold\": %" PRIu32 ", \"strict\": %s, \"headline\": %s, ",
		    g->threshold_pct, g->strict ? "true" : "false", g->headline ? "true" : "false");
		put_member(out, "deadline", g->deadline);
		put_label(out, &g->name);
		put_break(&t->broken[i], out);
		sink_text(out, "}");
	}
	sink_text(out, "\n ],\n");
}

static void
put_cells(const struct tables *t, struct sink *out)
{
	sink_text(out, " \"cells\": [");
	for (size_t i = 0; i < cells_count(t->cells); i++) {
		const struct cell_info *cell = cells_info(t->cells, i);
		sink_text(out, i == 0 ? "\n  {" : ",\n  {");
		put_member(out, "dimension", dimension_name(cell->dimension));
		put_member(out, "code", cell->code);
		put_member(out, "parent", cell->parent);
		if (cell->dimension >= DIMENSIONS_COUNTED)
			sink_printf(out, "\"of\": [\"%s\", \"%s\"], ",
			    cells_info(t->cells, cell->of[0])->code,
			    cells_info(t->cells, cell->of[1])->code);
		put_label(out, &cell->label);
		sink_text(out, "}");
	}
	sink_text(out, "\n ],\n");
}

/* ------------------------------------------------------------------- figures */

static void
put_value(const struct tables *t, const struct observation *o, enum measure m, struct sink *out)
{
	struct value v;
	char text[VALUE_TEXT_BYTES];
	observation_value(t, o, m, &v);
	if (v.kind == VALUE_NONE && v.state == FIGURE_FREE)
		return;
	value_print(t, &v, false, text);
	const char *quote = v.kind == VALUE_VERDICT ? "\"" : "";
	sink_printf(out, ", \"%s\": %s%s%s", measure_info(m)->name, quote,
	    *text == '\0' ? "null" : text, quote);
	if (value_is_impossible(&v))
		sink_printf(
		    out, ", \"%s_status\": \"%s\"", measure_info(m)->name, value_status(t, o, &v));
}

static void
put_row(const struct tables *t, const struct observation *o, struct sink *out)
{
	const struct cell_info *cell = cells_info(t->cells, o->cell);
	struct value n, bound;
	char time[TIME_TEXT_BYTES];
	observation_value(t, o, MEASURE_N, &n);
	observation_value(t, o, MEASURE_VERDICT, &bound);
	time_print(o->time_ms, time);
	sink_text(out, "\n  {");
	put_member(out, "goal", t->definition->goal[o->goal].code);
	put_member(out, "dimension", dimension_name(cell->dimension));
	put_member(out, "cell", cell->code);
	put_member(out, "status", value_status(t, o, &n));
	put_member(out, "judged", value_status(t, o, &bound));
	sink_printf(out, "\"of_vintage\": %" PRIu32 ", \"as_of\": \"%s\"", o->vintage, time);
	for (enum measure m = 0; m < MEASURES; m++)
		put_value(t, o, m, out);
	sink_text(out, "}");
}

void
write_json(const struct export *e, struct sink *out)
{
	const struct tables *t = e->tables;
	put_facts(t, out);
	put_goals(t, out);
	put_cells(t, out);
	sink_text(out, " \"observations\": [");
	for (size_t i = 0; i < t->rows; i++) {
		if (i > 0)
			sink_text(out, ",");
		put_row(t, &t->row[i], out);
	}
	sink_text(out, "\n ]\n}\n");
}
