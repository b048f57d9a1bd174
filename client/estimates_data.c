/* SPDX-License-Identifier: Apache-2.0 */
#include "client/estimates_data.h"

#include <inttypes.h>

#include "client/local_time.h"
#include "client/rates_parts.h"

const char *const estimates_method_name[ESTIMATES_METHODS] = {
    "wilson", "logit", "beta", "clopper-pearson", "hypergeometric"};

Khaosat__V1__Response *
estimates_ask(const struct client *client, struct connection *c, struct rates_asked *asked,
    Khaosat__V1__IntervalMethod method, int *exit_code)
{
	Khaosat__V1__GetEstimates get;
	khaosat__v1__get_estimates__init(&get);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	get.round = asked->round;
	get.goal = asked->goal;
	get.n_goal = asked->goals;
	get.by = asked->by;
	get.n_by = asked->dimensions;
	get.cell = asked->cell;
	get.n_cell = asked->cells;
	get.method = method;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GET_ESTIMATES;
	request.get_estimates = &get;
	Khaosat__V1__Response *response = connection_ask(client, c, &request, exit_code);
	if (response == NULL || (response->body_case == KHAOSAT__V1__RESPONSE__BODY_ESTIMATES &&
				    estimates_are_sound(response->estimates)))
		return response;
	return rates_refuse(client, response, exit_code);
}

/* ------------------------------------------------------------------------------- soundness */

static bool
is_share(double v)
{
	return v >= 0 && v <= 1; /* nor is it NaN */
}

static bool
is_exact_share(uint64_t num, uint64_t den)
{
	return num <= den && den <= UINT32_MAX;
}

static bool
is_certain_verdict(Khaosat__V1__Verdict v)
{
	return v >= KHAOSAT__V1__VERDICT__MET && v <= KHAOSAT__V1__VERDICT__UNDECIDED;
}

static bool
is_sound(const Khaosat__V1__Rate *r, const Khaosat__V1__Estimate *e)
{
	return r->n_unknown_met + r->n_unknown_not_met <= r->n_unknown &&
	       e->verdict >= KHAOSAT__V1__VERDICT__MET &&
	       e->verdict <= KHAOSAT__V1__VERDICT__INSUFFICIENT && is_share(e->share) &&
	       is_share(e->standard_error) && (int)e->method >= 0 &&
	       (int)e->method <= ESTIMATES_METHODS && is_share(e->low) && is_share(e->high) &&
	       is_share(e->response_weighted) && is_exact_share(e->low_num, e->low_den) &&
	       is_exact_share(e->high_num, e->high_den) && e->employees_responded <= e->employees &&
	       is_certain_verdict(e->verdict_all_in) && is_certain_verdict(e->verdict_all_out);
}

bool
estimates_are_sound(const Khaosat__V1__Estimates *m)
{
	if (m->rates == NULL || !rates_are_sound(m->rates) || m->n_estimate != m->rates->n_rate)
		return false;
	for (size_t i = 0; i < m->n_estimate; i++)
		if (!is_sound(m->rates->rate[i], m->estimate[i]))
			return false;
	return true;
}

/* ------------------------------------------------------------------------------- what they say */

struct interval_end
estimates_low(const Khaosat__V1__Estimate *e)
{
	return (struct interval_end){e->low, {e->low_num, e->low_den}};
}

struct interval_end
estimates_high(const Khaosat__V1__Estimate *e)
{
	return (struct interval_end){e->high, {e->high_num, e->high_den}};
}

struct interval_end
estimates_share(const Khaosat__V1__Estimate *e)
{
	return (struct interval_end){.value = e->share};
}

struct response_rates
estimates_response(const Khaosat__V1__Rate *rate, const Khaosat__V1__Estimate *e)
{
	struct rate_counts c = rates_counts(rate);
	struct employee_counts employees = {e->employees, e->employees_responded};
	return response_of(&c, &employees);
}

bool
estimates_has_error(const Khaosat__V1__Rate *r, const Khaosat__V1__Estimate *e)
{
	return e->made && (e->standard_error > 0 || r->met + r->not_met == r->n);
}

/* Whoever answers weighs something: where it is 0, nobody did. */
static bool
has_weighted(const Khaosat__V1__Rate *r, const Khaosat__V1__Estimate *e)
{
	return r->undrawn < r->n && (e->response_weighted > 0 || r->responded == 0);
}

struct fraction
estimates_response_weighted(const Khaosat__V1__Rate *r, const Khaosat__V1__Estimate *e)
{
	const struct interval_end share = {.value = e->response_weighted};
	if (!has_weighted(r, e))
		return (struct fraction){0, 0};
	return interval_fraction(&share, ROUND_HALF_AWAY);
}

/* Fields of the machines' forms. The estimate and the interval are fractions of 1, as reckoned. */
struct percent_field {
	const char *name;
	struct fraction fraction;
};
#define PERCENTS 3

static void
percents_of(
    const Khaosat__V1__Rate *r, const Khaosat__V1__Estimate *e, struct percent_field out[PERCENTS])
{
	struct response_rates rates = estimates_response(r, e);
	out[0] = (struct percent_field){"unit", rates.unit};
	out[1] = (struct percent_field){"by_employees", rates.employees};
	out[2] = (struct percent_field){"item_nonresponse", rates.item};
}

static const char *
method_name(const Khaosat__V1__Estimate *e)
{
	return e->method > 0 ? estimates_method_name[e->method - 1] : "";
}

/* ------------------------------------------------------------------------------- CSV */

static void
csv_head(FILE *to)
{
	rates_csv_head(to);
	fputs(",employees,employees_responded,response_pct,response_by_employees_pct,"
	      "item_nonresponse_pct,estimate,standard_error,strata,degrees_of_freedom,"
	      "interval_method,interval_low,interval_high,full_verdict,needed_not,"
	      "all_in_verdict,all_out_verdict,response_weighted\r\n",
	    to);
}

static void
csv_fields(const Khaosat__V1__Rate *r, const Khaosat__V1__Estimate *e, bool is_sample, FILE *to)
{
	struct percent_field percent[PERCENTS];
	percents_of(r, e, percent);
	fprintf(to, ",%" PRIu64 ",%" PRIu64, e->employees, e->employees_responded);
	for (size_t i = 0; i < PERCENTS; i++) {
		char text[32];
		percent_print_against(percent[i].fraction, response_threshold(percent[i].fraction),
		    ROUND_HALF_AWAY, false, text);
		fprintf(to, ",%s", text);
	}
	fputc(',', to);
	if (e->made)
		fprintf(to, "%.12g", e->share);
	fputc(',', to);
	if (estimates_has_error(r, e))
		fprintf(to, "%.12g", e->standard_error);
	if (e->made)
		fprintf(to, ",%" PRIu32 ",%" PRIu64, e->strata, e->degrees_of_freedom);
	else
		fputs(",,", to);
	if (e->method != 0)
		fprintf(to, ",%s,%.12g,%.12g", method_name(e), e->low, e->high);
	else
		fputs(",,,", to);
	fprintf(to, ",%s,", verdict_code((enum verdict)e->verdict));
	rates_csv_needed(r, e->needed_not, to);
	fprintf(to, ",%s,%s,", verdict_code((enum verdict)e->verdict_all_in),
	    verdict_code((enum verdict)e->verdict_all_out));
	if (is_sample && has_weighted(r, e))
		fprintf(to, "%.12g", e->response_weighted);
	fputs("\r\n", to);
}

void
estimates_write_csv(const Khaosat__V1__Estimates *m, FILE *to)
{
	char time[LOCAL_TIME_BYTES];
	utc_time_print(m->rates->time_ms, time);
	csv_head(to);
	for (size_t i = 0; i < m->n_estimate; i++) {
		rates_csv_row(m->rates, m->rates->rate[i], time, to);
		csv_fields(m->rates->rate[i], m->estimate[i], m->rates->strata > 0, to);
	}
}

/* ------------------------------------------------------------------------------- JSON */

static json_t *
json_estimate(const Khaosat__V1__Rate *r, const Khaosat__V1__Estimate *e)
{
	if (!e->made)
		return json_null();
	return json_pack("{sf so sI sI}", "share", e->share, "standard_error",
	    estimates_has_error(r, e) ? json_real(e->standard_error) : json_null(), "strata",
	    (json_int_t)e->strata, "degrees_of_freedom", (json_int_t)e->degrees_of_freedom);
}

static json_t *
json_interval(const Khaosat__V1__Estimate *e)
{
	if (e->method == 0)
		return json_null();
	return json_pack("{ss sf sf}", "method", method_name(e), "low", e->low, "high", e->high);
}

static json_t *
json_response(const Khaosat__V1__Rate *r, const Khaosat__V1__Estimate *e, bool is_sample)
{
	struct percent_field percent[PERCENTS];
	json_t *object = json_object();
	int bad = object == NULL;
	percents_of(r, e, percent);
	for (size_t i = 0; i < PERCENTS; i++)
		bad |= json_object_set_new(object, percent[i].name,
		    rates_json_share(percent[i].fraction, response_threshold(percent[i].fraction),
			ROUND_HALF_AWAY));
	bool weighted = is_sample && has_weighted(r, e);
	bad |= json_object_set_new(
	    object, "weighted", weighted ? json_real(e->response_weighted) : json_null());
	if (bad == 0)
		return object;
	json_decref(object);
	return NULL;
}

/* With every unit of unknown membership in, or out. */
static json_t *
json_sensitivity(const struct rate_counts *c, Khaosat__V1__Verdict verdict, struct threshold t)
{
	return json_pack("{so so ss}", "bound_low",
	    rates_json_share(rate_bound_low(c), t, ROUND_DOWN), "bound_high",
	    rates_json_share(rate_bound_high(c), t, ROUND_UP), "verdict",
	    verdict_code((enum verdict)verdict));
}

static json_t *
json_row(
    const Khaosat__V1__Rates *rates, const Khaosat__V1__Rate *r, const Khaosat__V1__Estimate *e)
{
	struct threshold t = rates_threshold(rates_goal(rates, r->goal));
	struct rate_counts c = rates_counts(r), in = rate_all_in(&c), out = rate_all_out(&c);
	json_t *object = rates_json_rate(rates, r);
	int bad = object == NULL;
	bad |= json_object_set_new(object, "response", json_response(r, e, rates->strata > 0));
	bad |= json_object_set_new(object, "estimate", json_estimate(r, e));
	bad |= json_object_set_new(object, "interval", json_interval(e));
	bad |= json_object_set_new(
	    object, "full_verdict", json_string(verdict_code((enum verdict)e->verdict)));
	bad |= json_object_set_new(object, "needed_not", rates_json_needed(r, e->needed_not));
	bad |= json_object_set_new(
	    object, "unknown_all_in", json_sensitivity(&in, e->verdict_all_in, t));
	bad |= json_object_set_new(
	    object, "unknown_all_out", json_sensitivity(&out, e->verdict_all_out, t));
	if (bad == 0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
json_rows(const Khaosat__V1__Estimates *m)
{
	json_t *list = json_array();
	int bad = list == NULL;
	for (size_t i = 0; i < m->n_estimate; i++)
		bad |= json_array_append_new(
		    list, json_row(m->rates, m->rates->rate[i], m->estimate[i]));
	if (bad == 0)
		return list;
	json_decref(list);
	return NULL;
}

bool
estimates_write_json(const Khaosat__V1__Estimates *m, FILE *to)
{
	return rates_print_json(rates_json_all(m->rates, json_rows(m)), to);
}
