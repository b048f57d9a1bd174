/* SPDX-License-Identifier: Apache-2.0 */
/* The least or greatest value of a linear program's objective, for attacks on what is published.
 * Aborts where there is none: what is asked of them always has one. */
#ifndef KHAOSAT_TESTS_SUPPORT_OPTIMUM_H
#define KHAOSAT_TESTS_SUPPORT_OPTIMUM_H

#include <glpk.h>
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

#endif
