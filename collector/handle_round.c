/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds: listed to anybody; created, opened, closed, and reopened for one unit, by staff. What
 * does not fit the state of the round is ALREADY with a sentence that says which state that is. */
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/unit.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

void
handle_list_rounds(struct request *r)
{
	size_t n = state_rounds(r->server->state);
	struct round_view *view = calloc(n + 1, sizeof(*view));
	Khaosat__V1__RoundInfo *info = calloc(n + 1, sizeof(*info));
	Khaosat__V1__RoundInfo **list = calloc(n + 1, sizeof(*list));
	if (view == NULL || info == NULL || list == NULL) {
		answer_memory(r);
	} else {
		Khaosat__V1__Response response;
		khaosat__v1__response__init(&response);
		Khaosat__V1__RoundList rounds;
		khaosat__v1__round_list__init(&rounds);
		for (uint32_t i = 0; i < n && state_round_at(r->server->state, i, &view[i]); i++) {
			answer_fill_round(&info[i], &view[i]);
			list[i] = &info[i];
			rounds.n_round++;
		}
		rounds.round = list;
		response.status = KHAOSAT__V1__STATUS__DONE;
		response.body_case = KHAOSAT__V1__RESPONSE__BODY_ROUNDS;
		response.rounds = &rounds;
		answer(r, &response);
	}
	free(view);
	free(info);
	free(list);
}

/* ------------------------------------------------------------------------------ create */

static bool
is_round_name(const char *name)
{
	size_t n = strlen(name);
	return n >= 1 && n <= ROUND_NAME_MAX &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
		   n;
}

static bool
is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* A number of exactly n digits; UINT_MAX where it is none. */
static unsigned
digits(const char *text, size_t n)
{
	unsigned value = 0;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return UINT_MAX;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	return value;
}

/* YYYY-MM-DD, a day that exists, 1900 to 2199. */
static bool
is_date(const char *text)
{
	static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return false;
	unsigned year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
	if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] || (month == 2 && day == 29 && is_leap(year));
}

/* The round as it now is. */
static void
answer_round_named(struct request *r, const char *name)
{
	struct round_view round;
	if (unit_find_round(r, name, &round))
		answer_round(r, &round);
}

static void
created(struct request *r)
{
	const Khaosat__V1__CreateRound *m = r->message->create_round;
	log_info("round=%s created number=%llu", m->name, (unsigned long long)r->job.number);
	answer_round_named(r, m->name);
}

/* False: answered. */
static bool
has_form(struct request *r, const Khaosat__V1__CreateRound *m)
{
	struct round_view earlier;
	if (!is_round_name(m->name))
		answer_invalid(r, "create_round.name", "1 to 32 of A-Z a-z 0-9 . _ -");
	else if (!is_date(m->reference_date))
		answer_invalid(r, "create_round.reference_date", "a date, YYYY-MM-DD");
	else if (m->closes_ms != 0 && m->closes_ms <= clock_wall_ms())
		answer_invalid(r, "create_round.closes_ms", "a time to come, or none");
	else if (*m->earlier != '\0' && !state_round(r->server->state, m->earlier, &earlier))
		answer_invalid(r, "create_round.earlier", "empty, or the name of a round");
	else
		return true;
	return false;
}

void
handle_create_round(struct request *r)
{
	const Khaosat__V1__CreateRound *m = r->message->create_round;
	const uint64_t last = state_catalogue_last(r->server->state);
	struct definition_view definition;
	struct round_view round;
	if (!has_form(r, m))
		return;
	if (state_round(r->server->state, m->name, &round)) {
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY, "Đã có đợt khảo sát mang tên này.",
		    "There is a round of that name.");
		return;
	}
	if (!state_definition(r->server->state, m->survey_id, m->survey_version, &definition)) {
		answer_status(r, KHAOSAT__V1__STATUS__WRONG_VERSION);
		return;
	}
	struct entry e = {
	    .kind = ENTRY_ROUND_CREATED,
	    .actor = r->actor,
	    .time_ms = clock_wall_ms(),
	    .definition = definition.number,
	    .argument_ms = m->closes_ms,
	};
	const struct store_condition condition[REQUEST_CONDITIONS] = {
	    {SUBJECT_CATALOGUE, last, true}};
	if (request_entry_message(r, &e, &m->base))
		request_store(r, condition, created);
	else
		answer_memory(r);
}

/* ------------------------------------------------------------------------------ open, close */

static void
answer_phase(struct request *r, const struct round_view *round)
{
	switch (round->phase) {
	case ROUND_CREATED:
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Đợt khảo sát chưa có danh sách đơn vị.", "The round has no register yet.");
		break;
	case ROUND_LOADED:
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY, "Đợt khảo sát chưa mở.",
		    "The round is not open yet.");
		break;
	case ROUND_OPEN:
		answer_say(
		    r, KHAOSAT__V1__STATUS__ALREADY, "Đợt khảo sát đang mở.", "The round is open.");
		break;
	case ROUND_CLOSED:
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY, "Đợt khảo sát đã đóng.",
		    "The round is closed.");
		break;
	}
}

static void
store_entry(struct request *r, const struct round_view *round, struct entry *e,
    const uint8_t *payload, size_t n, request_handler *accepted)
{
	if (request_entry(r, e, payload, n))
		unit_store_round(r, round, true, accepted);
	else
		answer_memory(r);
}

static void
store_phase(struct request *r, const struct round_view *round, enum entry_kind kind,
    request_handler *accepted)
{
	struct entry e;
	unit_round_entry(r, round, kind, &e);
	store_entry(r, round, &e, NULL, 0, accepted);
}

static void
opened(struct request *r)
{
	log_info("round=%s opened number=%llu", r->message->open_round->round,
	    (unsigned long long)r->job.number);
	answer_round_named(r, r->message->open_round->round);
}

void
handle_open_round(struct request *r)
{
	struct round_view round;
	if (!unit_find_round(r, r->message->open_round->round, &round))
		return;
	if (round.phase != ROUND_LOADED)
		answer_phase(r, &round);
	else if (round.closes_ms != 0 && round.closes_ms <= clock_wall_ms())
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Thời điểm đóng của đợt khảo sát đã qua.",
		    "The time at which the round closes has passed.");
	else
		store_phase(r, &round, ENTRY_ROUND_OPENED, opened);
}

static void
closed(struct request *r)
{
	log_info("round=%s closed number=%llu", r->message->close_round->round,
	    (unsigned long long)r->job.number);
	atomic_store(&r->server->wants_checkpoint, true);
	answer_round_named(r, r->message->close_round->round);
}

void
handle_close_round(struct request *r)
{
	struct round_view round;
	if (!unit_find_round(r, r->message->close_round->round, &round))
		return;
	if (round.phase == ROUND_OPEN)
		store_phase(r, &round, ENTRY_ROUND_CLOSED, closed);
	else
		answer_phase(r, &round);
}

/* ------------------------------------------------------------------------------ extend */

static void
extended(struct request *r)
{
	log_info("round=%s deadline set number=%llu", r->message->extend_round->round,
	    (unsigned long long)r->job.number);
	answer_round_named(r, r->message->extend_round->round);
}

#define DEADLINE_BYTES 32 /* two numbers */

static size_t
pack_deadline(int64_t before_ms, int64_t after_ms, uint8_t payload[DEADLINE_BYTES])
{
	Khaosat__V1__DeadlineChange change;
	khaosat__v1__deadline_change__init(&change);
	change.before_ms = before_ms;
	change.after_ms = after_ms;
	return khaosat__v1__deadline_change__pack(&change, payload);
}

static void
store_deadline(struct request *r, const struct round_view *round, int64_t closes_ms)
{
	uint8_t payload[DEADLINE_BYTES];
	struct entry e;
	unit_round_entry(r, round, ENTRY_DEADLINE_SET, &e);
	e.argument_ms = closes_ms;
	size_t n = pack_deadline(round->closes_ms, closes_ms, payload);
	store_entry(r, round, &e, payload, n, extended);
}

void
handle_extend_round(struct request *r)
{
	const Khaosat__V1__ExtendRound *m = r->message->extend_round;
	struct round_view round;
	if (!unit_find_round(r, m->round, &round))
		return;
	if (round.phase == ROUND_CLOSED)
		answer_phase(r, &round);
	else if (m->closes_ms <= clock_wall_ms() || m->closes_ms <= round.closes_ms)
		answer_invalid(
		    r, "extend_round.closes_ms", "a time to come, later than the deadline");
	else
		store_deadline(r, &round, m->closes_ms);
}

/* ------------------------------------------------------------------------------ reopen */

static void
reopened(struct request *r)
{
	log_info("round=%s unit reopened number=%llu", r->message->reopen_unit->round,
	    (unsigned long long)r->job.number);
	answer_done(r);
}

static void
store_reopening(struct request *r, const struct unit *unit, int64_t until_ms)
{
	uint8_t payload[DEADLINE_BYTES];
	struct entry e;
	unit_entry(r, unit, &e);
	e.kind = ENTRY_UNIT_REOPENED;
	e.argument_ms = until_ms;
	size_t n = pack_deadline(unit->view.reopened_until_ms, until_ms, payload);
	if (request_entry(r, &e, payload, n))
		unit_store(r, unit, reopened);
	else
		answer_memory(r);
}

void
handle_reopen_unit(struct request *r)
{
	const Khaosat__V1__ReopenUnit *m = r->message->reopen_unit;
	struct unit unit;
	struct chain chain;
	if (!unit_find(r, m->round, m->tax_code, &unit))
		return;
	if (m->until_ms <= clock_wall_ms())
		answer_invalid(r, "reopen_unit.until_ms", "a time to come");
	else if (unit.round.phase != ROUND_OPEN && unit.round.phase != ROUND_CLOSED)
		answer_phase(r, &unit.round);
	else if (!chain_walk(r->server->store, &unit.view, NULL, NULL, &chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (chain.is_full)
		unit_answer_full(r, &chain);
	else
		store_reopening(r, &unit, m->until_ms);
}
