/* SPDX-License-Identifier: Apache-2.0 */
/* answer set, answer recode: the office changes one answer of a unit, beside what the unit sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/bulk_cell.h"
#include "client/commands.h"
#include "client/rounds.h"
#include "client/staff.h"
#include "survey/answers.h"

struct edit {
	const struct client *client;
	const char *round, *unit, *question, *value, *code, *other, *reason;
};

/* An Answers message of this one answer; a value "" is none. NULL: said why. */
static uint8_t *
encode(const struct edit *x, const struct definition *d, size_t *n)
{
	char reason[256] = "";
	static struct answers answers; /* large */
	int question = definition_find_question(d, x->question, strlen(x->question));
	if (question < 0) {
		client_error(
		    client_say(x->client, "không có câu hỏi %s", "there is no question %s"),
		    x->question);
		return NULL;
	}
	const struct bulk_cell_errors errors = {x->client->language, reason};
	struct answer *answer = &answers.answer[question];
	answers = (struct answers){.seconds = -1};
	if (x->value[0] != '\0' &&
	    !bulk_cell_answer(&d->question[question],
		(struct span){x->value, (uint32_t)strlen(x->value)}, answer, &errors)) {
		client_error("--value %s: %s", x->value, reason);
		return NULL;
	}
	if (x->other != NULL)
		answer->text = (struct span){x->other, (uint32_t)strlen(x->other)};
	uint8_t *bytes = answers_encode(d, &answers, n);
	if (bytes == NULL)
		client_error("%s", client_say(x->client, "hết bộ nhớ", "out of memory"));
	return bytes;
}

/* The instance_id of the unit's head. False: said why. */
static bool
find_head(const struct edit *x, struct connection *c, char *round, uint8_t head[UUID_BYTES],
    int *exit_code)
{
	Khaosat__V1__UnitStatus status;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__unit_status__init(&status);
	status.round = round;
	status.tax_code = staff_borrow(x->unit);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_UNIT_STATUS;
	request.unit_status = &status;
	Khaosat__V1__Response *response = connection_ask(x->client, c, &request, exit_code);
	if (response == NULL)
		return false;
	const Khaosat__V1__Head *found =
	    response->body_case == KHAOSAT__V1__RESPONSE__BODY_UNIT_STATE
		? response->unit_state->head
		: NULL;
	bool good = found != NULL && found->instance_id.len == UUID_BYTES;
	if (good)
		memcpy(head, found->instance_id.data, UUID_BYTES);
	else
		client_error("%s",
		    client_say(x->client, "đơn vị chưa trả lời", "the unit has not answered"));
	khaosat__v1__response__free_unpacked(response, NULL);
	if (!good)
		*exit_code = EXIT_FAILED;
	return good;
}

static int
send_edit(const struct edit *x, struct connection *c, char *round, const uint8_t *answer, size_t n)
{
	uint8_t head[UUID_BYTES];
	int exit_code = EXIT_DONE;
	Khaosat__V1__EditAnswer m;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	if (!find_head(x, c, round, head, &exit_code))
		return exit_code;
	khaosat__v1__edit_answer__init(&m);
	m.round = round;
	m.tax_code = staff_borrow(x->unit);
	m.head = (ProtobufCBinaryData){sizeof(head), head};
	m.question = staff_borrow(x->question);
	m.answer = (ProtobufCBinaryData){n, (uint8_t *)(uintptr_t)answer};
	if (x->code != NULL)
		m.code = staff_borrow(x->code);
	if (x->reason != NULL)
		m.reason = staff_borrow(x->reason);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_EDIT_ANSWER;
	request.edit_answer = &m;
	Khaosat__V1__Response *response = connection_ask(x->client, c, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	printf(client_say(x->client, "%s %s: đã ghi\n", "%s %s: stored\n"), x->unit, x->question);
	khaosat__v1__response__free_unpacked(response, NULL);
	return EXIT_DONE;
}

static int
run_with(const struct edit *x)
{
	struct round_found round;
	int exit_code = EXIT_DONE;
	uint8_t *answer = NULL;
	size_t n = 0;
	struct connection *c = connection_begin(x->client, &exit_code);
	if (c == NULL)
		return exit_code;
	struct definition *d = NULL;
	if (rounds_find(x->client, c, x->round, &round, &exit_code))
		d = rounds_definition(x->client, c, round.name, &exit_code);
	if (d != NULL && x->code == NULL && (answer = encode(x, d, &n)) == NULL)
		exit_code = EXIT_USAGE;
	if (d != NULL && (x->code != NULL || answer != NULL))
		exit_code = send_edit(x, c, round.name, answer, n);
	free(answer);
	definition_free(d);
	connection_close(c);
	return exit_code;
}

/* `what`: --value or --code. */
static int
run(struct client *client, const struct command *command, int argc, char **argv, bool is_recoding)
{
	static const struct option options[] = {{"value", required_argument, NULL, 'v'},
	    {"other", required_argument, NULL, 'o'}, {"round", required_argument, NULL, 'r'},
	    {"unit", required_argument, NULL, 'u'}, {"question", required_argument, NULL, 'q'},
	    {"reason", required_argument, NULL, 'w'}, {NULL, 0, NULL, 0}};
	static const struct option recoding[] = {{"code", required_argument, NULL, 'c'},
	    {"round", required_argument, NULL, 'r'}, {"unit", required_argument, NULL, 'u'},
	    {"question", required_argument, NULL, 'q'}, {"reason", required_argument, NULL, 'w'},
	    {NULL, 0, NULL, 0}};
	struct edit x = {.client = client};
	const struct {
		int option;
		const char **to;
	} takes[] = {{'v', &x.value}, {'o', &x.other}, {'c', &x.code}, {'r', &x.round},
	    {'u', &x.unit}, {'q', &x.question}, {'w', &x.reason}};
	for (int o;
	     (o = client_option(client, argc, argv, is_recoding ? recoding : options)) != -1;) {
		if (o == '?')
			return EXIT_USAGE;
		for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++)
			if (takes[i].option == o)
				*takes[i].to = optarg;
	}
	bool has_what = is_recoding ? x.code != NULL : x.value != NULL && x.reason != NULL;
	if (optind < argc || x.unit == NULL || x.question == NULL || !has_what)
		return client_usage(client, command, "%s",
		    is_recoding ? client_say(client, "cần --unit, --question và --code",
				      "--unit, --question and --code are needed")
				: client_say(client, "cần --unit, --question, --value và --reason",
				      "--unit, --question, --value and --reason are needed"));
	return staff_has_token(client) ? run_with(&x) : EXIT_USAGE;
}

static int
run_set(struct client *client, int argc, char **argv)
{
	return run(client, &command_answer_set, argc, argv, false);
}

static int
run_recode(struct client *client, int argc, char **argv)
{
	return run(client, &command_answer_recode, argc, argv, true);
}

const struct command command_answer_set = {"answer set",
    "[--round R] --unit TAX --question Q --value V [--other TEXT] --reason TEXT",
    "hiệu chỉnh một câu trả lời, bản gốc được giữ nguyên",
    "correct one answer of a unit; what it sent is kept", run_set};
const struct command command_answer_recode = {"answer recode",
    "[--round R] --unit TAX --question Q --code CODE [--reason TEXT]",
    "mã hóa lại mục Khác của một câu trả lời", "recode the OTHER of one answer", run_recode};
