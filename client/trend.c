/* SPDX-License-Identifier: Apache-2.0 */
/* trend: the rounds side by side, goal by goal, with what breaks the series and since which entry
 * each verdict has been what it is. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/csv_cell.h"
#include "client/break_words.h"
#include "client/commands.h"
#include "client/estimates_data.h"
#include "client/figure_options.h"
#include "client/local_time.h"
#include "client/staff.h"
#include "client/text_table.h"
#include "client/wrap.h"

struct trending {
	const struct client *client;
	struct connection *c;
	enum format format;
	struct rates_asked asked; /* goals, of the whole */
	const char *before;       /* the round before */
	uint64_t last;            /* up to which certainty was found; 0: not yet */
	struct text_table table;
	json_t *list;
	int exit_code;
};

/* One goal in one round. */
struct point {
	const Khaosat__V1__RoundInfo *round;
	const Khaosat__V1__Rate *rate;
	const Khaosat__V1__Estimate *estimate;
	const Khaosat__V1__GoalInfo *goal;
	const Khaosat__V1__Certainty *certainty;
};

/* ------------------------------------------------------------------------------- for machines */

static void
print_csv_point(const struct point *p)
{
	char since[LOCAL_TIME_BYTES] = "";
	const Khaosat__V1__Rate *r = p->rate;
	if (p->certainty->since > 0)
		utc_time_print(p->certainty->since_ms, since);
	fputs(RATES_MARK ",", stdout);
	csv_cell(stdout, p->round->name);
	printf(",%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",",
	    p->round->reference_date, r->goal, r->n, r->responded, r->met, r->not_met, r->unknown);
	printf("%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", r->bound_low_num,
	    r->bound_low_den, r->bound_high_num, r->bound_high_den);
	if (p->estimate->made)
		printf("%.12g", p->estimate->share);
	putchar(',');
	if (estimates_has_error(r, p->estimate))
		printf("%.12g", p->estimate->standard_error);
	putchar(',');
	if (p->estimate->method != 0)
		printf("%.12g,%.12g,", p->estimate->low, p->estimate->high);
	else
		fputs(",,", stdout);
	printf("%s,%s,%" PRIu64 ",%s,", verdict_code((enum verdict)p->estimate->verdict),
	    verdict_code((enum verdict)p->certainty->verdict), p->certainty->since, since);
	for (size_t i = 0; i < p->certainty->n_broken; i++)
		printf(
		    "%s%s", i > 0 ? " " : "", break_name((enum break_kind)p->certainty->broken[i]));
	fputs("\r\n", stdout);
}

static json_t *
json_estimate(const Khaosat__V1__Rate *r, const Khaosat__V1__Estimate *e)
{
	if (!e->made)
		return json_null();
	json_t *error = estimates_has_error(r, e) ? json_real(e->standard_error) : json_null();
	json_t *low = e->method != 0 ? json_real(e->low) : json_null();
	json_t *high = e->method != 0 ? json_real(e->high) : json_null();
	return json_pack(
	    "{sf so so so}", "share", e->share, "standard_error", error, "low", low, "high", high);
}

static bool
add_json_point(struct trending *t, const struct point *p)
{
	const Khaosat__V1__Rate *r = p->rate;
	const Khaosat__V1__Estimate *e = p->estimate;
	json_t *breaks = json_array();
	for (size_t i = 0; i < p->certainty->n_broken; i++)
		json_array_append_new(
		    breaks, json_string(break_name((enum break_kind)p->certainty->broken[i])));
	json_t *point = json_pack("{ss ss ss sI sI sI sI sI so ss ss sI sI so}", "round",
	    p->round->name, "reference_date", p->round->reference_date, "goal", r->goal, "n",
	    (json_int_t)r->n, "responded", (json_int_t)r->responded, "met", (json_int_t)r->met,
	    "not_met", (json_int_t)r->not_met, "unknown", (json_int_t)r->unknown, "estimate",
	    json_estimate(r, e), "full_verdict", verdict_code((enum verdict)e->verdict), "verdict",
	    verdict_code((enum verdict)p->certainty->verdict), "since",
	    (json_int_t)p->certainty->since, "since_ms", (json_int_t)p->certainty->since_ms,
	    "breaks", breaks);
	return json_array_append_new(t->list, point) == 0;
}

/* ------------------------------------------------------------------------------- the table */

enum trend_column { GOAL, ROUND, DATE, COUNT, SHARE, ESTIMATE, VERDICT, SINCE, BREAKS, COLUMNS };

static bool
add_head(struct trending *t)
{
	const struct client *c = t->client;
	const char *const words[COLUMNS] = {[GOAL] = client_say(c, "Mục tiêu", "Goal"),
	    [ROUND] = client_say(c, "Đợt", "Round"),
	    [DATE] = client_say(c, "Ngày", "As of"),
	    [COUNT] = "N",
	    [SHARE] = client_say(c, "Đạt %", "Met %"),
	    [ESTIMATE] = client_say(c, "Ước lượng %", "Estimate %"),
	    [VERDICT] = client_say(c, "Kết luận", "Verdict"),
	    [SINCE] = client_say(c, "từ bản ghi", "since entry"),
	    [BREAKS] = client_say(c, "Đứt chuỗi", "Breaks")};
	t->table.columns = COLUMNS;
	return text_table_add_words(&t->table, words);
}

static void
put_percents(const struct trending *t, const struct point *p, struct text_line *line)
{
	bool comma = t->client->language == LANGUAGE_VI;
	const struct interval_end share = estimates_share(p->estimate);
	struct threshold threshold = rates_threshold(p->goal);
	snprintf(line->cell[ESTIMATE], TEXT_CELL_BYTES, "–");
	if (p->estimate->made)
		percent_print_against(interval_fraction(&share, ROUND_HALF_AWAY), threshold,
		    ROUND_HALF_AWAY, comma, line->cell[ESTIMATE]);
	percent_print_against((struct fraction){p->rate->met, p->rate->n}, threshold,
	    ROUND_HALF_AWAY, comma, line->cell[SHARE]);
}

static bool
add_table_point(struct trending *t, const struct point *p)
{
	struct text_line *line = text_table_add(&t->table);
	char vi[96], en[96];
	if (line == NULL)
		return false;
	snprintf(line->cell[GOAL], TEXT_CELL_BYTES, "%.200s", p->rate->goal);
	snprintf(line->cell[ROUND], TEXT_CELL_BYTES, "%.100s", p->round->name);
	char date[LOCAL_DATE_BYTES];
	local_date_print(p->round->reference_date, t->client->language == LANGUAGE_VI, date);
	snprintf(line->cell[DATE], TEXT_CELL_BYTES, "%s", date);
	snprintf(line->cell[COUNT], TEXT_CELL_BYTES, "%" PRIu64, p->rate->n);
	put_percents(t, p, line);
	verdict_words(
	    (enum verdict)p->estimate->verdict, p->rate->progress, p->goal->deadline, vi, en);
	snprintf(line->cell[VERDICT], TEXT_CELL_BYTES, "%s", client_say(t->client, vi, en));
	bool certain = p->certainty->verdict != KHAOSAT__V1__VERDICT__UNDECIDED;
	snprintf(line->cell[SINCE], TEXT_CELL_BYTES, "–");
	if (certain)
		snprintf(line->cell[SINCE], TEXT_CELL_BYTES, "%" PRIu64, p->certainty->since);
	for (size_t i = 0, n = 0; i < p->certainty->n_broken && n < TEXT_CELL_BYTES; i++)
		n += (size_t)snprintf(line->cell[BREAKS] + n, TEXT_CELL_BYTES - n, "%s%s",
		    i > 0 ? ", " : "", break_word(t->client, p->certainty->broken[i]));
	return true;
}

/* ------------------------------------------------------------------------------- asking */

static bool
fail(struct trending *t, const char *vi, const char *en)
{
	client_error("%s", client_say(t->client, vi, en));
	t->exit_code = EXIT_FAILED;
	return false;
}

static bool
put_point(struct trending *t, const struct point *p)
{
	bool good = true;
	if (t->format == FORMAT_CSV)
		print_csv_point(p);
	else if (t->format == FORMAT_JSON)
		good = add_json_point(t, p);
	else
		good = add_table_point(t, p);
	return good || fail(t, "hết bộ nhớ", "out of memory");
}

static bool
is_sound(const Khaosat__V1__Certainty *c)
{
	for (size_t i = 0; i < c->n_broken; i++)
		if ((int)c->broken[i] < 1 || (int)c->broken[i] >= (int)BREAKS_END)
			return false;
	return c->verdict >= KHAOSAT__V1__VERDICT__MET &&
	       c->verdict <= KHAOSAT__V1__VERDICT__UNDECIDED;
}

static const Khaosat__V1__Certainty *
find_certainty(const Khaosat__V1__Certainties *m, const char *goal)
{
	for (size_t i = 0; i < m->n_certainty; i++)
		if (strcmp(m->certainty[i]->goal, goal) == 0 && is_sound(m->certainty[i]))
			return m->certainty[i];
	return NULL;
}

static bool
put_round(struct trending *t, const Khaosat__V1__RoundInfo *round,
    const Khaosat__V1__Estimates *estimates, const Khaosat__V1__Certainties *certainties)
{
	for (size_t i = 0; i < estimates->n_estimate; i++) {
		const Khaosat__V1__Rate *rate = estimates->rates->rate[i];
		const struct point p = {round, rate, estimates->estimate[i],
		    rates_goal(estimates->rates, rate->goal),
		    find_certainty(certainties, rate->goal)};
		if (p.certainty == NULL)
			return fail(t, "máy chủ trả lời không đọc được",
			    "the collector's answer cannot be read");
		if (!put_point(t, &p))
			return false;
	}
	return true;
}

static bool
ask_round(struct trending *t, const Khaosat__V1__RoundInfo *round)
{
	bool good = false;
	Khaosat__V1__GetCertainty m;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__get_certainty__init(&m);
	m.round = round->name;
	m.before = staff_borrow(t->before);
	m.last = t->last;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GET_CERTAINTY;
	request.get_certainty = &m;
	t->asked.round = round->name;
	Khaosat__V1__Response *certainty = connection_ask(t->client, t->c, &request, &t->exit_code);
	Khaosat__V1__Response *estimates =
	    certainty == NULL ? NULL
			      : estimates_ask(t->client, t->c, &t->asked,
				    KHAOSAT__V1__INTERVAL_METHOD__WILSON, &t->exit_code);
	if (certainty != NULL && certainty->body_case == KHAOSAT__V1__RESPONSE__BODY_CERTAINTIES)
		t->last = certainty->certainties->last;
	if (estimates != NULL && certainty->body_case == KHAOSAT__V1__RESPONSE__BODY_CERTAINTIES)
		good = put_round(t, round, estimates->estimates, certainty->certainties);
	else if (estimates != NULL)
		fail(t, "máy chủ trả lời không đọc được", "the collector's answer cannot be read");
	if (certainty != NULL)
		khaosat__v1__response__free_unpacked(certainty, NULL);
	if (estimates != NULL)
		khaosat__v1__response__free_unpacked(estimates, NULL);
	t->before = round->name;
	return good;
}

static int
by_date(const void *a, const void *b)
{
	const Khaosat__V1__RoundInfo *one = *(Khaosat__V1__RoundInfo *const *)a;
	const Khaosat__V1__RoundInfo *other = *(Khaosat__V1__RoundInfo *const *)b;
	int order = strcmp(one->reference_date, other->reference_date);
	return order != 0 ? order : one->number < other->number ? -1 : one->number > other->number;
}

static bool
begin(struct trending *t)
{
	if (t->format == FORMAT_CSV)
		fputs("status,round,reference_date,goal,n,responded,met,not_met,unknown,"
		      "bound_low_num,bound_low_den,bound_high_num,bound_high_den,estimate,"
		      "standard_error,low,high,full_verdict,verdict,since,since_time,breaks\r\n",
		    stdout);
	t->list = json_array();
	return (t->list != NULL && (t->format != FORMAT_TABLE || add_head(t))) ||
	       fail(t, "hết bộ nhớ", "out of memory");
}

/* The same lines goal by goal, in the order in which goals come first. */
static bool
order_by_goal(const struct text_table *from, struct text_table *to)
{
	bool good = true;
	to->columns = from->columns;
	for (size_t i = 0; i < from->lines; i++) {
		const char *goal = from->line[i].cell[GOAL];
		size_t first = 0;
		while (strcmp(from->line[first].cell[GOAL], goal) != 0)
			first++;
		for (size_t k = i; good && first == i && k < from->lines; k++) {
			if (strcmp(from->line[k].cell[GOAL], goal) != 0)
				continue;
			struct text_line *line = text_table_add(to);
			good = line != NULL;
			if (good)
				*line = from->line[k];
		}
	}
	return good;
}

static void
print_table(struct trending *t)
{
	struct text_table ordered = {0};
	if (order_by_goal(&t->table, &ordered)) {
		text_table_print(&ordered, 0, stdout);
		wrap_notes(stdout,
		    client_say(t->client,
			"\nĐạt %: trên tổng số đơn vị. Từ bản ghi: kết luận chắc chắn từ bản ghi "
			"nào của nhật ký; 0: ngay từ đầu. Đứt chuỗi: so với đợt trước. Số liệu nội "
			"bộ, không công bố.\n",
			"\nMet %: of all units. Since entry: from which entry of the log on the "
			"verdict is certain; 0: from the start. Breaks: against the round before. "
			"Internal figures, not for publication.\n"));
	} else {
		fail(t, "hết bộ nhớ", "out of memory");
	}
	text_table_free(&ordered);
}

static void
end(struct trending *t)
{
	json_t *whole = json_pack("{ss sO}", "status", RATES_MARK, "trend", t->list);
	if (t->format == FORMAT_TABLE && t->exit_code == EXIT_DONE) {
		print_table(t);
	} else if (t->format == FORMAT_JSON && t->exit_code == EXIT_DONE) {
		json_dumpf(whole, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
		putchar('\n');
	}
	json_decref(whole);
	json_decref(t->list);
	text_table_free(&t->table);
}

static void
ask_all(struct trending *t)
{
	Khaosat__V1__ListRounds list = KHAOSAT__V1__LIST_ROUNDS__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_ROUNDS;
	request.list_rounds = &list;
	Khaosat__V1__Response *response = connection_ask(t->client, t->c, &request, &t->exit_code);
	if (response == NULL)
		return;
	if (response->body_case == KHAOSAT__V1__RESPONSE__BODY_ROUNDS && begin(t)) {
		Khaosat__V1__RoundList *rounds = response->rounds;
		if (rounds->n_round > 0)
			qsort(rounds->round, rounds->n_round, sizeof(*rounds->round), by_date);
		for (size_t i = 0; i < rounds->n_round && t->exit_code == EXIT_DONE; i++)
			if (rounds->round[i]->phase != KHAOSAT__V1__ROUND_PHASE__CREATED)
				ask_round(t, rounds->round[i]);
		end(t);
	}
	khaosat__v1__response__free_unpacked(response, NULL);
}

static bool
take_option(struct trending *t, int option, char *value)
{
	if (option == 'g')
		return figure_options_goal(t->client, value, &t->asked);
	return option == 'f' && figure_options_format(t->client, value, &t->format);
}

static int
run(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"goal", required_argument, NULL, 'g'},
	    {"format", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
	struct trending t = {.client = client, .before = "", .exit_code = EXIT_DONE};
	for (int option; (option = client_option(client, argc, argv, options)) != -1;)
		if (!take_option(&t, option, optarg))
			return EXIT_USAGE;
	if (!client_is_end(client, &command_trend, argc, argv))
		return EXIT_USAGE;
	if (!staff_has_token(client))
		return EXIT_USAGE;
	t.c = connection_begin(client, &t.exit_code);
	if (t.c == NULL)
		return t.exit_code;
	ask_all(&t);
	connection_close(t.c);
	return t.exit_code;
}

const struct command command_trend = {"trend", "[--goal G]... [--format table|json|csv]",
    "các đợt cạnh nhau: tỷ lệ, kết luận, chắc chắn từ bản ghi nào, chỗ đứt chuỗi",
    "rounds side by side: shares, verdicts, since when certain, breaks", run};
