/* SPDX-License-Identifier: Apache-2.0 */
/* A form half filled in, kept in home/drafts/ROUND-TAX.json, mode 0600, written anew after every
 * answer. The answers stand in it as in a submission's file. One thread. */
#ifndef KHAOSAT_CLIENT_DRAFT_H
#define KHAOSAT_CLIENT_DRAFT_H

#include <jansson.h>

#include "client/survey_cache.h"
#include "survey/answers.h"

/* What stands beside the answers. */
struct draft {
	const char *place;       /* code of the question to go on with; may be empty */
	const uint8_t *corrects; /* the submission it corrects, or NULL */
	const uint8_t *sent;     /* the id it was sent under, or NULL */
};

/* Fsynced; false: errno. */
bool draft_save(const struct client *client, const struct questionnaire *q, const char *tax_code,
    const struct answers *answers, const struct draft *draft);

/* A new reference, or NULL: none, or damaged. */
json_t *draft_load(
    const struct client *client, const struct questionnaire *q, const char *tax_code);

bool draft_remove(const struct client *client, const struct questionnaire *q, const char *tax_code);

/* Whether there is one, of whatever questionnaire. */
bool draft_is_there(const struct client *client, const char *round, const char *tax_code);

#endif
