/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/tables.h"
#include "collector/export/value_status.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Whose state says whether a figure may be told. */
enum part { PART_MEMBERS, PART_REGISTER, PART_UNSURE, PART_JUDGED, PART_ESTIMATE, PART_EMPLOYEES };

static const struct {
	struct measure_info info;
	enum part part;
	enum rounding rounding;
} measures[MEASURES] = {
    [MEASURE_N] = {{"n", {"Số đơn vị thuộc diện", "Units of the population"}, "count"},
	PART_MEMBERS, ROUND_HALF_AWAY},
    [MEASURE_DRAWN] = {{"drawn", {"Số đơn vị được chọn mẫu", "Units drawn into the sample"},
			   "count"},
	PART_MEMBERS, ROUND_HALF_AWAY},
    [MEASURE_RESPONDED] = {{"responded", {"Số đơn vị đã trả lời", "Units that answered"}, "count"},
	PART_MEMBERS, ROUND_HALF_AWAY},
    [MEASURE_MET] = {{"met", {"Số đơn vị đạt", "Units that met it"}, "count"}, PART_MEMBERS,
	ROUND_HALF_AWAY},
    [MEASURE_NOT_MET] = {{"not_met", {"Số đơn vị không đạt", "Units that did not"}, "count"},
	PART_MEMBERS, ROUND_HALF_AWAY},
    [MEASURE_UNKNOWN] = {{"unknown",
			     {"Số đơn vị trả lời nhưng chưa rõ", "Answered, not known whether met"},
			     "count"},
	PART_MEMBERS, ROUND_HALF_AWAY},
    [MEASURE_N_UNKNOWN] = {{"n_unknown", {"Số đơn vị không rõ diện", "Units of unknown membership"},
			       "count"},
	PART_REGISTER, ROUND_HALF_AWAY},
    [MEASURE_N_UNKNOWN_MET] = {{"n_unknown_met", {"Không rõ diện, đạt", "Unknown membership, met"},
				   "count"},
	PART_UNSURE, ROUND_HALF_AWAY},
    [MEASURE_N_UNKNOWN_NOT_MET] = {{"n_unknown_not_met",
				       {"Không rõ diện, không đạt", "Unknown membership, not met"},
				       "count"},
	PART_UNSURE, ROUND_HALF_AWAY},
    [MEASURE_REGISTER_SHARE] = {{"register_share",
				    {"Tỷ lệ trên danh sách", "Share of the register"}, "percent"},
	PART_MEMBERS, ROUND_HALF_AWAY},
    [MEASURE_RESPONDENT_SHARE] = {{"respondent_share",
				      {"Tỷ lệ trên số trả lời", "Share of respondents"}, "percent"},
	PART_MEMBERS, ROUND_HALF_AWAY},
    [MEASURE_BOUND_LOW] = {{"bound_low", {"Cận dưới", "Lower bound"}, "percent"}, PART_JUDGED,
	ROUND_DOWN},
    [MEASURE_BOUND_HIGH] = {{"bound_high", {"Cận trên", "Upper bound"}, "percent"}, PART_JUDGED,
	ROUND_UP},
    [MEASURE_VERDICT] = {{"verdict", {"Kết luận chắc chắn", "Verdict beyond doubt"}, "code"},
	PART_JUDGED, ROUND_HALF_AWAY},
    [MEASURE_VERDICT_ALL_IN] = {{"verdict_all_in",
				    {"Kết luận nếu mọi đơn vị không rõ diện đều thuộc diện",
					"Verdict if all of unknown membership belonged"},
				    "code"},
	PART_JUDGED, ROUND_HALF_AWAY},
    [MEASURE_VERDICT_ALL_OUT] = {{"verdict_all_out",
				     {"Kết luận nếu không đơn vị không rõ diện nào thuộc diện",
					 "Verdict if none of unknown membership belonged"},
				     "code"},
	PART_JUDGED, ROUND_HALF_AWAY},
    [MEASURE_ESTIMATED_VERDICT] = {{"estimated_verdict",
				       {"Kết luận theo ước lượng", "Verdict with the estimate"},
				       "code"},
	PART_JUDGED, ROUND_HALF_AWAY},
    [MEASURE_NEEDED] = {{"needed", {"Còn cần đạt thêm", "More that must meet it"}, "count"},
	PART_JUDGED, ROUND_HALF_AWAY},
    [MEASURE_NEEDED_NOT] = {{"needed_not", {"Còn cần không đạt thêm", "More that must miss it"},
				"count"},
	PART_JUDGED, ROUND_HALF_AWAY},
    [MEASURE_ESTIMATE] = {{"estimate", {"Ước lượng có trọng số", "Weighted estimate"}, "percent"},
	PART_ESTIMATE, ROUND_HALF_AWAY},
    [MEASURE_STANDARD_ERROR] = {{"standard_error", {"Sai số chuẩn", "Standard error"}, "percent"},
	PART_ESTIMATE, ROUND_HALF_AWAY},
    [MEASURE_CI_LOW] = {{"ci_low", {"Khoảng tin cậy 95 %, dưới", "95 % interval, lower end"},
			    "percent"},
	PART_ESTIMATE, ROUND_DOWN},
    [MEASURE_CI_HIGH] = {{"ci_high", {"Khoảng tin cậy 95 %, trên", "95 % interval, upper end"},
			     "percent"},
	PART_ESTIMATE, ROUND_UP},
    [MEASURE_RESPONSE_RATE] = {{"response_rate", {"Tỷ lệ trả lời", "Response rate"}, "percent"},
	PART_MEMBERS, ROUND_HALF_AWAY},
    [MEASURE_RESPONSE_RATE_WEIGHTED] = {{"response_rate_weighted",
					    {"Tỷ lệ trả lời theo trọng số thiết kế",
						"Response rate by design weights"},
					    "percent"},
	PART_EMPLOYEES, ROUND_HALF_AWAY},
    [MEASURE_RESPONSE_RATE_EMPLOYEES] = {{"response_rate_employees",
					     {"Tỷ lệ trả lời theo lao động",
						 "Response rate by employees"},
					     "percent"},
	PART_EMPLOYEES, ROUND_HALF_AWAY},
    [MEASURE_ITEM_NON_RESPONSE] = {{"item_non_response",
				       {"Tỷ lệ chưa rõ trong số trả lời", "Item non-response"},
				       "percent"},
	PART_MEMBERS, ROUND_HALF_AWAY},
};

const struct measure_info *
measure_info(enum measure m)
{
	return &measures[m].info;
}

/* ------------------------------------------------------------------- names */

const char *
stage_name(enum export_stage stage)
{
	switch (stage) {
	case STAGE_INTERIM:
		return "interim";
	case STAGE_PRELIMINARY:
		return "preliminary";
	case STAGE_FINAL:
		return "final";
	}
	return "";
}

const char *
dimension_name(enum dimension dimension)
{
	static const char *const name[DIMENSIONS] = {"whole", "zone", "zone_type", "commune",
	    "sector", "size", "unit_type", "size_sector", "size_zone_type"};
	return name[dimension];
}

const char *
confidentiality_name(const struct tables *t)
{
	return t->facts.settings.is_public ? "PUBLIC" : "INTERNAL";
}

const char *
figure_conf_status(enum figure_state state)
{
	switch (state) {
	case FIGURE_FREE:
	case FIGURE_EMPTY:
		return "F";
	case FIGURE_FEW_UNITS:
		return "A";
	case FIGURE_CONFIDENTIAL:
		return "C";
	}
	return "";
}

void
time_print(int64_t ms, char out[TIME_TEXT_BYTES])
{
	int64_t seconds = ms / 1000, rest = ms % 1000;
	if (rest < 0) {
		rest += 1000;
		seconds--;
	}
	struct tm tm;
	time_t at = (time_t)seconds;
	char day[sizeof("2026-11-26T09:00:00")];
	if (gmtime_r(&at, &tm) == NULL || strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		*day = '\0'; /* beyond the year 9999 */
	snprintf(out, TIME_TEXT_BYTES, "%s.%03dZ", day, (int)rest);
}

/* ------------------------------------------------------------------- one figure */

static const struct goal *
goal_of(const struct tables *t, const struct observation *o)
{
	return &t->definition->goal[o->goal];
}

static struct threshold
threshold_of(const struct tables *t, const struct observation *o)
{
	return (struct threshold){goal_of(t, o)->threshold_pct, goal_of(t, o)->strict};
}

static enum figure_state
state_of(const struct observation *o, enum part part)
{
	switch (part) {
	case PART_MEMBERS:
	case PART_EMPLOYEES:
		return o->members;
	case PART_REGISTER:
		return FIGURE_FREE;
	case PART_UNSURE:
		return o->unsure;
	case PART_JUDGED:
	case PART_ESTIMATE:
		return o->judged;
	}
	return FIGURE_CONFIDENTIAL;
}

static void
set_count(struct value *v, uint64_t count)
{
	v->kind = VALUE_COUNT;
	v->count = (int64_t)count;
}

static void
set_fraction(struct value *v, struct fraction f)
{
	if (f.den == 0)
		return;
	v->kind = VALUE_FRACTION;
	v->fraction = f;
}

static void
set_real(struct value *v, bool is_there, double real)
{
	if (!is_there)
		return;
	v->kind = VALUE_REAL;
	v->real = real;
}

static void
set_end(struct value *v, bool is_there, const struct interval_end *end)
{
	set_real(v, is_there, end->value);
	if (is_there)
		v->fraction = end->exact;
}

static void
set_verdict(struct value *v, enum verdict verdict)
{
	v->kind = VALUE_VERDICT;
	v->verdict = verdict;
}

static void
set_verdict_of(struct value *v, struct threshold t, struct rate_counts counts)
{
	set_verdict(v, rate_verdict(t, &counts));
}

/* Of rounded counts it is not known either whether the members still open are enough: then units of
 * unknown membership have to turn out so too. */
static int64_t
at_most(const struct observation *o, int64_t needed)
{
	return o->within > 0 && needed > 0 ? needed + (int64_t)o->counts.n_unknown : needed;
}

/* Whoever answers weighs something, so where that was reckoned and is 0, nobody did. */
static bool
has_weighted_response(const struct observation *o)
{
	return o->has_estimate && rate_asked(&o->counts) > 0 &&
	       (o->response > 0 || rate_responded(&o->counts) == 0);
}

/* What follows from the counts alone. False: not one of these. */
static bool
find_counted(const struct observation *o, struct threshold t, enum measure m, struct value *v)
{
	const struct rate_counts *c = &o->counts, least = rate_widened(c, o->within);
	const struct response_rates response = response_of(c, &o->employees);
	switch ((int)m) {
	case MEASURE_N:
		return set_count(v, c->n), true;
	case MEASURE_DRAWN:
		return set_count(v, rate_asked(c)), true;
	case MEASURE_RESPONDED:
		return set_count(v, rate_responded(c)), true;
	case MEASURE_MET:
		return set_count(v, c->met), true;
	case MEASURE_NOT_MET:
		return set_count(v, c->not_met), true;
	case MEASURE_UNKNOWN:
		return set_count(v, c->unknown), true;
	case MEASURE_N_UNKNOWN:
		return set_count(v, c->n_unknown), true;
	case MEASURE_N_UNKNOWN_MET:
		return set_count(v, c->n_unknown_met), true;
	case MEASURE_N_UNKNOWN_NOT_MET:
		return set_count(v, c->n_unknown_not_met), true;
	case MEASURE_REGISTER_SHARE:
		return set_fraction(v, rate_register_share(c)), true;
	case MEASURE_RESPONDENT_SHARE:
		return set_fraction(v, rate_respondent_share(c)), true;
	case MEASURE_BOUND_LOW:
		return set_fraction(v, rate_bound_low(&least)), true;
	case MEASURE_BOUND_HIGH:
		return set_fraction(v, rate_bound_high(&least)), true;
	case MEASURE_NEEDED:
		return set_count(v, (uint64_t)at_most(o, rate_needed(t, &least))), true;
	case MEASURE_NEEDED_NOT:
		return set_count(v, (uint64_t)at_most(o, rate_needed_not(t, &least))), true;
	case MEASURE_RESPONSE_RATE:
		return set_fraction(v, response.unit), true;
	case MEASURE_RESPONSE_RATE_WEIGHTED:
		return set_real(v, has_weighted_response(o), o->response), true;
	case MEASURE_RESPONSE_RATE_EMPLOYEES:
		return set_fraction(v, response.employees), true;
	case MEASURE_ITEM_NON_RESPONSE:
		return set_fraction(v, response.item), true;
	}
	return false;
}

static void
find_judged(const struct observation *o, struct threshold t, enum measure m, struct value *v)
{
	const struct estimate *e = &o->estimate;
	const struct rate_counts least = rate_widened(&o->counts, o->within);
	bool has_interval = o->has_estimate && e->has_interval;
	switch ((int)m) {
	case MEASURE_VERDICT:
		set_verdict_of(v, t, least);
		return;
	case MEASURE_VERDICT_ALL_IN:
		set_verdict_of(v, t, rate_all_in(&least));
		return;
	case MEASURE_VERDICT_ALL_OUT:
		set_verdict_of(v, t, rate_all_out(&least));
		return;
	case MEASURE_ESTIMATED_VERDICT:
		if (o->has_estimate)
			set_verdict(v, e->verdict);
		return;
	case MEASURE_ESTIMATE:
		set_real(v, o->has_estimate && e->is_made, e->share);
		return;
	case MEASURE_STANDARD_ERROR:
		set_real(v, o->has_estimate && e->has_error, sqrt(e->variance));
		return;
	case MEASURE_CI_LOW:
		set_end(v, has_interval, &e->interval.low);
		return;
	case MEASURE_CI_HIGH:
		set_end(v, has_interval, &e->interval.high);
		return;
	}
}

static bool
is_of_response(enum measure m)
{
	return m == MEASURE_RESPONSE_RATE || m == MEASURE_RESPONSE_RATE_EMPLOYEES ||
	       m == MEASURE_ITEM_NON_RESPONSE;
}

static bool
is_of_sample(enum measure m)
{
	return m == MEASURE_DRAWN || m == MEASURE_RESPONSE_RATE_WEIGHTED;
}

void
observation_value(
    const struct tables *t, const struct observation *o, enum measure m, struct value *out)
{
	const struct threshold threshold = threshold_of(t, o);
	*out = (struct value){.kind = VALUE_NONE,
	    .state = state_of(o, measures[m].part),
	    .rounding = measures[m].rounding,
	    .held_to = threshold,
	    .is_rounded = o->within > 0 && measures[m].part != PART_REGISTER};
	/* A real that is told is a number of tenths of a percent already: the nearest is that one.
	 */
	bool is_real = measures[m].part == PART_ESTIMATE || measures[m].part == PART_EMPLOYEES;
	if (is_real && t->facts.settings.is_public)
		out->rounding = ROUND_HALF_AWAY;
	if (is_of_sample(m) && t->facts.strata == 0)
		out->state = FIGURE_FREE; /* there is no such figure */
	else if (out->state == FIGURE_FREE && !find_counted(o, threshold, m, out))
		find_judged(o, threshold, m, out);
	if (is_of_response(m))
		out->held_to = response_threshold(out->fraction);
}

/* ------------------------------------------------------------------- as text */

static struct fraction
fraction_of(const struct value *v)
{
	const struct interval_end end = {v->real, v->fraction};
	return v->kind == VALUE_REAL ? interval_fraction(&end, v->rounding) : v->fraction;
}

void
value_print_short(const struct value *v, bool comma, char out[VALUE_TEXT_BYTES])
{
	*out = '\0';
	switch (v->kind) {
	case VALUE_NONE:
		return;
	case VALUE_COUNT:
		if (!value_is_impossible(v))
			snprintf(out, VALUE_TEXT_BYTES, "%" PRId64, v->count);
		return;
	case VALUE_FRACTION:
	case VALUE_REAL:
		percent_print_against(fraction_of(v), v->held_to, v->rounding, comma, out);
		return;
	case VALUE_VERDICT:
		snprintf(out, VALUE_TEXT_BYTES, "%s", verdict_code(v->verdict));
		return;
	}
}

void
value_print(const struct tables *t, const struct value *v, bool comma, char out[VALUE_TEXT_BYTES])
{
	if (v->kind == VALUE_REAL && !t->facts.settings.is_public)
		percent_print(fraction_of(v), DECIMALS_MAX, v->rounding, comma, out);
	else
		value_print_short(v, comma, out);
}

/* ------------------------------------------------------------------- all of them */

bool
tables_make(struct tables *t, const struct export_facts *facts, const struct definition *definition,
    const struct cells *cells)
{
	size_t n = cells_count(cells);
	*t = (struct tables){.facts = *facts,
	    .definition = definition,
	    .cells = cells,
	    .rows = definition->goals * n};
	t->row = calloc(t->rows + 1, sizeof(*t->row));
	if (t->row == NULL)
		return false;
	for (size_t i = 0; i < t->rows; i++) {
		t->row[i].goal = (uint16_t)(i / n);
		t->row[i].cell = (uint16_t)(i % n);
		t->row[i].vintage = facts->vintage;
		t->row[i].time_ms = facts->time_ms;
	}
	return true;
}

void
tables_clear(struct tables *t)
{
	free(t->row);
	*t = (struct tables){0};
}
