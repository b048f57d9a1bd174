/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat withdraw: the unit becomes a non-respondent again. The withdrawal is an entry of its own,
 * with its own receipt. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/local_time.h"
#include "client/receipt.h"
#include "client/submitting.h"
#include "client/uuid.h"
#include "client/words.h"

#define OPTION_YES 0x6000

static const struct option options[] = {
    UNIT_LONG_OPTIONS,
    {"yes", no_argument, NULL, OPTION_YES},
    {0},
};

/* Show what would be withdrawn, and ask. A pipe answers with --yes only. */
static bool
is_confirmed(const struct submitting *s, const struct unit_state *unit, bool yes)
{
	char id[UUID_TEXT_BYTES];
	char time[LOCAL_TIME_BYTES];
	char line[16];
	uuid_print(unit->head, id);
	local_time_print(unit->head_time_ms, s->client->language == LANGUAGE_VI, time);
	printf(client_say(s->client, "%s %s\nBản đang có hiệu lực: %s, lần %u, lúc %s\n",
		   "%s %s\nCounts now: %s, revision %u, of %s\n"),
	    s->options.tax_code, unit->name, id, unit->head_revision, time);
	if (yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		client_error("%s",
		    client_say(s->client, "thêm --yes để rút thật", "add --yes to withdraw it"));
		return false;
	}
	printf("%s", client_say(s->client, "Rút câu trả lời này? Gõ \"rút\" để đồng ý: ",
			 "Withdraw these answers? Type \"withdraw\" to agree: "));
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return strcmp(line, "rút") == 0 || strcmp(line, "rut") == 0 ||
	       strcmp(line, "withdraw") == 0;
}

static Khaosat__V1__Response *
ask(struct submitting *s, struct unit_state *unit, uint8_t id[UUID_BYTES])
{
	Khaosat__V1__Request request;
	Khaosat__V1__UnitCredential credential;
	Khaosat__V1__Withdraw withdraw;
	khaosat__v1__request__init(&request);
	khaosat__v1__withdraw__init(&withdraw);
	withdraw.round = s->questionnaire.round;
	withdraw.head = (ProtobufCBinaryData){UUID_BYTES, unit->head};
	withdraw.instance_id = (ProtobufCBinaryData){UUID_BYTES, id};
	if (s->options.access_code[0] == '\0')
		withdraw.tax_code = s->options.tax_code;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_WITHDRAW;
	request.withdraw = &withdraw;
	unit_options_sign(&s->options, &credential, &request);
	return connection_call(s->connection, &request);
}

static int
on_answer(const struct submitting *s, const Khaosat__V1__Response *response)
{
	char *path;
	if (response->status != KHAOSAT__V1__STATUS__ACCEPTED &&
	    response->status != KHAOSAT__V1__STATUS__REPLAYED)
		return connection_explain(s->client, response);
	if (!receipt_write(s->client, s->questionnaire.round, response->receipt, NULL, 0, &path)) {
		client_error(client_say(s->client, "đã rút, nhưng không ghi được biên nhận: %s",
				 "withdrawn, but the receipt could not be written: %s"),
		    words_errno(s->client->language, errno));
		return EXIT_FAILED;
	}
	printf(client_say(s->client, "%s: đã rút. Biên nhận: %s\n", "%s: withdrawn. Receipt: %s\n"),
	    s->options.tax_code, path);
	free(path);
	return EXIT_DONE;
}

/* The collector may have stored it before the line broke: the same id is asked once more. */
static int
withdraw(struct submitting *s, struct unit_state *unit)
{
	uint8_t id[UUID_BYTES];
	uuid_make(id);
	Khaosat__V1__Response *response = ask(s, unit, id);
	if (response == NULL) {
		connection_close(s->connection);
		submitting_connect(s);
		if (s->connection != NULL)
			response = ask(s, unit, id);
	}
	if (response == NULL)
		return EXIT_UNREACHABLE;
	int result = on_answer(s, response);
	khaosat__v1__response__free_unpacked(response, NULL);
	return result;
}

static int
find_and_withdraw(struct submitting *s, bool yes)
{
	struct unit_state unit = {0};
	submitting_connect(s);
	if (s->connection == NULL)
		return EXIT_UNREACHABLE;
	if (!submitting_questionnaire(s, s->options.round))
		return EXIT_FAILED;
	Khaosat__V1__Response *response = unit_state_fetch(s->client, s->connection,
	    &s->questionnaire, s->options.tax_code, s->options.access_code, &unit);
	if (response == NULL)
		return EXIT_UNREACHABLE;
	int result = EXIT_DONE;
	if (response->status != KHAOSAT__V1__STATUS__DONE)
		result = connection_explain(s->client, response);
	khaosat__v1__response__free_unpacked(response, NULL);
	if (result != EXIT_DONE)
		return result;
	if (!unit.has_head) {
		client_error(client_say(s->client, "%s chưa có câu trả lời nào",
				 "%s has no submission to withdraw"),
		    s->options.tax_code);
		return EXIT_FAILED;
	}
	return is_confirmed(s, &unit, yes) ? withdraw(s, &unit) : EXIT_FAILED;
}

static int
run(struct client *client, int argc, char **argv)
{
	struct submitting s = {.client = client};
	bool yes = false;
	int option;
	while ((option = client_option(client, argc, argv, options)) != -1) {
		if (option == OPTION_YES)
			yes = true;
		else if (option == '?' || !submitting_take(&s, option, optarg))
			return EXIT_USAGE;
	}
	if (!client_is_end(client, &command_withdraw, argc, argv))
		return EXIT_USAGE;
	int result = unit_options_finish(client, &s.options);
	if (result == EXIT_DONE)
		result = find_and_withdraw(&s, yes);
	submitting_clear(&s);
	return result;
}

const struct command command_withdraw = {
    .name = "withdraw",
    .usage = UNIT_USAGE " [--yes]",
    .summary_vi = "rút câu trả lời: đơn vị trở lại là chưa trả lời",
    .summary_en = "withdraw the answers: the unit has not responded any more",
    .run = run,
};
