/* SPDX-License-Identifier: Apache-2.0 */
/* Names in it are codes, dates and numbers: nothing that JSON would have escaped. */
#include "collector/export/manifest.h"

#include <inttypes.h>
#include <string.h>

#include "proto/digest.h"
#include "storage/store.h"

static void
put_hex(struct sink *out, const char *name, const uint8_t *bytes, size_t n)
{
	char hex[2 * SHA256_BYTES + 1];
	digest_hex(bytes, n, hex);
	sink_printf(out, " \"%s\": \"%s\",\n", name, hex);
}

static void
put_time(struct sink *out, const char *name, int64_t ms)
{
	char text[TIME_TEXT_BYTES];
	if (ms == 0)
		return;
	time_print(ms, text);
	sink_printf(out, " \"%s\": \"%s\",\n", name, text);
}

static void
put_design(const struct export_facts *f, struct sink *out)
{
	if (f->strata == 0)
		sink_text(out, " \"design\": {\"kind\": \"census\"},\n");
	else
		sink_printf(out,
		    " \"design\": {\"kind\": \"sample\", \"strata\": %" PRIu32
		    ", \"units\": %" PRIu64 ", \"drawn\": %" PRIu64 "},\n",
		    f->strata, f->units, f->drawn);
}

static void
put_settings(const struct manifest *m, struct sink *out)
{
	static const char *const method[] = {
	    "none", "wilson", "logit", "beta", "clopper-pearson", "hypergeometric"};
	const struct export_settings *s = &m->tables->facts.settings;
	sink_printf(out, " \"settings\": {\"stage\": \"%s\", \"interval\": \"%s\", ",
	    stage_name(s->stage), method[s->method]);
	if (s->is_public)
		sink_printf(out, "\"minimum_frequency\": %u, ", s->frequency);
	if (s->rounding != 0)
		sink_printf(
		    out, "\"rounded_to\": %u, \"within\": %u, ", s->rounding, m->tables->within);
	if (s->crossed == CROSSED_TOLD)
		sink_printf(out, "\"crossed\": [\"%s\", \"%s\"], ",
		    dimension_name(DIMENSION_SIZE_SECTOR),
		    dimension_name(DIMENSION_SIZE_ZONE_TYPE));
	else if (s->crossed == CROSSED_LEFT_OUT)
		sink_text(out, "\"crossed\": [], ");
	sink_text(out, "\"formats\": [");
	for (size_t i = 0; i < m->formats; i++)
		sink_printf(out, "%s\"%s\"", i == 0 ? "" : ", ", m->format[i]);
	sink_text(out, "]},\n");
}

static void
put_files(const struct manifest *m, struct sink *out)
{
	sink_text(out, " \"files\": [");
	for (size_t i = 0; i < m->files; i++) {
		const struct manifest_file *f = &m->file[i];
		char hex[2 * SHA256_BYTES + 1];
		digest_hex(f->result.digest, SHA256_BYTES, hex);
		sink_printf(out,
		    "%s\n  {\"name\": \"%s\", \"bytes\": %" PRIu64 ", \"sha256\": \"%s\"}",
		    i == 0 ? "" : ",", f->name, f->result.bytes, hex);
	}
	sink_text(out, "\n ]\n}\n");
}

void
manifest_write(const struct manifest *m, struct sink *out)
{
	const struct tables *t = m->tables;
	sink_printf(out, "{\n \"confidentiality\": \"%s\",\n", confidentiality_name(t));
	if (!t->facts.settings.is_public)
		sink_text(out,
		    " \"note\": \"Not for publication: disclosure control is not applied. / "
		    "Không công bố: chưa áp dụng kiểm soát bí mật thống kê.\",\n");
	sink_printf(out, " \"survey\": \"%s\",\n \"survey_version\": %" PRIu32 ",\n",
	    t->definition->id, t->definition->version);
	put_hex(out, "survey_sha256", m->definition, SHA256_BYTES);
	sink_printf(out, " \"round\": \"%s\",\n \"reference_date\": \"%s\",\n", t->facts.round,
	    t->facts.reference_date);
	put_design(&t->facts, out);
	put_time(out, "opened", t->facts.opened_ms);
	put_time(out, "closed", t->facts.closed_ms);
	sink_printf(out, " \"vintage\": %" PRIu32 ",\n", t->facts.vintage);
	if (m->before != 0)
		sink_printf(out, " \"revisions_against\": %" PRIu32 ",\n", m->before);
	put_hex(out, "log", m->log, STORE_LOG_ID_BYTES);
	sink_printf(out, " \"last_entry\": %" PRIu64 ",\n", t->facts.last);
	put_time(out, "as_of", t->facts.time_ms);
	put_time(out, "due", m->due_ms);
	put_settings(m, out);
	if (m->office != NULL)
		put_hex(out, "office_sha256", m->office, SHA256_BYTES);
	sink_printf(out, " \"product\": \"khaosat %s\",\n", t->facts.product);
	put_files(m, out);
}
