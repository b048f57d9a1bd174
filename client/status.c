/* SPDX-License-Identifier: Apache-2.0 */
/* status and history: what the collector holds of one unit, asked by the unit or by staff. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/answers_history.h"
#include "client/case_words.h"
#include "client/commands.h"
#include "client/local_time.h"
#include "client/unit_call.h"
#include "client/uuid.h"
#include "client/width.h"
#include "client/words.h"
#include "proto/digest.h"
#include "proto/entry.h"

#define DIGEST_SHOWN_BYTES 6
#define PAGES_MAX 16 /* of history: a hundred entries each, of a thousand at most */

/* Everything both commands begin with. */
struct asking {
	struct unit_call call;
	bool wants_answers; /* history --answers */
	Khaosat__V1__Response *page[PAGES_MAX];
	size_t pages;
	struct definition *definition;
	struct answers_history *answers;
};

#define OPTION_ANSWERS 0x7000

static bool
take_options(struct asking *a, const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
	    {"answers", no_argument, NULL, OPTION_ANSWERS}, UNIT_LONG_OPTIONS, {NULL, 0, NULL, 0}};
	bool is_status = command == &command_status;
	for (int o; (o = client_option(a->call.client, argc, argv, options + is_status)) != -1;) {
		if (o == OPTION_ANSWERS)
			a->wants_answers = true;
		else if (!unit_options_take(a->call.client, &a->call.unit, o, optarg))
			return false;
	}
	return client_is_end(a->call.client, command, argc, argv);
}

/* Options, code, connection, round. */
static int
begin(struct asking *a, const struct command *command, int argc, char **argv)
{
	if (!take_options(a, command, argc, argv))
		return EXIT_USAGE;
	return unit_call_begin(&a->call);
}

static void
end(struct asking *a)
{
	for (size_t i = 0; i < a->pages; i++)
		khaosat__v1__response__free_unpacked(a->page[i], NULL);
	answers_history_free(a->answers);
	definition_free(a->definition);
	unit_call_end(&a->call);
}

/* ------------------------------------------------------------------------------- status */

static void
print_head(const struct client *client, const Khaosat__V1__Head *head)
{
	char time[LOCAL_TIME_BYTES], id[UUID_TEXT_BYTES];
	if (head == NULL || head->instance_id.len != UUID_BYTES) {
		puts(client_say(client, "phiếu: chưa có", "submission: none"));
		return;
	}
	local_time_print(head->time_ms, client->language == LANGUAGE_VI, time);
	uuid_print(head->instance_id.data, id);
	printf(client_say(client, "phiếu: %s, lần %" PRIu32 ", bản ghi số %" PRIu64 ", lúc %s\n",
		   "submission: %s, revision %" PRIu32 ", entry %" PRIu64 ", at %s\n"),
	    id, head->revision, head->number, time);
}

static void
print_state(const struct asking *a, const Khaosat__V1__UnitState *s)
{
	char until[LOCAL_TIME_BYTES];
	printf("%s %s\n", s->tax_code, s->name);
	printf(client_say(a->call.client, "đợt %s: %s; ", "round %s: %s; "), a->call.round.name,
	    rounds_phase(a->call.client, s->phase));
	if (!s->may_submit) {
		puts(
		    client_say(a->call.client, "lúc này không nhận phiếu", "takes no answers now"));
	} else if (s->until_ms == 0) {
		puts(client_say(a->call.client, "đang nhận phiếu", "takes answers"));
	} else {
		local_time_print(s->until_ms, a->call.client->language == LANGUAGE_VI, until);
		printf(
		    client_say(a->call.client, "nhận phiếu đến %s\n", "takes answers until %s\n"),
		    until);
	}
	print_head(a->call.client, s->head);
}

static int
ask_status(struct asking *a)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__UnitStatus status;
	khaosat__v1__unit_status__init(&status);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	status.round = a->call.round.name;
	status.tax_code = unit_options_behalf(&a->call.unit);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_UNIT_STATUS;
	request.unit_status = &status;
	Khaosat__V1__Response *response = unit_call_ask(&a->call, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	if (response->body_case == KHAOSAT__V1__RESPONSE__BODY_UNIT_STATE)
		print_state(a, response->unit_state);
	khaosat__v1__response__free_unpacked(response, NULL);
	return EXIT_DONE;
}

static int
run_status(struct client *client, int argc, char **argv)
{
	struct asking a = {.call.client = client};
	int exit_code = begin(&a, &command_status, argc, argv);
	if (exit_code == EXIT_DONE)
		exit_code = ask_status(&a);
	end(&a);
	return exit_code;
}

/* ------------------------------------------------------------------------------- history */

static const char *
channel_words(const struct client *client, unsigned channel)
{
	switch (channel) {
	case KHAOSAT__V1__CHANNEL__TOOL:
		return client_say(client, "công cụ", "tool");
	case KHAOSAT__V1__CHANNEL__WEB:
		return client_say(client, "trang web", "web");
	case KHAOSAT__V1__CHANNEL__BULK:
		return client_say(client, "nộp hàng loạt", "bulk");
	case KHAOSAT__V1__CHANNEL__OFFICE:
		return client_say(client, "cơ quan nhập", "office");
	case KHAOSAT__V1__CHANNEL__PAPER_FORM:
		return client_say(client, "phiếu giấy", "paper");
	case KHAOSAT__V1__CHANNEL__PHONE:
		return client_say(client, "điện thoại", "phone");
	default:
		return "-";
	}
}

/* The state that was set; to staff the evidence comes too. */
static void
print_case(const struct client *client, const Khaosat__V1__LoggedEntry *logged)
{
	Khaosat__V1__CaseChange *m =
	    khaosat__v1__case_change__unpack(NULL, logged->payload.len, logged->payload.data);
	if (m == NULL)
		return;
	printf("  %s%s%s", case_word(client, m->after), m->evidence[0] != '\0' ? ": " : "",
	    m->evidence);
	khaosat__v1__case_change__free_unpacked(m, NULL);
}

static void
take_firm(const Khaosat__V1__LoggedEntry *grant, char out[WORDS_ACTOR_BYTES])
{
	Khaosat__V1__FirmGrant *m =
	    khaosat__v1__firm_grant__unpack(NULL, grant->payload.len, grant->payload.data);
	if (m == NULL)
		return;
	snprintf(out, WORDS_ACTOR_BYTES, "%s", m->name);
	khaosat__v1__firm_grant__free_unpacked(m, NULL);
}

/* A firm by its name, which stands with the grant that it acted under. */
static void
name_actor(const void *context, const struct entry *e, char out[WORDS_ACTOR_BYTES])
{
	const struct asking *a = context;
	words_actor(a->call.client->language, e, out);
	for (size_t i = 0; i < a->pages && e->actor != 0 && e->key != 0; i++) {
		const Khaosat__V1__UnitEntries *page = a->page[i]->unit_entries;
		for (size_t k = 0; k < page->n_entry; k++)
			if (page->entry[k]->number == e->key)
				take_firm(page->entry[k], out);
	}
}

static void
print_entry(const struct asking *a, const Khaosat__V1__LoggedEntry *logged)
{
	const struct client *client = a->call.client;
	struct entry e;
	char number[24], revision[16], time[LOCAL_TIME_BYTES], actor[WORDS_ACTOR_BYTES];
	char digest[2 * DIGEST_SHOWN_BYTES + 1];
	snprintf(number, sizeof(number), "%" PRIu64, logged->number);
	width_print_right(stdout, number, 8);
	if (!entry_decode(logged->header.data, logged->header.len, true, &e)) {
		puts(client_say(client, "không đọc được", "cannot be read"));
		return;
	}
	snprintf(revision, sizeof(revision), e.revision != 0 ? "%" PRIu32 : "-", e.revision);
	local_time_print(e.time_ms, client->language == LANGUAGE_VI, time);
	name_actor(a, &e, actor);
	digest_hex(e.digest, DIGEST_SHOWN_BYTES, digest);
	width_print(stdout, words_entry(client->language, e.kind), 17);
	width_print_right(stdout, revision, 3);
	width_print(stdout, time, 19);
	width_print(stdout, channel_words(client, e.channel), 14);
	width_print(stdout, actor, 14);
	fputs(e.payload_bytes > 0 ? digest : "-", stdout);
	if (e.kind == ENTRY_CASE_SET)
		print_case(client, logged);
	putchar('\n');
}

static void
print_history_head(const struct client *client)
{
	width_print_right(stdout, client_say(client, "bản ghi", "entry"), 8);
	width_print(stdout, client_say(client, "việc", "act"), 17);
	width_print_right(stdout, client_say(client, "lần", "rev"), 3);
	width_print(stdout, client_say(client, "lúc", "at"), 19);
	width_print(stdout, client_say(client, "qua", "by way of"), 14);
	width_print(stdout, client_say(client, "ai", "who"), 14);
	puts("SHA-256");
}

static void
print_pages(const struct asking *a)
{
	size_t n = 0;
	for (size_t i = 0; i < a->pages; i++) {
		const Khaosat__V1__UnitEntries *page = a->page[i]->unit_entries;
		for (size_t k = 0; k < page->n_entry; k++) {
			if (n++ == 0)
				print_history_head(a->call.client);
			print_entry(a, page->entry[k]);
		}
	}
	if (n == 0)
		puts(client_say(a->call.client, "chưa có gì", "nothing yet"));
}

/* Kept until the oldest has come. */
static int
take_entries(struct asking *a, const Khaosat__V1__UnitEntries *page)
{
	for (size_t i = 0; i < page->n_entry; i++) {
		if (answers_history_add(
			a->answers, a->definition, a->call.round.ref_year, page->entry[i]))
			continue;
		client_error("%s", client_say(a->call.client, "không đọc được lịch sử",
				       "the history cannot be read"));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

/* One page; *before moves to the next, 0 at the end. */
static int
take_page(struct asking *a, uint64_t *before)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__UnitHistory history;
	khaosat__v1__unit_history__init(&history);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	history.round = a->call.round.name;
	history.tax_code = unit_options_behalf(&a->call.unit);
	history.before = *before;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_UNIT_HISTORY;
	request.unit_history = &history;
	Khaosat__V1__Response *response = unit_call_ask(&a->call, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	const Khaosat__V1__UnitEntries *page = response->unit_entries;
	if (response->body_case != KHAOSAT__V1__RESPONSE__BODY_UNIT_ENTRIES ||
	    a->pages == PAGES_MAX || (*before != 0 && page->next_before >= *before)) {
		khaosat__v1__response__free_unpacked(response, NULL);
		return connection_unreadable(a->call.client);
	}
	a->page[a->pages++] = response;
	*before = page->next_before;
	return a->wants_answers ? take_entries(a, page) : EXIT_DONE;
}

static int
begin_answers(struct asking *a)
{
	int exit_code = EXIT_DONE;
	a->answers = answers_history_new();
	a->definition =
	    rounds_definition(a->call.client, a->call.connection, a->call.round.name, &exit_code);
	return a->answers == NULL ? EXIT_FAILED : exit_code;
}

static int
run_history(struct client *client, int argc, char **argv)
{
	struct asking a = {.call.client = client};
	uint64_t before = 0;
	int exit_code = begin(&a, &command_history, argc, argv);
	if (exit_code == EXIT_DONE && a.wants_answers)
		exit_code = begin_answers(&a);
	if (exit_code == EXIT_DONE) {
		do
			exit_code = take_page(&a, &before);
		while (exit_code == EXIT_DONE && before != 0);
	}
	if (exit_code == EXIT_DONE && a.wants_answers)
		answers_history_print(client, a.answers, a.definition, name_actor, &a);
	else if (exit_code == EXIT_DONE)
		print_pages(&a);
	end(&a);
	return exit_code;
}

const struct command command_status = {"status", UNIT_USAGE, "tình trạng của một đơn vị trong đợt",
    "where one unit stands in a round", run_status};
const struct command command_history = {"history", UNIT_USAGE " [--answers]",
    "mọi lần nộp, sửa, rút của một đơn vị, mới nhất trước; --answers: từng câu trả lời",
    "every submission, correction and withdrawal of a unit, newest first; --answers: each answer",
    run_history};
