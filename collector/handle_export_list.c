/* SPDX-License-Identifier: Apache-2.0 */
/* The exports that were made, of one round or of all, the newest first, page by page: by the
 * numbers of their entries, which only grow. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/answer.h"
#include "collector/dispatch.h"
#include "collector/export/folder.h"
#include "collector/export_info.h"
#include "collector/export_line.h"
#include "collector/exporter.h"
#include "collector/unit.h"

#define PAGE_MAX 100u

struct listed {
	struct export_record record;
	uint32_t round; /* its index */
};

struct line {
	struct round_view round;
	struct payload_export made;
	char *format[EXPORT_FORMATS_MAX];
	Khaosat__V1__ExportInfo info;
};

struct listing {
	struct round_view only; /* of this round, where it is one */
	bool is_of_one, has_failed;
	bool is_public; /* none but these are told, since nobody of staff asks */
	uint64_t before, next_before;
	size_t most;
	struct listed *all; /* that are older than `before` */
	size_t all_n;
	struct line line[PAGE_MAX];
	size_t n;
	struct run_why failure;
};

static void
free_listing(void *result)
{
	struct listing *l = result;
	for (size_t i = 0; i < l->n; i++)
		payload_export_free(&l->line[i].made);
	free(l->all);
	free(l);
}

/* ------------------------------------------------------------------- find */

/* False: out of memory. */
static bool
add_round(struct state *state, struct listing *l, uint32_t round)
{
	struct export_record *record;
	size_t n;
	if (!state_exports(state, round, &record, &n))
		return false;
	struct listed *grown = realloc(l->all, (l->all_n + n + 1) * sizeof(*grown));
	if (grown != NULL)
		l->all = grown;
	for (size_t i = 0; i < n && grown != NULL; i++)
		if (record[i].number < l->before && (!l->is_public || record[i].is_public != 0))
			l->all[l->all_n++] = (struct listed){record[i], round};
	free(record);
	return grown != NULL;
}

static int
newest_first(const void *a, const void *b)
{
	uint64_t x = ((const struct listed *)a)->record.number;
	uint64_t y = ((const struct listed *)b)->record.number;
	return (x < y) - (x > y);
}

static bool
find_all(struct state *state, struct listing *l)
{
	uint32_t n = l->is_of_one ? 0 : (uint32_t)state_rounds(state);
	bool good = !l->is_of_one || add_round(state, l, l->only.index);
	for (uint32_t i = 0; i < n && good; i++)
		good = add_round(state, l, i);
	if (good && l->all_n > 0)
		qsort(l->all, l->all_n, sizeof(*l->all), newest_first);
	return good;
}

/* ------------------------------------------------------------------- one page */

/* False: it cannot be said whether its folder is there. */
static bool
look_for(const struct exporter *exporter, const char *round, const struct export_record *record,
    protobuf_c_boolean *is_there)
{
	int folder = folder_look(exporter_root(exporter), record->is_public != 0, round);
	int run = folder < 0 ? -1 : folder_run(folder, record->vintage);
	bool is_known = run >= 0 || folder_has_none(errno);
	if (run >= 0)
		close(run);
	if (folder >= 0)
		close(folder);
	*is_there = run >= 0;
	return is_known;
}

static bool
add_line(struct request *r, struct listing *l, const struct listed *listed)
{
	struct line *line = &l->line[l->n];
	if (!state_round_at(r->server->state, listed->round, &line->round) ||
	    !run_read_payload(r->server->store, listed->record.number, &line->made))
		return false;
	l->n++;
	export_info_fill(&line->info, line->round.name, &listed->record);
	export_info_made(&line->info, &line->made, line->format);
	return look_for(r->server->exporter, line->round.name, &listed->record, &line->info.kept);
}

static void
list(struct request *r)
{
	struct listing *l = r->result;
	l->has_failed = !find_all(r->server->state, l);
	for (size_t i = 0; i < l->all_n && i < l->most && !l->has_failed; i++)
		l->has_failed = !add_line(r, l, &l->all[i]);
	if (l->all_n > l->n && l->n > 0)
		l->next_before = l->all[l->n - 1].record.number;
	exporter_failure(r->server->exporter, &l->failure);
	export_line_leave(r);
}

static void
listed(struct request *r)
{
	struct listing *l = r->result;
	Khaosat__V1__ExportInfo *info[PAGE_MAX];
	Khaosat__V1__Response response;
	Khaosat__V1__ExportList exports;
	if (l->has_failed) {
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
		return;
	}
	khaosat__v1__response__init(&response);
	khaosat__v1__export_list__init(&exports);
	for (size_t i = 0; i < l->n; i++)
		info[i] = &l->line[i].info;
	exports.n_export = l->n;
	exports.export = info;
	exports.next_before = l->next_before;
	if (!l->is_public) {
		exports.failure_vi = l->failure.vi;
		exports.failure_en = l->failure.en;
	}
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_EXPORTS;
	response.exports = &exports;
	answer(r, &response);
}

void
handle_list_exports(struct request *r)
{
	const Khaosat__V1__ListExports *m = r->message->list_exports;
	struct round_view round = {0};
	bool is_of_one = m->round[0] != '\0';
	if (is_of_one && !unit_find_round(r, m->round, &round))
		return;
	struct listing *l = calloc(1, sizeof(*l));
	if (l == NULL) {
		answer_memory(r);
		return;
	}
	l->only = round;
	l->is_of_one = is_of_one;
	l->is_public = export_line_is_stranger(r);
	l->before = m->before != 0 ? m->before : UINT64_MAX;
	l->most = m->most != 0 && m->most < PAGE_MAX ? m->most : PAGE_MAX;
	r->result = l;
	r->free_result = free_listing;
	export_line_join(r, list, listed);
}
