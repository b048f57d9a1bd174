/* SPDX-License-Identifier: Apache-2.0 */
/* Which handler serves which body, and who may ask for it: one table. Any thread. */
#ifndef KHAOSAT_COLLECTOR_DISPATCH_H
#define KHAOSAT_COLLECTOR_DISPATCH_H

#include "collector/request.h"

/* NULL: no body that we know. */
const struct route *dispatch_route(Khaosat__V1__Request__BodyCase body);

/* May this request be handled, as far as the credential's kind says? A unit's own code is its
 * handler's affair, since the round stands in the body. */
bool dispatch_may(const struct request *r);

/* Requests for exports may be anybody's, by option; the handlers see to it that he gets none but
 * public ones. */
bool dispatch_is_open(const struct config *config, Khaosat__V1__Request__BodyCase body);

/* handle_survey.c */
request_handler handle_hello, handle_get_survey, handle_put_survey;
/* handle_round.c */
request_handler handle_list_rounds, handle_create_round, handle_open_round, handle_close_round,
    handle_extend_round, handle_reopen_unit;
/* handle_submit.c */
request_handler handle_submit;
/* handle_unit.c */
request_handler handle_withdraw, handle_unit_status, handle_unit_history, handle_contact;
/* handle_register.c */
request_handler handle_register_chunk, handle_load_register;
/* handle_rates.c */
request_handler handle_get_rates;
request_handler handle_get_estimates;
/* handle_log.c */
request_handler handle_recount, handle_read_log;
/* handle_subcode.c */
request_handler handle_make_subcode, handle_revoke_subcode, handle_list_codes;
/* handle_firm.c */
request_handler handle_grant_firm, handle_end_grant;
/* handle_grants.c */
request_handler handle_list_grants;
/* handle_code.c */
request_handler handle_set_code;
/* handle_acts.c */
request_handler handle_list_acts;
/* handle_export.c */
request_handler handle_run_export, handle_list_exports, handle_read_export;
/* handle_case.c */
request_handler handle_set_case, handle_get_cases;
/* handle_followup.c */
request_handler handle_list_followup;
/* handle_edit.c */
request_handler handle_edit_answer;
/* handle_row.c */
request_handler handle_propose_row, handle_withdraw_proposal, handle_get_row;
/* handle_proposal.c */
request_handler handle_list_proposals, handle_decide_proposal, handle_change_row;
/* handle_erase.c */
request_handler handle_erase_contacts;
/* handle_change.c */
request_handler handle_get_change, handle_list_movers;
/* handle_certainty.c */
request_handler handle_get_certainty;
/* handle_account.c */
request_handler handle_list_accounts, handle_list_firms, handle_add_account, handle_set_role,
    handle_set_password, handle_remove_account;
/* handle_token.c */
request_handler handle_log_in, handle_log_out, handle_list_tokens, handle_create_token,
    handle_revoke_token;

#endif
