/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/payload_export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/export/office.h"
#include "collector/export/release.h"
#include "collector/export/tables.h"
#include "proto/khaosat.pb-c.h"
#include "survey/rounding.h"

static bool
is_sound(const Khaosat__V1__ExportMade *m)
{
	bool good =
	    m->vintage > 0 && m->stage >= KHAOSAT__V1__EXPORT_STAGE__INTERIM &&
	    m->stage <= KHAOSAT__V1__EXPORT_STAGE__FINAL &&
	    m->manifest_sha256.len == SHA256_BYTES && m->n_format <= EXPORT_FORMATS_MAX &&
	    m->internal == (m->decision.len == 0) && m->office.len <= OFFICE_MAX_BYTES &&
	    strlen(m->product) < EXPORT_PRODUCT_BYTES && (int)m->method >= 0 &&
	    m->rounding <= ROUNDING_BASE_MAX && m->crossed <= CROSSED_LEFT_OUT &&
	    (m->internal || m->crossed != CROSSED_TOLD) && (m->told.len == 0 || m->rounding != 0) &&
	    (m->rounding == 0 || (m->rounding >= ROUNDING_BASE_MIN && m->figures_last <= m->last));
	for (size_t i = 0; i < m->n_format && good; i++)
		good = strlen(m->format[i]) < EXPORT_FORMAT_NAME_BYTES;
	return good;
}

/* NULL where there are none. */
static void *
copy_of(const ProtobufCBinaryData *from, bool *failed)
{
	void *copy = from->len == 0 ? NULL : malloc(from->len);
	if (copy != NULL)
		memcpy(copy, from->data, from->len);
	*failed |= copy == NULL && from->len > 0;
	return copy;
}

/* False: out of memory; `out` is to be freed nevertheless. */
static bool
copy(const Khaosat__V1__ExportMade *m, struct payload_export *out)
{
	*out = (struct payload_export){
	    .record = {.last = m->last,
		.due_ms = m->due_ms,
		.vintage = m->vintage,
		.is_public = !m->internal,
		.stage = (uint8_t)m->stage},
	    .method = (uint32_t)m->method,
	    .frequency = m->frequency,
	    .rounding = m->rounding,
	    .figures_vintage = m->figures_vintage,
	    .figures_last = m->figures_last,
	    .crossed = m->crossed,
	    .formats = m->n_format,
	    .decisions = m->decision.len,
	    .told_bytes = m->told.len,
	    .office_bytes = m->office.len,
	};
	memcpy(out->manifest, m->manifest_sha256.data, sizeof(out->manifest));
	memcpy(out->product, m->product, strlen(m->product));
	for (size_t i = 0; i < m->n_format; i++)
		memcpy(out->format[i], m->format[i], strlen(m->format[i]));
	bool failed = false;
	out->decision = copy_of(&m->decision, &failed);
	out->told = copy_of(&m->told, &failed);
	out->office = copy_of(&m->office, &failed);
	return !failed;
}

enum payload_status
payload_export(const uint8_t *bytes, size_t n, struct payload_export *out)
{
	enum payload_status status;
	Khaosat__V1__ExportMade *m =
	    payload_unpack(&khaosat__v1__export_made__descriptor, bytes, n, &status);
	if (m == NULL)
		return status;
	status = PAYLOAD_BAD;
	if (is_sound(m))
		status = copy(m, out) ? PAYLOAD_OK : PAYLOAD_MEMORY;
	if (status == PAYLOAD_OK)
		out->record.shows =
		    out->decisions > 0 && release_shows(out->decision, out->decisions);
	else if (status == PAYLOAD_MEMORY)
		payload_export_free(out);
	khaosat__v1__export_made__free_unpacked(m, NULL);
	return status;
}

void
payload_export_free(struct payload_export *payload)
{
	free(payload->decision);
	free(payload->told);
	free(payload->office);
	payload->decision = NULL;
	payload->told = NULL;
	payload->office = NULL;
}

uint8_t *
payload_export_pack(const struct payload_export *p, size_t *n)
{
	Khaosat__V1__ExportMade m;
	char *format[EXPORT_FORMATS_MAX];
	khaosat__v1__export_made__init(&m);
	for (size_t i = 0; i < p->formats; i++)
		format[i] = (char *)(uintptr_t)p->format[i];
	m.internal = !p->record.is_public;
	m.vintage = p->record.vintage;
	m.stage = (Khaosat__V1__ExportStage)p->record.stage;
	m.last = p->record.last;
	m.due_ms = p->record.due_ms;
	m.format = format;
	m.n_format = p->formats;
	m.method = (Khaosat__V1__IntervalMethod)p->method;
	m.frequency = p->frequency;
	m.rounding = p->rounding;
	m.figures_vintage = p->figures_vintage;
	m.figures_last = p->figures_last;
	m.crossed = p->crossed;
	m.manifest_sha256.data = (uint8_t *)(uintptr_t)p->manifest;
	m.manifest_sha256.len = sizeof(p->manifest);
	m.product = (char *)(uintptr_t)p->product;
	m.decision.data = p->decision;
	m.decision.len = p->decisions;
	m.told.data = p->told;
	m.told.len = p->told_bytes;
	m.office.data = (uint8_t *)p->office;
	m.office.len = p->office_bytes;
	uint8_t *bytes = malloc(khaosat__v1__export_made__get_packed_size(&m) + 1);
	if (bytes != NULL)
		*n = khaosat__v1__export_made__pack(&m, bytes);
	return bytes;
}
