/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/revisions.h"
#include "collector/export/value_status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct figure {
	struct value value;
	char text[VALUE_TEXT_BYTES];
	const char *status;
};

static void
look_up(const struct tables *t, const struct observation *o, enum measure m, struct figure *out)
{
	observation_value(t, o, m, &out->value);
	value_print(t, &out->value, false, out->text);
	/* What was kept and is told now is no revision, unless the figure is another. */
	out->status = value_status(t, o, &out->value);
	if (strcmp(out->status, "kept") == 0)
		out->status = out->value.is_rounded ? "rounded" : "published";
}

static size_t
decimals(const char *text)
{
	const char *point = strchr(text, '.');
	return point != NULL ? strlen(point + 1) : 0;
}

/* Of what is printed, in all its decimals; "" where there is no difference to speak of. */
static void
print_difference(const struct figure *was, const struct figure *is, char out[VALUE_TEXT_BYTES])
{
	*out = '\0';
	if (was->value.kind == VALUE_NONE || is->value.kind == VALUE_NONE ||
	    is->value.kind == VALUE_VERDICT || was->value.kind == VALUE_VERDICT)
		return;
	if (is->value.kind != VALUE_COUNT) {
		size_t a = decimals(was->text), b = decimals(is->text);
		snprintf(out, VALUE_TEXT_BYTES, "%.*f", (int)(a > b ? a : b),
		    strtod(is->text, NULL) - strtod(was->text, NULL));
	} else if (!value_is_impossible(&is->value) && !value_is_impossible(&was->value)) {
		snprintf(out, VALUE_TEXT_BYTES, "%" PRId64, is->value.count - was->value.count);
	}
}

static void
compare(const struct tables *was, const struct observation *before, const struct tables *is,
    const struct observation *now, enum measure m, struct sink *out)
{
	struct figure a, b;
	char difference[VALUE_TEXT_BYTES];
	const struct cell_info *cell = cells_info(is->cells, now->cell);
	look_up(was, before, m, &a);
	look_up(is, now, m, &b);
	if (strcmp(a.text, b.text) == 0 && strcmp(a.status, b.status) == 0)
		return;
	print_difference(&a, &b, difference);
	sink_printf(out, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", is->definition->goal[now->goal].code,
	    dimension_name(cell->dimension), cell->code, measure_info(m)->name,
	    measure_info(m)->unit, a.text, b.text, difference, a.status, b.status);
}

/* What was not told then is no revision. */
static bool
was_told(const struct tables *was, const struct observation *o)
{
	return was->facts.settings.crossed == CROSSED_TOLD ||
	       cells_info(was->cells, o->cell)->dimension < DIMENSIONS_COUNTED;
}

void
revisions_write(const struct tables *was, const struct tables *is, struct sink *out)
{
	sink_text(out, "goal,dimension,cell,measure,unit,was,is,difference,was_status,is_status\n");
	for (size_t i = 0; i < is->rows; i++) {
		const struct observation *now = &is->row[i];
		for (enum measure m = 0; m < MEASURES && was_told(was, now); m++)
			compare(was, &was->row[i], is, now, m, out);
	}
}
