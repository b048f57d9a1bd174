/* SPDX-License-Identifier: Apache-2.0 */
/* For a file whose tests all look at one survey: `d` is there from the first of them to the last,
 * as the file's group is set up and torn down by these. */
#ifndef KHAOSAT_TESTS_SUPPORT_SURVEY_GROUP_H
#define KHAOSAT_TESTS_SUPPORT_SURVEY_GROUP_H

#include "tests/support/default_survey.h"
#include "tests/support/mini_survey.h"

static struct definition *d;

static inline int
load_mini_survey(void **state)
{
	(void)state;
	d = mini_survey();
	return 0;
}

static inline int
load_default_survey(void **state)
{
	(void)state;
	d = default_survey();
	return 0;
}

static inline int
unload_survey(void **state)
{
	(void)state;
	definition_free(d);
	return 0;
}

#endif
