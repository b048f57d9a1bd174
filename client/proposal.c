/* SPDX-License-Identifier: Apache-2.0 */
/* proposal list, accept, refuse: what units propose to change in their rows of the register. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/local_time.h"
#include "client/row_cells.h"
#include "client/rounds.h"
#include "client/rows.h"
#include "client/staff.h"

struct listing {
	const struct client *client;
	struct connection *connection;
	const char *round;
	struct rows rows;
	Khaosat__V1__ListProposals asked;
};

/* ------------------------------------------------------------------------------- one cell */

enum field {
	FIELD_TAX_CODE,
	FIELD_NAME,
	FIELD_NUMBER,
	FIELD_TIME,
	FIELD_COLUMN,
	FIELD_BEFORE,
	FIELD_NOW,
	FIELD_AFTER,
	FIELD_REASON,
	FIELD_FIRM,
	FIELDS
};

static const char *const field_name[FIELDS] = {"tax_code", "name", "proposal", "proposed_at",
    "column", "before", "now", "after", "reason", "firm"};

struct line {
	const char *field[FIELDS];
	char number[24], time[LOCAL_TIME_BYTES], now[2048];
};

/* What the row says in that column today: the office may have changed it since. */
static void
fill_now(const struct row_cells *row, const char *column, char out[2048])
{
	int c = register_find_column(column, strlen(column));
	const struct cell *cell = c >= 0 ? &row->text.cell[c] : NULL;
	snprintf(out, 2048, "%.*s", cell != NULL ? (int)cell->n : 0,
	    cell != NULL && cell->n > 0 ? cell->bytes : "");
}

static void
fill_line(const Khaosat__V1__OpenProposal *open, const struct row_cells *row,
    const Khaosat__V1__CellChange *cell, struct line *line)
{
	const Khaosat__V1__Proposal *p = open->proposal;
	snprintf(line->number, sizeof(line->number), "%" PRIu64, p->number);
	utc_time_print(p->time_ms, line->time);
	fill_now(row, cell->column, line->now);
	line->field[FIELD_TAX_CODE] = open->row->tax_code;
	line->field[FIELD_NAME] = open->row->name;
	line->field[FIELD_NUMBER] = line->number;
	line->field[FIELD_TIME] = line->time;
	line->field[FIELD_COLUMN] = cell->column;
	line->field[FIELD_BEFORE] = cell->before;
	line->field[FIELD_NOW] = line->now;
	line->field[FIELD_AFTER] = cell->after;
	line->field[FIELD_REASON] = p->reason;
	line->field[FIELD_FIRM] = p->firm;
}

static void
print_row(const struct line *line)
{
	const char *now = line->field[FIELD_NOW], *before = line->field[FIELD_BEFORE];
	printf("    %s: %s -> %s", line->field[FIELD_COLUMN], before[0] != '\0' ? before : "-",
	    line->field[FIELD_AFTER][0] != '\0' ? line->field[FIELD_AFTER] : "-");
	if (strcmp(now, before) != 0)
		printf(" [%s]", now[0] != '\0' ? now : "-");
	putchar('\n');
}

static void
print_cell(struct listing *l, const struct line *line)
{
	if (l->rows.format != FORMAT_TABLE) {
		rows_add_texts(&l->rows, line->field);
		return;
	}
	print_row(line);
	l->rows.printed++;
}

/* False: it cannot be read. */
static bool
print_open(struct listing *l, const Khaosat__V1__OpenProposal *open)
{
	struct row_cells row;
	struct line line;
	const Khaosat__V1__Proposal *p = open->proposal;
	if (p == NULL || !row_cells_read(open->row, &row))
		return false;
	if (l->rows.format == FORMAT_TABLE) {
		char time[LOCAL_TIME_BYTES];
		local_time_print(p->time_ms, l->client->language == LANGUAGE_VI, time);
		printf("%s %s\n  #%" PRIu64 " %s", open->row->tax_code, open->row->name, p->number,
		    time);
		if (p->firm[0] != '\0')
			printf(client_say(l->client, ", đơn vị kế toán %s", ", by the firm %s"),
			    p->firm);
		printf("%s%s\n", p->reason[0] != '\0' ? ": " : "", p->reason);
	}
	for (size_t i = 0; i < p->n_cell; i++) {
		fill_line(open, &row, p->cell[i], &line);
		print_cell(l, &line);
	}
	return true;
}

/* ------------------------------------------------------------------------------- pages */

/* The next page; asked.from moves on, to 0 at the end. */
static int
print_page(struct listing *l)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_PROPOSALS;
	request.list_proposals = &l->asked;
	Khaosat__V1__Response *response =
	    connection_ask(l->client, l->connection, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	const Khaosat__V1__Proposals *page =
	    response->body_case == KHAOSAT__V1__RESPONSE__BODY_PROPOSALS ? response->proposals
									 : NULL;
	bool good = page != NULL && (page->next == 0 || page->next > l->asked.from);
	for (size_t i = 0; good && i < page->n_open; i++)
		good = print_open(l, page->open[i]);
	if (good)
		l->asked.from = page->next;
	else
		connection_unreadable(l->client);
	khaosat__v1__response__free_unpacked(response, NULL);
	return good ? EXIT_DONE : EXIT_FAILED;
}

static int
print_pages(struct listing *l)
{
	int exit_code;
	rows_begin(&l->rows);
	do
		exit_code = print_page(l);
	while (exit_code == EXIT_DONE && l->asked.from != 0);
	if (exit_code != EXIT_DONE)
		return exit_code;
	rows_end(&l->rows);
	if (l->rows.format == FORMAT_TABLE && l->rows.printed == 0)
		puts(client_say(l->client, "không có đề nghị nào đang chờ", "no proposal is open"));
	return exit_code;
}

static int
list(struct listing *l)
{
	struct round_found round;
	int exit_code = EXIT_DONE;
	l->connection = connection_begin(l->client, &exit_code);
	if (l->connection == NULL)
		return exit_code;
	if (rounds_find(l->client, l->connection, l->round, &round, &exit_code)) {
		l->asked.round = round.name;
		exit_code = print_pages(l);
	}
	connection_close(l->connection);
	return exit_code;
}

static int
run_list(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"format", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
	struct listing l = {.client = client, .rows = {.column = field_name, .columns = FIELDS}};
	khaosat__v1__list_proposals__init(&l.asked);
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'r')
			l.round = optarg;
		else if (o != 'f' || !figure_options_format(client, optarg, &l.rows.format))
			return EXIT_USAGE;
	}
	if (!client_is_end(client, &command_proposal_list, argc, argv))
		return EXIT_USAGE;
	return staff_has_token(client) ? list(&l) : EXIT_USAGE;
}

/* ------------------------------------------------------------------------------- accept, refuse */

static int
decide(const struct client *client, const char *asked, Khaosat__V1__DecideProposal *m)
{
	struct round_found round;
	int exit_code = EXIT_DONE;
	Khaosat__V1__Response *response = NULL;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	struct connection *c = connection_begin(client, &exit_code);
	if (c == NULL)
		return exit_code;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_DECIDE_PROPOSAL;
	request.decide_proposal = m;
	if (rounds_find(client, c, asked, &round, &exit_code)) {
		m->round = round.name;
		response = connection_ask(client, c, &request, &exit_code);
	}
	connection_close(c);
	if (response == NULL)
		return exit_code;
	printf("%s: %s\n", m->tax_code,
	    m->accept ? client_say(client, "đã chấp nhận", "accepted")
		      : client_say(client, "đã từ chối", "refused"));
	if (response->body_case == KHAOSAT__V1__RESPONSE__BODY_ROW_STORED)
		row_findings_print(client, response->row_stored);
	khaosat__v1__response__free_unpacked(response, NULL);
	return EXIT_DONE;
}

static int
run(struct client *client, const struct command *command, int argc, char **argv, bool accepts)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"unit", required_argument, NULL, 'u'}, {"number", required_argument, NULL, 'n'},
	    {"reason", required_argument, NULL, 'w'}, {NULL, 0, NULL, 0}};
	Khaosat__V1__DecideProposal m;
	const char *round = NULL, *unit = NULL, *reason = NULL;
	char *end = NULL;
	khaosat__v1__decide_proposal__init(&m);
	m.accept = accepts;
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'r')
			round = optarg;
		else if (o == 'u')
			unit = optarg;
		else if (o == 'w')
			reason = optarg;
		else if (o == 'n')
			m.number = strtoull(optarg, &end, 10);
		else
			return EXIT_USAGE;
	}
	bool has_number = end != NULL && *end == '\0' && m.number != 0;
	if (optind < argc || unit == NULL || !has_number || (!accepts && reason == NULL))
		return client_usage(client, command, "%s",
		    accepts ? client_say(client, "cần --unit và --number",
				  "--unit and --number are needed")
			    : client_say(client, "cần --unit, --number và --reason",
				  "--unit, --number and --reason are needed"));
	if (!staff_has_token(client))
		return EXIT_USAGE;
	m.tax_code = staff_borrow(unit);
	if (reason != NULL)
		m.reason = staff_borrow(reason);
	return decide(client, round, &m);
}

static int
run_accept(struct client *client, int argc, char **argv)
{
	return run(client, &command_proposal_accept, argc, argv, true);
}

static int
run_refuse(struct client *client, int argc, char **argv)
{
	return run(client, &command_proposal_refuse, argc, argv, false);
}

const struct command command_proposal_list = {"proposal list",
    "[--round R] [--format table|json|csv]", "đề nghị sửa danh sách đang chờ",
    "open proposals to change the register", run_list};
const struct command command_proposal_accept = {"proposal accept",
    "[--round R] --unit TAX --number N [--reason TEXT]", "chấp nhận một đề nghị",
    "accept a proposal: the row is changed", run_accept};
const struct command command_proposal_refuse = {"proposal refuse",
    "[--round R] --unit TAX --number N --reason TEXT", "từ chối một đề nghị",
    "refuse a proposal, with the reason that the unit reads", run_refuse};
