/* SPDX-License-Identifier: Apache-2.0 */
/* change: what changed from one round to a later one, and which units moved. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "client/break_words.h"
#include "client/commands.h"
#include "client/csv_cell.h"
#include "client/figure_options.h"
#include "client/rounds.h"
#include "client/staff.h"
#include "client/text_table.h"
#include "client/width.h"
#include "client/words.h"
#include "client/wrap.h"

#define NOTES_BYTES 640 /* two names of rounds among them, of 32 each */

struct changing {
	const struct client *client;
	enum format format;
	struct rates_asked asked;
	char *before; /* "": the earlier one of the round */
	bool units;   /* list those that moved */
};

/* ------------------------------------------------------------------------------- soundness */

static bool
is_difference(double v)
{
	return v >= -1 && v <= 1; /* nor is it NaN */
}

static bool
is_sound_change(const Khaosat__V1__Change *c)
{
	const uint64_t n[] = {c->n, c->n_before, c->met, c->met_before, c->both};
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		if (n[i] > FRACTION_MAX)
			return false;
	return (int)c->dimension >= 0 && (int)c->dimension < RATES_DIMENSIONS && c->met <= c->n &&
	       c->met_before <= c->n_before && is_difference(c->difference) &&
	       is_difference(c->low) && is_difference(c->high) && c->standard_error >= 0 &&
	       c->standard_error <= 1;
}

static const Khaosat__V1__GoalBreaks *
find_goal(const Khaosat__V1__Changes *m, const char *code)
{
	for (size_t i = 0; i < m->n_goal; i++)
		if (strcmp(m->goal[i]->goal->code, code) == 0)
			return m->goal[i];
	return NULL;
}

static bool
is_sound(const Khaosat__V1__Changes *m)
{
	for (size_t i = 0; i < m->n_goal; i++) {
		if (m->goal[i]->goal == NULL)
			return false;
		for (size_t k = 0; k < m->goal[i]->n_broken; k++)
			if ((int)m->goal[i]->broken[k] < 1 ||
			    (int)m->goal[i]->broken[k] >= (int)BREAKS_END)
				return false;
	}
	for (size_t i = 0; i < m->n_change; i++)
		if (!is_sound_change(m->change[i]) || find_goal(m, m->change[i]->goal) == NULL)
			return false;
	return true;
}

/* ------------------------------------------------------------------------------- CSV, JSON */

/* None where answers that leave it open, of one mind or of a single unit, show none. */
static bool
has_error(const Khaosat__V1__Change *c)
{
	return c->made &&
	       (c->standard_error > 0 || (c->met_before + c->not_met_before == c->n_before &&
					     c->met + c->not_met == c->n));
}

static void
print_breaks(const Khaosat__V1__GoalBreaks *goal)
{
	for (size_t i = 0; i < goal->n_broken; i++)
		printf("%s%s", i > 0 ? " " : "", break_name((enum break_kind)goal->broken[i]));
}

static void
print_csv(const Khaosat__V1__Changes *m)
{
	fputs("status,round,before,last,goal,dimension,cell,label_vi,n_before,met_before,"
	      "not_met_before,n,met,not_met,both,gained,lost,stayed_met,stayed_not_met,"
	      "difference,standard_error,low,high,breaks\r\n",
	    stdout);
	for (size_t i = 0; i < m->n_change; i++) {
		const Khaosat__V1__Change *c = m->change[i];
		const uint64_t counts[] = {c->n_before, c->met_before, c->not_met_before, c->n,
		    c->met, c->not_met, c->both, c->gained, c->lost, c->stayed_met,
		    c->stayed_not_met};
		fputs(RATES_MARK ",", stdout);
		csv_cell(stdout, m->round);
		putchar(',');
		csv_cell(stdout, m->before);
		printf(",%" PRIu64 ",%s,%s,%s,", m->last, c->goal,
		    rates_dimension_name[c->dimension], c->cell);
		csv_cell(stdout, c->label_vi);
		for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++)
			printf(",%" PRIu64, counts[k]);
		putchar(',');
		if (c->made)
			printf("%.12g", c->difference);
		putchar(',');
		if (has_error(c))
			printf("%.12g", c->standard_error);
		if (c->has_interval)
			printf(",%.12g,%.12g,", c->low, c->high);
		else
			fputs(",,,", stdout);
		print_breaks(find_goal(m, c->goal));
		fputs("\r\n", stdout);
	}
}

static json_t *
json_counts(uint64_t n, uint64_t met, uint64_t not_met)
{
	return json_pack("{sI sI sI}", "n", (json_int_t)n, "met", (json_int_t)met, "not_met",
	    (json_int_t)not_met);
}

static json_t *
json_breaks(const Khaosat__V1__GoalBreaks *goal)
{
	json_t *list = json_array();
	for (size_t i = 0; i < goal->n_broken; i++)
		json_array_append_new(
		    list, json_string(break_name((enum break_kind)goal->broken[i])));
	return list;
}

static json_t *
json_change(const Khaosat__V1__Changes *m, const Khaosat__V1__Change *c)
{
	json_t *difference =
	    c->made ? json_pack("{sf so so so}", "value", c->difference, "standard_error",
			  has_error(c) ? json_real(c->standard_error) : json_null(), "low",
			  c->has_interval ? json_real(c->low) : json_null(), "high",
			  c->has_interval ? json_real(c->high) : json_null())
		    : json_null();
	return json_pack("{ss ss ss ss ss so so sI sI sI sI sI so so}", "goal", c->goal,
	    "dimension", rates_dimension_name[c->dimension], "cell", c->cell, "label_vi",
	    c->label_vi, "label_en", c->label_en, "before",
	    json_counts(c->n_before, c->met_before, c->not_met_before), "now",
	    json_counts(c->n, c->met, c->not_met), "both", (json_int_t)c->both, "gained",
	    (json_int_t)c->gained, "lost", (json_int_t)c->lost, "stayed_met",
	    (json_int_t)c->stayed_met, "stayed_not_met", (json_int_t)c->stayed_not_met,
	    "difference", difference, "breaks", json_breaks(find_goal(m, c->goal)));
}

static bool
print_json(const Khaosat__V1__Changes *m)
{
	json_t *list = json_array();
	int bad = list == NULL;
	for (size_t i = 0; i < m->n_change; i++)
		bad |= json_array_append_new(list, json_change(m, m->change[i]));
	json_t *whole = json_pack("{ss ss ss sI so}", "status", RATES_MARK, "round", m->round,
	    "before", m->before, "last", (json_int_t)m->last, "changes", list);
	bad |= whole == NULL;
	if (bad == 0)
		bad = json_dumpf(whole, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(whole);
	return bad == 0;
}

/* ------------------------------------------------------------------------------- the table */

enum change_column { NAME, BEFORE, NOW, DIFFERENCE, INTERVAL, GAINED, LOST, BOTH, BREAK, COLUMNS };

static void
put_share(const struct client *client, struct threshold t, struct fraction share, char *cell)
{
	char percent[32];
	percent_print_against(share, t, ROUND_HALF_AWAY, client->language == LANGUAGE_VI, percent);
	snprintf(cell, TEXT_CELL_BYTES, "%s", percent[0] != '\0' ? percent : "–");
}

/* "+3.2": percentage points, with the sign. */
static void
print_points(const struct client *client, double v, char out[32])
{
	snprintf(out, 32, "%+.1f", fabs(v) < 0.0005 ? 0.0 : 100 * v);
	char *point = strchr(out, '.');
	if (point != NULL && client->language == LANGUAGE_VI)
		*point = ',';
}

static bool
add_head(const struct client *c, struct text_table *table)
{
	const char *const words[COLUMNS] = {[NAME] = client_say(c, "Mục tiêu", "Goal"),
	    [BEFORE] = client_say(c, "Trước %", "Before %"),
	    [NOW] = client_say(c, "Nay %", "Now %"),
	    [DIFFERENCE] = client_say(c, "Ước lượng +/-", "Estimate +/-"),
	    [INTERVAL] = client_say(c, "Tin cậy 95 %", "95 % interval"),
	    [GAINED] = client_say(c, "Thêm đạt", "Gained"),
	    [LOST] = client_say(c, "Hết đạt", "Lost"),
	    [BOTH] = client_say(c, "Cả hai đợt", "Both times"),
	    [BREAK] = client_say(c, "Đứt chuỗi", "Breaks")};
	return text_table_add_words(table, words);
}

static void
put_difference(const struct client *client, const Khaosat__V1__Change *c, struct text_line *line)
{
	char low[32], high[32], difference[32];
	print_points(client, c->difference, difference);
	print_points(client, c->low, low);
	print_points(client, c->high, high);
	snprintf(line->cell[DIFFERENCE], TEXT_CELL_BYTES, "%s", c->made ? difference : "–");
	snprintf(
	    line->cell[INTERVAL], TEXT_CELL_BYTES, c->has_interval ? "%s – %s" : "–", low, high);
}

static bool
add_line(const struct client *client, const Khaosat__V1__Changes *m, const Khaosat__V1__Change *c,
    struct text_table *table)
{
	struct text_line *line = text_table_add(table);
	const Khaosat__V1__GoalBreaks *goal = find_goal(m, c->goal);
	const struct threshold t = rates_threshold(goal->goal);
	char name[TEXT_CELL_BYTES];
	if (line == NULL)
		return false;
	bool is_whole = c->dimension == KHAOSAT__V1__DIMENSION__WHOLE;
	snprintf(name, sizeof(name), "%.64s%s%.200s", c->goal, is_whole ? "" : "  ",
	    is_whole ? "" : client_say(client, c->label_vi, c->label_en));
	width_cut(name, 48, line->cell[NAME], TEXT_CELL_BYTES);
	put_share(client, t, (struct fraction){c->met_before, c->n_before}, line->cell[BEFORE]);
	put_share(client, t, (struct fraction){c->met, c->n}, line->cell[NOW]);
	put_difference(client, c, line);
	snprintf(line->cell[GAINED], TEXT_CELL_BYTES, "%" PRIu64, c->gained);
	snprintf(line->cell[LOST], TEXT_CELL_BYTES, "%" PRIu64, c->lost);
	snprintf(line->cell[BOTH], TEXT_CELL_BYTES, "%" PRIu64, c->both);
	for (size_t i = 0, n = 0; i < goal->n_broken && n < TEXT_CELL_BYTES; i++)
		n += (size_t)snprintf(line->cell[BREAK] + n, TEXT_CELL_BYTES - n, "%s%s",
		    i > 0 ? ", " : "", break_word(client, goal->broken[i]));
	return true;
}

static bool
print_table(const struct client *client, const Khaosat__V1__Changes *m)
{
	struct text_table table = {.columns = COLUMNS};
	char notes[NOTES_BYTES];
	bool good = add_head(client, &table);
	for (size_t i = 0; good && i < m->n_change; i++)
		if (m->change[i]->n + m->change[i]->n_before > 0)
			good = add_line(client, m, m->change[i], &table);
	if (good)
		text_table_print(&table, 0, stdout);
	text_table_free(&table);
	snprintf(notes, sizeof(notes),
	    client_say(client,
		"\nTỷ lệ: số đạt trên tổng số đơn vị. Ước lượng +/-: điểm phần trăm, coi đơn vị "
		"chưa trả lời như đơn vị cùng loại.\nThêm đạt, hết đạt: trong số đơn vị thuộc diện "
		"cả "
		"hai đợt.\nĐợt %s so với đợt %s, đến bản ghi số %" PRIu64
		". Số liệu nội bộ, không công bố.\n",
		"\nShares: met of all units. Estimate +/-: percentage points, the silent taken "
		"for those alike.\nGained, lost: of the units that belong both times.\nRound %s "
		"against %s, up to entry %" PRIu64 ". Internal figures, not for publication.\n"),
	    m->round, m->before, m->last);
	wrap_notes(stdout, notes);
	return good;
}

/* ------------------------------------------------------------------------------- asking */

static int
print(const struct changing *o, const Khaosat__V1__Response *response)
{
	const Khaosat__V1__Changes *m = response->changes;
	bool good = true;
	if (response->body_case != KHAOSAT__V1__RESPONSE__BODY_CHANGES || !is_sound(m))
		return connection_unreadable(o->client);
	if (o->format == FORMAT_CSV)
		print_csv(m);
	else if (o->format == FORMAT_JSON)
		good = print_json(m);
	else
		good = print_table(o->client, m);
	if (!good)
		client_error("%s", client_say(o->client, "hết bộ nhớ", "out of memory"));
	return good ? EXIT_DONE : EXIT_FAILED;
}

/* As connection_ask; that there is nothing to compare with is said by the option that mends it. */
static Khaosat__V1__Response *
ask_change(const struct changing *o, struct connection *c, Khaosat__V1__Request *request,
    const char *field, int *exit_code)
{
	Khaosat__V1__Response *response = connection_call(c, request);
	if (response == NULL) {
		*exit_code = connection_lost(o->client);
		return NULL;
	}
	if (response->status == KHAOSAT__V1__STATUS__DONE)
		return response;
	*exit_code = EXIT_FAILED;
	if (response->status == KHAOSAT__V1__STATUS__INVALID && strcmp(response->field, field) == 0)
		client_error(o->before[0] == '\0'
				 ? client_say(o->client,
				       "đợt %s không ghi đợt trước: chọn đợt để so bằng --before",
				       "round %s names no earlier one: choose one with --before")
				 : client_say(o->client, "--before %s: phải là một đợt khác",
				       "--before %s: must be another round"),
		    o->asked.round);
	else
		*exit_code = connection_explain(o->client, response);
	khaosat__v1__response__free_unpacked(response, NULL);
	return NULL;
}

static int
ask_changes(struct changing *o, struct connection *c)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__GetChange m;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__get_change__init(&m);
	m.round = o->asked.round;
	m.before = o->before;
	m.goal = o->asked.goal;
	m.n_goal = o->asked.goals;
	m.by = o->asked.by;
	m.n_by = o->asked.dimensions;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GET_CHANGE;
	request.get_change = &m;
	Khaosat__V1__Response *response =
	    ask_change(o, c, &request, "get_change.before", &exit_code);
	if (response == NULL)
		return exit_code;
	exit_code = print(o, response);
	khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

/* One goal after the other, page by page, as one CSV. */
static int
ask_movers(struct changing *o, struct connection *c, char *goal)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__ListMovers m;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__list_movers__init(&m);
	m.round = o->asked.round;
	m.before = o->before;
	m.goal = goal;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_MOVERS;
	request.list_movers = &m;
	do {
		Khaosat__V1__Response *response =
		    ask_change(o, c, &request, "list_movers.before", &exit_code);
		if (response == NULL)
			return exit_code;
		const Khaosat__V1__Movers *movers = response->movers;
		bool good = response->body_case == KHAOSAT__V1__RESPONSE__BODY_MOVERS &&
			    (movers->next == 0 || movers->next > m.from);
		for (size_t i = 0; good && i < movers->n_mover; i++)
			printf("%s,%s,%s\r\n", goal, movers->mover[i]->tax_code,
			    movers->mover[i]->met ? "gained" : "lost");
		m.from = good ? movers->next : 0;
		khaosat__v1__response__free_unpacked(response, NULL);
		if (!good)
			return connection_unreadable(o->client);
	} while (m.from != 0);
	return EXIT_DONE;
}

static int
ask(struct changing *o)
{
	struct round_found round;
	int exit_code = EXIT_DONE;
	struct connection *c = connection_begin(o->client, &exit_code);
	if (c == NULL)
		return exit_code;
	if (rounds_find(o->client, c, o->asked.round, &round, &exit_code)) {
		o->asked.round = round.name;
		if (!o->units)
			exit_code = ask_changes(o, c);
		else
			fputs("goal,tax_code,change\r\n", stdout);
		for (size_t i = 0; o->units && exit_code == EXIT_DONE && i < o->asked.goals; i++)
			exit_code = ask_movers(o, c, o->asked.goal[i]);
	}
	connection_close(c);
	return exit_code;
}

static bool
take_option(struct changing *o, int option, char *value)
{
	switch (option) {
	case 'r':
		o->asked.round = value;
		return true;
	case 'e':
		o->before = value;
		return true;
	case 'u':
		o->units = true;
		return true;
	case 'f':
		return figure_options_format(o->client, value, &o->format);
	case 'g':
		return figure_options_goal(o->client, value, &o->asked);
	case 'b':
		return figure_options_by(o->client, value, &o->asked);
	default:
		return false;
	}
}

static int
run(struct client *client, int argc, char **argv)
{
	static char none[] = "";
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"before", required_argument, NULL, 'e'}, {"goal", required_argument, NULL, 'g'},
	    {"by", required_argument, NULL, 'b'}, {"format", required_argument, NULL, 'f'},
	    {"units", no_argument, NULL, 'u'}, {NULL, 0, NULL, 0}};
	struct changing o = {.client = client, .before = none};
	for (int option; (option = client_option(client, argc, argv, options)) != -1;)
		if (!take_option(&o, option, optarg))
			return EXIT_USAGE;
	if (!client_is_end(client, &command_change, argc, argv))
		return EXIT_USAGE;
	if (o.units && o.asked.goals == 0)
		return client_usage(client, &command_change, "%s",
		    client_say(client, "--units cần --goal", "--units needs --goal"));
	return staff_has_token(client) ? ask(&o) : EXIT_USAGE;
}

const struct command command_change = {"change",
    "[--round R] [--before R] [--goal G]... "
    "[--by whole|zone|zone_type|commune|sector|size|unit_type]... [--format table|json|csv] | "
    "--units --goal G [--round R] [--before R]",
    "thay đổi giữa hai đợt, và đơn vị nào đổi kết quả",
    "what changed between two rounds, and which units did", run};
