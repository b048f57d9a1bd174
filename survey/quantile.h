/* SPDX-License-Identifier: Apache-2.0 */
/* The distributions behind confidence intervals: beta, Student's t, hypergeometric. Written here,
 * since what Debian has of them is under the GPL (GSL, R's mathlib) or C++ (Boost); held to R in
 * tests/estimate. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_QUANTILE_H
#define KHAOSAT_SURVEY_QUANTILE_H

#include <stdint.h>

/* P(X <= x) for X of the beta distribution; a, b > 0. */
double beta_cdf(double x, double a, double b);

/* The x with beta_cdf(x, a, b) == p; 0 < p < 1; a, b > 0, at most 1e9. */
double beta_quantile(double p, double a, double b);

/* The t with P(T <= t) == p for Student's T; 0 < p < 1, df >= 1 (need not be whole). */
double t_quantile(double p, double df);

/* `drawn` of `all` were drawn without replacement, `met` of them met. The numbers K of met ones
 * among all that neither tail of probability `tail` rejects: K in [*low, *high]. drawn <= all,
 * met <= drawn, all below 2^32, 0 < tail < 0.25. */
void hypergeometric_range(
    uint64_t all, uint64_t drawn, uint64_t met, double tail, uint64_t *low, uint64_t *high);

#endif
