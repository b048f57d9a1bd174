/* SPDX-License-Identifier: Apache-2.0 */
/* case set: what has become of a unit. case list: how many units of each cell are in each state,
 * and the rates of fieldwork that follow. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "client/case_words.h"
#include "client/commands.h"
#include "client/csv_cell.h"
#include "client/figure_options.h"
#include "client/rounds.h"
#include "client/staff.h"
#include "client/text_table.h"
#include "client/width.h"
#include "survey/fieldwork.h"
#include "survey/taxcode.h"

/* ------------------------------------------------------------------------------- set */

static int
run_set(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"unit", required_argument, NULL, 'u'}, {"state", required_argument, NULL, 's'},
	    {"evidence", required_argument, NULL, 'e'}, {NULL, 0, NULL, 0}};
	Khaosat__V1__SetCase m;
	const char *round = NULL, *unit = NULL, *state = NULL;
	khaosat__v1__set_case__init(&m);
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'r')
			round = optarg;
		else if (o == 'u')
			unit = optarg;
		else if (o == 's')
			state = optarg;
		else if (o == 'e')
			m.evidence = optarg;
		else
			return EXIT_USAGE;
	}
	if (optind < argc || round == NULL || unit == NULL || state == NULL)
		return client_usage(client, &command_case_set, "%s",
		    client_say(client, "cần --round, --unit và --state",
			"--round, --unit and --state are needed"));
	if (!case_parse(client, state, &m.state) || !staff_has_token(client))
		return EXIT_USAGE;
	m.round = staff_borrow(round);
	m.tax_code = staff_borrow(unit);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_SET_CASE;
	request.set_case = &m;
	const char *word = case_word(client, m.state);
	return staff_act(client, &request, unit, word, word);
}

/* ------------------------------------------------------------------------------- list */

/* A count over it is none that can be reckoned with. */
#define COUNT_LIMIT (UINT64_C(1) << 40)

struct listing {
	const struct client *client;
	enum format format;
	struct rates_asked asked; /* its round and dimensions */
};

static uint64_t
count_of(const Khaosat__V1__CaseCounts *c, int state)
{
	return state >= 1 && (size_t)state <= c->n_state ? c->state[state - 1] : 0;
}

/* Behind the counts; what an empty denominator leaves open is empty. */
static void
rates_of(const Khaosat__V1__CaseCounts *c, struct fraction out[FIELDWORK_RATES])
{
	uint64_t state[FIELDWORK_STATES];
	for (int i = 0; i < FIELDWORK_STATES; i++)
		state[i] = count_of(c, i + 1);
	fieldwork_rates(state, c->reachable, out);
}

static bool
is_sound(const Khaosat__V1__Cases *cases)
{
	for (size_t i = 0; i < cases->n_cell; i++) {
		const Khaosat__V1__CaseCounts *c = cases->cell[i];
		if ((int)c->dimension < 0 || (int)c->dimension >= RATES_DIMENSIONS)
			return false;
		for (size_t k = 0; k < c->n_state; k++)
			if (c->state[k] > COUNT_LIMIT)
				return false;
		if (c->with_address > COUNT_LIMIT || c->reachable > COUNT_LIMIT)
			return false;
	}
	return true;
}

static void
print_csv(const Khaosat__V1__Cases *cases)
{
	fputs("round,last,dimension,cell,label_vi", stdout);
	for (int i = 1; i < CASE_STATES; i++)
		printf(",%s", case_code[i]);
	fputs(",with_address,reachable", stdout);
	for (int i = 0; i < FIELDWORK_RATES; i++)
		printf(",%s", fieldwork_info((enum fieldwork_rate)i)->name);
	fputs("\r\n", stdout);
	for (size_t i = 0; i < cases->n_cell; i++) {
		const Khaosat__V1__CaseCounts *c = cases->cell[i];
		struct fraction rate[FIELDWORK_RATES];
		char percent[32];
		rates_of(c, rate);
		csv_cell(stdout, cases->round);
		printf(",%" PRIu64 ",%s,%s,", cases->last, rates_dimension_name[c->dimension],
		    c->cell);
		csv_cell(stdout, c->label_vi);
		for (int k = 1; k < CASE_STATES; k++)
			printf(",%" PRIu64, count_of(c, k));
		printf(",%" PRIu64 ",%" PRIu64, c->with_address, c->reachable);
		for (int k = 0; k < FIELDWORK_RATES; k++) {
			percent_print(rate[k], 4, ROUND_HALF_AWAY, false, percent);
			printf(",%s", percent);
		}
		fputs("\r\n", stdout);
	}
}

static json_t *
json_of(const Khaosat__V1__CaseCounts *c)
{
	struct fraction rate[FIELDWORK_RATES];
	char percent[32];
	json_t *o = json_pack("{ss ss ss ss}", "dimension", rates_dimension_name[c->dimension],
	    "cell", c->cell, "label_vi", c->label_vi, "label_en", c->label_en);
	for (int i = 1; i < CASE_STATES; i++)
		json_object_set_new(o, case_code[i], json_integer((json_int_t)count_of(c, i)));
	json_object_set_new(o, "with_address", json_integer((json_int_t)c->with_address));
	json_object_set_new(o, "reachable", json_integer((json_int_t)c->reachable));
	rates_of(c, rate);
	for (int i = 0; i < FIELDWORK_RATES; i++) {
		percent_print(rate[i], 4, ROUND_HALF_AWAY, false, percent);
		json_object_set_new(o, fieldwork_info((enum fieldwork_rate)i)->name,
		    percent[0] != '\0' ? json_string(percent) : json_null());
	}
	return o;
}

static void
print_json(const Khaosat__V1__Cases *cases)
{
	json_t *list = json_array();
	for (size_t i = 0; i < cases->n_cell; i++)
		json_array_append_new(list, json_of(cases->cell[i]));
	json_t *whole = json_pack(
	    "{ss sI so}", "round", cases->round, "last", (json_int_t)cases->last, "cases", list);
	if (whole != NULL)
		json_dumpf(whole, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(whole);
}

static const char *
label_of(const struct client *client, const Khaosat__V1__CaseCounts *c)
{
	return client_say(client, c->label_vi, c->label_en);
}

static void
fill_counts(const struct client *client, const Khaosat__V1__CaseCounts *c, struct text_line *line)
{
	for (int i = 1; i < CASE_STATES; i++)
		snprintf(line->cell[i], TEXT_CELL_BYTES, "%" PRIu64, count_of(c, i));
	(void)client;
}

static void
fill_rates(const struct client *client, const Khaosat__V1__CaseCounts *c, struct text_line *line)
{
	struct fraction rate[FIELDWORK_RATES];
	rates_of(c, rate);
	for (int i = 0; i < FIELDWORK_RATES; i++) {
		char percent[32];
		percent_print(
		    rate[i], 1, ROUND_HALF_AWAY, client->language == LANGUAGE_VI, percent);
		snprintf(
		    line->cell[1 + i], TEXT_CELL_BYTES, "%s", percent[0] != '\0' ? percent : "–");
	}
}

typedef void fill_cells(
    const struct client *client, const Khaosat__V1__CaseCounts *c, struct text_line *line);

/* False: out of memory. */
static bool
print_part(const struct client *client, const Khaosat__V1__Cases *cases, struct text_table *table,
    fill_cells *fill)
{
	bool good = true;
	for (size_t i = 0; i < cases->n_cell && good; i++) {
		struct text_line *line = text_table_add(table);
		good = line != NULL;
		if (!good)
			break;
		width_cut(label_of(client, cases->cell[i]), 40, line->cell[0], TEXT_CELL_BYTES);
		fill(client, cases->cell[i], line);
	}
	if (good)
		text_table_print(table, 0, stdout);
	text_table_free(table);
	return good;
}

/* The states, and below them the rates: side by side they are too wide. */
static bool
print_table(const struct client *client, const Khaosat__V1__Cases *cases)
{
	struct text_table counts = {.columns = CASE_STATES};
	struct text_table rates = {.columns = 1 + FIELDWORK_RATES};
	struct text_line *head = text_table_add(&counts);
	struct text_line *rates_head = text_table_add(&rates);
	bool good = head != NULL && rates_head != NULL;
	for (int i = 1; i < CASE_STATES && good; i++)
		snprintf(head->cell[i], TEXT_CELL_BYTES, "%s",
		    case_word(client, (Khaosat__V1__CaseState)i));
	for (int i = 0; i < FIELDWORK_RATES && good; i++)
		snprintf(rates_head->cell[1 + i], TEXT_CELL_BYTES, "%s",
		    client_text(client, fieldwork_info((enum fieldwork_rate)i)->head));
	if (good) {
		snprintf(head->cell[0], TEXT_CELL_BYTES, "%s", cases->round);
		good = print_part(client, cases, &counts, fill_counts);
		putchar('\n');
	}
	return print_part(client, cases, &rates, fill_rates) && good;
}

static int
print(const struct listing *l, const Khaosat__V1__Response *response)
{
	const Khaosat__V1__Cases *cases = response->cases;
	bool good = true;
	if (response->body_case != KHAOSAT__V1__RESPONSE__BODY_CASES || !is_sound(cases))
		return connection_unreadable(l->client);
	if (l->format == FORMAT_CSV)
		print_csv(cases);
	else if (l->format == FORMAT_JSON)
		print_json(cases);
	else
		good = print_table(l->client, cases);
	if (!good)
		client_error("%s", client_say(l->client, "hết bộ nhớ", "out of memory"));
	return good ? EXIT_DONE : EXIT_FAILED;
}

static int
ask(struct listing *l)
{
	struct round_found round;
	int exit_code = EXIT_DONE;
	Khaosat__V1__GetCases m;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	struct connection *c = connection_begin(l->client, &exit_code);
	if (c == NULL)
		return exit_code;
	khaosat__v1__get_cases__init(&m);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GET_CASES;
	request.get_cases = &m;
	Khaosat__V1__Response *response = NULL;
	if (rounds_find(l->client, c, l->asked.round, &round, &exit_code)) {
		m.round = round.name;
		m.by = l->asked.by;
		m.n_by = l->asked.dimensions;
		response = connection_ask(l->client, c, &request, &exit_code);
	}
	if (response != NULL) {
		exit_code = print(l, response);
		khaosat__v1__response__free_unpacked(response, NULL);
	}
	connection_close(c);
	return exit_code;
}

static bool
take_list_option(struct listing *l, int option, char *value)
{
	if (option == 'b')
		return figure_options_by(l->client, value, &l->asked);
	if (option == 'f')
		return figure_options_format(l->client, value, &l->format);
	l->asked.round = value;
	return option == 'r';
}

static int
run_list(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"by", required_argument, NULL, 'b'}, {"format", required_argument, NULL, 'f'},
	    {NULL, 0, NULL, 0}};
	struct listing l = {.client = client};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;)
		if (!take_list_option(&l, o, optarg))
			return EXIT_USAGE;
	if (!client_is_end(client, &command_case_list, argc, argv))
		return EXIT_USAGE;
	return staff_has_token(client) ? ask(&l) : EXIT_USAGE;
}

const struct command command_case_set = {"case set",
    "--round R --unit TAX --state "
    "in-progress|partial|refusal|non-contact|out-of-scope|unknown|none "
    "[--evidence TEXT]",
    "ghi tình trạng của một đơn vị trong đợt", "say what has become of a unit", run_set};
const struct command command_case_list = {"case list",
    "[--round R] [--by whole|zone|zone_type|commune|sector|size|unit_type]... "
    "[--format table|json|csv]",
    "số đơn vị theo tình trạng; tỷ lệ trả lời, liên lạc, hợp tác, từ chối, có liên hệ",
    "units by case state; rates of response, contact, cooperation, refusal and coverage", run_list};
