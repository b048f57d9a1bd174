/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/files_again.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/must.h"

static enum measure
find_measure(const char *name)
{
	unsigned m = 0;
	while (m < MEASURES && strcmp(measure_info((enum measure)m)->name, name) != 0)
		m++;
	must(m < MEASURES);
	return (enum measure)m;
}

/* Lines stand in the order of rows. */
static struct observation *
find_row(struct tables *t, size_t from, const char *goal, const char *dimension, const char *code)
{
	for (size_t i = from; i < t->rows; i++) {
		const struct cell_info *cell = cells_info(t->cells, t->row[i].cell);
		if (strcmp(t->definition->goal[t->row[i].goal].code, goal) == 0 &&
		    strcmp(dimension_name(cell->dimension), dimension) == 0 &&
		    strcmp(cell->code, code) == 0)
			return &t->row[i];
	}
	return NULL;
}

static enum figure_state
state_of(const char *status)
{
	return strcmp(status, "few_units") == 0      ? FIGURE_FEW_UNITS
	       : strcmp(status, "confidential") == 0 ? FIGURE_CONFIDENTIAL
	       : strcmp(status, "empty") == 0        ? FIGURE_EMPTY
						     : FIGURE_FREE;
}

static int64_t
time_of(const char *text)
{
	struct tm tm = {0};
	int ms;
	must(sscanf(text, "%d-%d-%dT%d:%d:%d.%dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		 &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ms) == 7);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm) * 1000 + ms;
}

/* Not UNDECIDED: with an estimate its code means that it is too little. */
static enum verdict
verdict_of(const char *code)
{
	for (enum verdict v = VERDICT_INSUFFICIENT; v >= VERDICT_MET; v--)
		if (strcmp(verdict_code(v), code) == 0)
			return v;
	must(false);
	return VERDICT_MET;
}

static void
put_end(struct interval_end *end, const char *value)
{
	end->value = strtod(value, NULL) / 100;
}

/* Figures that follow from others are passed over: they are to come out the same. */
static void
put_figure(struct observation *o, enum measure m, const char *value, const char *status)
{
	struct rate_counts *c = &o->counts;
	struct estimate *e = &o->estimate;
	double share = strtod(value, NULL) / 100;
	uint64_t count = strtoull(value, NULL, 10);
	switch ((int)m) {
	case MEASURE_N:
		o->members = state_of(status);
		c->n = count;
		break;
	case MEASURE_MET:
		c->met = count;
		break;
	case MEASURE_NOT_MET:
		c->not_met = count;
		break;
	case MEASURE_UNKNOWN:
		c->unknown = count;
		break;
	case MEASURE_N_UNKNOWN:
		c->n_unknown = count;
		break;
	case MEASURE_N_UNKNOWN_MET:
		o->unsure = state_of(status);
		c->n_unknown_met = count;
		break;
	case MEASURE_N_UNKNOWN_NOT_MET:
		c->n_unknown_not_met = count;
		break;
	case MEASURE_VERDICT:
		o->judged = state_of(status);
		break;
	case MEASURE_ESTIMATED_VERDICT:
		o->has_estimate = *value != '\0';
		if (o->has_estimate)
			e->verdict = verdict_of(value);
		break;
	case MEASURE_ESTIMATE:
		e->is_made = *value != '\0';
		e->share = share;
		break;
	case MEASURE_STANDARD_ERROR:
		e->has_error = *value != '\0';
		e->variance = share * share;
		break;
	case MEASURE_CI_LOW:
		e->has_interval = *value != '\0';
		put_end(&e->interval.low, value);
		break;
	case MEASURE_CI_HIGH:
		put_end(&e->interval.high, value);
		break;
	}
}

/* Returns the row it is of. */
static size_t
read_line(struct tables *t, size_t from, char *line)
{
	char *field[13] = {NULL};
	for (unsigned i = 0; i < 13; i++)
		field[i] = strsep(&line, ",");
	must(field[12] != NULL && line == NULL);
	struct observation *o = find_row(t, from, field[3], field[5], field[6]);
	must(o != NULL);
	o->vintage = (uint32_t)strtoul(field[11], NULL, 10);
	o->time_ms = time_of(field[12]);
	if (strcmp(field[10], "rounded") == 0 && t->within > 0)
		o->within = t->within;
	put_figure(o, find_measure(field[7]), field[9], field[10]);
	return (size_t)(o - t->row);
}

void
files_again(const struct tables *of, const char *csv, struct tables *out)
{
	char *text = strdup(csv), *at = text;
	size_t row = 0;
	must(text != NULL && tables_make(out, &of->facts, of->definition, of->cells));
	out->within = of->within;
	strsep(&at, "\n"); /* names */
	for (char *line; (line = strsep(&at, "\n")) != NULL && *line != '\0';)
		row = read_line(out, row, line);
	free(text);
}
