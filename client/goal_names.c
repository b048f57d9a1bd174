/* SPDX-License-Identifier: Apache-2.0 */
#include "client/goal_names.h"

#include <inttypes.h>
#include <string.h>

#include "client/local_time.h"
#include "client/width.h"
#include "client/wrap.h"

#define NAME_BYTES 320
#define NOTES_WIDTH 100

/* The headline of a group, or NULL. */
static const Khaosat__V1__GoalInfo *
headline_of(const Khaosat__V1__Rates *rates, const char *group)
{
	for (size_t i = 0; i < rates->n_goal; i++)
		if (rates->goal[i]->headline && strcmp(rates->goal[i]->group, group) == 0)
			return rates->goal[i];
	return NULL;
}

bool
goals_visit(const Khaosat__V1__Rates *rates, goal_visit *visit, void *user)
{
	bool good = true;
	for (size_t i = 0; good && i < rates->n_goal; i++) {
		const Khaosat__V1__GoalInfo *goal = rates->goal[i];
		const Khaosat__V1__GoalInfo *headline = headline_of(rates, goal->group);
		if (headline != NULL && headline != goal)
			continue;
		good = visit(goal, 0, user);
		for (size_t j = 0; good && headline == goal && j < rates->n_goal; j++)
			if (rates->goal[j] != goal &&
			    strcmp(rates->goal[j]->group, goal->group) == 0)
				good = visit(rates->goal[j], 1, user);
	}
	return good;
}

void
goals_wrap(FILE *to, const char *text, const char *first, const char *rest)
{
	size_t places = width_of_terminal(to);
	wrap_print(to, text, places < NOTES_WIDTH ? places : NOTES_WIDTH, first, rest);
}

struct printing {
	const struct client *client;
	const Khaosat__V1__Rates *rates;
	FILE *to;
};

/* What sets a variant's name apart: "… industry …" where it begins and ends as its headline does,
 * cut between words. */
static void
short_name(const char *headline, const char *name, char *out, size_t cap)
{
	size_t begin = 0, end = 0, n = strlen(name), m = strlen(headline);
	for (size_t i = 0; i < n && i < m && name[i] == headline[i]; i++)
		if (name[i] == ' ')
			begin = i + 1;
	for (size_t i = 1; i <= n - begin && i <= m && name[n - i] == headline[m - i]; i++)
		if (name[n - i] == ' ' && n - i >= begin)
			end = i;
	snprintf(out, cap, "%s%.*s%s", begin > 0 ? "… " : "", (int)(n - begin - end), name + begin,
	    end > 0 ? " …" : "");
}

/* ": > 80 %, due ...", its blanks such that no line breaks there. */
static void
aim_words(const struct client *c, const Khaosat__V1__GoalInfo *g, char *out, size_t cap)
{
	char deadline[LOCAL_DATE_BYTES];
	local_date_print(g->deadline, c->language == LANGUAGE_VI, deadline);
	snprintf(out, cap,
	    client_say(
		c, ": %s%" PRIu32 "\u00a0%%, hạn\u00a0%s", ": %s%" PRIu32 "\u00a0%%, due\u00a0%s"),
	    g->strict            ? ">\u00a0"
	    : g->threshold < 100 ? "≥\u00a0"
				 : "",
	    g->threshold, deadline);
}

static bool
print_goal(const Khaosat__V1__GoalInfo *g, unsigned depth, void *user)
{
	static const char rest[] = "                  ";
	const struct printing *p = user;
	const struct client *c = p->client;
	const Khaosat__V1__GoalInfo *h = headline_of(p->rates, g->group);
	char code[NAME_BYTES], name[4 * NAME_BYTES], aim[96] = "", words[5 * NAME_BYTES];
	snprintf(
	    code, sizeof(code), "%*s%-*.64s ", (int)depth * 2, "", 17 - (int)depth * 2, g->code);
	snprintf(name, sizeof(name), "%s", client_say(c, g->name_vi, g->name_en));
	if (depth > 0)
		short_name(client_say(c, h->name_vi, h->name_en),
		    client_say(c, g->name_vi, g->name_en), name, sizeof(name));
	if (depth == 0 || h->threshold != g->threshold || h->strict != g->strict ||
	    strcmp(h->deadline, g->deadline) != 0)
		aim_words(c, g, aim, sizeof(aim));
	snprintf(words, sizeof(words), "%s%s", name, aim);
	goals_wrap(p->to, words, code, rest);
	return true;
}

void
goals_print(const struct client *client, const Khaosat__V1__Rates *rates, FILE *to)
{
	struct printing p = {client, rates, to};
	goals_visit(rates, print_goal, &p);
}

void
goals_print_design(const struct client *client, const Khaosat__V1__Rates *rates, FILE *to)
{
	char words[2 * NAME_BYTES];
	if (rates->strata == 0)
		return;
	snprintf(words, sizeof(words),
	    client_say(client,
		"Điều tra chọn mẫu: %" PRIu64 " trong %" PRIu64
		" đơn vị của danh sách được chọn, %" PRIu32
		" tầng. Số đếm, cận và kết luận tính trên cả danh sách, đơn vị không được chọn "
		"coi như "
		"chưa trả lời; ước lượng tính theo trọng số thiết kế; tỷ lệ trên số trả lời không "
		"có trọng "
		"số.",
		"A sample: %" PRIu64 " of the register's %" PRIu64 " units were drawn, in %" PRIu32
		" strata. Counts, bounds and verdicts are of the whole register, in which units "
		"that were not "
		"drawn are silent; estimates go by design weights; shares of respondents are not "
		"weighted."),
	    rates->drawn, rates->units, rates->strata);
	goals_wrap(to, words, "", "");
}
