/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/dispatch.h"

#define BODY(which) [KHAOSAT__V1__REQUEST__BODY_##which]

static const struct route routes[] = {
    BODY(HELLO) = {"hello", ROUTE_ANYBODY, handle_hello, false},
    BODY(GET_SURVEY) = {"get_survey", ROUTE_ANYBODY, handle_get_survey, false},
    BODY(LIST_ROUNDS) = {"list_rounds", ROUTE_ANYBODY, handle_list_rounds, false},
    BODY(SUBMIT) = {"submit", ROUTE_UNIT, handle_submit, false, .sheds = true},
    BODY(WITHDRAW) = {"withdraw", ROUTE_UNIT, handle_withdraw, false, .sheds = true},
    BODY(UNIT_STATUS) = {"unit_status", ROUTE_UNIT, handle_unit_status, false},
    BODY(UNIT_HISTORY) = {"unit_history", ROUTE_UNIT, handle_unit_history, false},
    BODY(CONTACT) = {"contact", ROUTE_UNIT, handle_contact, false, .sheds = true},
    BODY(PUT_SURVEY) = {"put_survey", ROUTE_STAFF, handle_put_survey, false},
    BODY(CREATE_ROUND) = {"create_round", ROUTE_STAFF, handle_create_round, true},
    BODY(REGISTER_CHUNK) = {"register_chunk", ROUTE_STAFF, handle_register_chunk, false},
    BODY(LOAD_REGISTER) = {"load_register", ROUTE_STAFF, handle_load_register, true},
    BODY(OPEN_ROUND) = {"open_round", ROUTE_STAFF, handle_open_round, false},
    BODY(CLOSE_ROUND) = {"close_round", ROUTE_STAFF, handle_close_round, false},
    BODY(REOPEN_UNIT) = {"reopen_unit", ROUTE_STAFF, handle_reopen_unit, false},
    BODY(GET_RATES) = {"get_rates", ROUTE_STAFF, handle_get_rates, false},
    BODY(RECOUNT) = {"recount", ROUTE_STAFF, handle_recount, false},
    BODY(READ_LOG) = {"read_log", ROUTE_STAFF, handle_read_log, false},
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
dispatch_may(const struct request *r)
{
	switch (r->route->who) {
	case ROUTE_ANYBODY:
		return true; /* a wrong token is no more than none here; Hello says which it was */
	case ROUTE_UNIT:
		return r->is_staff ||
		       r->message->credential_case == KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	case ROUTE_STAFF:
		return r->is_staff;
	}
	return false;
}
