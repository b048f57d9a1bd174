/* SPDX-License-Identifier: Apache-2.0 */
/* What has become of a unit in a round: values as in khaosat.proto, CaseState. */
#ifndef KHAOSAT_COLLECTOR_CASE_STATE_H
#define KHAOSAT_COLLECTOR_CASE_STATE_H

#include <stdbool.h>

enum case_state {
	CASE_NONE = 0, /* nothing is set: it follows from the log */
	CASE_NOT_STARTED = 1,
	CASE_IN_PROGRESS = 2,
	CASE_COMPLETE = 3,
	CASE_PARTIAL = 4,
	CASE_REFUSAL = 5,
	CASE_NON_CONTACT = 6,
	CASE_OUT_OF_SCOPE = 7,
	CASE_UNKNOWN = 8
};

#define CASES 8 /* counts of them stand at state - 1; behind them, of units in scope: */
#define CASE_WITH_ADDRESS CASES    /* those whose register row has an address */
#define CASE_REACHABLE (CASES + 1) /* and of these all but CASE_NON_CONTACT */
#define CASE_COUNTS (CASES + 2)

/* May be set by an operator, on a unit with or without a head. */
static inline bool
case_may_be_set(enum case_state state, bool has_head)
{
	switch (state) {
	case CASE_NOT_STARTED:
	case CASE_COMPLETE:
		return false;
	case CASE_IN_PROGRESS:
	case CASE_REFUSAL:
	case CASE_NON_CONTACT:
	case CASE_UNKNOWN:
		return !has_head;
	case CASE_NONE:
	case CASE_PARTIAL:
	case CASE_OUT_OF_SCOPE:
		return true;
	}
	return false;
}

#endif
