/* SPDX-License-Identifier: Apache-2.0 */
/* The units that a firm answers for: the worker finds a page of them and reads their names from the
 * log, a chunk of the register at a time. */
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/row_text.h"
#include "collector/unit.h"

#include <stdlib.h>

struct grants {
	struct round_view round;
	uint32_t firm, from, next;
	size_t n;
	struct unit unit[GRANTS_PAGE_MAX_UNITS];
	Khaosat__V1__RegisterRow *row[GRANTS_PAGE_MAX_UNITS];
	bool is_read;
};

static void
free_grants(void *result)
{
	struct grants *g = result;
	for (size_t i = 0; i < g->n; i++)
		if (g->row[i] != NULL)
			khaosat__v1__register_row__free_unpacked(g->row[i], NULL);
	free(g);
}

static uint64_t
grant_of(const struct unit_view *unit, uint32_t firm)
{
	for (unsigned i = 0; i < unit->grants; i++)
		if (unit->grant[i].firm == firm)
			return unit->grant[i].number;
	return 0;
}

/* Those that have not taken it back since they were found. */
static void
look_up(struct request *r, struct grants *g)
{
	uint64_t tax_code[GRANTS_PAGE_MAX_UNITS];
	size_t found = state_granted(r->server->state, g->round.index, g->firm, g->from,
	    GRANTS_PAGE_MAX_UNITS, tax_code, &g->next);
	for (size_t i = 0; i < found; i++) {
		struct unit *unit = &g->unit[g->n];
		unit->round = g->round;
		unit->tax_code = tax_code[i];
		taxcode_print(tax_code[i], unit->tax_text);
		if (!state_unit(r->server->state, g->round.index, tax_code[i], &unit->view))
			continue;
		unit->key = grant_of(&unit->view, g->firm);
		g->n += unit->key != 0;
	}
}

/* Rows stand in the order of the chunks. */
static bool
read_rows(struct request *r, struct grants *g)
{
	uint32_t row[GRANTS_PAGE_MAX_UNITS];
	for (size_t i = 0, end; i < g->n; i = end) {
		uint64_t chunk = g->unit[i].view.chunk;
		for (end = i; end < g->n && g->unit[end].view.chunk == chunk; end++)
			row[end - i] = g->unit[end].view.row_in_chunk;
		if (!row_text_read(r->server->store, chunk, row, end - i, g->row + i))
			return false;
	}
	return true;
}

static void
read(struct request *r)
{
	struct grants *g = r->result;
	look_up(r, g);
	g->is_read = read_rows(r, g);
}

static void
fill(const struct grants *g, size_t at, int64_t now_ms, Khaosat__V1__GrantedUnit *out)
{
	const struct unit *unit = &g->unit[at];
	khaosat__v1__granted_unit__init(out);
	out->tax_code = answer_text(unit->tax_text);
	out->name = g->row[at]->name;
	out->state = (Khaosat__V1__CaseState)unit->view.state;
	out->revision = unit->view.head != 0 ? unit->view.revision : 0;
	out->may_submit = unit_may_submit(unit, now_ms);
	out->until_ms = unit_until_ms(unit, now_ms);
	out->grant = unit->key;
}

static void
answer_grants(struct request *r)
{
	const struct grants *g = r->result;
	Khaosat__V1__GrantedUnit unit[GRANTS_PAGE_MAX_UNITS], *list[GRANTS_PAGE_MAX_UNITS];
	Khaosat__V1__Response response;
	Khaosat__V1__Grants grants;
	int64_t now_ms = clock_wall_ms();
	if (!g->is_read) {
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
		return;
	}
	khaosat__v1__response__init(&response);
	khaosat__v1__grants__init(&grants);
	for (size_t i = 0; i < g->n; i++) {
		fill(g, i, now_ms, &unit[i]);
		list[i] = &unit[i];
	}
	grants.n_unit = g->n;
	grants.unit = list;
	grants.next = g->next;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_GRANTS;
	response.grants = &grants;
	answer(r, &response);
}

/* Staff name it, a firm asks for its own. False: answered. */
static bool
find_firm(struct request *r, const char *name, uint32_t *out)
{
	struct firm_view firm;
	*out = r->actor;
	if (r->is_firm)
		return true;
	if (state_firm(r->server->state, name, 0, &firm)) {
		*out = firm.account;
		return true;
	}
	answer_say(r, KHAOSAT__V1__STATUS__NOT_FOUND, "Không có đơn vị kế toán mang tên này.",
	    "There is no firm of that name.");
	return false;
}

void
handle_list_grants(struct request *r)
{
	const Khaosat__V1__ListGrants *m = r->message->list_grants;
	struct grants *g = calloc(1, sizeof(*g));
	if (g == NULL) {
		answer_memory(r);
		return;
	}
	r->result = g;
	r->free_result = free_grants;
	g->from = m->from;
	if (!unit_find_round(r, m->round, &g->round) || !find_firm(r, m->firm, &g->firm))
		return;
	if (!request_work(r, r->server->worker, read, answer_grants))
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}
