/* SPDX-License-Identifier: Apache-2.0 */
/* Exports: made on the press, where a run may take its time, and read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/answer.h"
#include "collector/dispatch.h"
#include "collector/export/folder.h"
#include "collector/export_info.h"
#include "collector/export_line.h"
#include "collector/exporter.h"
#include "collector/rates_head.h"
#include "collector/unit.h"
#include "survey/rounding.h"

#define PIECE_BYTES (1u << 20)

/* ------------------------------------------------------------------- run */

struct running {
	struct exporter_wish wish;
	struct round_view round;
	uint32_t again;
	bool is_known; /* the vintage that is to be made again */
	struct run_result result;
};

static void
free_running(void *result)
{
	struct running *r = result;
	run_result_clear(&r->result);
	free(r);
}

/* On the press, where the request is meanwhile. */
static bool
is_allowed(void *context, struct store_condition *out)
{
	struct request *r = context;
	const struct exporter_wish *wish = &((const struct running *)r->result)->wish;
	bool is_good = request_is_allowed(r, out);
	for (size_t i = 0; i < wish->formats; i++)
		is_good &= !wish->format[i]->internal_only || r->role >= ROLE_ADMINISTRATOR;
	return is_good;
}

static void
run(struct request *r)
{
	struct running *running = r->result;
	running->is_known = true;
	if (running->again == 0)
		exporter_run(r->server->exporter, &running->wish, &running->result);
	else
		running->is_known = exporter_again(r->server->exporter, &running->round,
		    running->wish.settings.is_public, running->again, &running->result);
}

static void
answer_run(struct request *r, const struct running *running)
{
	Khaosat__V1__Response response;
	Khaosat__V1__ExportInfo info;
	char *format[EXPORT_FORMATS_MAX];
	khaosat__v1__response__init(&response);
	struct export_record record = running->result.made.record;
	record.number = running->result.number;
	export_info_fill(&info, running->wish.round, &record);
	export_info_made(&info, &running->result.made, format);
	info.kept = running->again == 0;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_EXPORT;
	response.export = &info;
	answer(r, &response);
}

static void
ran(struct request *r)
{
	const struct running *running = r->result;
	char vi[RUN_WHY_BYTES + 32], en[RUN_WHY_BYTES + 32];
	snprintf(vi, sizeof(vi), "Chưa xuất được: %s.", running->result.why.vi);
	snprintf(en, sizeof(en), "No export was made: %s.", running->result.why.en);
	if (!running->is_known) {
		answer_invalid(r, "run_export.again", "a vintage that was made");
		return;
	}
	switch (running->result.status) {
	case RUN_OK:
		answer_run(r, running);
		return;
	case RUN_REFUSED:
	case RUN_FAILED:
		if (request_may_still(r))
			answer_say(r, KHAOSAT__V1__STATUS__ALREADY, vi, en);
		return;
	case RUN_MOVED:
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
		return;
	case RUN_UNSURE:
		answer_say(r, KHAOSAT__V1__STATUS__UNAVAILABLE, vi, en);
		return;
	}
}

/* False: answered. */
static bool
read_formats(struct request *r, struct exporter_wish *wish)
{
	const Khaosat__V1__RunExport *m = r->message->run_export;
	if (m->n_format > EXPORT_FORMATS_MAX) {
		answer_invalid(r, "run_export.format", "at most 16");
		return false;
	}
	for (size_t i = 0; i < m->n_format; i++) {
		const struct format *format = format_find(m->format[i], strlen(m->format[i]));
		bool is_good = format != NULL && (m->internal || !format->internal_only);
		for (size_t k = 0; k < wish->formats; k++)
			is_good = is_good && wish->format[k] != format;
		if (!is_good) {
			answer_invalid(r, "run_export.format",
			    "csv, excel-csv, json, sdmx-csv, sdmx-json, xlsx, report, quality or "
			    "ddi, each once");
			return false;
		}
		if (format->internal_only && r->role < ROLE_ADMINISTRATOR) {
			answer_status(r, KHAOSAT__V1__STATUS__REFUSED);
			return false;
		}
		wish->format[wish->formats++] = format;
	}
	return true;
}

static bool
read_wish(struct request *r, struct running *out)
{
	const Khaosat__V1__RunExport *m = r->message->run_export;
	bool is_good = (int)m->stage >= 0 && m->stage <= KHAOSAT__V1__EXPORT_STAGE__FINAL &&
		       (int)m->method >= 0 &&
		       m->method <= KHAOSAT__V1__INTERVAL_METHOD__HYPERGEOMETRIC;
	if (!is_good) {
		answer_invalid(r, "run_export", "values of ExportStage and IntervalMethod");
		return false;
	}
	if (m->rounding > ROUNDING_BASE_MAX || m->rounding == 2 ||
	    (m->rounding != 0 && m->internal)) {
		answer_invalid(r, "run_export.rounding", "0, 1 or 3 to 100, of a public one");
		return false;
	}
	out->again = m->again;
	out->wish = (struct exporter_wish){.actor = r->actor,
	    .is_allowed = is_allowed,
	    .context = r,
	    .settings = {.is_public = !m->internal,
		.stage = m->stage == 0 ? STAGE_INTERIM : (enum export_stage)m->stage,
		.rounding = m->rounding > 1 ? m->rounding : 0,
		.method = m->method == 0 ? INTERVAL_WILSON : (enum interval_method)m->method}};
	out->wish.rounding_is_asked = m->rounding != 0;
	memcpy(out->wish.round, out->round.name, sizeof(out->wish.round));
	return read_formats(r, &out->wish);
}

void
handle_run_export(struct request *r)
{
	struct round_view round;
	if (!rates_find_round(r, r->message->run_export->round, &round))
		return;
	struct running *running = calloc(1, sizeof(*running));
	if (running == NULL) {
		answer_memory(r);
		return;
	}
	running->round = round;
	r->result = running;
	r->free_result = free_running;
	if (read_wish(r, running) && !request_work(r, r->server->press, run, ran))
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}

/* ------------------------------------------------------------------- read */

struct piece {
	struct round_view round;
	bool is_found, has_failed; /* neither: there is none */
	uint8_t *bytes;
	size_t n;
	uint64_t all;
	uint32_t vintage;
	int64_t modified_ms;
};

static void
free_piece(void *result)
{
	struct piece *p = result;
	free(p->bytes);
	free(p);
}

static void
read_file(struct piece *p, int fd, uint64_t offset)
{
	struct stat status;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return;
	p->bytes = malloc(PIECE_BYTES);
	ssize_t n = p->bytes == NULL     ? -1
		    : offset > INT64_MAX ? 0
					 : pread(fd, p->bytes, PIECE_BYTES, (off_t)offset);
	p->has_failed = n < 0;
	p->is_found = n >= 0;
	p->n = n > 0 ? (size_t)n : 0;
	p->all = (uint64_t)status.st_size;
	p->modified_ms =
	    (int64_t)status.st_mtim.tv_sec * 1000 + (int64_t)status.st_mtim.tv_nsec / 1000000;
}

/* The folder of the newest run that is still there. -1: errno. */
static int
newest_run(struct request *r, struct piece *p, int folder)
{
	struct export_record *record;
	size_t n;
	int run = -1;
	errno = ENOMEM;
	if (!state_exports(r->server->state, p->round.index, &record, &n))
		return -1;
	errno = ENOENT;
	for (; n > 0 && run < 0 && folder_has_none(errno); n--) {
		if ((record[n - 1].is_public != 0) == r->message->read_export->internal)
			continue;
		p->vintage = record[n - 1].vintage;
		run = folder_run(folder, p->vintage);
	}
	free(record);
	return run;
}

static int
find_run(struct request *r, struct piece *p, int folder)
{
	p->vintage = r->message->read_export->vintage;
	return p->vintage != 0 ? folder_run(folder, p->vintage) : newest_run(r, p, folder);
}

static void
read_piece(struct request *r)
{
	const Khaosat__V1__ReadExport *m = r->message->read_export;
	struct piece *p = r->result;
	int folder = folder_look(exporter_root(r->server->exporter), !m->internal, p->round.name);
	int run = folder < 0 ? -1 : find_run(r, p, folder);
	int fd =
	    run < 0 ? -1 : openat(run, m->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	p->has_failed = fd < 0 && !folder_has_none(errno);
	if (fd >= 0) {
		read_file(p, fd, m->offset);
		close(fd);
	}
	if (run >= 0)
		close(run);
	if (folder >= 0)
		close(folder);
	export_line_leave(r);
}

static void
answer_piece(struct request *r)
{
	const struct piece *p = r->result;
	Khaosat__V1__Response response;
	Khaosat__V1__ExportPiece piece;
	if (p->has_failed) {
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
		return;
	}
	if (!p->is_found) {
		answer_say(r, KHAOSAT__V1__STATUS__NOT_FOUND,
		    "Không có lần xuất hay tệp này, hoặc thư mục của nó đã được xóa.",
		    "There is no such export or file, or its folder has been removed.");
		return;
	}
	khaosat__v1__response__init(&response);
	khaosat__v1__export_piece__init(&piece);
	piece.bytes = answer_bytes(p->bytes, p->n);
	piece.file_bytes = p->all;
	piece.vintage = p->vintage;
	piece.modified_ms = p->modified_ms;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_EXPORT_PIECE;
	response.export_piece = &piece;
	answer(r, &response);
}

/* Of a format that only administrators may have. */
static bool
is_restricted(const char *file)
{
	for (size_t i = 0; i < formats_count; i++)
		for (size_t k = 0; k < FORMAT_FILES_MAX && formats[i].file[k].name != NULL; k++)
			if (strcmp(formats[i].file[k].name, file) == 0)
				return formats[i].internal_only;
	return false;
}

void
handle_read_export(struct request *r)
{
	const Khaosat__V1__ReadExport *m = r->message->read_export;
	struct round_view round;
	if (!unit_find_round(r, m->round, &round))
		return;
	if (m->file[0] == '\0' || m->file[0] == '.' || strchr(m->file, '/') != NULL) {
		answer_invalid(r, "read_export.file", "a name in the run's folder");
		return;
	}
	if ((is_restricted(m->file) && r->role < ROLE_ADMINISTRATOR) ||
	    (m->internal && export_line_is_stranger(r))) {
		answer_status(r, KHAOSAT__V1__STATUS__REFUSED);
		return;
	}
	struct piece *p = calloc(1, sizeof(*p));
	if (p == NULL) {
		answer_memory(r);
		return;
	}
	p->round = round;
	r->result = p;
	r->free_result = free_piece;
	export_line_join(r, read_piece, answer_piece);
}
