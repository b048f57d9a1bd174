/* SPDX-License-Identifier: Apache-2.0 */
/* The least and greatest value of a linear program's objective, for attacks on what is published.
 * Aborts where there is none: what is asked of them always has one. */
#ifndef KHAOSAT_TESTS_SUPPORT_OPTIMUM_H
#define KHAOSAT_TESTS_SUPPORT_OPTIMUM_H

#include <glpk.h>
#include <math.h>
#include <stdlib.h>

static inline double
optimum(glp_prob *lp, int direction)
{
	glp_smcp how;
	glp_init_smcp(&how);
	how.msg_lev = GLP_MSG_OFF;
	glp_set_obj_dir(lp, direction);
	int failed = glp_simplex(lp, &how);
	if (failed != 0 || glp_get_status(lp) != GLP_OPT) {
		glp_std_basis(lp); /* once more, from the start */
		how.presolve = GLP_ON;
		failed = glp_simplex(lp, &how);
	}
	if (failed != 0 || glp_get_status(lp) != GLP_OPT)
		abort();
	return glp_get_obj_val(lp);
}

/* Of a count, which is a whole number. */
struct whole_range {
	long low, high;
};

static inline long
whole_width(struct whole_range range)
{
	return range.high - range.low;
}

static inline struct whole_range
whole_range_of(glp_prob *lp)
{
	const double hair = 1e-6; /* the solver's own doubt */
	long low = (long)ceil(optimum(lp, GLP_MIN) - hair);
	return (struct whole_range){low, (long)floor(optimum(lp, GLP_MAX) + hair)};
}

#endif
