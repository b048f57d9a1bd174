/* SPDX-License-Identifier: Apache-2.0 */
#include "client/acts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/case_words.h"
#include "client/local_time.h"
#include "client/staff.h"
#include "client/words.h"
#include "proto/entry.h"
#include "survey/taxcode.h"
#include "survey/text.h"

static const char *const codes[] = {
    [ENTRY_DEFINITION] = "survey.added",
    [ENTRY_ROUND_CREATED] = "round.created",
    [ENTRY_REGISTER_CHUNK] = "register.chunk",
    [ENTRY_REGISTER_LOADED] = "register.loaded",
    [ENTRY_ROUND_OPENED] = "round.opened",
    [ENTRY_ROUND_CLOSED] = "round.closed",
    [ENTRY_UNIT_REOPENED] = "unit.reopened",
    [ENTRY_SUBMISSION] = "submission.made",
    [ENTRY_CORRECTION] = "submission.corrected",
    [ENTRY_WITHDRAWAL] = "submission.withdrawn",
    [ENTRY_ACCOUNT_ADDED] = "account.added",
    [ENTRY_ROLE_SET] = "account.role",
    [ENTRY_PASSWORD_SET] = "account.password",
    [ENTRY_ACCOUNT_REMOVED] = "account.removed",
    [ENTRY_TOKEN_MADE] = "token.made",
    [ENTRY_TOKEN_REVOKED] = "token.revoked",
    [ENTRY_CONTACT_KEPT] = "contact.kept",
    [ENTRY_CONTACT_ERASED] = "contact.erased",
    [ENTRY_EXPORT_MADE] = "export.made",
    [ENTRY_CASE_SET] = "case.set",
    [ENTRY_ANSWER_EDITED] = "answer.edited",
    [ENTRY_ANSWER_RECODED] = "answer.recoded",
    [ENTRY_ROW_PROPOSED] = "row.proposed",
    [ENTRY_ROW_PROPOSAL_WITHDRAWN] = "row.withdrawn",
    [ENTRY_ROW_PROPOSAL_REFUSED] = "row.refused",
    [ENTRY_ROW_CHANGED] = "row.changed",
    [ENTRY_CODE_ISSUED] = "code.issued",
    [ENTRY_CODE_REVOKED] = "code.revoked",
    [ENTRY_SUBCODE_MADE] = "subcode.made",
    [ENTRY_SUBCODE_REVOKED] = "subcode.revoked",
    [ENTRY_FIRM_GRANTED] = "grant.made",
    [ENTRY_GRANT_ENDED] = "grant.ended",
    [ENTRY_DEADLINE_SET] = "round.deadline",
    [ENTRY_CONTACTS_ERASED] = "contact.erased_all",
};
#define CODES (sizeof(codes) / sizeof(codes[0]))

static bool
is_code(const char *code, const char *what)
{
	size_t n = strlen(what);
	return n > 0 && strncmp(code, what, n) == 0 && (code[n] == '\0' || code[n] == '.');
}

bool
acts_is_what(const char *what)
{
	for (size_t i = 1; i < CODES; i++)
		if (codes[i] != NULL && is_code(codes[i], what))
			return true;
	return false;
}

void
acts_print_groups(char out[512])
{
	size_t n = 0;
	out[0] = '\0';
	for (size_t i = 1; i < CODES; i++) {
		if (codes[i] == NULL)
			continue;
		char group[32];
		snprintf(group, sizeof(group), "%.*s", (int)strcspn(codes[i], "."), codes[i]);
		size_t before = 1;
		while (codes[before] == NULL || !is_code(codes[before], group))
			before++;
		if (before == i && n < 512)
			n += (size_t)snprintf(out + n, 512 - n, "%s%s", n > 0 ? ", " : "", group);
	}
}

bool
acts_matches(const struct act *act, const char *what)
{
	return is_code(act->what, what);
}

/* ------------------------------------------------------------------------------- names */

struct name {
	uint64_t number; /* of an account, or of the entry that made a round */
	char text[48];
};

struct names {
	struct name *name;
	size_t n, room;
};

static bool
remember(struct names *names, uint64_t number, const char *text)
{
	if (names->n == names->room) {
		size_t room = names->room * 2 + 16;
		struct name *grown = realloc(names->name, room * sizeof(*grown));
		if (grown == NULL)
			return false;
		names->name = grown;
		names->room = room;
	}
	struct name *name = &names->name[names->n++];
	name->number = number;
	snprintf(name->text, sizeof(name->text), "%s", text);
	return true;
}

/* Numbers rise. What is not known is its number. */
static void
name_of(const struct names *names, uint64_t number, char *out)
{
	size_t low = 0, high = names->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (names->name[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < names->n && names->name[low].number == number)
		snprintf(out, 48, "%s", names->name[low].text);
	else
		snprintf(out, 48, "#%" PRIu64, number);
}

/* ------------------------------------------------------------------------------- one act */

struct reading {
	const struct client *client;
	struct names accounts, rounds;
	act_visit *visit;
	void *context;
	bool is_enough;
};

static void
until(char out[ACT_TEXT_BYTES], const char *prefix, int64_t ms)
{
	char time[LOCAL_TIME_BYTES];
	utc_time_print(ms, time);
	snprintf(out, ACT_TEXT_BYTES, "%suntil %s", prefix, time);
}

static void
fill_unit(const struct entry *e, struct act *act)
{
	char unit[TAXCODE_TEXT_BYTES];
	size_t n = strlen(act->on);
	taxcode_print(e->tax_code, unit);
	snprintf(act->on + n, sizeof(act->on) - n, " %s", unit);
	if (e->kind == ENTRY_UNIT_REOPENED)
		until(act->after, "", e->argument_ms);
	else if (e->kind == ENTRY_SUBMISSION || e->kind == ENTRY_CORRECTION)
		snprintf(act->after, sizeof(act->after), "revision %" PRIu32, e->revision);
	else if (entry_is_edit(e->kind))
		snprintf(act->before, sizeof(act->before), "revision %" PRIu32, e->revision);
	if (e->kind == ENTRY_CORRECTION)
		snprintf(act->before, sizeof(act->before), "revision %" PRIu32, e->revision - 1);
	if (e->kind == ENTRY_WITHDRAWAL)
		snprintf(act->before, sizeof(act->before), "revision %" PRIu32, e->revision);
}

/* ------------------------------------------------------------------------------- payloads */

/* What a payload says, unpacked. */
typedef void fill_act(const void *message, struct act *act);

static void
fill_case(const void *message, struct act *act)
{
	const Khaosat__V1__CaseChange *m = message;
	snprintf(act->before, sizeof(act->before), "%s", case_code_of(m->before));
	int n = snprintf(act->after, sizeof(act->after), "%s", case_code_of(m->after));
	if (m->evidence[0] == '\0')
		return;
	n += snprintf(act->after + n, sizeof(act->after) - (size_t)n, ": ");
	text_quote(
	    act->after + n, sizeof(act->after) - (size_t)n, m->evidence, strlen(m->evidence));
}

static void
fill_code(const void *message, struct act *act)
{
	const Khaosat__V1__SetCode *m = message;
	const char *way = m->delivery == KHAOSAT__V1__DELIVERY__PAPER            ? "paper: "
			  : m->delivery == KHAOSAT__V1__DELIVERY__REGISTER_EMAIL ? "email: "
										 : "";
	snprintf(act->after, sizeof(act->after), "%s%s", way, m->reason);
}

static void
fill_deadline(const void *message, struct act *act)
{
	const Khaosat__V1__DeadlineChange *m = message;
	if (m->before_ms != 0)
		until(act->before, "", m->before_ms);
	until(act->after, "", m->after_ms);
}

static void
fill_erasure(const void *message, struct act *act)
{
	const Khaosat__V1__ContactsErasure *m = message;
	char time[LOCAL_TIME_BYTES];
	utc_time_print(m->before_ms, time);
	snprintf(act->before, sizeof(act->before), "%" PRIu64 " contacts", m->contacts);
	snprintf(act->after, sizeof(act->after), "none kept before %s", time);
}

/* "B01 EMEET: why": the question, the code that OTHER became, the reason. */
static void
fill_edit(const void *message, struct act *act)
{
	const Khaosat__V1__AnswerEdit *m = message;
	snprintf(act->after, sizeof(act->after), "%s%s%s%s%s", m->question,
	    m->code[0] != '\0' ? " " : "", m->code, m->reason[0] != '\0' ? ": " : "", m->reason);
}

/* Each column that changed on either side; behind them whose wish it was, and why. */
static void
fill_row(const void *message, struct act *act)
{
	const Khaosat__V1__RowChange *m = message;
	char *const side[] = {act->before, act->after};
	size_t used[2] = {0};
	for (size_t i = 0; i < m->n_cell; i++)
		for (int k = 0; k < 2; k++) {
			const char *value = k == 0 ? m->cell[i]->before : m->cell[i]->after;
			size_t left = ACT_TEXT_BYTES - used[k];
			int n = snprintf(side[k] + used[k], left, "%s%s=%s", i > 0 ? "; " : "",
			    m->cell[i]->column, value);
			used[k] += (size_t)n < left ? (size_t)n : left - 1;
		}
	size_t left = ACT_TEXT_BYTES - used[1];
	if (m->proposal != 0)
		snprintf(act->after + used[1], left, "%sproposal #%" PRIu64 "%s%s",
		    used[1] > 0 ? "; " : "", m->proposal, m->reason[0] != '\0' ? ": " : "",
		    m->reason);
	else
		snprintf(act->after + used[1], left, "%s%s", used[1] > 0 ? ": " : "", m->reason);
}

static void
fill_refusal(const void *message, struct act *act)
{
	const Khaosat__V1__ProposalRefusal *m = message;
	snprintf(act->before, sizeof(act->before), "proposal #%" PRIu64, m->proposal);
	snprintf(act->after, sizeof(act->after), "refused: %s", m->reason);
}

/* Staff only take them back. */
static void
fill_subcode(const void *message, struct act *act)
{
	const Khaosat__V1__RevokeSubcode *m = message;
	snprintf(act->before, sizeof(act->before), "#%" PRIu64, m->number);
}

static void
fill_granted(const void *message, struct act *act)
{
	const Khaosat__V1__FirmGrant *m = message;
	snprintf(act->after, sizeof(act->after), "%s", m->name);
}

static void
fill_ended(const void *message, struct act *act)
{
	const Khaosat__V1__FirmGrant *m = message;
	snprintf(act->before, sizeof(act->before), "%s", m->name);
}

static const struct {
	enum entry_kind kind;
	const ProtobufCMessageDescriptor *descriptor;
	fill_act *fill;
} payloads[] = {
    {ENTRY_CASE_SET, &khaosat__v1__case_change__descriptor, fill_case},
    {ENTRY_ANSWER_EDITED, &khaosat__v1__answer_edit__descriptor, fill_edit},
    {ENTRY_ANSWER_RECODED, &khaosat__v1__answer_edit__descriptor, fill_edit},
    {ENTRY_ROW_CHANGED, &khaosat__v1__row_change__descriptor, fill_row},
    {ENTRY_ROW_PROPOSAL_REFUSED, &khaosat__v1__proposal_refusal__descriptor, fill_refusal},
    {ENTRY_CODE_ISSUED, &khaosat__v1__set_code__descriptor, fill_code},
    {ENTRY_CODE_REVOKED, &khaosat__v1__set_code__descriptor, fill_code},
    {ENTRY_SUBCODE_REVOKED, &khaosat__v1__revoke_subcode__descriptor, fill_subcode},
    {ENTRY_FIRM_GRANTED, &khaosat__v1__firm_grant__descriptor, fill_granted},
    {ENTRY_GRANT_ENDED, &khaosat__v1__firm_grant__descriptor, fill_ended},
    {ENTRY_DEADLINE_SET, &khaosat__v1__deadline_change__descriptor, fill_deadline},
    {ENTRY_CONTACTS_ERASED, &khaosat__v1__contacts_erasure__descriptor, fill_erasure},
};

/* True also where the payload tells no more than the header. */
static bool
fill_payload(const Khaosat__V1__LoggedEntry *entry, enum entry_kind kind, struct act *act)
{
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		if (payloads[i].kind != kind)
			continue;
		ProtobufCMessage *m = protobuf_c_message_unpack(
		    payloads[i].descriptor, NULL, entry->payload.len, entry->payload.data);
		if (m == NULL)
			return false;
		payloads[i].fill(m, act);
		protobuf_c_message_free_unpacked(m, NULL);
		return true;
	}
	return true;
}

/* ------------------------------------------------------------------------------- rounds, staff */

/* A round goes from one of these to the next. */
static void
fill_phase(enum entry_kind kind, struct act *act)
{
	static const char *const phase[][2] = {
	    [ENTRY_ROUND_CREATED] = {"", "created"},
	    [ENTRY_REGISTER_CHUNK] = {"", ""},
	    [ENTRY_REGISTER_LOADED] = {"created", "loaded"},
	    [ENTRY_ROUND_OPENED] = {"loaded", "open"},
	    [ENTRY_ROUND_CLOSED] = {"open", "closed"},
	};
	snprintf(act->before, sizeof(act->before), "%s", phase[kind][0]);
	snprintf(act->after, sizeof(act->after), "%s", phase[kind][1]);
}

static bool
fill_created(struct reading *r, const Khaosat__V1__LoggedEntry *entry)
{
	Khaosat__V1__CreateRound *m =
	    khaosat__v1__create_round__unpack(NULL, entry->payload.len, entry->payload.data);
	bool good = m != NULL && remember(&r->rounds, entry->number, m->name);
	if (m != NULL)
		khaosat__v1__create_round__free_unpacked(m, NULL);
	return good;
}

static void
fill_token(const Khaosat__V1__StaffChange *m, enum entry_kind kind, struct act *act)
{
	char role[40];
	size_t n = strlen(act->on);
	snprintf(act->on + n, sizeof(act->on) - n, " %s", m->token_name);
	snprintf(role, sizeof(role), "%s ", staff_role_name(m->token_role));
	until(kind == ENTRY_TOKEN_MADE ? act->after : act->before, role, m->expires_ms);
}

static bool
fill_staff(struct reading *r, const Khaosat__V1__LoggedEntry *entry, const struct entry *e,
    struct act *act)
{
	Khaosat__V1__StaffChange *m =
	    khaosat__v1__staff_change__unpack(NULL, entry->payload.len, entry->payload.data);
	if (m == NULL)
		return false;
	bool good = e->kind != ENTRY_ACCOUNT_ADDED || remember(&r->accounts, m->account, m->name);
	snprintf(act->on, sizeof(act->on), "%s", m->name);
	if (e->kind == ENTRY_TOKEN_MADE || e->kind == ENTRY_TOKEN_REVOKED) {
		fill_token(m, e->kind, act);
	} else if (e->kind == ENTRY_PASSWORD_SET) {
		snprintf(act->after, sizeof(act->after), "new");
	} else {
		const char *before = staff_role_name(m->before), *after = staff_role_name(m->after);
		snprintf(act->before, sizeof(act->before), "%s", m->before != 0 ? before : "");
		snprintf(act->after, sizeof(act->after), "%s", m->after != 0 ? after : "");
	}
	khaosat__v1__staff_change__free_unpacked(m, NULL);
	return good;
}

/* False: it is none that can be read, or memory is out. */
static bool
take(struct reading *r, const Khaosat__V1__LoggedEntry *entry)
{
	struct entry e;
	struct act act = {.number = entry->number};
	if (!entry_decode(entry->header.data, entry->header.len, true, &e))
		return false;
	act.time_ms = e.time_ms;
	act.what = codes[e.kind];
	bool good = fill_payload(entry, e.kind, &act);
	if (e.kind == ENTRY_ROUND_CREATED)
		good = fill_created(r, entry);
	if (entry_is_of_staff(e.kind))
		good = fill_staff(r, entry, &e, &act);
	else
		name_of(&r->rounds, e.round != 0 ? e.round : entry->number, act.on);
	if (entry_is_of_unit(e.kind))
		fill_unit(&e, &act);
	else if (e.kind >= ENTRY_ROUND_CREATED && e.kind <= ENTRY_ROUND_CLOSED)
		fill_phase(e.kind, &act);
	if (e.actor == 0)
		snprintf(act.who, sizeof(act.who), entry_is_of_grant(e.kind) ? "unit" : "clock");
	else
		name_of(&r->accounts, e.actor, act.who);
	r->is_enough = good && !r->visit(r->context, &act);
	return good;
}

/* ------------------------------------------------------------------------------- pages */

static int
take_page(struct reading *r, const Khaosat__V1__Response *response, uint64_t *from, bool *is_last)
{
	const Khaosat__V1__LogEntries *page = response->log_entries;
	bool good = response->body_case == KHAOSAT__V1__RESPONSE__BODY_LOG_ENTRIES &&
		    (page->next > *from || page->last < *from);
	for (size_t i = 0; good && i < page->n_entry && !r->is_enough; i++)
		good = take(r, page->entry[i]);
	if (!good) {
		client_error("%s", client_say(r->client, "máy chủ trả về nhật ký không đọc được",
				       "the collector sent a log that cannot be read"));
		return EXIT_FAILED;
	}
	*is_last = page->next > page->last || r->is_enough;
	*from = page->next;
	return EXIT_DONE;
}

static int
read_pages(struct reading *r, struct connection *c)
{
	int exit_code = EXIT_DONE;
	uint64_t from = 1;
	bool is_last = false;
	while (!is_last && exit_code == EXIT_DONE) {
		Khaosat__V1__ListActs body;
		khaosat__v1__list_acts__init(&body);
		Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
		body.from = from;
		request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_ACTS;
		request.list_acts = &body;
		Khaosat__V1__Response *response =
		    connection_ask(r->client, c, &request, &exit_code);
		if (response == NULL)
			break;
		exit_code = take_page(r, response, &from, &is_last);
		khaosat__v1__response__free_unpacked(response, NULL);
	}
	return exit_code;
}

int
acts_read(const struct client *client, struct connection *c, act_visit *visit, void *context)
{
	struct reading r = {.client = client, .visit = visit, .context = context};
	int exit_code = EXIT_FAILED;
	if (remember(&r.accounts, 1, "machine"))
		exit_code = read_pages(&r, c);
	free(r.accounts.name);
	free(r.rounds.name);
	return exit_code;
}
