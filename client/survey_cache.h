/* SPDX-License-Identifier: Apache-2.0 */
/* The questionnaire of a round: asked of the collector, checked against its SHA-256, kept below
 * home/cache/ so that forms can be filled in and checked without a line. One thread. */
#ifndef KHAOSAT_CLIENT_SURVEY_CACHE_H
#define KHAOSAT_CLIENT_SURVEY_CACHE_H

#include "client/connection.h"
#include "client/outgoing.h"
#include "survey/definition.h"

struct questionnaire {
	struct definition *definition;  /* owned */
	char round[ROUND_NAME_MAX + 1]; /* empty: from a file, of no round */
	char reference_date[11];        /* YYYY-MM-DD */
	int ref_year;
	int64_t closes_ms; /* 0: none known */
	bool open;
	uint8_t sha256[SHA256_BYTES];
};

#define SURVEY_ERROR_BYTES 320

/* Ask the collector, and keep the answer. `round` empty or NULL: the only open round. False:
 * `error` says why. */
bool survey_cache_fetch(const struct client *client, struct connection *connection,
    const char *round, struct questionnaire *out, char error[SURVEY_ERROR_BYTES]);

/* What was kept; false when there is nothing, or it is damaged. */
bool survey_cache_load(const struct client *client, const char *round, struct questionnaire *out,
    char error[SURVEY_ERROR_BYTES]);

/* Of a file. `reference_date` NULL: the last day of the year before this one. */
bool survey_cache_read(const struct client *client, const char *path, const char *reference_date,
    struct questionnaire *out, char error[SURVEY_ERROR_BYTES]);

void questionnaire_clear(struct questionnaire *q);

#endif
