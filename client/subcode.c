/* SPDX-License-Identifier: Apache-2.0 */
/* subcode make, list, revoke: a unit lets a colleague answer under a code of his own. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/codes_file.h"
#include "client/commands.h"
#include "client/file.h"
#include "client/local_time.h"
#include "client/unit_call.h"
#include "client/width.h"
#include "client/words.h"

struct subcode {
	struct unit_call call;
	const struct command *command;
	const char *name, *output;
	uint64_t number;
};

static int
take_options(struct client *client, int argc, char **argv, struct subcode *s)
{
	static const struct option options[] = {UNIT_LONG_OPTIONS,
	    {"name", required_argument, NULL, 'n'}, {"output", required_argument, NULL, 'o'},
	    {"number", required_argument, NULL, 'N'}, {NULL, 0, NULL, 0}};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		char *end = NULL;
		if (o == 'n')
			s->name = optarg;
		else if (o == 'o')
			s->output = optarg;
		else if (o == 'N')
			s->number = strtoull(optarg, &end, 10);
		else if (!unit_options_take(client, &s->call.unit, o, optarg))
			return EXIT_USAGE;
		if (end != NULL && (*end != '\0' || s->number == 0))
			return client_usage(client, s->command, "--number %s", optarg);
	}
	if (!client_is_end(client, s->command, argc, argv))
		return EXIT_USAGE;
	return EXIT_DONE;
}

/* ------------------------------------------------------------------------------- make */

/* On disk before the collector has its hash. */
static bool
write_code(struct subcode *s, uint8_t hash[CODE_HASH_BYTES])
{
	struct codes_random random = {.left = 0};
	char printed[CODE_PRINTED_BYTES];
	FILE *file = file_create(s->output);
	if (file == NULL) {
		client_error("%s: %s", s->output, words_errno(s->call.client->language, errno));
		return false;
	}
	codes_make(&random, s->call.round.name, s->call.unit.tax_code, printed, hash);
	fprintf(file, "%s\n", printed);
	explicit_bzero(printed, sizeof(printed));
	explicit_bzero(&random, sizeof(random));
	if (file_finish(file, s->output))
		return true;
	client_error("%s: %s", s->output, words_errno(s->call.client->language, errno));
	unlink(s->output);
	return false;
}

static int
make(struct subcode *s)
{
	uint8_t hash[CODE_HASH_BYTES];
	int exit_code = EXIT_FAILED;
	Khaosat__V1__MakeSubcode body;
	Khaosat__V1__Request request;
	khaosat__v1__request__init(&request);
	khaosat__v1__make_subcode__init(&body);
	if (!write_code(s, hash))
		return EXIT_FAILED;
	body.round = s->call.round.name;
	body.name = (char *)(uintptr_t)s->name;
	body.code_hash = (ProtobufCBinaryData){sizeof(hash), hash};
	request.body_case = KHAOSAT__V1__REQUEST__BODY_MAKE_SUBCODE;
	request.make_subcode = &body;
	Khaosat__V1__Response *response = unit_call_ask(&s->call, &request, &exit_code);
	if (response == NULL) {
		if (exit_code == EXIT_UNREACHABLE)
			client_error(client_say(s->call.client,
					 "chưa rõ mã trong %s có hiệu lực hay chưa: xem khaosat "
					 "subcode list",
					 "it is not known whether the code in %s is valid: see "
					 "khaosat subcode list"),
			    s->output);
		else
			client_error(client_say(s->call.client, "mã trong %s không có hiệu lực",
					 "the code in %s is not valid"),
			    s->output);
		return exit_code;
	}
	printf(
	    client_say(s->call.client, "%s: mã phụ nằm trong %s\n", "%s: its sub-code is in %s\n"),
	    s->name, s->output);
	khaosat__v1__response__free_unpacked(response, NULL);
	return EXIT_DONE;
}

static int
run_make(struct client *client, int argc, char **argv)
{
	struct subcode s = {.call.client = client, .command = &command_subcode_make};
	int exit_code = take_options(client, argc, argv, &s);
	if (exit_code == EXIT_DONE && (s.name == NULL || s.output == NULL))
		exit_code = client_usage(client, s.command, "%s",
		    client_say(
			client, "thiếu --name hoặc --output", "--name and --output are needed"));
	if (exit_code == EXIT_DONE)
		exit_code = unit_call_begin(&s.call);
	if (exit_code == EXIT_DONE)
		exit_code = make(&s);
	unit_call_end(&s.call);
	return exit_code;
}

/* ------------------------------------------------------------------------------- list */

static void
print_codes(const struct client *client, const Khaosat__V1__Codes *codes)
{
	for (size_t i = 0; i < codes->n_code; i++) {
		const Khaosat__V1__CodeInfo *info = codes->code[i];
		char number[24], time[LOCAL_TIME_BYTES] = "";
		snprintf(number, sizeof(number), "%" PRIu64, info->number);
		if (info->made_ms != 0)
			local_time_print(info->made_ms, client->language == LANGUAGE_VI, time);
		width_print(stdout, info->number != 0 ? number : "-", 12);
		width_print(stdout,
		    info->is_subcode || info->is_grant
			? info->name
			: client_say(client, "(mã của đơn vị)", "(the unit's own)"),
		    34);
		printf("%s%s%s\n", time,
		    info->is_grant ? client_say(client, " (đơn vị kế toán)", " (a firm)") : "",
		    info->current ? client_say(client, " (đang dùng)", " (in use here)") : "");
	}
}

static int
run_list(struct client *client, int argc, char **argv)
{
	struct subcode s = {.call.client = client, .command = &command_subcode_list};
	int exit_code = take_options(client, argc, argv, &s);
	if (exit_code == EXIT_DONE)
		exit_code = unit_call_begin(&s.call);
	if (exit_code == EXIT_DONE) {
		Khaosat__V1__ListCodes body;
		Khaosat__V1__Request request;
		khaosat__v1__request__init(&request);
		khaosat__v1__list_codes__init(&body);
		body.round = s.call.round.name;
		body.tax_code = unit_options_behalf(&s.call.unit);
		request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_CODES;
		request.list_codes = &body;
		Khaosat__V1__Response *response = unit_call_ask(&s.call, &request, &exit_code);
		if (response != NULL && response->body_case == KHAOSAT__V1__RESPONSE__BODY_CODES)
			print_codes(client, response->codes);
		if (response != NULL)
			khaosat__v1__response__free_unpacked(response, NULL);
	}
	unit_call_end(&s.call);
	return exit_code;
}

/* ------------------------------------------------------------------------------- revoke */

static int
run_revoke(struct client *client, int argc, char **argv)
{
	struct subcode s = {.call.client = client, .command = &command_subcode_revoke};
	int exit_code = take_options(client, argc, argv, &s);
	if (exit_code == EXIT_DONE && s.number == 0)
		exit_code = client_usage(client, s.command, "%s",
		    client_say(client, "thiếu --number; xem khaosat subcode list",
			"--number is needed; see khaosat subcode list"));
	if (exit_code == EXIT_DONE)
		exit_code = unit_call_begin(&s.call);
	if (exit_code == EXIT_DONE) {
		Khaosat__V1__RevokeSubcode body;
		Khaosat__V1__Request request;
		khaosat__v1__request__init(&request);
		khaosat__v1__revoke_subcode__init(&body);
		body.round = s.call.round.name;
		body.tax_code = unit_options_behalf(&s.call.unit);
		body.number = s.number;
		request.body_case = KHAOSAT__V1__REQUEST__BODY_REVOKE_SUBCODE;
		request.revoke_subcode = &body;
		Khaosat__V1__Response *response = unit_call_ask(&s.call, &request, &exit_code);
		if (response != NULL) {
			printf(client_say(client, "đã thu hồi mã phụ %" PRIu64 "\n",
				   "sub-code %" PRIu64 " is taken back\n"),
			    s.number);
			khaosat__v1__response__free_unpacked(response, NULL);
		}
	}
	unit_call_end(&s.call);
	return exit_code;
}

const struct command command_subcode_make = {"subcode make",
    UNIT_USAGE " --name NAME --output FILE", "tạo mã phụ cho một đồng nghiệp cùng trả lời",
    "make a sub-code for a colleague who answers too", run_make};
const struct command command_subcode_list = {
    "subcode list", UNIT_USAGE, "các mã của đơn vị", "the codes of a unit", run_list};
const struct command command_subcode_revoke = {"subcode revoke", UNIT_USAGE " --number N",
    "thu hồi một mã phụ", "take a sub-code back", run_revoke};
