/* SPDX-License-Identifier: Apache-2.0 */
/* Formulas after svyciprop of R's package survey: n_eff = p (1 - p) / v is the size of a simple
 * sample as precise as this one, and t has n - H degrees of freedom. */
#include "survey/interval.h"

#include <math.h>

#include "survey/quantile.h"

#define TAIL 0.025 /* on either side of 95 % */

static double
critical_t(double df)
{
	return -t_quantile(TAIL, df);
}

static double
degrees_of_freedom(const struct proportion *p)
{
	return (double)(p->answered - p->strata);
}

static void
set(struct interval *out, double low, double high)
{
	out->low.value = fmax(low, 0);
	out->high.value = fmin(high, 1);
}

/* Wilson's, with t for z and n_eff for n. */
static void
wilson(const struct proportion *p, double n_eff, struct interval *out)
{
	double c = critical_t(degrees_of_freedom(p)), c2 = c * c, q = 1 - p->share;
	double centre = (p->share + c2 / (2 * n_eff)) / (1 + c2 / n_eff);
	double half = c / (1 + c2 / n_eff) * sqrt(p->share * q / n_eff + c2 / (4 * n_eff * n_eff));
	set(out, centre - half, centre + half);
}

/* Symmetric on the scale of log(p / (1 - p)); svyciprop calls it xlogit. */
static void
logit(const struct proportion *p, struct interval *out)
{
	double q = 1 - p->share, middle = log(p->share / q);
	double half = critical_t(degrees_of_freedom(p)) * sqrt(p->variance) / (p->share * q);
	set(out, 1 / (1 + exp(half - middle)), 1 / (1 + exp(-half - middle)));
}

/* Clopper and Pearson's for `met` of met + not_met, which need not be whole. */
static void
beta(double met, double not_met, struct interval *out)
{
	set(out, met > 0 ? beta_quantile(TAIL, met, not_met + 1) : 0,
	    not_met > 0 ? beta_quantile(1 - TAIL, met + 1, not_met) : 1);
}

/* Korn and Graubard 1998: n_eff is less certain, the fewer degrees of freedom it rests on. */
static void
korn_graubard(const struct proportion *p, double n_eff, struct interval *out)
{
	double ratio = critical_t((double)p->answered - 1) / critical_t(degrees_of_freedom(p));
	double n = n_eff * ratio * ratio;
	beta(n * p->share, n * (1 - p->share), out);
}

static void
hypergeometric(const struct proportion *p, struct interval *out)
{
	uint64_t low, high;
	hypergeometric_range(p->all, p->answered, p->met, TAIL, &low, &high);
	out->low.exact = (struct fraction){low, p->all};
	out->high.exact = (struct fraction){high, p->all};
	set(out, (double)low / (double)p->all, (double)high / (double)p->all);
}

bool
interval_find(enum interval_method method, const struct proportion *p, struct interval *out)
{
	bool is_exact = interval_is_exact(method);
	if (is_exact ? p->strata != 1 || p->answered == 0
		     : !(p->variance > 0) || p->answered <= p->strata)
		return false;
	double n_eff = is_exact ? 0 : p->share * (1 - p->share) / p->variance;
	*out = (struct interval){.method = method};
	switch (method) {
	case INTERVAL_WILSON:
		wilson(p, n_eff, out);
		return true;
	case INTERVAL_LOGIT:
		logit(p, out);
		return true;
	case INTERVAL_BETA:
		korn_graubard(p, n_eff, out);
		return true;
	case INTERVAL_CLOPPER_PEARSON:
		beta((double)p->met, (double)(p->answered - p->met), out);
		return true;
	case INTERVAL_HYPERGEOMETRIC:
		hypergeometric(p, out);
		return true;
	}
	return false;
}

static double
value_of(struct fraction f)
{
	return (double)f.num / (double)f.den;
}

void
interval_clip(struct interval *i, struct fraction low, struct fraction high)
{
	if (i->low.value < value_of(low))
		i->low = (struct interval_end){value_of(low), low};
	if (i->high.value > value_of(high))
		i->high = (struct interval_end){value_of(high), high};
}

void
interval_widen(struct interval *i, double by)
{
	i->low = (struct interval_end){.value = fmax(0, i->low.value - by)};
	i->high = (struct interval_end){.value = fmin(1, i->high.value + by)};
}

bool
interval_end_meets(struct threshold t, const struct interval_end *end)
{
	if (end->exact.den != 0)
		return threshold_meets(t, end->exact.num, end->exact.den);
	return t.strict ? 100 * end->value > t.pct : 100 * end->value >= t.pct;
}

struct fraction
interval_fraction(const struct interval_end *end, enum rounding rounding)
{
	const double parts = 1e9;
	if (end->exact.den != 0)
		return end->exact;
	double v = end->value * parts;
	v = rounding == ROUND_DOWN ? floor(v) : rounding == ROUND_UP ? ceil(v) : round(v);
	return (struct fraction){(uint64_t)v, (uint64_t)parts};
}
