/* SPDX-License-Identifier: Apache-2.0 */
/* What the product computes, for R to hold against its own: one question a line on standard input,
 * one answer a line on standard output.
 *   t P DF | beta P A B | cdf X A B | range ALL DRAWN MET TAIL
 *   round METHOD THRESHOLD STRICT UNKNOWN K, then K times SIZE ACTIVITY ZONE N MET NOT_MET
 * A round is answered by: share variance df interval? low high verdict strata, then each stratum's
 * N MET NOT_MET. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	size_t k = count();
	for (size_t i = 0; i < k && i < STRATA_MAX; i++) {
		struct stratum *s = &stratum[i];
		s->size = (uint8_t)count();
		s->activity = (uint8_t)count();
		s->zone = (uint8_t)count();
		c.n += s->n = count();
		c.met += s->met = count();
		c.not_met += s->not_met = count();
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

int
main(void)
{
	char what[8];
	while (scanf("%7s", what) == 1) {
		double x = 0, a = 0;
		if (strcmp(what, "range") != 0 && strcmp(what, "round") != 0) {
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
		else
			judge_round();
	}
	return 0;
}
