/* SPDX-License-Identifier: Apache-2.0 */
/* What submit, correct and the interactive form share: reach the collector or go on without it, get
 * the questionnaire, send one submission by way of the spool, and say what came of it. One thread.
 */
#ifndef KHAOSAT_CLIENT_SUBMITTING_H
#define KHAOSAT_CLIENT_SUBMITTING_H

#include "client/delivery.h"
#include "client/survey_cache.h"
#include "client/unit_options.h"
#include "client/unit_state.h"
#include "survey/answers.h"

struct submitting {
	const struct client *client;
	struct unit_options options;
	const char *survey_file;            /* --survey: instead of the collector's, or NULL */
	const char *reference_date;         /* --reference-date, or NULL */
	enum outgoing_channel channel;      /* --channel of staff, or 0 */
	struct connection *connection;      /* NULL: not reached */
	struct questionnaire questionnaire; /* of the round last asked for */
};

/* Options that all of them take, besides UNIT_LONG_OPTIONS. */
enum submitting_option { OPTION_SURVEY = 0x5000, OPTION_REFERENCE_DATE, OPTION_CHANNEL };
#define SUBMITTING_LONG_OPTIONS                                                                    \
	{"channel", required_argument, NULL, OPTION_CHANNEL},                                      \
	    {"survey", required_argument, NULL, OPTION_SURVEY},                                    \
	{                                                                                          \
		"reference-date", required_argument, NULL, OPTION_REFERENCE_DATE                   \
	}

/* Take one option that client_option returned, a unit's too. False: bad, and that has been said. */
bool submitting_take(struct submitting *s, int option, const char *value);

/* How what is sent with this code, or as staff without one, came to us. */
enum outgoing_channel submitting_channel(const struct submitting *s, const char *access_code);

/* Try to reach the collector. When it cannot be reached, that is said and the work goes on offline.
 */
void submitting_connect(struct submitting *s);

/* A connection that failed once is not used again. */
void submitting_hang_up(struct submitting *s);

/* The questionnaire of a round (NULL or empty: the only open one), from the collector or the cache.
 * False: said why. */
bool submitting_questionnaire(struct submitting *s, const char *round);

/* Whether a file's survey is the round's; said if not. */
bool submitting_fits(const struct submitting *s, const char *path, const struct outgoing *o);

/* Send by way of the spool and say what came of it. Without a connection it stays in the spool.
 * Returns an exit code. */
int submitting_deliver(struct submitting *s, struct outgoing *o);

/* What offline checks find in encoded answers: prints it; EXIT_DONE or EXIT_REJECTED. */
int submitting_check(
    const struct submitting *s, const struct unit_state *unit, const struct outgoing *o);

/* One JSON file, start to end; `correct`: it replaces the unit's head. An exit code. */
int submitting_file(struct submitting *s, const char *path, bool correct);

/* The worse of two exit codes: unreachable, rejected, failed, done. */
int submitting_worse(int a, int b);

void submitting_clear(struct submitting *s);

#endif
