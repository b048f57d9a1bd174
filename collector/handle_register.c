/* SPDX-License-Identifier: Apache-2.0 */
/* A round's register: chunks come in one by one and mean nothing; LoadRegister names them, the
 * worker reads them back and builds the columns aside, and the entry that follows only swaps them
 * in. */
#include "collector/answer.h"
#include "collector/columns.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/unit.h"
#include "collector/messages.h"
#include "collector/rules.h"
#include "proto/limits.h"
#include "survey/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* False: answered. */
static bool
takes_register(struct request *r, const char *name, struct round_view *out)
{
	if (!unit_find_round(r, name, out))
		return false;
	if (out->phase == ROUND_CREATED)
		return true;
	answer_say(r, KHAOSAT__V1__STATUS__ALREADY, "Đợt khảo sát đã có danh sách đơn vị.",
	    "The round has its register already.");
	return false;
}

/* ------------------------------------------------------------------------------ chunk */

static void
answer_chunk(struct request *r, uint64_t number)
{
	Khaosat__V1__Response response;
	Khaosat__V1__ChunkStored stored;
	khaosat__v1__response__init(&response);
	khaosat__v1__chunk_stored__init(&stored);
	stored.number = number;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_CHUNK_STORED;
	response.chunk_stored = &stored;
	answer(r, &response);
}

/* False: answered. */
static bool
has_rows(struct request *r, ProtobufCBinaryData rows)
{
	struct register_text text;
	size_t at = 0, n = 0;
	const char *rule = NULL;
	enum register_walk walk = REGISTER_END;
	if (rows.len > REGISTER_CHUNK_MAX_BYTES)
		rule = "at most 1 MiB";
	while (rule == NULL &&
	       (walk = register_next(rows.data, rows.len, &at, &text)) == REGISTER_ROW) {
		if (++n > REGISTER_CHUNK_MAX_ROWS)
			rule = "at most 4096 rows";
		else if (text.has_code_hash != design_is_drawn(&text))
			rule =
			    "each row with a code_hash of 16 bytes, but those that were not drawn";
	}
	if (rule == NULL && (walk == REGISTER_MALFORMED || n == 0))
		rule = "a RegisterRows message with at least one row";
	if (rule == NULL)
		return true;
	answer_invalid(r, "register_chunk.rows", rule);
	return false;
}

static void
chunk_accepted(struct request *r)
{
	answer_chunk(r, r->job.number);
}

void
handle_register_chunk(struct request *r)
{
	const Khaosat__V1__RegisterChunk *m = r->message->register_chunk;
	struct round_view round;
	if (!takes_register(r, m->round, &round))
		return;
	if (!unit_is_uuid(m->chunk_id)) {
		answer_invalid(r, "register_chunk.chunk_id", "16 bytes, not all zero");
		return;
	}
	uint64_t number = state_chunk(r->server->state, round.index, m->chunk_id.data);
	if (number != 0) {
		answer_chunk(r, number);
		return;
	}
	if (!has_rows(r, m->rows))
		return;
	struct entry e;
	unit_round_entry(r, &round, ENTRY_REGISTER_CHUNK, &e);
	memcpy(e.instance_id, m->chunk_id.data, UUID_BYTES);
	if (request_entry(r, &e, m->rows.data, m->rows.len))
		unit_store_round(r, &round, false, chunk_accepted);
	else
		answer_memory(r);
}

/* ------------------------------------------------------------------------------ load */

struct loading {
	struct round_view round;
	enum columns_status status;
	struct columns *columns;
	struct columns_report report;
	struct population_count *population;
	uint32_t strata;
	uint64_t drawn;
};

static void
free_loading(void *result)
{
	struct loading *l = result;
	columns_release(l->columns);
	columns_report_free(&l->report);
	free(l->population);
	free(l);
}

static void
build(struct request *r)
{
	const Khaosat__V1__LoadRegister *m = r->message->load_register;
	struct loading *l = r->result;
	const struct definition *d = l->round.definition;
	const struct columns_spec spec = {
	    .definition = d, .ref_year = l->round.ref_year, .rows = m->rows};
	l->status = columns_read(r->server->store, l->round.number, &spec, m->chunk, m->n_chunk,
	    &l->report, &l->columns);
	if (l->status != COLUMNS_OK)
		return;
	l->strata = l->columns->design.strata;
	l->drawn = columns_drawn(l->columns);
	l->population = calloc(d->populations + 1, sizeof(*l->population));
	if (l->population == NULL)
		l->status = COLUMNS_MEMORY;
	else
		columns_populations(l->columns, l->population);
}

struct load_answer {
	Khaosat__V1__RegisterProblem problem[COLUMNS_PROBLEMS_MAX];
	Khaosat__V1__RegisterProblem *problems[COLUMNS_PROBLEMS_MAX];
	Khaosat__V1__PopulationCount population[GOALS_MAX];
	Khaosat__V1__PopulationCount *populations[GOALS_MAX];
	Khaosat__V1__ColumnCount column[GOALS_MAX][REGISTER_COLUMNS];
	Khaosat__V1__ColumnCount *columns[GOALS_MAX][REGISTER_COLUMNS];
};

static void
fill_problem(Khaosat__V1__RegisterProblem *out, const struct definition *d,
    const struct messages *messages, const struct columns_problem *p)
{
	const struct check *check = &d->check[p->problem.check];
	struct label message = p->problem.words != NULL
				   ? *p->problem.words
				   : messages_check(messages, p->problem.check);
	const char *value = p->problem.value;
	khaosat__v1__register_problem__init(out);
	out->row = p->row;
	out->column = answer_text(register_column_name[p->problem.column]);
	out->check = answer_text(check->code);
	out->severity = check->hard ? KHAOSAT__V1__SEVERITY__HARD : KHAOSAT__V1__SEVERITY__SOFT;
	out->message_vi = answer_text(message.vi);
	out->message_en = answer_text(message.en);
	if (text_check(value, strlen(value), SIZE_MAX, true) == TEXT_OK)
		out->value = answer_text(value);
}

static void
fill_population(struct load_answer *out, size_t i, const struct goal *goal,
    const struct population_count *count)
{
	Khaosat__V1__PopulationCount *p = &out->population[i];
	khaosat__v1__population_count__init(p);
	p->goal = answer_text(goal->code);
	p->n = count->n;
	p->n_unknown = count->n_unknown;
	p->blame = out->columns[i];
	for (size_t c = 0; c < REGISTER_COLUMNS; c++) {
		if (count->blame[c] == 0)
			continue;
		Khaosat__V1__ColumnCount *column = &out->column[i][p->n_blame];
		khaosat__v1__column_count__init(column);
		column->column = answer_text(register_column_name[c]);
		column->units = count->blame[c];
		out->columns[i][p->n_blame++] = column;
	}
	out->populations[i] = p;
}

static void
fill_loaded(Khaosat__V1__RegisterLoaded *loaded, struct load_answer *filled,
    const struct messages *messages, const struct loading *l)
{
	const struct definition *d = l->round.definition;
	for (size_t i = 0; i < l->report.n; i++) {
		fill_problem(&filled->problem[i], d, messages, &l->report.problem[i]);
		filled->problems[i] = &filled->problem[i];
	}
	if (l->population != NULL) {
		for (size_t i = 0; i < d->goals; i++)
			fill_population(
			    filled, i, &d->goal[i], &l->population[d->goal[i].population]);
		loaded->n_population = d->goals;
		loaded->units = l->report.rows;
		loaded->strata = l->strata;
		loaded->drawn = l->drawn;
	}
	loaded->population = filled->populations;
	loaded->problem = filled->problems;
	loaded->n_problem = l->report.n;
	loaded->problems = l->report.total;
}

static void
send_loaded(struct request *r, Khaosat__V1__Status status, Khaosat__V1__RegisterLoaded *loaded)
{
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	response.status = status;
	if (status == KHAOSAT__V1__STATUS__REJECTED) {
		response.message_vi =
		    answer_text("Danh sách đơn vị có lỗi; chưa dòng nào được nạp.");
		response.message_en =
		    answer_text("The register has errors; nothing of it was loaded.");
	}
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_REGISTER_LOADED;
	response.register_loaded = loaded;
	answer(r, &response);
}

static void
answer_loaded(struct request *r, Khaosat__V1__Status status, const struct loading *l)
{
	Khaosat__V1__RegisterLoaded loaded;
	struct load_answer *filled = malloc(sizeof(*filled));
	struct messages *messages = messages_new(&l->round);
	khaosat__v1__register_loaded__init(&loaded);
	if (filled != NULL && messages != NULL) {
		fill_loaded(&loaded, filled, messages, l);
		send_loaded(r, status, &loaded);
	} else {
		answer_memory(r);
	}
	messages_free(messages);
	free(filled);
}

static void
load_accepted(struct request *r)
{
	const struct loading *l = r->result;
	log_info("round=%s register loaded units=%llu number=%llu", l->round.name,
	    (unsigned long long)l->report.rows, (unsigned long long)r->job.number);
	answer_loaded(r, KHAOSAT__V1__STATUS__DONE, l);
}

static void
store_loaded(struct request *r, struct loading *l)
{
	const struct round_view *round = &l->round;
	struct entry e;
	unit_round_entry(r, round, ENTRY_REGISTER_LOADED, &e);
	if (!request_entry_message(r, &e, &r->message->load_register->base)) {
		answer_memory(r);
		return;
	}
	struct columns *columns = l->columns;
	l->columns = NULL;
	if (state_stage_columns(r->server->state, round->index, columns))
		unit_store_round(r, round, true, load_accepted);
	else
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}

static void
answer_chunk_wrong(struct request *r, const struct columns_report *report, const char *what)
{
	static const char field[] = "load_register.chunk";
	char vi[160], en[160];
	unsigned long long chunk = report->chunk, row = report->row;
	snprintf(vi, sizeof(vi), "bản ghi %llu, dòng %llu: %s", chunk, row,
	    rule_in_vietnamese(field, what));
	snprintf(en, sizeof(en), "entry %llu, row %llu: %s", chunk, row, what);
	answer_invalid_said(r, field, vi, en);
}

static void
built(struct request *r)
{
	struct loading *l = r->result;
	switch (l->status) {
	case COLUMNS_OK:
		store_loaded(r, l);
		break;
	case COLUMNS_REFUSED:
		answer_loaded(r, KHAOSAT__V1__STATUS__REJECTED, l);
		break;
	case COLUMNS_MALFORMED:
		answer_chunk_wrong(
		    r, &l->report, "not a RegisterRow with a code_hash if it is asked");
		break;
	case COLUMNS_CHUNK:
		answer_chunk_wrong(r, &l->report, "not a chunk of this round, or named twice");
		break;
	case COLUMNS_COUNT:
		answer_invalid(r, "load_register.rows", "the number of rows in the chunks");
		break;
	case COLUMNS_STORE:
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
		break;
	case COLUMNS_MEMORY:
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
		break;
	}
}

void
handle_load_register(struct request *r)
{
	const Khaosat__V1__LoadRegister *m = r->message->load_register;
	if (r->result != NULL) { /* the store said moved: what was built may not be so any more */
		free_loading(r->result);
		r->result = NULL;
	}
	struct loading *l = calloc(1, sizeof(*l));
	if (l == NULL) {
		answer_memory(r);
		return;
	}
	r->result = l;
	r->free_result = free_loading;
	if (!takes_register(r, m->round, &l->round))
		return;
	if (m->n_chunk == 0 || m->rows == 0)
		answer_invalid(
		    r, "load_register.chunk", "at least one chunk with at least one row");
	else if (!request_work(r, r->server->worker, build, built))
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}
