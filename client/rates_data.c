/* SPDX-License-Identifier: Apache-2.0 */
#include "client/rates_data.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "client/csv_cell.h"
#include "client/local_time.h"
#include "client/rates_parts.h"

#define COUNT_MAX ((uint64_t)1 << 32)

const char *const rates_dimension_name[RATES_DIMENSIONS] = {
    [KHAOSAT__V1__DIMENSION__WHOLE] = "whole",
    [KHAOSAT__V1__DIMENSION__ZONE] = "zone",
    [KHAOSAT__V1__DIMENSION__ZONE_TYPE] = "zone_type",
    [KHAOSAT__V1__DIMENSION__COMMUNE] = "commune",
    [KHAOSAT__V1__DIMENSION__SECTOR] = "sector",
    [KHAOSAT__V1__DIMENSION__SIZE] = "size",
    [KHAOSAT__V1__DIMENSION__UNIT_TYPE] = "unit_type",
};

int
rates_dimension(const char *name)
{
	for (int i = 0; i < RATES_DIMENSIONS; i++)
		if (strcmp(rates_dimension_name[i], name) == 0)
			return i;
	return -1;
}

Khaosat__V1__Response *
rates_ask(
    const struct client *client, struct connection *c, struct rates_asked *asked, int *exit_code)
{
	Khaosat__V1__GetRates get;
	khaosat__v1__get_rates__init(&get);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	get.round = asked->round;
	get.goal = asked->goal;
	get.n_goal = asked->goals;
	get.by = asked->by;
	get.n_by = asked->dimensions;
	get.cell = asked->cell;
	get.n_cell = asked->cells;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GET_RATES;
	request.get_rates = &get;
	Khaosat__V1__Response *response = connection_ask(client, c, &request, exit_code);
	if (response == NULL)
		return NULL;
	if (response->body_case == KHAOSAT__V1__RESPONSE__BODY_RATES &&
	    rates_are_sound(response->rates))
		return response;
	return rates_refuse(client, response, exit_code);
}

Khaosat__V1__Response *
rates_refuse(const struct client *client, Khaosat__V1__Response *response, int *exit_code)
{
	client_error("%s", client_say(client, "máy chủ trả về số liệu không đọc được",
			       "the collector sent rates that cannot be read"));
	*exit_code = EXIT_FAILED;
	khaosat__v1__response__free_unpacked(response, NULL);
	return NULL;
}

/* ------------------------------------------------------------------------------- soundness */

const Khaosat__V1__GoalInfo *
rates_goal(const Khaosat__V1__Rates *rates, const char *code)
{
	for (size_t i = 0; i < rates->n_goal; i++)
		if (strcmp(rates->goal[i]->code, code) == 0)
			return rates->goal[i];
	return NULL;
}

static bool
is_sound(const Khaosat__V1__Rates *rates, const Khaosat__V1__Rate *r)
{
	const uint64_t count[] = {r->n, r->responded, r->met, r->not_met, r->unknown, r->n_unknown,
	    r->n_unknown_met, r->n_unknown_not_met, r->undrawn, r->n_unknown_undrawn,
	    r->bound_low_num / 2, r->bound_low_den / 2, r->bound_high_num / 2,
	    r->bound_high_den / 2};
	for (size_t i = 0; i < sizeof(count) / sizeof(count[0]); i++)
		if (count[i] > COUNT_MAX)
			return false;
	return rates_goal(rates, r->goal) != NULL && r->undrawn <= r->n &&
	       r->met + r->not_met + r->unknown <= r->n - r->undrawn &&
	       r->n_unknown_undrawn <= r->n_unknown &&
	       r->n_unknown_met + r->n_unknown_not_met <= r->n_unknown - r->n_unknown_undrawn &&
	       (int)r->dimension >= 0 && (int)r->dimension < RATES_DIMENSIONS &&
	       r->verdict >= KHAOSAT__V1__VERDICT__MET &&
	       r->verdict <= KHAOSAT__V1__VERDICT__UNDECIDED;
}

bool
rates_are_sound(const Khaosat__V1__Rates *rates)
{
	for (size_t i = 0; i < rates->n_goal; i++)
		if (!local_date_is_good(rates->goal[i]->deadline) ||
		    rates->goal[i]->threshold > 100)
			return false;
	for (size_t i = 0; i < rates->n_rate; i++)
		if (!is_sound(rates, rates->rate[i]))
			return false;
	return true;
}

struct rate_counts
rates_counts(const Khaosat__V1__Rate *rate)
{
	return (struct rate_counts){.n = rate->n,
	    .met = rate->met,
	    .not_met = rate->not_met,
	    .unknown = rate->unknown,
	    .n_unknown = rate->n_unknown,
	    .n_unknown_met = rate->n_unknown_met,
	    .n_unknown_not_met = rate->n_unknown_not_met,
	    .undrawn = rate->undrawn,
	    .n_unknown_undrawn = rate->n_unknown_undrawn};
}

struct threshold
rates_threshold(const Khaosat__V1__GoalInfo *goal)
{
	return (struct threshold){goal->threshold, goal->strict};
}

/* ------------------------------------------------------------------------------- fields */

struct share_field {
	const char *name;
	struct fraction fraction;
	enum rounding rounding;
};
#define SHARES 4

static void
shares_of(const Khaosat__V1__Rate *r, struct share_field out[SHARES])
{
	struct rate_counts c = rates_counts(r);
	out[0] = (struct share_field){"register_share", rate_register_share(&c), ROUND_HALF_AWAY};
	out[1] =
	    (struct share_field){"respondent_share", rate_respondent_share(&c), ROUND_HALF_AWAY};
	out[2] =
	    (struct share_field){"bound_low", {r->bound_low_num, r->bound_low_den}, ROUND_DOWN};
	out[3] =
	    (struct share_field){"bound_high", {r->bound_high_num, r->bound_high_den}, ROUND_UP};
}

struct count_field {
	const char *name;
	uint64_t value;
};
#define COUNTS 9

static void
counts_of(const Khaosat__V1__Rate *r, struct count_field out[COUNTS])
{
	const struct count_field all[COUNTS] = {{"n", r->n}, {"responded", r->responded},
	    {"met", r->met}, {"not_met", r->not_met}, {"unknown", r->unknown},
	    {"n_unknown", r->n_unknown}, {"n_unknown_met", r->n_unknown_met},
	    {"n_unknown_not_met", r->n_unknown_not_met}, {"drawn", r->n - r->undrawn}};
	memcpy(out, all, sizeof(all));
}

/* ------------------------------------------------------------------------------- CSV */

static void
csv_text(FILE *to, const char *text)
{
	csv_cell(to, text);
	fputc(',', to);
}

void
rates_csv_head(FILE *to)
{
	Khaosat__V1__Rate none;
	struct count_field count[COUNTS];
	struct share_field share[SHARES];
	khaosat__v1__rate__init(&none);
	counts_of(&none, count);
	shares_of(&none, share);
	fputs("confidentiality,round,last_entry,time,goal,group,threshold,strict,deadline,"
	      "dimension,cell,parent,label_vi,label_en",
	    to);
	for (size_t i = 0; i < COUNTS; i++)
		fprintf(to, ",%s", count[i].name);
	for (size_t i = 0; i < SHARES; i++)
		fprintf(to, ",%s_num,%s_den,%s_pct", share[i].name, share[i].name, share[i].name);
	fputs(",verdict,progress,needed", to);
}

static bool
can_decide(const Khaosat__V1__Rate *r, int64_t needed)
{
	return needed >= 0 && r->verdict != KHAOSAT__V1__VERDICT__NOT_APPLICABLE;
}

void
rates_csv_needed(const Khaosat__V1__Rate *r, int64_t needed, FILE *to)
{
	if (can_decide(r, needed))
		fprintf(to, "%" PRId64, needed);
}

void
rates_csv_row(
    const Khaosat__V1__Rates *rates, const Khaosat__V1__Rate *r, const char *time, FILE *to)
{
	const Khaosat__V1__GoalInfo *goal = rates_goal(rates, r->goal);
	struct count_field count[COUNTS];
	struct share_field share[SHARES];
	counts_of(r, count);
	shares_of(r, share);
	fputs(RATES_MARK ",", to);
	csv_text(to, rates->round);
	fprintf(to, "%" PRIu64 ",%s,", rates->last, time);
	csv_text(to, r->goal);
	csv_text(to, goal->group);
	fprintf(to, "%" PRIu32 ",%d,%s,%s,", goal->threshold, goal->strict != 0, goal->deadline,
	    rates_dimension_name[r->dimension]);
	csv_text(to, r->cell);
	csv_text(to, r->parent);
	csv_text(to, r->label_vi);
	csv_cell(to, r->label_en);
	for (size_t i = 0; i < COUNTS; i++)
		fprintf(to, ",%" PRIu64, count[i].value);
	for (size_t i = 0; i < SHARES; i++) {
		char percent[32];
		percent_print_against(
		    share[i].fraction, rates_threshold(goal), share[i].rounding, false, percent);
		fprintf(to, ",%" PRIu64 ",%" PRIu64 ",%s", share[i].fraction.num,
		    share[i].fraction.den, percent);
	}
	fprintf(to, ",%s,%d,", verdict_code((enum verdict)r->verdict), r->progress != 0);
	rates_csv_needed(r, r->needed, to);
}

static bool
is_wanted(const Khaosat__V1__Rate *r, int dimension)
{
	return dimension < 0 || (int)r->dimension == dimension;
}

void
rates_write_csv(const Khaosat__V1__Rates *rates, int dimension, FILE *to)
{
	char time[LOCAL_TIME_BYTES];
	utc_time_print(rates->time_ms, time);
	rates_csv_head(to);
	fputs("\r\n", to);
	for (size_t i = 0; i < rates->n_rate; i++) {
		if (!is_wanted(rates->rate[i], dimension))
			continue;
		rates_csv_row(rates, rates->rate[i], time, to);
		fputs("\r\n", to);
	}
}

/* ------------------------------------------------------------------------------- JSON */

static json_t *
json_goal(const Khaosat__V1__GoalInfo *g)
{
	return json_pack("{ss ss ss ss sI sb ss sb}", "code", g->code, "group", g->group, "name_vi",
	    g->name_vi, "name_en", g->name_en, "threshold", (json_int_t)g->threshold, "strict",
	    g->strict, "deadline", g->deadline, "headline", g->headline);
}

json_t *
rates_json_share(struct fraction f, struct threshold t, enum rounding rounding)
{
	char percent[32];
	if (f.den == 0)
		return json_null();
	percent_print_against(f, t, rounding, false, percent);
	return json_pack(
	    "{sI sI ss}", "num", (json_int_t)f.num, "den", (json_int_t)f.den, "percent", percent);
}

json_t *
rates_json_needed(const Khaosat__V1__Rate *r, int64_t needed)
{
	return can_decide(r, needed) ? json_integer(needed) : json_null();
}

json_t *
rates_json_rate(const Khaosat__V1__Rates *rates, const Khaosat__V1__Rate *r)
{
	struct threshold t = rates_threshold(rates_goal(rates, r->goal));
	struct count_field count[COUNTS];
	struct share_field share[SHARES];
	json_t *object = json_pack("{ss ss ss ss ss ss}", "goal", r->goal, "dimension",
	    rates_dimension_name[r->dimension], "cell", r->cell, "parent", r->parent, "label_vi",
	    r->label_vi, "label_en", r->label_en);
	counts_of(r, count);
	shares_of(r, share);
	int bad = object == NULL;
	for (size_t i = 0; i < COUNTS; i++)
		bad |= json_object_set_new(
		    object, count[i].name, json_integer((json_int_t)count[i].value));
	for (size_t i = 0; i < SHARES; i++)
		bad |= json_object_set_new(object, share[i].name,
		    rates_json_share(share[i].fraction, t, share[i].rounding));
	bad |= json_object_set_new(
	    object, "verdict", json_string(verdict_code((enum verdict)r->verdict)));
	bad |= json_object_set_new(object, "progress", json_boolean(r->progress));
	bad |= json_object_set_new(object, "needed", rates_json_needed(r, r->needed));
	if (bad == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *
rates_json_all(const Khaosat__V1__Rates *rates, json_t *list)
{
	char time[LOCAL_TIME_BYTES];
	utc_time_print(rates->time_ms, time);
	json_t *goals = json_array();
	int bad = list == NULL;
	for (size_t i = 0; i < rates->n_goal; i++)
		bad |= json_array_append_new(goals, json_goal(rates->goal[i]));
	/* "o" takes the arrays over, also when packing fails. */
	json_t *all = json_pack("{ss ss sI ss ss sI sI sI so so}", "confidentiality", RATES_MARK,
	    "round", rates->round, "last_entry", (json_int_t)rates->last, "time", time, "design",
	    rates->strata > 0 ? "sample" : "census", "strata", (json_int_t)rates->strata, "units",
	    (json_int_t)rates->units, "drawn", (json_int_t)rates->drawn, "goals", goals, "rates",
	    list);
	if (bad == 0)
		return all;
	json_decref(all);
	return NULL;
}

static json_t *
json_rates(const Khaosat__V1__Rates *rates, int dimension)
{
	json_t *list = json_array();
	int bad = 0;
	for (size_t i = 0; i < rates->n_rate; i++)
		if (is_wanted(rates->rate[i], dimension))
			bad |= json_array_append_new(list, rates_json_rate(rates, rates->rate[i]));
	if (bad == 0)
		return rates_json_all(rates, list);
	json_decref(list);
	return NULL;
}

bool
rates_print_json(json_t *all, FILE *to)
{
	if (all == NULL)
		return false;
	bool good = json_dumpf(all, to, JSON_INDENT(1)) == 0;
	fputc('\n', to);
	json_decref(all);
	return good;
}

bool
rates_write_json(const Khaosat__V1__Rates *rates, int dimension, FILE *to)
{
	return rates_print_json(json_rates(rates, dimension), to);
}
