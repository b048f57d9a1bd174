/* SPDX-License-Identifier: Apache-2.0 */
#include "client/rates_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/goal_names.h"
#include "client/rate_cells.h"
#include "client/rates_data.h"
#include "client/text_table.h"
#include "client/wrap.h"
#include "survey/estimate.h"

enum rates_column {
	COLUMN_NAME,
	COLUMN_N,
	COLUMN_RESPONDED,
	COLUMN_MET,
	COLUMN_NOT_MET,
	COLUMN_UNKNOWN,
	COLUMN_UNSURE, /* N_u; printed where it is not 0 throughout */
	COLUMN_REGISTER_SHARE,
	COLUMN_RESPONDENT_SHARE,
	COLUMN_BOUNDS,
	COLUMN_NEEDED,
	COLUMN_VERDICT,
	COLUMNS
};

/* Lines that stand under one heading. */
struct table {
	struct text_table text;
	bool has_unsure;
};

struct printing {
	const struct client *client;
	const Khaosat__V1__Rates *rates;
	FILE *to;
	bool no_memory;
	bool has_hidden;   /* empty cells were left out */
	bool has_unplaced; /* a row of units that the register puts in no other */
	bool has_unsure;
};

/* ------------------------------------------------------------------------------- lines */

static bool
add_head(const struct printing *p, struct table *t, const char *name)
{
	const struct client *c = p->client;
	const char *const words[COLUMNS] = {
	    [COLUMN_NAME] = name,
	    [COLUMN_N] = "N",
	    [COLUMN_RESPONDED] = client_say(c, "Trả lời", "Responded"),
	    [COLUMN_MET] = client_say(c, "Đạt", "Met"),
	    [COLUMN_NOT_MET] = client_say(c, "Không đạt", "Not met"),
	    [COLUMN_UNKNOWN] = client_say(c, "Chưa rõ", "Unknown"),
	    [COLUMN_UNSURE] = client_say(c, "Không rõ diện", "Unsure"),
	    [COLUMN_REGISTER_SHARE] = client_say(c, "Trên DS %", "Register %"),
	    [COLUMN_RESPONDENT_SHARE] = client_say(c, "Trên TL %", "Respond. %"),
	    [COLUMN_BOUNDS] = client_say(c, "Cận %", "Bounds %"),
	    [COLUMN_NEEDED] = client_say(c, "Cần thêm", "Needed"),
	    [COLUMN_VERDICT] = client_say(c, "Kết luận", "Verdict"),
	};
	return text_table_add_words(&t->text, words);
}

static void
fill_shares(const struct printing *p, const Khaosat__V1__Rate *r, struct threshold t,
    struct text_line *line)
{
	bool comma = p->client->language == LANGUAGE_VI;
	struct rate_counts c = rates_counts(r);
	percent_print_against(
	    rate_register_share(&c), t, ROUND_HALF_AWAY, comma, line->cell[COLUMN_REGISTER_SHARE]);
	percent_print_against(rate_respondent_share(&c), t, ROUND_HALF_AWAY, comma,
	    line->cell[COLUMN_RESPONDENT_SHARE]);
	rate_cell_range(p->client, t, (struct fraction){r->bound_low_num, r->bound_low_den},
	    (struct fraction){r->bound_high_num, r->bound_high_den}, line->cell[COLUMN_BOUNDS]);
	for (int i = COLUMN_REGISTER_SHARE; i <= COLUMN_BOUNDS; i++)
		if (line->cell[i][0] == '\0')
			snprintf(line->cell[i], TEXT_CELL_BYTES, "–");
}

static void
fill_responded(const struct printing *p, const Khaosat__V1__Rate *r, struct text_line *line)
{
	const struct fraction rate = {r->responded, r->n - r->undrawn};
	char percent[32];
	percent_print_against(rate, response_threshold(rate), ROUND_HALF_AWAY,
	    p->client->language == LANGUAGE_VI, percent);
	snprintf(line->cell[COLUMN_RESPONDED], TEXT_CELL_BYTES,
	    percent[0] == '\0' ? "%" PRIu64 : "%" PRIu64 " (%s %%)", r->responded, percent);
}

static bool
add_rate(const struct printing *p, struct table *t, const Khaosat__V1__Rate *r, const char *name,
    unsigned depth)
{
	struct text_line *line = text_table_add(&t->text);
	if (line == NULL)
		return false;
	const struct {
		enum rates_column column;
		uint64_t value;
	} count[] = {{COLUMN_N, r->n}, {COLUMN_MET, r->met}, {COLUMN_NOT_MET, r->not_met},
	    {COLUMN_UNKNOWN, r->unknown}, {COLUMN_UNSURE, r->n_unknown}};
	for (size_t i = 0; i < sizeof(count) / sizeof(count[0]); i++)
		snprintf(line->cell[count[i].column], TEXT_CELL_BYTES, "%" PRIu64, count[i].value);
	rate_cell_name(name, depth, line->cell[COLUMN_NAME]);
	t->has_unsure |= r->n_unknown > 0;
	fill_responded(p, r, line);
	fill_shares(p, r, rates_threshold(rates_goal(p->rates, r->goal)), line);
	rate_cell_needed(p->client, r, r->needed, line->cell[COLUMN_NEEDED]);
	rate_cell_verdict(p->client, p->rates, r, r->verdict, line->cell[COLUMN_VERDICT]);
	return true;
}

static void
print_table(struct printing *p, const struct table *t)
{
	p->has_unsure |= t->has_unsure;
	text_table_print(&t->text, t->has_unsure ? 0 : UINT32_C(1) << COLUMN_UNSURE, p->to);
}

/* ------------------------------------------------------------------------------- the whole */

struct adding {
	const struct printing *p;
	struct table *t;
};

static bool
add_whole(const Khaosat__V1__GoalInfo *goal, unsigned depth, void *user)
{
	const struct adding *a = user;
	const struct printing *p = a->p;
	bool good = true;
	for (size_t i = 0; good && i < p->rates->n_rate; i++) {
		const Khaosat__V1__Rate *r = p->rates->rate[i];
		if (r->dimension == KHAOSAT__V1__DIMENSION__WHOLE &&
		    strcmp(r->goal, goal->code) == 0)
			good = add_rate(p, a->t, r, goal->code, depth);
	}
	return good;
}

static void
print_whole(struct printing *p)
{
	struct table t = {.text.columns = COLUMNS};
	struct adding adding = {p, &t};
	bool good = add_head(p, &t, client_say(p->client, "Mục tiêu", "Goal")) &&
		    goals_visit(p->rates, add_whole, &adding);
	p->no_memory |= !good;
	if (t.text.lines > 1)
		print_table(p, &t);
	text_table_free(&t.text);
}

/* ------------------------------------------------------------------------------- by dimension */

/* The rates of one goal in one dimension. */
struct group {
	const char *goal;
	Khaosat__V1__Dimension dimension;
};

static bool
is_in(const struct group *g, const Khaosat__V1__Rate *r)
{
	return r->dimension == g->dimension && strcmp(r->goal, g->goal) == 0;
}

static bool
is_empty(const Khaosat__V1__Rate *r)
{
	return r->n == 0 && r->n_unknown == 0;
}

static bool
has_parent_here(const struct printing *p, const struct group *g, const Khaosat__V1__Rate *r)
{
	for (size_t i = 0; r->parent[0] != '\0' && i < p->rates->n_rate; i++)
		if (is_in(g, p->rates->rate[i]) && p->rates->rate[i] != r &&
		    strcmp(p->rates->rate[i]->cell, r->parent) == 0)
			return true;
	return false;
}

#define DEPTH_MAX 8 /* a parent that is its own child ends here */

/* The cells below `parent` (NULL: those that have none), each with its own below it. */
static bool
add_cells(
    struct printing *p, const struct group *g, struct table *t, const char *parent, unsigned depth)
{
	bool good = true;
	for (size_t i = 0; good && depth < DEPTH_MAX && i < p->rates->n_rate; i++) {
		const Khaosat__V1__Rate *r = p->rates->rate[i];
		if (!is_in(g, r))
			continue;
		if (parent != NULL ? strcmp(r->parent, parent) != 0 : has_parent_here(p, g, r))
			continue;
		if (is_empty(r)) {
			p->has_hidden = true;
			continue;
		}
		p->has_unplaced |= strcmp(r->cell, "_U") == 0;
		const char *label = client_say(p->client, r->label_vi, r->label_en);
		good = add_rate(p, t, r, label[0] != '\0' ? label : r->cell, depth) &&
		       add_cells(p, g, t, r->cell, depth + 1);
	}
	return good;
}

static void
print_group(struct printing *p, const struct group *g)
{
	struct table t = {.text.columns = COLUMNS};
	char name[TEXT_CELL_BYTES];
	rate_cell_head(p->client, g->goal, g->dimension, name);
	bool good = add_head(p, &t, name) && add_cells(p, g, &t, NULL, 0);
	p->no_memory |= !good;
	if (t.text.lines > 1) {
		print_table(p, &t);
		fputc('\n', p->to);
	}
	text_table_free(&t.text);
}

/* ------------------------------------------------------------------------------- notes */

/* What the register leaves open, and how far the figures allow for it. */
static void
print_gaps(const struct printing *p)
{
	const struct client *c = p->client;
	if (p->has_unsure)
		wrap_notes(p->to,
		    client_say(c,
			"Không rõ diện: đơn vị có thể thuộc diện hoặc không, vì danh sách thiếu dữ "
			"liệu; cận đã tính đến.\n",
			"Unsure: units that may or may not belong to the goal, as the register has "
			"empty cells; the bounds allow for them.\n"));
	if (p->has_unplaced)
		wrap_notes(p->to,
		    client_say(c,
			"Dòng \"Không rõ\": đơn vị mà danh sách không cho biết thuộc dòng nào; "
			"cận "
			"của các dòng khác không tính đến.\n",
			"Row \"Unknown\": units of which the register does not tell the row; the "
			"bounds of the other rows do not allow for them.\n"));
}

static void
print_notes(struct printing *p)
{
	const struct client *c = p->client;
	fputc('\n', p->to);
	goals_print(c, p->rates, p->to);
	fputc('\n', p->to);
	print_gaps(p);
	wrap_notes(p->to,
	    client_say(c,
		"Trên DS: đạt trên cả danh sách, đơn vị chưa trả lời tính là chưa đạt. Trên TL: "
		"đạt "
		"trên "
		"số đã trả lời rõ.\n"
		"Cận: thấp nhất và cao nhất còn có thể, dù đơn vị chưa trả lời ra sao; làm tròn "
		"ra "
		"phía ngoài.\n"
		"Cần thêm: số đơn vị đạt nữa để chắc chắn đạt.\n",
		"Register: met of all units, silence counted as not met. Respond.: met of those "
		"whose "
		"answer is known.\n"
		"Bounds: the least and the most that silence still allows, rounded outward.\n"
		"Needed: how many more met units would decide it as met.\n"));
	goals_print_design(c, p->rates, p->to);
	if (p->has_hidden)
		wrap_notes(p->to, client_say(c, "Không in các ô không có đơn vị nào.\n",
				      "Cells without any unit are not printed.\n"));
	rate_cells_origin(c, p->rates, p->to);
}

bool
rates_table_print(const struct client *client, const Khaosat__V1__Rates *rates, FILE *to)
{
	struct printing p = {.client = client, .rates = rates, .to = to};
	print_whole(&p);
	for (size_t g = 0; g < rates->n_goal; g++)
		for (int d = KHAOSAT__V1__DIMENSION__ZONE; d < RATES_DIMENSIONS; d++) {
			struct group group = {rates->goal[g]->code, (Khaosat__V1__Dimension)d};
			print_group(&p, &group);
		}
	print_notes(&p);
	return !p.no_memory;
}
