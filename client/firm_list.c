/* SPDX-License-Identifier: Apache-2.0 */
/* firm units, list: whom a firm answers for and how far they are; which firms there are. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/case_words.h"
#include "client/commands.h"
#include "client/local_time.h"
#include "client/rounds.h"
#include "client/rows.h"
#include "client/staff.h"
#include "client/width.h"

static const char *const columns[] = {
    "tax_code", "name", "state", "revision", "may_submit", "until"};

struct listing {
	const struct client *client;
	const char *asked_round, *firm;
	struct round_found round;
	struct rows rows;
};

/* ------------------------------------------------------------------------------- a unit */

static void
print_row(const struct listing *l, const Khaosat__V1__GrantedUnit *u)
{
	char until[LOCAL_TIME_BYTES] = "";
	if (u->until_ms != 0)
		local_time_print(u->until_ms, l->client->language == LANGUAGE_VI, until);
	width_print(stdout, u->tax_code, 14);
	width_print(stdout, case_word(l->client, u->state), 14);
	width_print(stdout,
	    !u->may_submit     ? client_say(l->client, "đã đóng", "closed")
	    : until[0] != '\0' ? until
			       : client_say(l->client, "đang mở", "open"),
	    20);
	puts(u->name);
}

static void
add_row(struct rows *rows, const Khaosat__V1__GrantedUnit *u)
{
	char until[LOCAL_TIME_BYTES] = "";
	if (u->until_ms != 0)
		utc_time_print(u->until_ms, until);
	rows_add(rows, json_pack("{ss ss ss sI sb ss*}", "tax_code", u->tax_code, "name", u->name,
			   "state", case_code_of(u->state), "revision", (json_int_t)u->revision,
			   "may_submit", u->may_submit, "until", until[0] != '\0' ? until : NULL));
}

/* ------------------------------------------------------------------------------- pages */

static bool
print_page(struct listing *l, const Khaosat__V1__Response *response, uint32_t *from)
{
	const Khaosat__V1__Grants *page = response->grants;
	if (response->body_case != KHAOSAT__V1__RESPONSE__BODY_GRANTS ||
	    (page->next != 0 && page->next <= *from)) {
		connection_unreadable(l->client);
		return false;
	}
	for (size_t i = 0; i < page->n_unit; i++)
		if (l->rows.format == FORMAT_TABLE)
			print_row(l, page->unit[i]);
		else
			add_row(&l->rows, page->unit[i]);
	*from = page->next;
	return true;
}

static int
print_units(struct listing *l, struct connection *c)
{
	int exit_code = EXIT_DONE;
	uint32_t from = 0;
	rows_begin(&l->rows);
	do {
		Khaosat__V1__ListGrants body;
		Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
		khaosat__v1__list_grants__init(&body);
		body.round = l->round.name;
		body.firm = staff_borrow(l->firm);
		body.from = from;
		request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_GRANTS;
		request.list_grants = &body;
		Khaosat__V1__Response *response =
		    connection_ask(l->client, c, &request, &exit_code);
		if (response == NULL)
			return exit_code;
		bool good = print_page(l, response, &from);
		khaosat__v1__response__free_unpacked(response, NULL);
		if (!good)
			return EXIT_FAILED;
	} while (from != 0);
	rows_end(&l->rows);
	return EXIT_DONE;
}

/* ------------------------------------------------------------------------------- firms */

static int
print_firms(struct listing *l, struct connection *c)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__ListFirms body;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__list_firms__init(&body);
	body.round = l->round.name;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_FIRMS;
	request.list_firms = &body;
	Khaosat__V1__Response *response = connection_ask(l->client, c, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	bool has_list = response->body_case == KHAOSAT__V1__RESPONSE__BODY_ACCOUNTS;
	for (size_t i = 0; has_list && i < response->accounts->n_account; i++) {
		const Khaosat__V1__AccountInfo *firm = response->accounts->account[i];
		width_print(stdout, firm->name, 34);
		printf(client_say(l->client, "%" PRIu32 " đơn vị\n",
			   firm->units == 1 ? "%" PRIu32 " unit\n" : "%" PRIu32 " units\n"),
		    firm->units);
	}
	khaosat__v1__response__free_unpacked(response, NULL);
	return EXIT_DONE;
}

/* ------------------------------------------------------------------------------- commands */

static int
take_options(
    struct client *client, int argc, char **argv, const struct command *command, struct listing *l)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"firm", required_argument, NULL, 'F'}, {"format", required_argument, NULL, 'f'},
	    {NULL, 0, NULL, 0}};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		bool is_units = command == &command_firm_units;
		if (o == 'r')
			l->asked_round = optarg;
		else if (o == 'F' && is_units)
			l->firm = optarg;
		else if (o != 'f' || !is_units ||
			 !figure_options_format(client, optarg, &l->rows.format))
			return EXIT_USAGE;
	}
	if (!client_is_end(client, command, argc, argv))
		return EXIT_USAGE;
	return EXIT_DONE;
}

static int
run(struct listing *l, int (*print)(struct listing *, struct connection *))
{
	int exit_code = EXIT_DONE;
	struct connection *c = connection_begin(l->client, &exit_code);
	if (c != NULL && rounds_find(l->client, c, l->asked_round, &l->round, &exit_code))
		exit_code = print(l, c);
	connection_close(c);
	return exit_code;
}

/* A firm's own log-in goes before one of staff's, unless a firm is named. */
static int
run_units(struct client *client, int argc, char **argv)
{
	struct listing l = {.client = client,
	    .firm = "",
	    .rows = {.column = columns, .columns = sizeof(columns) / sizeof(columns[0])}};
	int exit_code = take_options(client, argc, argv, &command_firm_units, &l);
	if (exit_code != EXIT_DONE)
		return exit_code;
	bool is_firm = l.firm[0] == '\0' && client_has_token(client);
	return is_firm || staff_has_token(client) ? run(&l, print_units) : EXIT_USAGE;
}

static int
run_list(struct client *client, int argc, char **argv)
{
	struct listing l = {.client = client};
	int exit_code = take_options(client, argc, argv, &command_firm_list, &l);
	if (exit_code != EXIT_DONE)
		return exit_code;
	return staff_has_token(client) ? run(&l, print_firms) : EXIT_USAGE;
}

const struct command command_firm_units = {"firm units",
    "[--round R] [--format table|json|csv] [--firm FIRM]",
    "các đơn vị được trả lời thay và tình trạng của chúng",
    "the units that a firm answers for, and how far they are", run_units};
const struct command command_firm_list = {"firm list", "[--round R]",
    "các đơn vị kế toán, mỗi đơn vị trả lời thay cho bao nhiêu đơn vị",
    "firms of accountants, and for how many units each answers", run_list};
