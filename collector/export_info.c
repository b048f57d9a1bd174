/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export_info.h"

#include "collector/answer.h"

void
export_info_fill(
    Khaosat__V1__ExportInfo *out, const char *round, const struct export_record *record)
{
	khaosat__v1__export_info__init(out);
	out->round = answer_text(round);
	out->number = record->number;
	out->internal = !record->is_public;
	out->vintage = record->vintage;
	out->stage = (Khaosat__V1__ExportStage)record->stage;
	out->last = record->last;
	out->made_ms = record->made_ms;
	out->due_ms = record->due_ms;
}

void
export_info_made(Khaosat__V1__ExportInfo *out, const struct payload_export *made,
    char *format[EXPORT_FORMATS_MAX])
{
	out->manifest_sha256 = answer_bytes(made->manifest, sizeof(made->manifest));
	out->product = answer_text(made->product);
	for (size_t i = 0; i < made->formats; i++)
		format[i] = answer_text(made->format[i]);
	out->format = format;
	out->n_format = made->formats;
}
