/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/dispatch.h"

#define BODY(which) [KHAOSAT__V1__REQUEST__BODY_##which]

#define ANYBODY .who = ROUTE_ANYBODY, .role = ROLE_NONE
#define UNIT_OR(least) .who = ROUTE_UNIT, .role = ROLE_##least
#define UNIT .who = ROUTE_UNIT_ALONE, .role = ROLE_NONE
#define STAFF(least) .who = ROUTE_STAFF, .role = ROLE_##least

/* The one table of who may do what. Where a VIEWER may do it for himself and an ADMINISTRATOR for
 * others, or an OPERATOR for a firm, the handler tells them apart. A test holds each line against
 * each role. */
static const struct route routes[] = {
    BODY(HELLO) = {"hello", ANYBODY, handle_hello},
    BODY(GET_SURVEY) = {"get_survey", ANYBODY, handle_get_survey},
    BODY(LIST_ROUNDS) = {"list_rounds", ANYBODY, handle_list_rounds},
    BODY(SUBMIT) = {"submit", UNIT_OR(OPERATOR), handle_submit, .sheds = true, .firms = true},
    BODY(WITHDRAW) = {"withdraw", UNIT_OR(OPERATOR), handle_withdraw, .sheds = true, .firms = true},
    BODY(UNIT_STATUS) = {"unit_status", UNIT_OR(OPERATOR), handle_unit_status, .firms = true},
    BODY(UNIT_HISTORY) = {"unit_history", UNIT_OR(OPERATOR), handle_unit_history, .firms = true},
    BODY(CONTACT) = {"contact", UNIT_OR(OPERATOR), handle_contact, .sheds = true, .firms = true},
    BODY(PUT_SURVEY) = {"put_survey", STAFF(ADMINISTRATOR), handle_put_survey},
    BODY(CREATE_ROUND) = {"create_round", STAFF(OPERATOR), handle_create_round},
    BODY(REGISTER_CHUNK) = {"register_chunk", STAFF(OPERATOR), handle_register_chunk},
    BODY(LOAD_REGISTER) = {"load_register", STAFF(OPERATOR), handle_load_register},
    BODY(OPEN_ROUND) = {"open_round", STAFF(OPERATOR), handle_open_round},
    BODY(CLOSE_ROUND) = {"close_round", STAFF(OPERATOR), handle_close_round},
    BODY(REOPEN_UNIT) = {"reopen_unit", STAFF(OPERATOR), handle_reopen_unit},
    BODY(GET_RATES) = {"get_rates", STAFF(VIEWER), handle_get_rates},
    BODY(GET_ESTIMATES) = {"get_estimates", STAFF(VIEWER), handle_get_estimates},
    BODY(RECOUNT) = {"recount", STAFF(VIEWER), handle_recount},
    BODY(READ_LOG) = {"read_log", STAFF(ADMINISTRATOR), handle_read_log},
    BODY(LOG_IN) = {"log_in", ANYBODY, handle_log_in, .sheds = true},
    BODY(LOG_OUT) = {"log_out", STAFF(VIEWER), handle_log_out, .firms = true},
    BODY(LIST_ACCOUNTS) = {"list_accounts", STAFF(ADMINISTRATOR), handle_list_accounts},
    BODY(ADD_ACCOUNT) = {"add_account", STAFF(OPERATOR), handle_add_account},
    BODY(SET_ROLE) = {"set_role", STAFF(ADMINISTRATOR), handle_set_role},
    BODY(SET_PASSWORD) = {"set_password", STAFF(VIEWER), handle_set_password, .firms = true},
    BODY(REMOVE_ACCOUNT) = {"remove_account", STAFF(OPERATOR), handle_remove_account},
    BODY(LIST_TOKENS) = {"list_tokens", STAFF(VIEWER), handle_list_tokens, .firms = true},
    BODY(CREATE_TOKEN) = {"create_token", STAFF(VIEWER), handle_create_token, .firms = true},
    BODY(REVOKE_TOKEN) = {"revoke_token", STAFF(VIEWER), handle_revoke_token, .firms = true},
    BODY(MAKE_SUBCODE) = {"make_subcode", UNIT, handle_make_subcode},
    BODY(REVOKE_SUBCODE) = {"revoke_subcode", UNIT_OR(OPERATOR), handle_revoke_subcode},
    BODY(LIST_CODES) = {"list_codes", UNIT_OR(OPERATOR), handle_list_codes},
    BODY(GRANT_FIRM) = {"grant_firm", UNIT, handle_grant_firm},
    BODY(END_GRANT) = {"end_grant", UNIT_OR(OPERATOR), handle_end_grant, .firms = true},
    BODY(LIST_FIRMS) = {"list_firms", STAFF(OPERATOR), handle_list_firms},
    BODY(LIST_GRANTS) = {"list_grants", STAFF(OPERATOR), handle_list_grants, .firms = true},
    BODY(SET_CODE) = {"set_code", STAFF(OPERATOR), handle_set_code},
    BODY(RUN_EXPORT) = {"run_export", STAFF(OPERATOR), handle_run_export},
    BODY(LIST_EXPORTS) = {"list_exports", STAFF(VIEWER), handle_list_exports},
    BODY(READ_EXPORT) = {"read_export", STAFF(VIEWER), handle_read_export},
    BODY(LIST_ACTS) = {"list_acts", STAFF(ADMINISTRATOR), handle_list_acts},
    BODY(SET_CASE) = {"set_case", STAFF(OPERATOR), handle_set_case},
    BODY(GET_CASES) = {"get_cases", STAFF(VIEWER), handle_get_cases},
    BODY(EDIT_ANSWER) = {"edit_answer", STAFF(OPERATOR), handle_edit_answer},
    BODY(PROPOSE_ROW) = {"propose_row", UNIT, handle_propose_row, .sheds = true, .firms = true},
    BODY(WITHDRAW_PROPOSAL) = {"withdraw_proposal", UNIT, handle_withdraw_proposal, .sheds = true,
	.firms = true},
    BODY(GET_ROW) = {"get_row", UNIT_OR(OPERATOR), handle_get_row, .firms = true},
    BODY(LIST_PROPOSALS) = {"list_proposals", STAFF(OPERATOR), handle_list_proposals},
    BODY(DECIDE_PROPOSAL) = {"decide_proposal", STAFF(OPERATOR), handle_decide_proposal},
    BODY(CHANGE_ROW) = {"change_row", STAFF(OPERATOR), handle_change_row},
    BODY(EXTEND_ROUND) = {"extend_round", STAFF(OPERATOR), handle_extend_round},
    BODY(ERASE_CONTACTS) = {"erase_contacts", STAFF(ADMINISTRATOR), handle_erase_contacts},
    BODY(GET_CHANGE) = {"get_change", STAFF(VIEWER), handle_get_change},
    BODY(GET_CERTAINTY) = {"get_certainty", STAFF(VIEWER), handle_get_certainty},
    BODY(LIST_MOVERS) = {"list_movers", STAFF(OPERATOR), handle_list_movers},
    BODY(LIST_FOLLOWUP) = {"list_followup", STAFF(OPERATOR), handle_list_followup},
};

const struct route *
dispatch_route(Khaosat__V1__Request__BodyCase body)
{
	size_t at = (size_t)body;
	if (at >= sizeof(routes) / sizeof(routes[0]) || routes[at].handle == NULL)
		return NULL;
	return &routes[at];
}

bool
dispatch_is_open(const struct config *config, Khaosat__V1__Request__BodyCase body)
{
	return config->export_open != 0 && (body == KHAOSAT__V1__REQUEST__BODY_LIST_EXPORTS ||
					       body == KHAOSAT__V1__REQUEST__BODY_READ_EXPORT);
}

bool
dispatch_may(const struct request *r)
{
	if (r->is_firm && r->route->firms)
		return true;
	switch (r->route->who) {
	case ROUTE_ANYBODY:
		return true; /* a wrong token is no more than none here; Hello says which it was */
	case ROUTE_UNIT:
		if (r->message->credential_case == KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT)
			return true;
		return r->role >= r->route->role;
	case ROUTE_UNIT_ALONE:
		return r->message->credential_case == KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	case ROUTE_STAFF:
		return r->role >= r->route->role ||
		       dispatch_is_open(&r->server->config, r->message->body_case);
	}
	return false;
}
