/* SPDX-License-Identifier: Apache-2.0 */
/* What is served where. Who may ask is dispatch.c's affair; the OpenAPI document is made of both
 * tables and of khaosat.proto's descriptors. */
#include <string.h>

#include "collector/http.h"

#define ASKS(which) .body = KHAOSAT__V1__REQUEST__BODY_##which
#define GIVES(which) .output = HTTP_OUTPUT_RESULT, .result = KHAOSAT__V1__RESPONSE__BODY_##which
#define PART(which, name)                                                                          \
	.output = HTTP_OUTPUT_PART, .result = KHAOSAT__V1__RESPONSE__BODY_##which, .part = name
#define OUTCOME .output = HTTP_OUTPUT_OUTCOME
#define NOTHING .output = HTTP_OUTPUT_NOTHING
#define FILE_OF(which)                                                                             \
	.output = HTTP_OUTPUT_FILE, .result = KHAOSAT__V1__RESPONSE__BODY_##which, .part = "json"
#define PIECES                                                                                     \
	ASKS(READ_EXPORT), .output = HTTP_OUTPUT_PIECES,                                           \
			   .result = KHAOSAT__V1__RESPONSE__BODY_EXPORT_PIECE
#define TAKES(how) .input = HTTP_INPUT_##how
#define ROUND "/v1/rounds/{round}"

const struct http_route http_routes[] = {
    {HTTP_GET, "/healthz", .local = http_healthz, .type = HTTP_JSON,
	.summary = "Whether the collector can still commit"},
    {HTTP_GET, "/v1/openapi.json", .local = http_openapi, .type = HTTP_JSON,
	.summary = "This description"},
    {HTTP_GET, "/readyz", .local = http_readyz, .type = HTTP_JSON,
	.summary = "Whether requests should be sent here"},
    {HTTP_GET, "/metrics", .local = http_metrics, .type = "text/plain", .for_staff = true,
	.summary = "What operators watch, as Prometheus reads it; for staff"},
    /* anybody */
    {HTTP_GET, "/v1/hello", ASKS(HELLO), GIVES(HELLO),
	.summary = "Product, log, and whose the token is"},
    {HTTP_GET, "/v1/rounds", ASKS(LIST_ROUNDS), GIVES(ROUNDS), .summary = "All rounds"},
    {HTTP_GET, ROUND "/survey", ASKS(GET_SURVEY), FILE_OF(SURVEY),
	.summary = "The survey definition of a round, as it was loaded"},
    {HTTP_GET, "/v1/surveys/{id}/{version}", ASKS(GET_SURVEY), FILE_OF(SURVEY),
	.summary = "A survey definition, as it was loaded"},
    {HTTP_POST, "/v1/login", ASKS(LOG_IN), TAKES(MESSAGE), GIVES(TOKEN_MADE),
	.summary = "A token for a name and a password"},
    {HTTP_POST, "/v1/session", ASKS(LOG_IN), TAKES(MESSAGE), .output = HTTP_OUTPUT_SESSION,
	.summary = "Log in a browser: a cookie for a name and a password"},
    {HTTP_GET, "/v1/session", ASKS(HELLO), .output = HTTP_OUTPUT_SESSION,
	.summary = "Whose session it is, and the X-CSRF-Token of its pages"},
    {HTTP_DELETE, "/v1/session", ASKS(LOG_OUT), .output = HTTP_OUTPUT_SESSION,
	.summary = "Log out: the session and its cookie end"},
    /* units; firms and staff on their behalf */
    {HTTP_POST, ROUND "/submissions", ASKS(SUBMIT), TAKES(ANSWERS), OUTCOME,
	.summary = "Submit or correct answers"},
    {HTTP_POST, ROUND "/check", ASKS(SUBMIT), TAKES(ANSWERS), NOTHING, .sets = "check_only",
	.summary = "Judge answers as a submission would be, and store nothing"},
    {HTTP_POST, ROUND "/withdrawals", ASKS(WITHDRAW), TAKES(MESSAGE), OUTCOME,
	.summary = "Take the unit's current submission back"},
    {HTTP_GET, ROUND "/unit", ASKS(UNIT_STATUS), GIVES(UNIT_STATE),
	.summary = "What the collector has of a unit"},
    {HTTP_GET, ROUND "/receipt", ASKS(UNIT_STATUS), PART(UNIT_STATE, "receipt"),
	.summary = "The receipt of a unit's current submission"},
    {HTTP_GET, ROUND "/history", ASKS(UNIT_HISTORY), GIVES(UNIT_ENTRIES), .cursor = "before",
	.summary = "A unit's entries, newest first"},
    {HTTP_PUT, ROUND "/contact", ASKS(CONTACT), TAKES(MESSAGE), NOTHING,
	.summary = "Who answered for a unit; kept apart from the log"},
    {HTTP_GET, ROUND "/codes", ASKS(LIST_CODES), GIVES(CODES),
	.summary = "A unit's access code and sub-codes, without the codes themselves"},
    {HTTP_POST, ROUND "/codes", ASKS(MAKE_SUBCODE), TAKES(MESSAGE), NOTHING,
	.summary = "Give a colleague a sub-code: its hash"},
    {HTTP_DELETE, ROUND "/codes/{number}", ASKS(REVOKE_SUBCODE), NOTHING,
	.summary = "Take a sub-code back"},
    {HTTP_GET, ROUND "/row", ASKS(GET_ROW), GIVES(UNIT_ROW),
	.summary = "A unit's row of the register, and what was proposed to change in it"},
    {HTTP_PUT, ROUND "/proposal", ASKS(PROPOSE_ROW), TAKES(MESSAGE), GIVES(ROW_STORED),
	.summary = "Propose other values for the unit's row of the register"},
    {HTTP_DELETE, ROUND "/proposal", ASKS(WITHDRAW_PROPOSAL), NOTHING,
	.summary = "Take the open proposal back"},
    /* firms of accountants */
    {HTTP_GET, ROUND "/grants", ASKS(LIST_GRANTS), GIVES(GRANTS), .cursor = "from",
	.summary = "The units that a firm answers for, and how far they are"},
    {HTTP_POST, ROUND "/grants", ASKS(GRANT_FIRM), TAKES(MESSAGE), NOTHING,
	.summary = "Let a firm answer for a unit"},
    {HTTP_DELETE, ROUND "/grants/{firm}", ASKS(END_GRANT), NOTHING,
	.summary = "Let it do so no longer"},
    {HTTP_GET, ROUND "/firms", ASKS(LIST_FIRMS), GIVES(ACCOUNTS),
	.summary = "Firms, and how many units each answers for"},
    /* staff */
    {HTTP_POST, "/v1/surveys", ASKS(PUT_SURVEY), TAKES(FILE), GIVES(SURVEY_STORED),
	.summary = "Store a survey definition"},
    {HTTP_POST, "/v1/rounds", ASKS(CREATE_ROUND), TAKES(MESSAGE), GIVES(ROUND),
	.summary = "Create a round"},
    {HTTP_POST, ROUND "/register/chunks", ASKS(REGISTER_CHUNK), TAKES(ROWS), GIVES(CHUNK_STORED),
	.summary = "Send rows of the register"},
    {HTTP_POST, ROUND "/register", ASKS(LOAD_REGISTER), TAKES(MESSAGE), GIVES(REGISTER_LOADED),
	.summary = "Load the register from the chunks that were sent"},
    {HTTP_POST, ROUND "/open", ASKS(OPEN_ROUND), GIVES(ROUND), .summary = "Open a round"},
    {HTTP_POST, ROUND "/close", ASKS(CLOSE_ROUND), GIVES(ROUND), .summary = "Close a round"},
    {HTTP_POST, ROUND "/reopenings", ASKS(REOPEN_UNIT), TAKES(MESSAGE), NOTHING,
	.summary = "Reopen a round for one unit"},
    {HTTP_PUT, ROUND "/deadline", ASKS(EXTEND_ROUND), TAKES(MESSAGE), GIVES(ROUND),
	.summary = "Let a round close later"},
    {HTTP_POST, ROUND "/contacts/erasures", ASKS(ERASE_CONTACTS), TAKES(MESSAGE),
	GIVES(CONTACTS_ERASED), .summary = "Erase contacts of a round"},
    {HTTP_GET, ROUND "/goals", ASKS(GET_RATES), PART(RATES, "goal"),
	.summary = "The goals of a round's survey"},
    {HTTP_GET, ROUND "/rates", ASKS(GET_RATES), GIVES(RATES),
	.summary = "Counts, bounds and verdicts of goals"},
    {HTTP_GET, ROUND "/estimates", ASKS(GET_ESTIMATES), GIVES(ESTIMATES),
	.summary = "Rates with estimates and confidence intervals"},
    {HTTP_PUT, ROUND "/units/{tax_code}/code", ASKS(SET_CODE), TAKES(MESSAGE), NOTHING,
	.summary = "Give a unit another access code, or none"},
    {HTTP_PUT, ROUND "/units/{tax_code}/case", ASKS(SET_CASE), TAKES(MESSAGE), NOTHING,
	.summary = "Say what has become of a unit"},
    {HTTP_POST, ROUND "/units/{tax_code}/edits", ASKS(EDIT_ANSWER), TAKES(ANSWER), NOTHING,
	.summary = "Correct or recode an answer beside what the unit sent"},
    {HTTP_GET, ROUND "/proposals", ASKS(LIST_PROPOSALS), GIVES(PROPOSALS), .cursor = "from",
	.summary = "Open proposals to change rows of the register"},
    {HTTP_POST, ROUND "/units/{tax_code}/proposals/{number}", ASKS(DECIDE_PROPOSAL), TAKES(MESSAGE),
	GIVES(ROW_STORED), .summary = "Accept a unit's proposal, or refuse it"},
    {HTTP_POST, ROUND "/units/{tax_code}/row", ASKS(CHANGE_ROW), TAKES(MESSAGE), GIVES(ROW_STORED),
	.summary = "Change a unit's row of the register"},
    {HTTP_GET, ROUND "/cases", ASKS(GET_CASES), GIVES(CASES),
	.summary = "How many units are in which state"},
    {HTTP_GET, ROUND "/followup", ASKS(LIST_FOLLOWUP), GIVES(FOLLOWUP), .cursor = "from",
	.summary = "Whom to remind, with their contacts"},
    {HTTP_GET, ROUND "/changes", ASKS(GET_CHANGE), GIVES(CHANGES),
	.summary = "What changed since an earlier round, with its error"},
    {HTTP_GET, ROUND "/movers", ASKS(LIST_MOVERS), GIVES(MOVERS), .cursor = "from",
	.summary = "Which units gained or lost a goal since an earlier round"},
    {HTTP_GET, ROUND "/certainties", ASKS(GET_CERTAINTY), GIVES(CERTAINTIES),
	.summary = "From which entry of the log on each verdict is certain"},
    {HTTP_POST, ROUND "/exports", ASKS(RUN_EXPORT), TAKES(MESSAGE), GIVES(EXPORT),
	.summary = "Make an export, kept by the collector"},
    {HTTP_GET, "/v1/exports", ASKS(LIST_EXPORTS), GIVES(EXPORTS), .cursor = "before",
	.summary = "Exports that were made, newest first"},
    {HTTP_GET, ROUND "/exports/public/latest/{file}", PIECES,
	.summary = "A file of the newest public export of a round"},
    {HTTP_GET, ROUND "/exports/public/{vintage}/{file}", PIECES,
	.summary = "A file of a public export; manifest.json lists them"},
    {HTTP_GET, ROUND "/exports/internal/latest/{file}", PIECES, .sets = "internal",
	.summary = "A file of the newest internal export of a round"},
    {HTTP_GET, ROUND "/exports/internal/{vintage}/{file}", PIECES, .sets = "internal",
	.summary = "A file of an internal export; manifest.json lists them"},
    {HTTP_POST, "/v1/recounts", ASKS(RECOUNT), TAKES(MESSAGE), GIVES(RECOUNT),
	.summary = "Compare every figure with a recount"},
    {HTTP_GET, "/v1/log", ASKS(READ_LOG), GIVES(LOG_ENTRIES), .cursor = "from",
	.summary = "Entries of the log, from a number on; waits for the next one"},
    {HTTP_GET, "/v1/audit", ASKS(LIST_ACTS), GIVES(ACTS), .cursor = "from",
	.summary = "What staff did: who, when, before and after"},
    /* accounts */
    {HTTP_POST, "/v1/logout", ASKS(LOG_OUT), NOTHING, .summary = "Revoke the token it comes with"},
    {HTTP_GET, "/v1/accounts", ASKS(LIST_ACCOUNTS), GIVES(ACCOUNTS), .summary = "All accounts"},
    {HTTP_POST, "/v1/accounts", ASKS(ADD_ACCOUNT), TAKES(MESSAGE), GIVES(ACCOUNT),
	.summary = "Add an account"},
    {HTTP_PUT, "/v1/accounts/{name}/role", ASKS(SET_ROLE), TAKES(MESSAGE), GIVES(ACCOUNT),
	.summary = "Give an account another role"},
    {HTTP_PUT, "/v1/accounts/{name}/password", ASKS(SET_PASSWORD), TAKES(MESSAGE), GIVES(ACCOUNT),
	.summary = "Set a password; the account's tokens end"},
    {HTTP_DELETE, "/v1/accounts/{name}", ASKS(REMOVE_ACCOUNT), NOTHING,
	.summary = "Remove an account"},
    {HTTP_GET, "/v1/tokens", ASKS(LIST_TOKENS), GIVES(TOKENS), .summary = "Tokens of an account"},
    {HTTP_POST, "/v1/tokens", ASKS(CREATE_TOKEN), TAKES(MESSAGE), GIVES(TOKEN_MADE),
	.summary = "Make a token"},
    {HTTP_DELETE, "/v1/tokens/{id}", ASKS(REVOKE_TOKEN), NOTHING, .summary = "Revoke a token"},
};

const size_t http_routes_n = sizeof(http_routes) / sizeof(http_routes[0]);

static struct http_span
segment(struct http_span *rest)
{
	const char *at = rest->n > 0 ? memchr(rest->at, '/', rest->n) : NULL;
	struct http_span head = {rest->at, at != NULL ? (size_t)(at - rest->at) : rest->n};
	size_t skip = head.n + (at != NULL);
	rest->at += skip;
	rest->n -= skip;
	return head;
}

static bool is_param(struct http_span template)
{
	return template.n > 2 && *template.at == '{';
}

static bool
fits(const char *path, struct http_span given, struct http_span params[HTTP_PARAMS_MAX])
{
	struct http_span template = {path, strlen(path)};
	size_t n = 0;
	while (template.n > 0 && given.n > 0) {
		struct http_span wanted = segment(&template), got = segment(&given);
		bool same = wanted.n == got.n && memcmp(wanted.at, got.at, got.n) == 0;
		if (is_param(wanted) ? got.n == 0 : !same)
			return false;
		if (is_param(wanted))
			params[n++] = got;
	}
	return template.n == 0 && given.n == 0;
}

const struct http_route *
http_route_find(enum http_method method, struct http_span path,
    struct http_span params[HTTP_PARAMS_MAX], unsigned *allowed)
{
	enum http_method wanted = method == HTTP_HEAD ? HTTP_GET : method;
	*allowed = 0;
	if (path.n > 1 && path.at[path.n - 1] == '/')
		return NULL; /* one name for one thing */
	for (size_t i = 0; i < http_routes_n; i++) {
		if (!fits(http_routes[i].path, path, params))
			continue;
		if (http_routes[i].method == wanted)
			return &http_routes[i];
		*allowed |= 1u << http_routes[i].method;
	}
	return NULL;
}

struct http_span
http_route_param(const struct http_route *route, size_t n)
{
	struct http_span rest = {route->path, strlen(route->path)};
	while (rest.n > 0) {
		struct http_span part = segment(&rest);
		if (is_param(part) && n-- == 0)
			return (struct http_span){part.at + 1, part.n - 2};
	}
	return (struct http_span){NULL, 0};
}

bool
http_route_has_query(const struct http_route *route)
{
	if (route->output == HTTP_OUTPUT_PIECES) /* all that there is to say stands in the path */
		return false;
	return route->input == HTTP_INPUT_NONE || route->input == HTTP_INPUT_ROWS;
}

static const ProtobufCMessageDescriptor *
body_of(const ProtobufCMessageDescriptor *d, uint32_t number)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(d, number);
	return f->descriptor;
}

const ProtobufCMessageDescriptor *
http_request_body(uint32_t number)
{
	return body_of(&khaosat__v1__request__descriptor, number);
}

const ProtobufCMessageDescriptor *
http_response_body(uint32_t number)
{
	return body_of(&khaosat__v1__response__descriptor, number);
}
