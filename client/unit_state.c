/* SPDX-License-Identifier: Apache-2.0 */
#include "client/unit_state.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/file.h"
#include "client/home.h"
#include "client/words.h"
#include "proto/digest.h"

#define UNIT_FILE_MAX_BYTES 65536u

void
unit_state_unknown(const char *tax_code, struct unit_state *out)
{
	*out = (struct unit_state){0};
	register_row_clear(&out->row);
	uint64_t number;
	if (taxcode_parse(tax_code, &number) == TAXCODE_OK)
		out->row.tax_code = number;
}

/* The name, cut where a character begins. */
static void
set_name(struct unit_state *out, const char *name, size_t n)
{
	if (n >= sizeof(out->name)) {
		n = sizeof(out->name) - 1;
		while (n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(out->name, name, n);
	out->name[n] = '\0';
}

/* Understand the one row of a RegisterRows message. */
static bool
take_row(const struct questionnaire *q, const uint8_t *rows, size_t n, struct unit_state *out)
{
	struct register_text text;
	struct register_problems problems = {0};
	size_t at = 0;
	if (register_next(rows, n, &at, &text) != REGISTER_ROW)
		return false;
	register_judge(q->definition, q->ref_year, &text, &out->row, &problems);
	out->row_known = true;
	set_name(out, text.cell[REGISTER_NAME].bytes, text.cell[REGISTER_NAME].n);
	return true;
}

static char *
cache_path(const struct client *client, const struct questionnaire *q, const char *tax_code)
{
	char name[128];
	char whole[160];
	if (!home_name(q->round, tax_code, ".json", name))
		return NULL;
	snprintf(whole, sizeof(whole), "unit-%s", name);
	return home_path(client, "cache", whole);
}

static void
keep(const struct client *client, const struct questionnaire *q, const char *tax_code,
    const uint8_t *rows, size_t n)
{
	char *hex = malloc(2 * n + 1);
	if (hex == NULL)
		return;
	digest_hex(rows, n, hex);
	json_t *object = json_pack("{ss}", "rows_hex", hex);
	char *path = cache_path(client, q, tax_code);
	/* Only a cache: without it, offline checks know less. */
	if (object == NULL || path == NULL || !home_write_json(path, object))
		client_error("%s/cache: %s", client->home, words_errno(client->language, errno));
	json_decref(object);
	free(path);
	free(hex);
}

static void
take_state(const struct client *client, const struct questionnaire *q, const char *tax_code,
    const Khaosat__V1__UnitState *state, struct unit_state *out)
{
	unit_state_unknown(tax_code, out);
	set_name(out, state->name, strlen(state->name));
	out->may_submit = state->may_submit;
	out->until_ms = state->until_ms;
	if (state->head != NULL && state->head->instance_id.len == UUID_BYTES) {
		out->has_head = true;
		memcpy(out->head, state->head->instance_id.data, UUID_BYTES);
		out->head_revision = state->head->revision;
		out->head_time_ms = state->head->time_ms;
	}
	if (state->row == NULL)
		return;
	Khaosat__V1__RegisterRows rows;
	khaosat__v1__register_rows__init(&rows);
	Khaosat__V1__RegisterRow *row = state->row;
	rows.n_row = 1;
	rows.row = &row;
	size_t n = khaosat__v1__register_rows__get_packed_size(&rows);
	uint8_t *bytes = malloc(n);
	if (bytes == NULL)
		return;
	khaosat__v1__register_rows__pack(&rows, bytes);
	if (take_row(q, bytes, n, out))
		keep(client, q, tax_code, bytes, n);
	free(bytes);
}

Khaosat__V1__Response *
unit_state_fetch(const struct client *client, struct connection *connection,
    const struct questionnaire *q, const char *tax_code, const char *access_code,
    struct unit_state *out)
{
	Khaosat__V1__Request request;
	khaosat__v1__request__init(&request);
	Khaosat__V1__UnitCredential unit;
	khaosat__v1__unit_credential__init(&unit);
	Khaosat__V1__UnitStatus status;
	khaosat__v1__unit_status__init(&status);
	char round[ROUND_NAME_MAX + 1];
	char tax[64];
	char code[64];
	strcpy(round, q->round);
	snprintf(tax, sizeof(tax), "%s", tax_code);
	snprintf(code, sizeof(code), "%s", access_code);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_UNIT_STATUS;
	request.unit_status = &status;
	status.round = round;
	if (code[0] == '\0')
		status.tax_code = tax;
	else {
		unit.tax_code = tax;
		unit.access_code = code;
		request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
		request.unit = &unit;
	}
	Khaosat__V1__Response *response = connection_call(connection, &request);
	explicit_bzero(code, sizeof(code));
	if (response != NULL && response->status == KHAOSAT__V1__STATUS__DONE &&
	    response->body_case == KHAOSAT__V1__RESPONSE__BODY_UNIT_STATE)
		take_state(client, q, tax_code, response->unit_state, out);
	return response;
}

bool
unit_state_load(const struct client *client, const struct questionnaire *q, const char *tax_code,
    struct unit_state *out)
{
	char *path = cache_path(client, q, tax_code);
	size_t n;
	char *text = path == NULL ? NULL : file_read(path, UNIT_FILE_MAX_BYTES, &n);
	free(path);
	json_t *object = text == NULL ? NULL : json_loadb(text, n, 0, NULL);
	free(text);
	const char *hex = json_string_value(json_object_get(object, "rows_hex"));
	uint8_t *rows = hex == NULL ? NULL : outgoing_from_hex(hex, &n);
	struct unit_state state;
	unit_state_unknown(tax_code, &state);
	bool ok = rows != NULL && take_row(q, rows, n, &state);
	free(rows);
	json_decref(object);
	if (ok)
		*out = state;
	return ok;
}

bool
unit_state_parse(const struct questionnaire *q, const char *tax_code, const char *columns,
    struct unit_state *out, char error[SURVEY_ERROR_BYTES])
{
	struct register_text text = {0};
	struct register_problems problems = {0};
	text.cell[REGISTER_TAX_CODE] = (struct cell){tax_code, strlen(tax_code)};
	text.cell[REGISTER_NAME] = (struct cell){"-", 1};
	while (*columns != '\0') {
		size_t n = strcspn(columns, ",");
		size_t name = strcspn(columns, "=,");
		int column = name < n ? register_find_column(columns, name) : -1;
		if (column < 0) {
			snprintf(
			    error, SURVEY_ERROR_BYTES, "--register-row: %.*s", (int)n, columns);
			return false;
		}
		text.cell[column] = (struct cell){columns + name + 1, n - name - 1};
		columns += columns[n] == ',' ? n + 1 : n;
	}
	unit_state_unknown(tax_code, out);
	register_judge(q->definition, q->ref_year, &text, &out->row, &problems);
	out->row_known = true;
	for (size_t i = 0; i < problems.n; i++) {
		/* A column left out is unknown, which is fine here; what was given must be right.
		 */
		const struct register_problem *p = &problems.problem[i];
		if (text.cell[p->column].n == 0 || !q->definition->check[p->check].hard)
			continue;
		snprintf(error, SURVEY_ERROR_BYTES, "--register-row: %s=%s",
		    register_column_name[p->column], p->value);
		return false;
	}
	return true;
}
