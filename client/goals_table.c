/* SPDX-License-Identifier: Apache-2.0 */
#include "client/goals_table.h"

#include <inttypes.h>
#include <string.h>

#include "client/estimates_data.h"
#include "client/goal_names.h"
#include "client/rate_cells.h"
#include "client/text_table.h"
#include "client/wrap.h"

enum goals_column {
	COLUMN_NAME,
	COLUMN_N,
	COLUMN_DRAWN,     /* this and the next but one in a sample only */
	COLUMN_RESPONSE,  /* units that responded */
	COLUMN_WEIGHTED,  /* the same, by design weights */
	COLUMN_EMPLOYEES, /* the same, by employees */
	COLUMN_ITEM,      /* of them, not known whether met */
	COLUMN_ESTIMATE,
	COLUMN_INTERVAL,
	COLUMN_BOUNDS,
	COLUMN_NEEDED,
	COLUMN_NEEDED_NOT,
	COLUMN_VERDICT,
	COLUMNS
};

#define SAMPLE_COLUMNS (UINT32_C(1) << COLUMN_DRAWN | UINT32_C(1) << COLUMN_WEIGHTED)
#define NOTE_BYTES 512

struct printing {
	const struct client *client;
	const Khaosat__V1__Estimates *estimates;
	FILE *to;
	struct text_table table;
	bool no_memory;
};

/* ------------------------------------------------------------------------------- cells */

static void
put_percent(const struct printing *p, struct fraction f, char *cell)
{
	char percent[32];
	percent_print_against(
	    f, response_threshold(f), ROUND_HALF_AWAY, p->client->language == LANGUAGE_VI, percent);
	snprintf(cell, TEXT_CELL_BYTES, "%s", percent[0] != '\0' ? percent : "–");
}

static void
put_estimate(const struct printing *p, const Khaosat__V1__Estimate *e, struct threshold t,
    struct text_line *line)
{
	struct interval_end share = estimates_share(e), low = estimates_low(e),
			    high = estimates_high(e);
	char *cell = line->cell[COLUMN_ESTIMATE];
	snprintf(cell, TEXT_CELL_BYTES, "–");
	if (e->made)
		percent_print_against(interval_fraction(&share, ROUND_HALF_AWAY), t,
		    ROUND_HALF_AWAY, p->client->language == LANGUAGE_VI, cell);
	snprintf(line->cell[COLUMN_INTERVAL], TEXT_CELL_BYTES, "–");
	if (e->method != 0)
		rate_cell_range(p->client, t, interval_fraction(&low, ROUND_DOWN),
		    interval_fraction(&high, ROUND_UP), line->cell[COLUMN_INTERVAL]);
}

/* ------------------------------------------------------------------------------- lines */

static bool
add_head(struct printing *p, const char *name)
{
	const struct client *c = p->client;
	const char *const words[COLUMNS] = {
	    [COLUMN_NAME] = name,
	    [COLUMN_N] = "N",
	    [COLUMN_DRAWN] = client_say(c, "Mẫu", "Drawn"),
	    [COLUMN_WEIGHTED] = client_say(c, "theo TS %", "weighted %"),
	    [COLUMN_RESPONSE] = client_say(c, "Trả lời %", "Response %"),
	    [COLUMN_EMPLOYEES] = client_say(c, "theo LĐ %", "by empl. %"),
	    [COLUMN_ITEM] = client_say(c, "Chưa rõ %", "Unknown %"),
	    [COLUMN_ESTIMATE] = client_say(c, "Ước lượng %", "Estimate %"),
	    [COLUMN_INTERVAL] = client_say(c, "Tin cậy 95 %", "95 % interval"),
	    [COLUMN_BOUNDS] = client_say(c, "Cận %", "Bounds %"),
	    [COLUMN_NEEDED] = client_say(c, "Cần đạt", "To meet"),
	    [COLUMN_NEEDED_NOT] = client_say(c, "Cần không đạt", "To miss"),
	    [COLUMN_VERDICT] = client_say(c, "Kết luận", "Verdict"),
	};
	return text_table_add_words(&p->table, words);
}

static bool
add_line(struct printing *p, size_t i, const char *name, unsigned depth)
{
	const Khaosat__V1__Rate *r = p->estimates->rates->rate[i];
	const Khaosat__V1__Estimate *e = p->estimates->estimate[i];
	struct threshold t = rates_threshold(rates_goal(p->estimates->rates, r->goal));
	struct response_rates response = estimates_response(r, e);
	bool is_sample = p->estimates->rates->strata > 0;
	struct text_line *line = text_table_add(&p->table);
	if (line == NULL)
		return false;
	rate_cell_name(name, depth, line->cell[COLUMN_NAME]);
	snprintf(line->cell[COLUMN_N], TEXT_CELL_BYTES, "%" PRIu64, r->n);
	snprintf(line->cell[COLUMN_DRAWN], TEXT_CELL_BYTES, "%" PRIu64, r->n - r->undrawn);
	put_percent(p, response.unit, line->cell[COLUMN_RESPONSE]);
	put_percent(p, is_sample ? estimates_response_weighted(r, e) : (struct fraction){0, 0},
	    line->cell[COLUMN_WEIGHTED]);
	put_percent(p, response.employees, line->cell[COLUMN_EMPLOYEES]);
	put_percent(p, response.item, line->cell[COLUMN_ITEM]);
	put_estimate(p, e, t, line);
	rate_cell_range(p->client, t, (struct fraction){r->bound_low_num, r->bound_low_den},
	    (struct fraction){r->bound_high_num, r->bound_high_den}, line->cell[COLUMN_BOUNDS]);
	rate_cell_needed(p->client, r, r->needed, line->cell[COLUMN_NEEDED]);
	rate_cell_needed(p->client, r, e->needed_not, line->cell[COLUMN_NEEDED_NOT]);
	rate_cell_verdict(
	    p->client, p->estimates->rates, r, e->verdict, line->cell[COLUMN_VERDICT]);
	return true;
}

/* ------------------------------------------------------------------------------- tables */

static void
end_table(struct printing *p, bool good)
{
	p->no_memory |= !good;
	if (p->table.lines > 1) {
		text_table_print(
		    &p->table, p->estimates->rates->strata > 0 ? 0 : SAMPLE_COLUMNS, p->to);
		fputc('\n', p->to);
	}
	text_table_free(&p->table);
	p->table = (struct text_table){.columns = COLUMNS};
}

static bool
is_whole(const Khaosat__V1__Rate *r)
{
	return r->dimension == KHAOSAT__V1__DIMENSION__WHOLE;
}

static bool
add_whole(const Khaosat__V1__GoalInfo *goal, unsigned depth, void *user)
{
	struct printing *p = user;
	const Khaosat__V1__Rates *rates = p->estimates->rates;
	bool good = true;
	for (size_t i = 0; good && i < rates->n_rate; i++)
		if (is_whole(rates->rate[i]) && strcmp(rates->rate[i]->goal, goal->code) == 0)
			good = add_line(p, i, goal->code, depth);
	return good;
}

static void
print_whole(struct printing *p)
{
	bool good = add_head(p, client_say(p->client, "Mục tiêu", "Goal")) &&
		    goals_visit(p->estimates->rates, add_whole, p);
	end_table(p, good);
}

/* The cells of one goal in one dimension, as they come; those without units are left out. */
static void
print_cells(struct printing *p, const Khaosat__V1__GoalInfo *goal, Khaosat__V1__Dimension dimension)
{
	const Khaosat__V1__Rates *rates = p->estimates->rates;
	char head[TEXT_CELL_BYTES];
	rate_cell_head(p->client, goal->code, dimension, head);
	bool good = add_head(p, head);
	for (size_t i = 0; good && i < rates->n_rate; i++) {
		const Khaosat__V1__Rate *r = rates->rate[i];
		if (r->dimension != dimension || strcmp(r->goal, goal->code) != 0 ||
		    r->n + r->n_unknown == 0)
			continue;
		const char *label = client_say(p->client, r->label_vi, r->label_en);
		good = add_line(p, i, label[0] != '\0' ? label : r->cell, r->parent[0] != '\0');
	}
	end_table(p, good);
}

/* ------------------------------------------------------------------------------- notes */

/* "if all are: bounds, verdict". */
static void
put_case(const struct printing *p, const Khaosat__V1__Rate *r, const struct rate_counts *c,
    Khaosat__V1__Verdict verdict, char out[NOTE_BYTES])
{
	const Khaosat__V1__Rates *rates = p->estimates->rates;
	char range[TEXT_CELL_BYTES], words[TEXT_CELL_BYTES];
	rate_cell_range(p->client, rates_threshold(rates_goal(rates, r->goal)), rate_bound_low(c),
	    rate_bound_high(c), range);
	rate_cell_verdict(p->client, rates, r, verdict, words);
	snprintf(out, NOTE_BYTES, "%.64s %%, %.192s", range, words);
}

/* What the units of unknown membership could do to a headline; its variants stand beside it. */
static void
print_sensitivity(const struct printing *p)
{
	const Khaosat__V1__Estimates *m = p->estimates;
	for (size_t i = 0; i < m->n_estimate; i++) {
		const Khaosat__V1__Rate *r = m->rates->rate[i];
		struct rate_counts c = rates_counts(r), in = rate_all_in(&c),
				   out = rate_all_out(&c);
		char when_in[NOTE_BYTES], when_out[NOTE_BYTES], words[3 * NOTE_BYTES];
		if (!is_whole(r) || r->n_unknown == 0 || !rates_goal(m->rates, r->goal)->headline)
			continue;
		put_case(p, r, &in, m->estimate[i]->verdict_all_in, when_in);
		put_case(p, r, &out, m->estimate[i]->verdict_all_out, when_out);
		snprintf(words, sizeof(words),
		    client_say(p->client,
			"%.64s: %" PRIu64
			" đơn vị không rõ diện. Nếu đều thuộc diện: cận %s. Nếu đều "
			"không: cận %s.",
			"%.64s: units of unknown membership: %" PRIu64
			". If all belong: bounds %s. If none does: bounds %s."),
		    r->goal, r->n_unknown, when_in, when_out);
		goals_wrap(p->to, words, "", "  ");
	}
}

/* What an estimate takes the silent for. */
static void
print_assumption(const struct printing *p)
{
	const struct client *c = p->client;
	wrap_notes(p->to, p->estimates->rates->strata > 0
			      ? client_say(c,
				    "Ước lượng: coi đơn vị không được chọn hoặc "
				    "chưa trả lời như đơn vị cùng tầng đã trả lời.\n",
				    "Estimate: those not drawn or silent taken for "
				    "units of the same stratum that "
				    "responded.\n")
			      : client_say(c,
				    "Ước lượng: coi đơn vị chưa trả lời như đơn vị cùng "
				    "quy mô, ngành, trong hay ngoài khu "
				    "đã trả lời.\n",
				    "Estimate: the silent taken for units of the "
				    "same size, sector and side of the "
				    "zones' fences that responded.\n"));
}

static void
print_notes(const struct printing *p)
{
	const struct client *c = p->client;
	const Khaosat__V1__Rates *rates = p->estimates->rates;
	goals_print(c, rates, p->to);
	fputc('\n', p->to);
	print_sensitivity(p);
	wrap_notes(p->to,
	    client_say(c,
		"Trả lời: trên số đơn vị, và theo lao động. Chưa rõ: trong số đã trả lời, chưa "
		"biết "
		"đạt hay không.\n",
		"Response: of units, and by employees. Unknown: of those who responded, not known "
		"whether met.\n"));
	print_assumption(p);
	wrap_notes(p->to,
	    client_say(c,
		"Tin cậy 95 %: dựa trên giả định đó; cận thì không giả định gì. \"–\": không có, "
		"vì mọi đơn vị "
		"đã trả lời, dưới 30 đơn vị, hoặc số liệu không cho phép.\n"
		"Cần đạt, cần không đạt: số câu trả lời đạt (không đạt) nữa để chắc chắn đạt "
		"(không "
		"đạt).\n",
		"95 % interval: rests on that; the bounds rest on nothing. \"–\": none, since all "
		"responded, or "
		"fewer than 30 units, or the figures do not allow one.\n"
		"To meet, to miss: how many more answers that meet (miss) would decide it as met "
		"(not met).\n"));
	goals_print_design(c, rates, p->to);
	rate_cells_origin(c, rates, p->to);
}

bool
goals_table_print(const struct client *client, const Khaosat__V1__Estimates *estimates, FILE *to)
{
	struct printing p = {.client = client, .estimates = estimates, .to = to};
	p.table.columns = COLUMNS;
	print_whole(&p);
	for (size_t i = 0; i < estimates->rates->n_goal; i++)
		for (int d = KHAOSAT__V1__DIMENSION__ZONE; d < RATES_DIMENSIONS; d++)
			print_cells(&p, estimates->rates->goal[i], (Khaosat__V1__Dimension)d);
	print_notes(&p);
	return !p.no_memory;
}
