/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with an effect never stand in an assert: they stand in this. */
#ifndef KHAOSAT_TESTS_SUPPORT_MUST_H
#define KHAOSAT_TESTS_SUPPORT_MUST_H

#include <assert.h>
#include <stdbool.h>

static inline void
must(bool good)
{
	assert(good);
}

#endif
