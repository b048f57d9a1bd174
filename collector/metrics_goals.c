/* SPDX-License-Identifier: Apache-2.0 */
/* Open rounds and their goals, read from the counters that rates are read from. */
#include <stdlib.h>

#include "collector/metrics_parts.h"
#include "collector/metrics_text.h"

#define ROUNDS_MAX 32 /* the last ones that are open */

struct open_round {
	struct round_view view;
	struct rate_counts *counts; /* of each goal in the whole; NULL: out of memory */
};

struct rounds {
	struct open_round of[ROUNDS_MAX];
	size_t n;
};

static void
read_round(struct server *server, const struct round_view *view, struct rounds *out)
{
	struct open_round *round = &out->of[out->n++];
	round->view = *view;
	round->counts = calloc(view->definition->goals + 1, sizeof(*round->counts));
	if (round->counts != NULL)
		state_rates(server->state, view->index, 0, 1, round->counts);
}

static void
read_rounds(struct server *server, struct rounds *out)
{
	struct round_view view;
	for (size_t i = state_rounds(server->state); i > 0 && out->n < ROUNDS_MAX; i--)
		if (state_round_at(server->state, (uint32_t)(i - 1), &view) &&
		    view.phase == ROUND_OPEN)
			read_round(server, &view, out);
}

/* ------------------------------------------------------------------------------ families */

typedef void put_sample(struct bytes *out, const char *name, const struct metrics_label *labels,
    const struct goal *goal, const struct rate_counts *counts);

static void
put_family(const struct rounds *rounds, struct bytes *out, const char *name, const char *help,
    put_sample *put)
{
	metrics_family(out, name, METRICS_GAUGE, help);
	for (size_t i = 0; i < rounds->n; i++) {
		const struct open_round *round = &rounds->of[i];
		const struct definition *d = round->view.definition;
		for (size_t g = 0; round->counts != NULL && g < d->goals; g++) {
			const struct metrics_label labels[] = {
			    {"round", round->view.name}, {"goal", d->goal[g].code}, {NULL, NULL}};
			put(out, name, labels, &d->goal[g], &round->counts[g]);
		}
	}
}

static void
put_units(struct bytes *out, const char *name, const struct metrics_label *labels,
    const struct goal *goal, const struct rate_counts *counts)
{
	(void)goal;
	metrics_count(out, name, labels, counts->n);
}

static void
put_response(struct bytes *out, const char *name, const struct metrics_label *labels,
    const struct goal *goal, const struct rate_counts *counts)
{
	(void)goal;
	metrics_ratio(out, name, labels, rate_responded(counts), rate_asked(counts));
}

static void
put_share(struct bytes *out, const char *name, const struct metrics_label *labels,
    const struct goal *goal, const struct rate_counts *counts)
{
	(void)goal;
	const struct fraction share = rate_register_share(counts);
	metrics_ratio(out, name, labels, share.num, share.den);
}

static void
put_low(struct bytes *out, const char *name, const struct metrics_label *labels,
    const struct goal *goal, const struct rate_counts *counts)
{
	(void)goal;
	const struct fraction low = rate_bound_low(counts);
	metrics_ratio(out, name, labels, low.num, low.den);
}

static void
put_high(struct bytes *out, const char *name, const struct metrics_label *labels,
    const struct goal *goal, const struct rate_counts *counts)
{
	(void)goal;
	const struct fraction high = rate_bound_high(counts);
	metrics_ratio(out, name, labels, high.num, high.den);
}

/* One of them is 1. */
static void
put_verdict(struct bytes *out, const char *name, const struct metrics_label *labels,
    const struct goal *goal, const struct rate_counts *counts)
{
	static const struct {
		enum verdict verdict;
		const char *word;
	} words[] = {{VERDICT_MET, "met"}, {VERDICT_NOT_MET, "not_met"},
	    {VERDICT_UNDECIDED, "undecided"}, {VERDICT_NOT_APPLICABLE, "not_applicable"}};
	const struct threshold threshold = {goal->threshold_pct, goal->strict};
	enum verdict verdict = rate_verdict(threshold, counts);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct metrics_label all[] = {
		    labels[0], labels[1], {"verdict", words[i].word}, {NULL, NULL}};
		metrics_count(out, name, all, verdict == words[i].verdict ? 1 : 0);
	}
}

static void
put_rounds(const struct rounds *rounds, struct bytes *out)
{
	metrics_family(out, "khaosat_round_units", METRICS_GAUGE, "Units of an open round.");
	for (size_t i = 0; i < rounds->n; i++) {
		const struct metrics_label labels[] = {
		    {"round", rounds->of[i].view.name}, {NULL, NULL}};
		metrics_count(out, "khaosat_round_units", labels, rounds->of[i].view.units);
	}
	metrics_family(out, "khaosat_round_responded", METRICS_GAUGE, "Those that have answered.");
	for (size_t i = 0; i < rounds->n; i++) {
		const struct metrics_label labels[] = {
		    {"round", rounds->of[i].view.name}, {NULL, NULL}};
		metrics_count(out, "khaosat_round_responded", labels, rounds->of[i].view.responded);
	}
}

void
metrics_goals(struct server *server, struct bytes *out)
{
	struct rounds *rounds = calloc(1, sizeof(*rounds));
	if (rounds == NULL) {
		out->failed = true;
		return;
	}
	read_rounds(server, rounds);
	put_rounds(rounds, out);
	put_family(
	    rounds, out, "khaosat_goal_units", "Units that certainly belong to a goal.", put_units);
	put_family(rounds, out, "khaosat_goal_response_ratio", "Share of them that has answered.",
	    put_response);
	put_family(rounds, out, "khaosat_goal_share_ratio",
	    "Share of them that met it, silence counted as not met.", put_share);
	put_family(rounds, out, "khaosat_goal_bound_low_ratio",
	    "The least share that silence still allows.", put_low);
	put_family(rounds, out, "khaosat_goal_bound_high_ratio",
	    "The greatest share that silence still allows.", put_high);
	put_family(
	    rounds, out, "khaosat_goal_verdict", "1 for what is certain of a goal.", put_verdict);
	for (size_t i = 0; i < rounds->n; i++)
		free(rounds->of[i].counts);
	free(rounds);
}
