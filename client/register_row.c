/* SPDX-License-Identifier: Apache-2.0 */
/* register show, propose, withdraw: a unit and its row of the register; register change: the office
 * changes it unasked. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/local_time.h"
#include "client/row_cells.h"
#include "client/staff.h"
#include "client/unit_call.h"
#include "client/width.h"

struct asking {
	struct unit_call call;
	const struct command *command;
	struct row_set set;
	const char *reason;
};

#define OPTION_SET 0x7001
#define OPTION_REASON 0x7002

static int
take_options(struct asking *a, bool sets, int argc, char **argv)
{
	static const struct option options[] = {{"set", required_argument, NULL, OPTION_SET},
	    {"reason", required_argument, NULL, OPTION_REASON}, UNIT_LONG_OPTIONS,
	    {NULL, 0, NULL, 0}};
	for (int o;
	     (o = client_option(a->call.client, argc, argv, options + (sets ? 0 : 2))) != -1;) {
		bool good = true;
		if (o == OPTION_SET)
			good = row_set_take(a->call.client, &a->set, optarg);
		else if (o == OPTION_REASON)
			a->reason = optarg;
		else
			good = unit_options_take(a->call.client, &a->call.unit, o, optarg);
		if (!good)
			return EXIT_USAGE;
	}
	if (!client_is_end(a->call.client, a->command, argc, argv))
		return EXIT_USAGE;
	if (!sets || a->set.n > 0)
		return EXIT_DONE;
	client_usage(a->call.client, a->command, "%s",
	    client_say(a->call.client, "thiếu --set CỘT=GIÁ TRỊ", "--set COLUMN=VALUE is needed"));
	row_columns_print(a->call.client);
	return EXIT_USAGE;
}

/* ------------------------------------------------------------------------------- show */

static void
print_row(const struct client *client, const struct definition *d, const struct row_cells *row)
{
	for (int c = 0; c < REGISTER_COLUMNS; c++) {
		const struct cell *cell = &row->text.cell[c];
		if (c > REGISTER_STATUS && cell->n == 0)
			continue; /* of a sample only */
		const char *label = row_code_label(client, d, c, cell->bytes, cell->n);
		width_print(stdout, register_column_name[c], 20);
		width_print(stdout, row_column_label(client, c), 30);
		if (cell->n == 0)
			fputs("-", stdout);
		else
			fwrite(cell->bytes, 1, cell->n, stdout);
		printf(label[0] != '\0' ? " (%s)\n" : "%s\n", label);
	}
}

static const char *
status_words(const struct client *client, Khaosat__V1__ProposalStatus status)
{
	switch ((int)status) {
	case KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_OPEN:
		return client_say(client, "đang chờ", "open");
	case KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_ACCEPTED:
		return client_say(client, "được chấp nhận", "accepted");
	case KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_REFUSED:
		return client_say(client, "bị từ chối", "refused");
	case KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_WITHDRAWN:
		return client_say(client, "đã rút", "withdrawn");
	case KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_REPLACED:
		return client_say(client, "đã thay bằng đề nghị sau", "replaced by a later one");
	case KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_UNASKED:
		return client_say(client, "cơ quan tự sửa", "changed by the office");
	default:
		return "?";
	}
}

static void
print_words(const struct client *client, const char *vi, const char *en, const char *words)
{
	if (words[0] != '\0')
		printf("    %s: %s\n", client_say(client, vi, en), words);
}

static void
print_proposal(const struct client *client, const Khaosat__V1__Proposal *p)
{
	char time[LOCAL_TIME_BYTES];
	bool is_vi = client->language == LANGUAGE_VI;
	local_time_print(p->time_ms, is_vi, time);
	printf("\n#%" PRIu64 " %s: %s", p->number, time, status_words(client, p->status));
	if (p->decided != 0) {
		local_time_print(p->decided_ms, is_vi, time);
		printf(", %s", time);
	}
	putchar('\n');
	for (size_t i = 0; i < p->n_cell; i++) {
		const Khaosat__V1__CellChange *c = p->cell[i];
		printf("    %s: %s -> %s\n", c->column, c->before[0] != '\0' ? c->before : "-",
		    c->after[0] != '\0' ? c->after : "-");
	}
	print_words(client, "đơn vị kế toán đề nghị", "proposed by the firm", p->firm);
	print_words(client, "lý do", "reason", p->reason);
	print_words(client, "trả lời", "answer", p->decision);
}

static int
print_all(struct asking *a, const Khaosat__V1__Response *response)
{
	int exit_code = EXIT_DONE;
	struct row_cells row;
	if (response->body_case != KHAOSAT__V1__RESPONSE__BODY_UNIT_ROW ||
	    !row_cells_read(response->unit_row->row, &row))
		return connection_unreadable(a->call.client);
	struct definition *d =
	    rounds_definition(a->call.client, a->call.connection, a->call.round.name, &exit_code);
	if (d == NULL)
		return exit_code;
	print_row(a->call.client, d, &row);
	for (size_t i = 0; i < response->unit_row->n_proposal; i++)
		print_proposal(a->call.client, response->unit_row->proposal[i]);
	if (response->unit_row->older)
		puts(client_say(a->call.client, "\ncòn những đề nghị, lần sửa cũ hơn",
		    "\nthere are older proposals and changes"));
	definition_free(d);
	return EXIT_DONE;
}

static int
show(struct asking *a)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__GetRow m;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__get_row__init(&m);
	m.round = a->call.round.name;
	m.tax_code = unit_options_behalf(&a->call.unit);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GET_ROW;
	request.get_row = &m;
	Khaosat__V1__Response *response = unit_call_ask(&a->call, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	exit_code = print_all(a, response);
	khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

static int
run_show(struct client *client, int argc, char **argv)
{
	struct asking a = {.call.client = client, .command = &command_register_show};
	int exit_code = take_options(&a, false, argc, argv);
	if (exit_code == EXIT_DONE)
		exit_code = unit_call_begin(&a.call);
	if (exit_code == EXIT_DONE)
		exit_code = show(&a);
	unit_call_end(&a.call);
	return exit_code;
}

/* ------------------------------------------------------------------------------- propose, change
 */

static int
finish(const struct client *client, Khaosat__V1__Response *response, const char *done)
{
	if (response->body_case == KHAOSAT__V1__RESPONSE__BODY_ROW_STORED) {
		printf("%s: #%" PRIu64 "\n", done, response->row_stored->number);
		row_findings_print(client, response->row_stored);
	}
	khaosat__v1__response__free_unpacked(response, NULL);
	return EXIT_DONE;
}

/* A unit proposes, or its firm. */
static int
begin_proposal(struct asking *a)
{
	int exit_code = unit_call_begin(&a->call);
	if (exit_code != EXIT_DONE || a->call.unit.access_code[0] != '\0' ||
	    connection_is_firm(a->call.connection))
		return exit_code;
	client_error("%s", client_say(a->call.client,
			       "đơn vị tự đề nghị, bằng mã truy cập; cán bộ dùng register change",
			       "a unit proposes by itself, with its access code; staff use "
			       "register change"));
	return EXIT_USAGE;
}

static int
propose(struct asking *a)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__ProposeRow m;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__propose_row__init(&m);
	m.round = a->call.round.name;
	m.tax_code = unit_options_behalf(&a->call.unit);
	m.cell = a->set.cells;
	m.n_cell = a->set.n;
	if (a->reason != NULL)
		m.reason = staff_borrow(a->reason);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_PROPOSE_ROW;
	request.propose_row = &m;
	Khaosat__V1__Response *response = unit_call_ask(&a->call, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	return finish(a->call.client, response,
	    client_say(a->call.client, "đã ghi đề nghị; kết quả xem bằng khaosat register show",
		"proposal stored; khaosat register show tells what becomes of it"));
}

static int
run_propose(struct client *client, int argc, char **argv)
{
	struct asking a = {.call.client = client, .command = &command_register_propose};
	int exit_code = take_options(&a, true, argc, argv);
	if (exit_code == EXIT_DONE)
		exit_code = begin_proposal(&a);
	if (exit_code == EXIT_DONE)
		exit_code = propose(&a);
	unit_call_end(&a.call);
	return exit_code;
}

static int
change(struct asking *a)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__ChangeRow m;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__change_row__init(&m);
	m.round = a->call.round.name;
	m.tax_code = unit_options_behalf(&a->call.unit);
	m.cell = a->set.cells;
	m.n_cell = a->set.n;
	m.reason = staff_borrow(a->reason);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_CHANGE_ROW;
	request.change_row = &m;
	Khaosat__V1__Response *response = unit_call_ask(&a->call, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	return finish(a->call.client, response, client_say(a->call.client, "đã sửa", "changed"));
}

static int
run_change(struct client *client, int argc, char **argv)
{
	struct asking a = {.call.client = client, .command = &command_register_change};
	int exit_code = take_options(&a, true, argc, argv);
	if (exit_code == EXIT_DONE && a.reason == NULL)
		exit_code = client_usage(client, a.command, "%s",
		    client_say(client, "thiếu --reason", "--reason is needed"));
	if (exit_code == EXIT_DONE && !staff_has_token(client))
		exit_code = EXIT_USAGE;
	if (exit_code == EXIT_DONE)
		exit_code = unit_call_begin(&a.call);
	if (exit_code == EXIT_DONE)
		exit_code = change(&a);
	unit_call_end(&a.call);
	return exit_code;
}

/* ------------------------------------------------------------------------------- withdraw */

static int
withdraw(struct asking *a)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__WithdrawProposal m;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__withdraw_proposal__init(&m);
	m.round = a->call.round.name;
	m.tax_code = unit_options_behalf(&a->call.unit);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_WITHDRAW_PROPOSAL;
	request.withdraw_proposal = &m;
	Khaosat__V1__Response *response = unit_call_ask(&a->call, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	puts(client_say(a->call.client, "đã rút đề nghị", "the proposal is taken back"));
	khaosat__v1__response__free_unpacked(response, NULL);
	return EXIT_DONE;
}

static int
run_withdraw(struct client *client, int argc, char **argv)
{
	struct asking a = {.call.client = client, .command = &command_register_withdraw};
	int exit_code = take_options(&a, false, argc, argv);
	if (exit_code == EXIT_DONE)
		exit_code = begin_proposal(&a);
	if (exit_code == EXIT_DONE)
		exit_code = withdraw(&a);
	unit_call_end(&a.call);
	return exit_code;
}

const struct command command_register_show = {"register show", UNIT_USAGE,
    "danh sách ghi gì về đơn vị, và các đề nghị sửa",
    "what the register says of a unit, and proposals to change it", run_show};
const struct command command_register_propose = {"register propose",
    UNIT_USAGE " --set COLUMN=VALUE... [--reason TEXT]", "đề nghị sửa thông tin của đơn vị",
    "propose other values for the unit's row", run_propose};
const struct command command_register_withdraw = {"register withdraw", UNIT_USAGE,
    "rút đề nghị đang chờ", "take the open proposal back", run_withdraw};
const struct command command_register_change = {"register change",
    "[--round R] --unit TAX --set COLUMN=VALUE... --reason TEXT",
    "sửa thông tin của một đơn vị trong danh sách", "change a unit's row of the register",
    run_change};
