/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/clock.h"
#include "collector/export/folder.h"
#include "collector/export/items.h"
#include "collector/export/office.h"
#include "collector/export/revisions.h"
#include "collector/export/run_parts.h"
#include "proto/digest.h"
#include "survey/errno_words.h"
#include "survey/text.h"

#define SHOWN_BYTES 104 /* of a path */

static bool
on_definition(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct entry e;
	(void)number;
	if (entry_decode(bytes, n, false, &e))
		memcpy(context, e.digest, SHA256_BYTES);
	return false;
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
		return run_no_memory(r);
	return items_count(a->store, r->past.round, a->last, a->is_stopping, r->items) ||
	       (!run_is_stopping(r) &&
		   run_fail(r, RUN_FAILED, "không đọc được câu trả lời, hoặc hết bộ nhớ",
		       "the answers cannot be read, or memory is out"));
}

/* ------------------------------------------------------------------- files */

static bool
disk_failed(struct running *r, const char *what)
{
	int error = errno;
	char shown[SHOWN_BYTES];
	const char *vi = errno_words_vi(error);
	text_quote(shown, sizeof(shown), what, strlen(what));
	run_fail(r, RUN_FAILED, "%s: %s", "%s: %s", shown, strerror(error));
	if (vi != NULL)
		snprintf(r->out->why.vi, sizeof(r->out->why.vi), "%s: %s", shown, vi);
	return false;
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
		return run_fail(r, RUN_FAILED, "quá nhiều tệp", "too many files");
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
		struct sink *s = run_is_stopping(r) ? NULL : open_sink(r, format->file[i].name);
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
	r->folder = folder_make(a->root, r->is_public, a->round->name);
	if (r->folder < 0)
		return disk_failed(r, a->root);
	r->work = folder_begin(r->folder, r->vintage);
	if (r->work >= 0)
		return true;
	if (errno != EEXIST)
		return disk_failed(r, a->root);
	char shown[SHOWN_BYTES];
	text_quote(shown, sizeof(shown), a->root, strlen(a->root));
	return run_fail(r, RUN_FAILED,
	    "%s: ở đó có một lần xuất mang số này nhưng không có trong nhật ký; hãy chuyển nó đi",
	    "%s: a run of that number stands there that is not in this log; move it away", shown);
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
			return run_no_memory(r);
		memcpy(m->office, a->office, a->office_bytes);
		m->office_bytes = a->office_bytes;
	}
	m->record.last = a->last;
	m->record.due_ms = a->due_ms;
	m->record.vintage = r->vintage;
	m->record.is_public = r->is_public;
	m->record.stage = (uint8_t)a->settings.stage;
	m->method = (uint32_t)a->settings.method;
	m->frequency = r->settings.frequency;
	m->crossed = (uint32_t)r->settings.crossed;
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
	if (run_is_stopping(r))
		return false;
	enum run_status status = a->commit(a->context, &out->made, &out->number, &out->why);
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
	if (r->office != NULL)
		return true;
	run_fail(r, RUN_FAILED, "tệp thông tin của cơ quan, dòng %.*s",
	    "the file of the office, line %.*s", (int)strcspn(why, ":"), why);
	snprintf(r->out->why.en, sizeof(r->out->why.en), "the file of the office, line %s", why);
	return false;
}

static bool
check(struct running *r)
{
	const struct run_asked *a = r->asked;
	if (a->formats == 0 || a->formats > EXPORT_FORMATS_MAX)
		return run_fail(r, RUN_REFUSED, "không có định dạng nào, hoặc quá nhiều",
		    "no format, or too many");
	for (size_t i = 0; i < a->formats; i++)
		if (r->is_public && a->format[i]->internal_only)
			return run_fail(r, RUN_REFUSED, "%s không phải để công bố",
			    "%s is not for publication", a->format[i]->name);
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
	rounded_clear(&r->rounded);
	rounded_clear(&r->rounded_before);
	tables_clear(&r->tables);
	tables_clear(&r->was);
	past_clear(&r->past);
	office_free(r->office);
	free(r->items);
}

static bool
end_step(struct running *r, enum run_step step)
{
	int64_t now_us = clock_thread_us();
	r->out->cpu_us[step] = now_us - r->step_us;
	r->step_us = now_us;
	return true;
}

static bool
make(struct running *r)
{
	r->step_us = clock_thread_us();
	return check(r) && read_office(r) && run_find_before(r) && begin_folder(r) &&
	       run_read_past(r) && end_step(r, RUN_READING) && !run_is_stopping(r) &&
	       (!r->is_public || run_decide(r)) && end_step(r, RUN_DECIDING) && run_build(r) &&
	       read_items(r) && write_files(r) && end_step(r, RUN_WRITING) && fill_made(r) &&
	       commit_and_publish(r);
}

void
run_make(const struct run_asked *asked, struct run_result *out)
{
	*out = (struct run_result){.status = RUN_FAILED};
	struct running *r = calloc(1, sizeof(*r));
	if (r == NULL) {
		run_why(&out->why, "hết bộ nhớ", "out of memory");
		return;
	}
	r->asked = asked;
	r->out = out;
	r->settings = asked->settings;
	r->is_public = asked->settings.is_public;
	if (r->is_public && r->settings.crossed == CROSSED_TOLD)
		r->settings.crossed = CROSSED_LEFT_OUT;
	r->folder = r->work = -1;
	if (make(r))
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
