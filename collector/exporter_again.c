/* SPDX-License-Identifier: Apache-2.0 */
/* Exports that the log has, made once more from it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/exporter_parts.h"
#include "collector/log.h"

/* As it was asked for then; its formats may be gone in this version. */
static bool
ask_again(const struct payload_export *made, struct run_asked *asked, const struct format **format)
{
	asked->last = made->record.last;
	asked->due_ms = made->record.due_ms;
	asked->settings = (struct export_settings){.is_public = made->record.is_public != 0,
	    .stage = (enum export_stage)made->record.stage,
	    .method = (enum interval_method)made->method,
	    .frequency = made->frequency,
	    .rounding = made->rounding,
	    .crossed = (enum export_crossed)made->crossed};
	asked->rounding_is_asked = true;
	asked->format = format;
	asked->formats = made->formats;
	asked->office = made->office;
	asked->office_bytes = made->office_bytes;
	for (size_t i = 0; i < made->formats; i++) {
		format[i] = format_find(made->format[i], strlen(made->format[i]));
		if (format[i] == NULL)
			return false;
	}
	return true;
}

/* What is in the log is made again: the same bytes, or it is not published. */
struct remaking {
	const uint8_t *manifest;
};

static enum run_status
commit_if_same(
    void *context, const struct payload_export *made, uint64_t *number, struct run_why *why)
{
	const struct remaking *remaking = context;
	*number = 0;
	if (memcmp(made->manifest, remaking->manifest, SHA256_BYTES) == 0)
		return RUN_OK;
	run_why(why, "phiên bản chương trình này lập ra nội dung khác",
	    "this version makes other bytes of it");
	return RUN_REFUSED;
}

static void
run_again(struct exporter *x, const struct round_view *round, const struct export_record *record,
    size_t at, const char *root, struct run_result *out)
{
	struct payload_export made;
	const struct format *format[EXPORT_FORMATS_MAX];
	struct run_asked asked = {.store = x->server->store,
	    .root = root,
	    .round = round,
	    .record = record,
	    .records = at,
	    .is_stopping = &x->is_stopping,
	    .commit = commit_if_same};
	*out = (struct run_result){.status = RUN_FAILED};
	run_why(&out->why, "không đọc được bản ghi của nó", "its entry cannot be read");
	if (!run_read_payload(x->server->store, record[at].number, &made))
		return;
	struct remaking remaking = {made.manifest};
	asked.context = &remaking;
	if (ask_again(&made, &asked, format))
		run_make(&asked, out);
	else
		run_why(&out->why, "một định dạng của nó không còn", "a format of it is no more");
	payload_export_free(&made);
}

static void
make_missing(struct exporter *x, const struct round_view *round, const struct export_record *record,
    size_t at)
{
	struct run_result again;
	run_again(x, round, record, at, x->root, &again);
	if (again.status == RUN_OK)
		log_notice("export round=%s vintage=%u was not on the disk: made again",
		    round->name, (unsigned)record[at].vintage);
	else
		log_warn("export round=%s vintage=%u is not on the disk, nor made again reason=%s",
		    round->name, (unsigned)record[at].vintage, again.why.en);
	run_result_clear(&again);
}

/* How many up to the newest of that audience; 0: there is none. */
static size_t
up_to_newest(const struct export_record *record, size_t n, bool is_public)
{
	while (n > 0 && (record[n - 1].is_public != 0) != is_public)
		n--;
	return n;
}

enum run_status
exporter_name(struct exporter *x, const struct round_view *round,
    const struct export_record *record, size_t n, bool is_public)
{
	struct payload_export made;
	const struct run_asked asked = {.root = x->root, .round = round};
	struct run_why why;
	n = up_to_newest(record, n, is_public);
	if (n == 0)
		return RUN_OK;
	if (!exporter_claim(x, &why)) {
		log_warn("export round=%s vintage=%u cannot be looked at reason=%s", round->name,
		    (unsigned)record[n - 1].vintage, why.en);
		return RUN_UNSURE;
	}
	if (!run_read_payload(x->server->store, record[n - 1].number, &made))
		return RUN_UNSURE;
	enum run_status status = run_finish(&asked, &record[n - 1], made.manifest);
	int error = errno;
	payload_export_free(&made);
	if (status == RUN_UNSURE)
		log_warn("export round=%s vintage=%u cannot be looked at reason=%s", round->name,
		    (unsigned)record[n - 1].vintage, strerror(error));
	return status;
}

void
exporter_repair(struct exporter *x, const struct round_view *round,
    const struct export_record *record, size_t n, bool is_public)
{
	if (exporter_name(x, round, record, n, is_public) == RUN_FAILED)
		make_missing(x, round, record, up_to_newest(record, n, is_public) - 1);
}

bool
exporter_again(struct exporter *x, const struct round_view *round, bool is_public, uint32_t vintage,
    struct run_result *out)
{
	struct export_record *record;
	size_t n, at = 0;
	*out = (struct run_result){.status = RUN_FAILED};
	run_why(&out->why, "hết bộ nhớ", "out of memory");
	if (!state_exports(x->server->state, round->index, &record, &n))
		return true;
	while (
	    at < n && ((record[at].is_public != 0) != is_public || record[at].vintage != vintage))
		at++;
	if (at < n)
		run_again(x, round, record, at, NULL, out);
	free(record);
	return at < n;
}
