/* SPDX-License-Identifier: Apache-2.0 */
/* The survey that ships, loaded from the source tree; a test that cannot have it fails. */
#ifndef KHAOSAT_TESTS_SUPPORT_DEFAULT_SURVEY_H
#define KHAOSAT_TESTS_SUPPORT_DEFAULT_SURVEY_H

#include "survey/definition.h"

/* To be freed with definition_free. Aborts with the problems on stderr. */
struct definition *default_survey(void);

#endif
