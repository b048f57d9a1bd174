/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/export/build.h"
#include "collector/export/folder.h"
#include "collector/export/items.h"
#include "collector/export/manifest.h"
#include "collector/export/office.h"
#include "collector/export/past.h"
#include "collector/export/revisions.h"
#include "proto/digest.h"

struct running {
	const struct run_asked *asked;
	struct run_result *out;
	bool is_public;
	uint32_t vintage;
	/* public releases that showed something new, then the vintage before, then this one */
	const struct export_record *release[DISCLOSURE_EARLIER_MAX + 1];
	unsigned releases;
	const struct export_record *before;
	struct payload_export release_made[DISCLOSURE_EARLIER_MAX + 1], before_made;
	struct past past;
	struct build_source source[DISCLOSURE_EARLIER_MAX + 1], now, then;
	uint8_t *decision;
	struct tables tables, was;
	struct items *items;
	uint8_t definition[SHA256_BYTES], office_digest[SHA256_BYTES];
	struct office *office;
	struct manifest manifest;
	const char *format_name[EXPORT_FORMATS_MAX];
	int folder, work;
};

static bool __attribute__((format(printf, 3, 4)))
fail(struct running *r, enum run_status status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(r->out->why, sizeof(r->out->why), format, arguments);
	va_end(arguments);
	r->out->status = status;
	return false;
}

static bool
no_memory(struct running *r)
{
	return fail(r, RUN_FAILED, "out of memory");
}

static bool
is_stopping(struct running *r)
{
	if (r->asked->is_stopping == NULL || !atomic_load(r->asked->is_stopping))
		return false;
	fail(r, RUN_FAILED, "the collector is stopping");
	return true;
}

/* ------------------------------------------------------------------- what was before */

static bool
read_made(struct running *r, const struct export_record *record, struct payload_export *out)
{
	if (run_read_payload(r->asked->store, record->number, out))
		return true;
	return fail(r, RUN_FAILED, "entry %llu cannot be read", (unsigned long long)record->number);
}

/* Beyond so many nothing new is shown, so there are never more. */
static bool
find_before(struct running *r)
{
	for (size_t i = 0; i < r->asked->records; i++) {
		const struct export_record *record = &r->asked->record[i];
		if ((record->is_public != 0) != r->is_public)
			continue;
		r->before = record;
		if (record->shows && r->releases < DISCLOSURE_EARLIER_MAX)
			r->release[r->releases++] = record;
	}
	r->vintage = r->before != NULL ? r->before->vintage + 1 : 1;
	for (unsigned i = 0; i < r->releases; i++)
		if (!read_made(r, r->release[i], &r->release_made[i]))
			return false;
	return r->before == NULL || read_made(r, r->before, &r->before_made);
}

/* The points of the past: those of the releases, of the vintage before, and S. Exports follow one
 * another, so their numbers rise. */
static bool
read_past(struct running *r)
{
	uint64_t last[DISCLOSURE_EARLIER_MAX + 3];
	size_t n = 0;
	for (; n < r->releases; n++)
		last[n] = r->release[n]->last;
	if (r->before != NULL)
		last[n++] = r->before->last;
	last[n++] = r->asked->last;
	enum past_status status =
	    past_read(r->asked->store, r->asked->round->number, last, n, r->is_public, &r->past);
	if (status == PAST_NO_REGISTER)
		return fail(r, RUN_REFUSED, "the round has no register yet");
	if (status != PAST_OK)
		return status == PAST_MEMORY ? no_memory(r)
					     : fail(r, RUN_FAILED, "the log cannot be read");
	for (unsigned i = 0; i < r->releases; i++)
		r->source[i] = (struct build_source){&r->past.point[i], r->release[i]->vintage};
	r->now = (struct build_source){&r->past.point[n - 1], r->vintage};
	if (r->before != NULL)
		r->then = (struct build_source){&r->past.point[n - 2], r->before->vintage};
	return true;
}

static bool
on_definition(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct entry e;
	(void)number;
	if (entry_decode(bytes, n, false, &e))
		memcpy(context, e.digest, SHA256_BYTES);
	return false;
}

/* ------------------------------------------------------------------- disclosure control */

static bool
is_unchanged(const struct running *r, const struct release_input *in)
{
	if (r->releases == 0 || r->release_made[r->releases - 1].frequency != in->frequency)
		return false;
	return memcmp(in->answer[in->earlier - 1], in->answer[in->earlier],
		   in->columns->units * sizeof(**in->answer)) == 0 &&
	       release_is_same_register(in->past[in->earlier - 1], in->columns);
}

static bool
decide(struct running *r)
{
	const uint64_t *answer[DISCLOSURE_EARLIER_MAX + 1];
	const uint8_t *decision[DISCLOSURE_EARLIER_MAX + 1];
	const struct columns *past[DISCLOSURE_EARLIER_MAX + 1];
	const struct round *round = r->past.round;
	const struct release_input in = {.definition = round->view.definition,
	    .cells = round->cells,
	    .columns = round->columns,
	    .past = past,
	    .frequency = r->asked->settings.frequency,
	    .earlier = r->releases,
	    .answer = answer,
	    .decision = decision};
	size_t n = release_cells(in.definition, in.cells);
	for (unsigned i = 0; i < r->releases; i++) {
		answer[i] = r->source[i].point->answer;
		past[i] = r->source[i].point->columns;
		decision[i] = r->release_made[i].decision;
		if (r->release_made[i].decisions != n)
			return fail(r, RUN_FAILED, "entry %llu is not of this survey",
			    (unsigned long long)r->release[i]->number);
	}
	answer[r->releases] = r->now.point->answer;
	r->decision = malloc(n + 1);
	if (r->decision == NULL)
		return no_memory(r);
	r->out->made.decisions = n;
	if (r->releases == DISCLOSURE_EARLIER_MAX || is_unchanged(r, &in)) {
		release_repeat(&in, r->decision);
		return true;
	}
	switch (release_decide(&in, r->decision, &r->out->report)) {
	case RELEASE_OK:
		return true;
	case RELEASE_REFUSED:
		return fail(r, RUN_REFUSED, "%s", r->out->report.problem);
	case RELEASE_MEMORY:
		break;
	}
	return no_memory(r);
}

/* ------------------------------------------------------------------- tables */

static bool
build(struct running *r)
{
	struct build_input in = {
	    .past = &r->past,
	    .facts = {.product = KHAOSAT_VERSION, .settings = r->asked->settings},
	    .now = r->now,
	    .decision = r->decision,
	    .earlier = r->source,
	};
	if (!build_tables(&in, &r->tables))
		return no_memory(r);
	if (r->before == NULL)
		return true;
	in.now = r->then;
	in.decision = r->before_made.decision;
	in.facts.settings.stage = (enum export_stage)r->before->stage;
	in.facts.settings.method = (enum interval_method)r->before_made.method;
	return build_tables(&in, &r->was) || no_memory(r);
}

/* Single answers: nothing of the kind is told in public. */
static bool
read_items(struct running *r)
{
	const struct run_asked *a = r->asked;
	bool wanted = false;
	for (size_t i = 0; i < a->formats && !r->is_public; i++)
		wanted |= a->format[i]->with_items;
	if (!wanted)
		return true;
	r->items = malloc(sizeof(*r->items));
	if (r->items == NULL)
		return no_memory(r);
	return items_count(a->store, r->past.round, a->last, r->items) ||
	       fail(r, RUN_FAILED, "the answers cannot be read, or memory is out");
}

/* ------------------------------------------------------------------- files */

static bool
disk_failed(struct running *r, const char *what)
{
	return fail(r, RUN_FAILED, "%.100s: %s", what, strerror(errno));
}

static struct sink *
open_sink(struct running *r, const char *name)
{
	struct sink *s = r->asked->root != NULL ? sink_open(r->work, name) : sink_hash();
	if (s == NULL)
		disk_failed(r, name);
	return s;
}

static bool
close_sink(struct running *r, struct sink *s, const char *name)
{
	struct manifest *m = &r->manifest;
	struct manifest_file *file = &m->file[m->files];
	if (m->files == MANIFEST_FILES_MAX) {
		sink_discard(s);
		return fail(r, RUN_FAILED, "too many files");
	}
	if (!sink_close(s, &file->result))
		return disk_failed(r, name);
	file->name = name;
	m->files++;
	return true;
}

static bool
write_format(struct running *r, const struct format *format)
{
	const struct export e = {
	    .tables = &r->tables,
	    .before = r->before != NULL ? &r->was : NULL,
	    .office = r->office,
	    .items = r->items,
	};
	for (size_t i = 0; i < FORMAT_FILES_MAX && format->file[i].name != NULL; i++) {
		struct sink *s = is_stopping(r) ? NULL : open_sink(r, format->file[i].name);
		if (s == NULL)
			return false;
		format->file[i].write(&e, s);
		if (!close_sink(r, s, format->file[i].name))
			return false;
	}
	return true;
}

static bool
write_revisions(struct running *r)
{
	struct sink *s = r->before == NULL ? NULL : open_sink(r, REVISIONS);
	if (s == NULL)
		return r->before == NULL;
	revisions_write(&r->was, &r->tables, s);
	r->manifest.before = r->before->vintage;
	return close_sink(r, s, REVISIONS);
}

static bool
write_manifest(struct running *r)
{
	struct sink_result result;
	struct sink *s = open_sink(r, MANIFEST);
	if (s == NULL)
		return false;
	manifest_write(&r->manifest, s);
	if (!sink_close(s, &result))
		return disk_failed(r, MANIFEST);
	memcpy(r->out->made.manifest, result.digest, sizeof(result.digest));
	return true;
}

static bool
write_files(struct running *r)
{
	const struct run_asked *a = r->asked;
	r->manifest.tables = &r->tables;
	r->manifest.format = r->format_name;
	r->manifest.formats = a->formats;
	r->manifest.due_ms = a->due_ms;
	r->manifest.definition = r->definition;
	r->manifest.log = store_log_id(a->store);
	r->manifest.office = r->office != NULL ? r->office_digest : NULL;
	for (size_t i = 0; i < a->formats; i++) {
		r->format_name[i] = a->format[i]->name;
		if (!write_format(r, a->format[i]))
			return false;
	}
	return write_revisions(r) && write_manifest(r);
}

static bool
begin_folder(struct running *r)
{
	const struct run_asked *a = r->asked;
	if (a->root == NULL)
		return true;
	r->folder = folder_open(a->root, r->is_public, a->round->name);
	if (r->folder < 0)
		return disk_failed(r, a->root);
	r->work = folder_begin(r->folder, r->vintage);
	if (r->work >= 0)
		return true;
	if (errno == EEXIST)
		return fail(r, RUN_FAILED,
		    "%.100s: a run of that number stands there that is not in this log; move it "
		    "away",
		    a->root);
	return disk_failed(r, a->root);
}

/* ------------------------------------------------------------------- the entry, the name */

static bool
fill_made(struct running *r)
{
	const struct run_asked *a = r->asked;
	struct payload_export *m = &r->out->made;
	if (a->office_bytes > 0) {
		m->office = malloc(a->office_bytes);
		if (m->office == NULL)
			return no_memory(r);
		memcpy(m->office, a->office, a->office_bytes);
		m->office_bytes = a->office_bytes;
	}
	m->record.last = a->last;
	m->record.due_ms = a->due_ms;
	m->record.vintage = r->vintage;
	m->record.is_public = r->is_public;
	m->record.stage = (uint8_t)a->settings.stage;
	m->method = (uint32_t)a->settings.method;
	m->frequency = a->settings.frequency;
	m->decision = r->decision;
	snprintf(m->product, sizeof(m->product), "%s", KHAOSAT_VERSION);
	for (m->formats = 0; m->formats < a->formats; m->formats++)
		snprintf(m->format[m->formats], EXPORT_FORMAT_NAME_BYTES, "%s",
		    a->format[m->formats]->name);
	return true;
}

static bool
commit_and_publish(struct running *r)
{
	const struct run_asked *a = r->asked;
	struct run_result *out = r->out;
	if (a->root == NULL)
		return true;
	if (!folder_seal(r->work, r->is_public) || fsync(r->folder) != 0)
		return disk_failed(r, a->root);
	if (is_stopping(r))
		return false;
	enum run_status status = a->commit(a->context, &out->made, &out->number, out->why);
	if (status != RUN_OK) {
		out->status = status;
		return false;
	}
	if (folder_publish(r->folder, r->vintage))
		return true;
	/* It is in the log: the next run gives it its name. */
	close(r->work);
	r->work = -1;
	return disk_failed(r, a->root);
}

/* ------------------------------------------------------------------- all of it */

static bool
read_office(struct running *r)
{
	char why[OFFICE_WHY_BYTES];
	const struct run_asked *a = r->asked;
	if (a->office_bytes == 0)
		return true;
	digest_sha256(&(struct digest_part){a->office, a->office_bytes}, 1, r->office_digest);
	r->office = office_parse(a->office, a->office_bytes, why);
	return r->office != NULL || fail(r, RUN_FAILED, "the file of the office, line %s", why);
}

static bool
check(struct running *r)
{
	const struct run_asked *a = r->asked;
	if (a->formats == 0 || a->formats > EXPORT_FORMATS_MAX)
		return fail(r, RUN_REFUSED, "no format, or too many");
	for (size_t i = 0; i < a->formats; i++)
		if (r->is_public && a->format[i]->internal_only)
			return fail(
			    r, RUN_REFUSED, "%s is not for publication", a->format[i]->name);
	store_read(a->store, a->round->definition_number, a->round->definition_number,
	    on_definition, r->definition);
	return true;
}

static void
end(struct running *r)
{
	if (r->work >= 0) {
		close(r->work);
		if (r->out->status != RUN_OK && r->out->status != RUN_UNSURE)
			folder_discard(r->folder, r->vintage);
	}
	if (r->folder >= 0)
		close(r->folder);
	for (unsigned i = 0; i < r->releases; i++)
		payload_export_free(&r->release_made[i]);
	payload_export_free(&r->before_made);
	tables_clear(&r->tables);
	tables_clear(&r->was);
	past_clear(&r->past);
	office_free(r->office);
	free(r->items);
}

void
run_make(const struct run_asked *asked, struct run_result *out)
{
	*out = (struct run_result){.status = RUN_FAILED};
	struct running *r = calloc(1, sizeof(*r));
	if (r == NULL) {
		snprintf(out->why, sizeof(out->why), "out of memory");
		return;
	}
	r->asked = asked;
	r->out = out;
	r->is_public = asked->settings.is_public;
	r->folder = r->work = -1;
	bool good = check(r) && read_office(r) && find_before(r) && begin_folder(r) &&
		    read_past(r) && !is_stopping(r) && (!r->is_public || decide(r)) && build(r) &&
		    read_items(r) && write_files(r);
	if (good && fill_made(r) && commit_and_publish(r))
		out->status = RUN_OK;
	if (out->made.decision == NULL)
		free(r->decision);
	end(r);
	free(r);
}

void
run_result_clear(struct run_result *result)
{
	payload_export_free(&result->made);
}
