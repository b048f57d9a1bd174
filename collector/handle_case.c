/* SPDX-License-Identifier: Apache-2.0 */
/* What has become of units: set by an operator, with evidence where it takes a unit out of the
 * figures or brings it back; counted by state for every cell. */
#include "collector/answer.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/rates_head.h"
#include "collector/clock.h"
#include "collector/unit.h"
#include "proto/limits.h"
#include "survey/answers.h"
#include "survey/text.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------ set */

static void
case_set(struct request *r)
{
	log_info("round=%s case set number=%llu", r->message->set_case->round,
	    (unsigned long long)r->job.number);
	answer_done(r);
}

static void
store_case(struct request *r, const Khaosat__V1__SetCase *m, const struct unit *unit)
{
	struct entry e;
	Khaosat__V1__CaseChange change;
	khaosat__v1__case_change__init(&change);
	change.before = (Khaosat__V1__CaseState)unit->view.set_case;
	change.after = m->state;
	change.evidence = m->evidence;
	size_t n = khaosat__v1__case_change__get_packed_size(&change);
	uint8_t *payload = request_alloc(r, n + 1);
	unit_entry(r, unit, &e);
	e.kind = ENTRY_CASE_SET;
	e.channel = KHAOSAT__V1__CHANNEL__OFFICE;
	if (payload != NULL &&
	    request_entry(r, &e, payload, khaosat__v1__case_change__pack(&change, payload)))
		unit_store(r, unit, case_set);
	else
		answer_memory(r);
}

/* False: answered. */
static bool
has_evidence(struct request *r, const Khaosat__V1__SetCase *m, const struct unit *unit)
{
	bool is_needed = (enum case_state)m->state == CASE_OUT_OF_SCOPE ||
			 unit->view.set_case == CASE_OUT_OF_SCOPE;
	enum text_status status =
	    text_check(m->evidence, strlen(m->evidence), REASON_MAX_CHARS, false);
	if (status == TEXT_TOO_LONG)
		answer_invalid(r, "set_case.evidence", "at most 500 characters");
	else if (status != TEXT_OK)
		answer_invalid(r, "set_case.evidence", text_rule_en(status));
	else if (is_needed && m->evidence[strspn(m->evidence, " ")] == '\0')
		answer_invalid(r, "set_case.evidence", "required into OUT_OF_SCOPE and out of it");
	else
		return true;
	return false;
}

/* False: answered. */
static bool
fits(struct request *r, const Khaosat__V1__SetCase *m, const struct unit *unit)
{
	enum case_state state = (enum case_state)m->state;
	if (!case_may_be_set(state, false))
		answer_invalid(r, "set_case.state", "a state that is set, or none");
	else if (!case_may_be_set(state, unit->view.head != 0))
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Đơn vị đã trả lời: chỉ có thể là một phần hoặc ngoài phạm vi.",
		    "The unit has answered: it can only be partial or out of scope.");
	else if (state == CASE_NONE && unit->view.set_case == CASE_NONE)
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY, "Chưa có trạng thái nào được đặt.",
		    "Nothing has been set.");
	else
		return has_evidence(r, m, unit);
	return false;
}

void
handle_set_case(struct request *r)
{
	const Khaosat__V1__SetCase *m = r->message->set_case;
	struct unit unit;
	struct chain chain;
	if (!unit_find(r, m->round, m->tax_code, &unit) || !fits(r, m, &unit))
		return;
	if (!chain_walk(r->server->store, &unit.view, NULL, NULL, &chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (chain.is_full)
		unit_answer_full(r, &chain);
	else
		store_case(r, m, &unit);
}

/* ------------------------------------------------------------------------------ counts */

struct case_answer {
	Khaosat__V1__CaseCounts *cell;
	Khaosat__V1__CaseCounts **list;
	uint64_t (*count)[CASE_COUNTS];
};

static void
fill_cell(Khaosat__V1__CaseCounts *out, const struct cell_info *info, uint64_t count[CASE_COUNTS])
{
	khaosat__v1__case_counts__init(out);
	out->dimension = (Khaosat__V1__Dimension)info->dimension;
	out->cell = answer_text(info->code);
	out->parent = answer_text(info->parent);
	out->label_vi = answer_text(info->label.vi);
	out->label_en = answer_text(info->label.en);
	out->state = count;
	out->n_state = CASES;
	out->with_address = count[CASE_WITH_ADDRESS];
	out->reachable = count[CASE_REACHABLE];
}

static void
answer_cases(struct request *r, const struct round_view *round, const struct figures_wanted *wanted,
    const struct case_answer *filled)
{
	Khaosat__V1__Response response;
	Khaosat__V1__Cases cases;
	size_t n = cells_count(wanted->cells);
	khaosat__v1__response__init(&response);
	khaosat__v1__cases__init(&cases);
	cases.round = answer_text(round->name);
	cases.time_ms = clock_wall_ms();
	cases.last = state_cases(r->server->state, round->index, 0, n, filled->count);
	cases.cell = filled->list;
	for (size_t i = 0; i < n; i++) {
		const struct cell_info *info = cells_info(wanted->cells, i);
		if (!wanted->dimension[info->dimension])
			continue;
		fill_cell(&filled->cell[i], info, filled->count[i]);
		filled->list[cases.n_cell++] = &filled->cell[i];
	}
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_CASES;
	response.cases = &cases;
	answer(r, &response);
}

void
handle_get_cases(struct request *r)
{
	const Khaosat__V1__GetCases *m = r->message->get_cases;
	struct round_view round;
	if (!rates_find_round(r, m->round, &round))
		return;
	struct figures_wanted wanted = {.definition = round.definition,
	    .cells = state_cells(r->server->state, round.index),
	    .reference_date = round.reference_date};
	const struct rates_asked asked = {"get_cases", NULL, 0, m->by, m->n_by, NULL, 0};
	if (!rates_read_wanted(r, &asked, &wanted))
		return;
	size_t n = cells_count(wanted.cells);
	struct case_answer filled = {calloc(n, sizeof(*filled.cell)),
	    calloc(n, sizeof(*filled.list)), calloc(n, sizeof(*filled.count))};
	if (filled.cell != NULL && filled.list != NULL && filled.count != NULL)
		answer_cases(r, &round, &wanted, &filled);
	else
		answer_memory(r);
	free(filled.cell);
	free(filled.list);
	free(filled.count);
}
