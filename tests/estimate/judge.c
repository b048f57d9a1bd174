/* SPDX-License-Identifier: Apache-2.0 */
/* What the product computes, for R to hold against its own: one question a line on standard input,
 * one answer a line on standard output.
 *   t P DF | beta P A B | cdf X A B | range ALL DRAWN MET TAIL
 *   round METHOD THRESHOLD STRICT UNKNOWN UNDRAWN K, then K times SIZE ACTIVITY ZONE WEIGHT N MET
 * NOT_MET DRAWN_IN DRAWN_OUT MOVED_IN BESIDE BESIDE_DRAWN (weight 0: a census)
 *   change K, then K times SIZE ACTIVITY ZONE N MET NOT_MET N MET NOT_MET (before, now), then for
 * each stratum before and each now UNITS ANSWERED MET_BEFORE MET_NOW MET_BOTH A change is answered
 * by: difference variance interval? low high. A round is answered by: share variance df interval?
 * low high verdict strata, then each stratum's N MET NOT_MET. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/change.h"
#include "survey/estimate.h"
#include "survey/quantile.h"

static double
number(void)
{
	double v;
	if (scanf("%lf", &v) != 1)
		exit(1);
	return v;
}

static uint64_t
count(void)
{
	uint64_t v;
	if (scanf("%" SCNu64, &v) != 1)
		exit(1);
	return v;
}

static void
judge_range(void)
{
	uint64_t all = count(), drawn = count(), met = count(), low, high;
	hypergeometric_range(all, drawn, met, number(), &low, &high);
	printf("%" PRIu64 " %" PRIu64 "\n", low, high);
}

static void
judge_round(void)
{
	struct stratum stratum[STRATA_MAX];
	struct estimate_spec spec = {.method = (enum interval_method)count()};
	struct rate_counts c = {0};
	struct estimate e;
	spec.threshold.pct = (uint32_t)count();
	spec.threshold.strict = count() != 0;
	c.unknown = count();
	c.undrawn = count();
	size_t k = count();
	for (size_t i = 0; i < k && i < STRATA_MAX; i++) {
		struct stratum *s = &stratum[i];
		s->size = (uint8_t)count();
		s->activity = (uint8_t)count();
		s->zone = (uint8_t)count();
		s->weight = number();
		c.n += s->n = count();
		c.met += s->met = count();
		c.not_met += s->not_met = count();
		s->drawn_in = count();
		s->drawn_out = count();
		s->moved_in = count();
		s->beside = count();
		s->beside_drawn = count();
	}
	estimate_make(&spec, &c, stratum, k, &e);
	printf("%.17g %.17g %" PRIu64 " %d %.17g %.17g %s %zu", e.share, e.variance, e.df,
	    e.has_interval, e.interval.low.value, e.interval.high.value, verdict_code(e.verdict),
	    e.strata);
	for (size_t i = 0; i < e.strata; i++)
		printf(" %" PRIu64 " %" PRIu64 " %" PRIu64, stratum[i].n, stratum[i].met,
		    stratum[i].not_met);
	putchar('\n');
}

static void
read_counts(struct stratum *s, struct rate_counts *c)
{
	c->n += s->n = count();
	c->met += s->met = count();
	c->not_met += s->not_met = count();
}

static void
judge_change(void)
{
	static struct overlap overlap[STRATA_MAX * STRATA_MAX];
	struct stratum before[STRATA_MAX], now[STRATA_MAX];
	struct rate_counts counts_before = {0}, counts_now = {0};
	struct change change;
	size_t k = count();
	for (size_t i = 0; i < k && i < STRATA_MAX; i++) {
		before[i].size = (uint8_t)count();
		before[i].activity = (uint8_t)count();
		before[i].zone = (uint8_t)count();
		now[i] = before[i];
		read_counts(&before[i], &counts_before);
		read_counts(&now[i], &counts_now);
	}
	for (size_t i = 0; i < k * k; i++) {
		struct overlap *o = &overlap[i];
		o->units = count();
		o->answered = count();
		o->met_before = count();
		o->met_now = count();
		o->met_both = count();
	}
	change_make((struct change_side){&counts_before, before, k},
	    (struct change_side){&counts_now, now, k}, overlap, &change);
	printf("%.17g %.17g %d %.17g %.17g\n", change.difference, change.variance,
	    change.has_interval, change.low, change.high);
}

static bool
is_of_numbers(const char *what)
{
	return strcmp(what, "t") == 0 || strcmp(what, "beta") == 0 || strcmp(what, "cdf") == 0;
}

int
main(void)
{
	char what[8];
	while (scanf("%7s", what) == 1) {
		double x = 0, a = 0;
		if (is_of_numbers(what)) {
			x = number();
			a = number();
		}
		if (strcmp(what, "t") == 0)
			printf("%.17g\n", t_quantile(x, a));
		else if (strcmp(what, "beta") == 0)
			printf("%.17g\n", beta_quantile(x, a, number()));
		else if (strcmp(what, "cdf") == 0)
			printf("%.17g\n", beta_cdf(x, a, number()));
		else if (strcmp(what, "range") == 0)
			judge_range();
		else if (strcmp(what, "change") == 0)
			judge_change();
		else
			judge_round();
	}
	return 0;
}
