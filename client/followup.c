/* SPDX-License-Identifier: Apache-2.0 */
/* followup: who has not answered, for letters and calls. Pages are printed as they come, so that
 * a register of any size passes through; by commune or zone it asks for one after the other. */
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
#include "client/words.h"

struct followup {
	const struct client *client;
	struct connection *connection;
	struct definition *definition;
	const char *round;
	const char *by; /* NULL, "commune" or "zone" */
	struct rows rows;
	Khaosat__V1__ListFollowup asked;
	Khaosat__V1__CaseState state[CASE_STATES];
};

/* ------------------------------------------------------------------------------- one unit */

enum field {
	FIELD_TAX_CODE,
	FIELD_NAME,
	FIELD_UNIT_TYPE,
	FIELD_ADDRESS,
	FIELD_COMMUNE,
	FIELD_COMMUNE_NAME,
	FIELD_ZONE,
	FIELD_ZONE_NAME,
	FIELD_STATE,
	FIELD_EVIDENCE,
	FIELD_LAST,
	FIELD_LAST_TIME,
	FIELD_REOPENED,
	FIELD_CONTACT_NAME,
	FIELD_CONTACT_POSITION,
	FIELD_CONTACT_PHONE,
	FIELD_CONTACT_EMAIL,
	FIELD_CONTACT_ROUND,
	FIELDS
};

static const char *const field_name[FIELDS] = {"tax_code", "name", "unit_type", "address",
    "commune", "commune_name", "zone", "zone_name", "state", "evidence", "last_event", "last_time",
    "reopened_until", "contact_name", "contact_position", "contact_phone", "contact_email",
    "contact_round"};

struct line {
	const char *field[FIELDS]; /* points into the response, the definition or `time` */
	char time[2][LOCAL_TIME_BYTES];
};

static const char *
label_of(const struct followup *f, enum code_list_id list, const char *code)
{
	int at = definition_find_code(f->definition, list, code, strlen(code));
	return at < 0 ? "" : client_text(f->client, f->definition->list[list].code[at].label);
}

static void
fill_contact(const Khaosat__V1__FollowupUnit *u, struct line *line)
{
	const Khaosat__V1__Contact *c = u->contact;
	line->field[FIELD_CONTACT_NAME] = c != NULL ? c->name : "";
	line->field[FIELD_CONTACT_POSITION] = c != NULL ? c->position : "";
	line->field[FIELD_CONTACT_PHONE] = c != NULL ? c->phone : "";
	line->field[FIELD_CONTACT_EMAIL] = c != NULL ? c->email : "";
	line->field[FIELD_CONTACT_ROUND] = u->contact_round;
}

static void
fill_line(const struct followup *f, const Khaosat__V1__FollowupUnit *u, struct line *line)
{
	const Khaosat__V1__RegisterRow *row = u->row;
	line->field[FIELD_TAX_CODE] = row->tax_code;
	line->field[FIELD_NAME] = row->name;
	line->field[FIELD_UNIT_TYPE] = row->unit_type;
	line->field[FIELD_ADDRESS] = row->address;
	line->field[FIELD_COMMUNE] = row->commune;
	line->field[FIELD_COMMUNE_NAME] = label_of(f, CODES_COMMUNE, row->commune);
	line->field[FIELD_ZONE] = row->zone;
	line->field[FIELD_ZONE_NAME] = label_of(f, CODES_ZONE, row->zone);
	line->field[FIELD_STATE] = case_code_of(u->state);
	line->field[FIELD_EVIDENCE] = u->evidence;
	line->field[FIELD_LAST] =
	    u->last_kind != KHAOSAT__V1__ENTRY_KIND__ENTRY_KIND_UNSPECIFIED
		? words_entry(f->client->language, (enum entry_kind)u->last_kind)
		: "";
	line->field[FIELD_LAST_TIME] = line->field[FIELD_REOPENED] = "";
	if (u->last_ms != 0) {
		utc_time_print(u->last_ms, line->time[0]);
		line->field[FIELD_LAST_TIME] = line->time[0];
	}
	if (u->reopened_until_ms != 0) {
		utc_time_print(u->reopened_until_ms, line->time[1]);
		line->field[FIELD_REOPENED] = line->time[1];
	}
	fill_contact(u, line);
}

static void
print_row(const struct followup *f, const struct line *line, const Khaosat__V1__FollowupUnit *u)
{
	static const enum field shown[] = {FIELD_CONTACT_NAME, FIELD_CONTACT_PHONE,
	    FIELD_CONTACT_EMAIL, FIELD_ADDRESS, FIELD_COMMUNE_NAME, FIELD_EVIDENCE};
	const char *apart = "";
	width_print(stdout, line->field[FIELD_TAX_CODE], 14);
	char name[256];
	width_cut(line->field[FIELD_NAME], 40, name, sizeof(name));
	width_print(stdout, name, 40);
	width_print(stdout, case_word(f->client, u->state), 19);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (line->field[shown[i]][0] == '\0')
			continue;
		printf("%s%s", apart, line->field[shown[i]]);
		apart = "; ";
	}
	putchar('\n');
}

static void
print_unit(struct followup *f, const Khaosat__V1__FollowupUnit *u)
{
	struct line line;
	fill_line(f, u, &line);
	if (f->rows.format == FORMAT_TABLE)
		print_row(f, &line, u);
	else
		rows_add_texts(&f->rows, line.field);
}

/* ------------------------------------------------------------------------------- pages */

/* The next page; asked.from moves on, to 0 at the end. */
static int
print_page(struct followup *f)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_FOLLOWUP;
	request.list_followup = &f->asked;
	Khaosat__V1__Response *response =
	    connection_ask(f->client, f->connection, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	const Khaosat__V1__Followup *page =
	    response->body_case == KHAOSAT__V1__RESPONSE__BODY_FOLLOWUP ? response->followup : NULL;
	bool good = page != NULL && (page->next == 0 || page->next > f->asked.from);
	for (size_t i = 0; good && i < page->n_unit; i++) {
		good = page->unit[i]->row != NULL;
		if (good)
			print_unit(f, page->unit[i]);
	}
	if (good)
		f->asked.from = page->next;
	else
		connection_unreadable(f->client);
	khaosat__v1__response__free_unpacked(response, NULL);
	return good ? EXIT_DONE : EXIT_FAILED;
}

static int
print_pages(struct followup *f)
{
	int exit_code;
	f->asked.from = 0;
	do
		exit_code = print_page(f);
	while (exit_code == EXIT_DONE && f->asked.from != 0);
	return exit_code;
}

/* One code of the list after the other, and at last the units that have none. */
static int
print_by(struct followup *f)
{
	bool by_zone = strcmp(f->by, "zone") == 0;
	const struct code_list *list = &f->definition->list[by_zone ? CODES_ZONE : CODES_COMMUNE];
	char **asked = by_zone ? &f->asked.zone : &f->asked.commune;
	char *only = *asked;
	int exit_code = EXIT_DONE;
	for (size_t i = 0; i <= list->codes && exit_code == EXIT_DONE; i++) {
		const char *code = i < list->codes ? list->code[i].code : "_U";
		if (only[0] != '\0' && strcmp(only, code) != 0)
			continue;
		*asked = staff_borrow(code);
		exit_code = print_pages(f);
	}
	return exit_code;
}

static int
run_with(struct followup *f)
{
	struct round_found round;
	int exit_code = EXIT_DONE;
	f->connection = connection_begin(f->client, &exit_code);
	if (f->connection == NULL)
		return exit_code;
	if (rounds_find(f->client, f->connection, f->round, &round, &exit_code))
		f->definition = rounds_definition(f->client, f->connection, round.name, &exit_code);
	if (f->definition != NULL) {
		f->asked.round = round.name;
		rows_begin(&f->rows);
		exit_code = f->by != NULL ? print_by(f) : print_pages(f);
		if (exit_code == EXIT_DONE)
			rows_end(&f->rows);
	}
	definition_free(f->definition);
	connection_close(f->connection);
	return exit_code;
}

/* ------------------------------------------------------------------------------- options */

static bool
take_by(struct followup *f, const char *text)
{
	f->by = text;
	if (strcmp(text, "commune") == 0 || strcmp(text, "zone") == 0)
		return true;
	client_error(client_say(f->client, "--by %s: phải là commune hoặc zone",
			 "--by %s: must be commune or zone"),
	    text);
	return false;
}

static bool
take_option(struct followup *f, int option, char *value)
{
	switch (option) {
	case 'r':
		f->round = value;
		return true;
	case 'b':
		return take_by(f, value);
	case 'c':
		f->asked.commune = value;
		return true;
	case 'z':
		f->asked.zone = value;
		return true;
	case 's':
		return f->asked.n_state < CASE_STATES &&
		       case_parse(f->client, value, &f->state[f->asked.n_state++]);
	case 'f':
		return figure_options_format(f->client, value, &f->rows.format);
	default:
		return false;
	}
}

static int
run_followup(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"by", required_argument, NULL, 'b'}, {"commune", required_argument, NULL, 'c'},
	    {"zone", required_argument, NULL, 'z'}, {"state", required_argument, NULL, 's'},
	    {"format", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
	struct followup f = {.client = client, .rows = {.column = field_name, .columns = FIELDS}};
	khaosat__v1__list_followup__init(&f.asked);
	f.asked.state = f.state;
	for (int o; (o = client_option(client, argc, argv, options)) != -1;)
		if (!take_option(&f, o, optarg))
			return EXIT_USAGE;
	if (!client_is_end(client, &command_followup, argc, argv))
		return EXIT_USAGE;
	return staff_has_token(client) ? run_with(&f) : EXIT_USAGE;
}

const struct command command_followup = {"followup",
    "[--round R] [--by commune|zone] [--commune CODE] [--zone CODE] [--state STATE]... "
    "[--format table|json|csv]",
    "đơn vị chưa trả lời: địa chỉ, liên hệ, tình trạng",
    "who has not answered: address, contact, case state", run_followup};
