/* SPDX-License-Identifier: Apache-2.0 */
/* What the client knows of one unit in a round: its register row, which relevance and checks read,
 * and its head. Asked of the collector and kept below home/cache/; or given on the command line; or
 * unknown, which every rule can bear. One thread. */
#ifndef KHAOSAT_CLIENT_UNIT_STATE_H
#define KHAOSAT_CLIENT_UNIT_STATE_H

#include "client/connection.h"
#include "client/survey_cache.h"
#include "survey/register.h"

struct unit_state {
	struct register_row row;
	bool row_known; /* else every attribute is unknown */
	char name[256]; /* shortened; empty: unknown */
	/* From here on only after unit_state_fetch. */
	bool may_submit;
	int64_t until_ms; /* 0: no end known */
	bool has_head;
	uint8_t head[UUID_BYTES];
	uint32_t head_revision;
	int64_t head_time_ms;
};

/* A row of which nothing is known. */
void unit_state_unknown(const char *tax_code, struct unit_state *out);

/* Ask the collector, as the unit or (no code) as staff. The response, for connection_explain when
 * it is not DONE, is freed by the caller; NULL: the connection is gone. `out` is filled in when it
 * is. */
Khaosat__V1__Response *unit_state_fetch(const struct client *client, struct connection *connection,
    const struct questionnaire *q, const char *tax_code, const char *access_code,
    struct unit_state *out);

/* What was kept when the collector was last asked. */
bool unit_state_load(const struct client *client, const struct questionnaire *q,
    const char *tax_code, struct unit_state *out);

/* "unit_type=DN,vsic=10,employees=12": columns of a register file. False: `error` names the column.
 */
bool unit_state_parse(const struct questionnaire *q, const char *tax_code, const char *columns,
    struct unit_state *out, char error[SURVEY_ERROR_BYTES]);

#endif
