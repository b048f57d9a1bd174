/* SPDX-License-Identifier: Apache-2.0 */
/* What the client asks about rounds before it does anything else: which one is meant, and by which
 * survey definition. One thread. */
#ifndef KHAOSAT_CLIENT_ROUNDS_H
#define KHAOSAT_CLIENT_ROUNDS_H

#include "client/connection.h"
#include "proto/limits.h"
#include "survey/definition.h"

struct round_found {
	char name[ROUND_NAME_MAX + 1];
	char survey_id[64];
	uint32_t survey_version;
	Khaosat__V1__RoundPhase phase;
	char reference_date[11];
	int ref_year;
	uint64_t units, responded;
	int64_t closes_ms; /* 0: when staff close it */
};

/* The round named `asked`; where that is NULL, the only open one, else the newest that has its
 * register, else the newest. False when there
 * is none or several are open: said, with *exit_code set. */
bool rounds_find(const struct client *client, struct connection *c, const char *asked,
    struct round_found *out, int *exit_code);

/* The definition of a round, to be freed with definition_free; NULL: said, *exit_code set. */
struct definition *rounds_definition(
    const struct client *client, struct connection *c, const char *round, int *exit_code);

/* "đang mở", "open". */
const char *rounds_phase(const struct client *client, Khaosat__V1__RoundPhase phase);

#endif
