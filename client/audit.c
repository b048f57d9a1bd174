/* SPDX-License-Identifier: Apache-2.0 */
/* audit: what staff and firms did, when, with what before and after, as the collector tells it out
 * of its log. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/csv_cell.h"
#include "client/figure_options.h"
#include "client/local_time.h"
#include "client/staff.h"
#include "client/width.h"
#include "proto/entry.h"

#define ON_BYTES 512

struct audit {
	const struct client *client;
	enum format format;
	int64_t since_ms;
	const char *who, *what; /* NULL: all */
	size_t printed;
};

/* ------------------------------------------------------------------------------- kinds */

/* Codes, not for translation. */
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

static const char *
code_of(Khaosat__V1__EntryKind kind)
{
	size_t at = (size_t)kind;
	return at < CODES && codes[at] != NULL ? codes[at] : "?";
}

/* A code, or the part of it before its dot. */
static bool
is_what(const char *code, const char *what)
{
	size_t n = strlen(what);
	return n > 0 && strncmp(code, what, n) == 0 && (code[n] == '\0' || code[n] == '.');
}

static bool
is_known(const char *what)
{
	for (size_t i = 1; i < CODES; i++)
		if (codes[i] != NULL && is_what(codes[i], what))
			return true;
	return false;
}

/* "survey, round, register, ..." */
static void
list_groups(char out[512])
{
	size_t n = 0;
	out[0] = '\0';
	for (size_t i = 1; i < CODES; i++) {
		if (codes[i] == NULL)
			continue;
		char group[32];
		snprintf(group, sizeof(group), "%.*s", (int)strcspn(codes[i], "."), codes[i]);
		size_t before = 1;
		while (codes[before] == NULL || !is_what(codes[before], group))
			before++;
		if (before == i && n < 512)
			n += (size_t)snprintf(out + n, 512 - n, "%s%s", n > 0 ? ", " : "", group);
	}
}

/* ------------------------------------------------------------------------------- one act */

/* The round, the unit, the account: what there is of them. */
static void
put_on(const Khaosat__V1__Act *act, char out[ON_BYTES])
{
	const char *const part[] = {act->round, act->tax_code, act->subject};
	size_t n = 0;
	out[0] = '\0';
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		if (*part[i] != '\0' && n < ON_BYTES)
			n += (size_t)snprintf(
			    out + n, ON_BYTES - n, "%s%s", n > 0 ? " " : "", part[i]);
}

/* "2025 3000000012: F01 50 -> 60 (confirmed by phone)" */
static void
print_row(const struct audit *audit, const Khaosat__V1__Act *act)
{
	char number[24], time[LOCAL_TIME_BYTES], on[ON_BYTES];
	put_on(act, on);
	snprintf(number, sizeof(number), "%" PRIu64, act->number);
	local_time_print(act->time_ms, audit->client->language == LANGUAGE_VI, time);
	width_print_right(stdout, number, 8);
	width_print(stdout, time, 19);
	width_print(stdout, act->who, 14);
	width_print(stdout, code_of(act->kind), 20);
	fputs(on, stdout);
	for (size_t i = 0; i < act->n_change; i++) {
		const Khaosat__V1__CellChange *c = act->change[i];
		printf("%s %s %s -> %s", i > 0 ? ";" : ":", c->column,
		    c->before[0] != '\0' ? c->before : "-", c->after[0] != '\0' ? c->after : "-");
	}
	printf(act->reason[0] != '\0' ? " (%s)\n" : "%s\n", act->reason);
}

/* A line for each thing that changed; one also where nothing did. */
static void
print_csv(const struct audit *audit, const Khaosat__V1__Act *act)
{
	char time[LOCAL_TIME_BYTES], on[ON_BYTES];
	if (audit->printed == 0)
		fputs("number,time,who,what,on,changed,before,after,reason\r\n", stdout);
	put_on(act, on);
	utc_time_print(act->time_ms, time);
	for (size_t i = 0; i < act->n_change || i == 0; i++) {
		const Khaosat__V1__CellChange *c = act->n_change > 0 ? act->change[i] : NULL;
		const char *cells[] = {act->who, code_of(act->kind), on, c != NULL ? c->column : "",
		    c != NULL ? c->before : "", c != NULL ? c->after : "", act->reason};
		printf("%" PRIu64 ",%s", act->number, time);
		for (size_t k = 0; k < sizeof(cells) / sizeof(cells[0]); k++) {
			putchar(',');
			csv_cell(stdout, cells[k]);
		}
		fputs("\r\n", stdout);
	}
}

static void
print_json(const struct audit *audit, const Khaosat__V1__Act *act)
{
	char time[LOCAL_TIME_BYTES], on[ON_BYTES];
	json_t *changes = json_array();
	put_on(act, on);
	utc_time_print(act->time_ms, time);
	for (size_t i = 0; i < act->n_change; i++)
		json_array_append_new(
		    changes, json_pack("{ss ss ss}", "changed", act->change[i]->column, "before",
				 act->change[i]->before, "after", act->change[i]->after));
	json_t *object = json_pack("{sI ss ss ss ss so ss}", "number", (json_int_t)act->number,
	    "time", time, "who", act->who, "what", code_of(act->kind), "on", on, "changes", changes,
	    "reason", act->reason);
	fputs(audit->printed == 0 ? "[\n " : ",\n ", stdout);
	if (object != NULL)
		json_dumpf(object, stdout, JSON_PRESERVE_ORDER);
	json_decref(object);
}

static void
take(struct audit *audit, const Khaosat__V1__Act *act)
{
	static void (*const print[])(const struct audit *, const Khaosat__V1__Act *) = {
	    [FORMAT_TABLE] = print_row, [FORMAT_CSV] = print_csv, [FORMAT_JSON] = print_json};
	if (act->time_ms < audit->since_ms ||
	    (audit->who != NULL && strcmp(audit->who, act->who) != 0) ||
	    (audit->what != NULL && !is_what(code_of(act->kind), audit->what)))
		return;
	print[audit->format](audit, act);
	audit->printed++;
}

/* ------------------------------------------------------------------------------- pages */

static int
take_page(struct audit *audit, const Khaosat__V1__Response *response, uint64_t *from)
{
	const Khaosat__V1__Acts *page = response->acts;
	if (response->body_case != KHAOSAT__V1__RESPONSE__BODY_ACTS ||
	    (page->next <= *from && page->last >= *from)) {
		client_error(
		    "%s", client_say(audit->client, "máy chủ trả về nhật ký không đọc được",
			      "the collector sent a log that cannot be read"));
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < page->n_act; i++)
		take(audit, page->act[i]);
	*from = page->next <= page->last ? page->next : 0;
	return EXIT_DONE;
}

static int
read_pages(struct audit *audit, struct connection *c)
{
	int exit_code = EXIT_DONE;
	uint64_t from = 1;
	while (from != 0 && exit_code == EXIT_DONE) {
		Khaosat__V1__ListActs body;
		khaosat__v1__list_acts__init(&body);
		Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
		body.from = from;
		request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_ACTS;
		request.list_acts = &body;
		Khaosat__V1__Response *response =
		    connection_ask(audit->client, c, &request, &exit_code);
		if (response == NULL)
			break;
		exit_code = take_page(audit, response, &from);
		khaosat__v1__response__free_unpacked(response, NULL);
	}
	return exit_code;
}

/* ------------------------------------------------------------------------------- the command */

static int
run_with(struct audit *audit)
{
	int exit_code = EXIT_DONE;
	struct connection *c = connection_begin(audit->client, &exit_code);
	if (c == NULL)
		return exit_code;
	exit_code = read_pages(audit, c);
	connection_close(c);
	if (audit->format == FORMAT_JSON && exit_code == EXIT_DONE)
		puts(audit->printed == 0 ? "[]" : "\n]");
	return exit_code;
}

static bool
take_since(struct audit *audit, const char *value)
{
	if (local_time_parse_from(value, &audit->since_ms))
		return true;
	client_bad_time(audit->client, "--since", value);
	return false;
}

static bool
take_what(struct audit *audit, const char *value)
{
	char groups[512];
	audit->what = value;
	if (is_known(value))
		return true;
	list_groups(groups);
	client_error(client_say(audit->client,
			 "--what %s: phải là một trong %s, hoặc một việc như round.opened",
			 "--what %s: must be one of %s, or one act such as round.opened"),
	    value, groups);
	return false;
}

static bool
take_option(struct audit *audit, int option, const char *value)
{
	switch (option) {
	case 's':
		return take_since(audit, value);
	case 'w':
		audit->who = value;
		return true;
	case 'k':
		return take_what(audit, value);
	case 'f':
		return figure_options_format(audit->client, value, &audit->format);
	default:
		return false;
	}
}

static int
run_audit(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"since", required_argument, NULL, 's'},
	    {"who", required_argument, NULL, 'w'}, {"what", required_argument, NULL, 'k'},
	    {"format", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
	struct audit audit = {.client = client, .since_ms = INT64_MIN};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;)
		if (!take_option(&audit, o, optarg))
			return EXIT_USAGE;
	if (!client_is_end(client, &command_audit, argc, argv))
		return EXIT_USAGE;
	return staff_has_token(client) ? run_with(&audit) : EXIT_USAGE;
}

const struct command command_audit = {"audit",
    "[--since T] [--who NAME] [--what WHAT] [--format table|json|csv]",
    "cán bộ và đơn vị kế toán đã làm gì, lúc nào, trước và sau",
    "what staff and firms did, when, before and after", run_audit};
