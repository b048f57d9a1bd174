/* SPDX-License-Identifier: Apache-2.0 */
/* SDMX-CSV 1.0 (for SDMX 2.1) and 2.0 (for SDMX 3.0): RFC 4180, UTF-8 without a byte-order mark,
 * which their readers choke on. A value that is withheld is an empty field. */
#include "collector/export/sdmx.h"
#include "collector/export/text.h"

struct csv {
	struct sink *out;
	bool is_second;
	char dataflow[SDMX_ID_BYTES], comment[SDMX_COMMENT_BYTES];
};

static void
put_line(void *context, const struct sdmx_observation *o)
{
	const struct csv *csv = context;
	if (csv->is_second)
		sink_text(csv->out, "dataflow,");
	sink_text(csv->out, csv->dataflow);
	if (csv->is_second)
		sink_text(csv->out, ",R"); /* replace */
	for (size_t i = 0; i < SDMX_DIMENSIONS; i++)
		sink_printf(csv->out, ",%s", o->key[i]);
	sink_printf(csv->out, ",%s", o->value);
	for (size_t i = 0; i < SDMX_ATTRIBUTES; i++) {
		sink_text(csv->out, ",");
		sink_cell(csv->out, o->attribute[i], ',');
	}
	sink_text(csv->out, ",");
	sink_cell(csv->out, csv->comment, ',');
	sink_text(csv->out, "\r\n");
}

static void
put_all(const struct export *e, struct sink *out, bool is_second)
{
	struct csv csv = {.out = out, .is_second = is_second};
	sdmx_dataflow(e, is_second ? SDMX_VERSION_30 : SDMX_VERSION_21, csv.dataflow);
	sdmx_comment_of(e, csv.comment);
	sink_text(out, is_second ? "STRUCTURE,STRUCTURE_ID,ACTION" : "DATAFLOW");
	for (size_t i = 0; i < SDMX_DIMENSIONS; i++)
		sink_printf(out, ",%s", sdmx_dimensions[i].id);
	sink_printf(out, ",%s", sdmx_measure.id);
	for (size_t i = 0; i < SDMX_ATTRIBUTES; i++)
		sink_printf(out, ",%s", sdmx_attributes[i].id);
	sink_printf(out, ",%s\r\n", sdmx_comment.id);
	sdmx_each(e, put_line, &csv);
}

void
write_sdmx_csv_1(const struct export *e, struct sink *out)
{
	put_all(e, out, false);
}

void
write_sdmx_csv_2(const struct export *e, struct sink *out)
{
	put_all(e, out, true);
}
