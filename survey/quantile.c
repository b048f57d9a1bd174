/* SPDX-License-Identifier: Apache-2.0 */
/* All three rest on one density, the binomial one for real counts, computed by its saddle point
 * (Loader 2000, "Fast and accurate computation of binomial probabilities"): logarithms of gamma
 * functions of 10^6 would lose half of the digits to cancellation.
 *
 * The incomplete beta function is its continued fraction, evaluated after Lentz. Its quantile is
 * found on the scale of y = log(x / (1 - x)), where both ends keep all their digits and where the
 * logarithm of the distribution function is concave: Newton's steps from the left of the root then
 * never overshoot, and one step from the right of it comes out on the left. */
#include "survey/quantile.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#define PI 3.14159265358979323846
#define HALF_LOG_2PI 0.91893853320467274178

/* ------------------------------------------------------------------- the density */

/* log(1 + d) - d, without cancellation near 0: with r = d / (2 + d), log(1 + d) is twice the area
 * tangent of r, and d is 2 r / (1 - r). |d| at most one quarter. */
static double
log1p_less(double d)
{
	double r = d / (2 + d), r2 = r * r, sum = 0, power = r2;
	for (int k = 3; k < 40; k += 2) { /* r2 < 1/49: 19 terms are more than enough */
		sum += power / k;
		power *= r2;
	}
	return r * (2 * sum - d);
}

/* log n! less Stirling's formula for it, sqrt(2 pi n) (n/e)^n; n > 0. */
static double
stirling_error(double n)
{
	if (n < 16) {
		/* Up by n! = (n + k)! / ((n + 1) ... (n + k)), so that the series is exact there.
		 */
		double product = 1, m = n;
		while (m < 16)
			product *= ++m;
		double up = (m + 0.5) * log(m) - m + stirling_error(m);
		return up - log(product) - (n + 0.5) * log(n) + n;
	}
	/* 1/12n - 1/360n^3 + 1/1260n^5 - ..., from Bernoulli's numbers. */
	double q = 1 / (n * n);
	return (1.0 / 12 -
		   q * (1.0 / 360 -
			   q * (1.0 / 1260 -
				   q * (1.0 / 1680 -
					   q * (1.0 / 1188 - q * (691.0 / 360360 - q / 156)))))) /
	       n;
}

/* a log(a / m) + m - a: how unlikely a is where m is expected. */
static double
deviance(double a, double m)
{
	double d = (m - a) / a;
	return fabs(d) > 0.25 ? a * log(a / m) + m - a : -a * log1p_less(d);
}

/* log of (a+b)! / (a! b!) x^a y^b, where x + y == 1; a, b > 0. */
static double
log_binomial(double a, double b, double x, double y)
{
	double n = a + b;
	return stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) -
	       deviance(b, n * y) + 0.5 * log(n / a / b) - HALF_LOG_2PI;
}

/* ------------------------------------------------------------------- the incomplete beta function
 */

/* Needs about the square root of the larger parameter; 10^9 is the largest allowed. */
#define FRACTION_STEPS_MAX 200000

static double
away_from_zero(double v)
{
	return fabs(v) < 1e-300 ? 1e-300 : v;
}

/* I_x(a, b) = x^a y^b / (a B(a, b)) times this, y = 1 - x: a / (b0 + a1 / (b1 + a2 / (b2 + ...))),
 * the even part of the usual fraction (Didonato and Morris 1992), which needs no difference of 1
 * and x. For x up to about a / (a + b). */
static double
beta_fraction(double x, double y, double a, double b)
{
	double f = away_from_zero(a * (a * y - b * x + 1) / (a + 1)), c = f, d = 0;
	for (int m = 1; m < FRACTION_STEPS_MAX; m++) {
		double k = a + 2 * m - 1;
		double am = (a + m - 1) * (a + b + m - 1) * m * (b - m) * x * x / (k * k);
		double bm =
		    m + m * (b - m) * x / k + (a + m) * (a * y - b * x + 1 + m * (1 + y)) / (k + 2);
		d = 1 / away_from_zero(bm + am * d);
		c = away_from_zero(bm + am / c);
		f *= c * d;
		if (fabs(c * d - 1) <= 4e-16)
			break;
	}
	return a / f;
}

/* log of I_x(a, b), y = 1 - x; and of x y times the density, which is its derivative by
 * log(x / y) but for the division by I. */
static double
log_beta_cdf(double x, double y, double a, double b, double *log_slope)
{
	double log_term = log_binomial(a, b, x, y) - log((a + b) / b); /* x^a y^b / (a B) */
	*log_slope = log_term + log(a);
	if (x * (a + b + 2) < a + 1)
		return log_term + log(beta_fraction(x, y, a, b));
	double upper = exp(log_term + log(a / b)) * beta_fraction(y, x, b, a);
	return log1p(-fmin(upper, 1));
}

double
beta_cdf(double x, double a, double b)
{
	double log_slope;
	assert(a > 0 && b > 0);
	if (!(x > 0))
		return 0;
	return x < 1 ? exp(log_beta_cdf(x, 1 - x, a, b, &log_slope)) : 1;
}

/* ------------------------------------------------------------------- its quantile */

#define NEWTON_STEPS_MAX 200
#define LOGIT_MAX 700 /* exp(700) is still a number */

static double
clamp(double v, double low, double high)
{
	return fmin(fmax(v, low), high);
}

/* Where to begin: about the mean for two large parameters; else where x^a / (a B) would be p, and
 * for b <= 1 no further left than where x^a is, which I_x(a, b) never exceeds then. */
static double
first_logit(double log_p, double a, double b)
{
	if (a > 1 && b > 1)
		return log(a / b) - sqrt(-2 * log_p * (1 / a + 1 / b));
	double log_beta = -log_binomial(a, b, 0.5, 0.5) - log(a * b / (a + b)) - (a + b) * log(2);
	double log_x = fmin((log_p + log(a) + log_beta) / a, log(0.5));
	if (b <= 1)
		log_x = fmax(log_x, log_p / a);
	return log_x - log(-expm1(log_x));
}

/* y with log I == log_p at x = 1 / (1 + exp(-y)); p at most about one half. */
static double
lower_logit(double log_p, double a, double b)
{
	double y = clamp(first_logit(log_p, a, b), -LOGIT_MAX, LOGIT_MAX);
	for (int i = 0; i < NEWTON_STEPS_MAX; i++) {
		double log_slope;
		double log_cdf =
		    log_beta_cdf(1 / (1 + exp(-y)), 1 / (1 + exp(y)), a, b, &log_slope);
		double step = (log_p - log_cdf) * exp(log_cdf - log_slope);
		double next = clamp(y + clamp(step, -50, 50), -LOGIT_MAX, LOGIT_MAX);
		double moved = fabs(next - y);
		y = next;
		if (moved <= 1e-14 * fmax(1, fabs(y)))
			break;
	}
	return y;
}

/* log(x / (1 - x)) of the quantile; p + q == 1, both given so that neither loses digits. */
static double
quantile_logit(double p, double q, double a, double b)
{
	double x = a / (a + b), y = b / (a + b), log_slope;
	bool is_lower = log(p) < log_beta_cdf(x, y, a, b, &log_slope);
	return is_lower ? lower_logit(log(p), a, b) : -lower_logit(log(q), b, a);
}

double
beta_quantile(double p, double a, double b)
{
	assert(p > 0 && p < 1 && a > 0 && b > 0 && a <= 1e9 && b <= 1e9);
	return 1 / (1 + exp(-quantile_logit(p, 1 - p, a, b)));
}

/* df / (df + T^2) is of the beta distribution (df/2, 1/2), and below x both tails of T lie. */
double
t_quantile(double p, double df)
{
	double tail = p < 0.5 ? p : 1 - p;
	assert(p > 0 && p < 1 && df >= 1);
	if (p == 0.5)
		return 0;
	double t = sqrt(df) * exp(-quantile_logit(2 * tail, 1 - 2 * tail, df / 2, 0.5) / 2);
	return p < 0.5 ? -t : t;
}

/* ------------------------------------------------------------------- hypergeometric */

struct drawing {
	uint64_t all, drawn;
};

/* log of the binomial probability of a of n, also at both ends. */
static double
log_binomial_count(uint64_t a, uint64_t n, double x)
{
	if (n == 0)
		return 0;
	if (a == 0)
		return (double)n * log1p(-x);
	if (a == n)
		return (double)n * log(x);
	return log_binomial((double)a, (double)(n - a), x, 1 - x);
}

/* P(X == met) where `good` of all are met: three binomial probabilities. */
static double
probability(const struct drawing *d, uint64_t good, uint64_t met)
{
	if (met > good || d->drawn - met > d->all - good)
		return 0;
	if (d->drawn == d->all)
		return met == good;
	double x = (double)d->drawn / (double)d->all;
	return exp(log_binomial_count(met, good, x) +
		   log_binomial_count(d->drawn - met, d->all - good, x) -
		   log_binomial_count(d->drawn, d->all, x));
}

/* P(X >= met): the terms fall from `met` on, or P is more than a half, which no tail is. */
static double
upper_tail(const struct drawing *d, uint64_t good, uint64_t met)
{
	if ((double)met * (double)d->all < (double)d->drawn * (double)good)
		return 1; /* below the mean: more than any tail that is asked for */
	double term = probability(d, good, met), sum = 0;
	for (uint64_t k = met; term > sum * 1e-17; k++) {
		sum += term;
		if (k >= good || k >= d->drawn)
			break;
		term *= (double)(good - k) * (double)(d->drawn - k) /
			((double)(k + 1) *
			    ((double)(d->all - good) + (double)(k + 1) - (double)d->drawn));
	}
	return sum;
}

/* The least number of good ones with which so many met are not too many. */
static uint64_t
least_good(const struct drawing *d, uint64_t met, double tail)
{
	uint64_t low = met, high = d->all - (d->drawn - met);
	while (low < high) { /* the tail grows with the good */
		uint64_t middle = low + (high - low) / 2;
		if (upper_tail(d, middle, met) > tail)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void
hypergeometric_range(
    uint64_t all, uint64_t drawn, uint64_t met, double tail, uint64_t *low, uint64_t *high)
{
	const struct drawing d = {all, drawn};
	assert(drawn <= all && met <= drawn && all <= UINT32_MAX && tail > 0 && tail < 0.25);
	*low = least_good(&d, met, tail);
	*high = all - least_good(&d, drawn - met, tail); /* what is not met, likewise */
}
