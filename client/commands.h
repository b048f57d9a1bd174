/* SPDX-License-Identifier: Apache-2.0 */
/* Every command of khaosat, each defined in the file named beside it. */
#ifndef KHAOSAT_CLIENT_COMMANDS_H
#define KHAOSAT_CLIENT_COMMANDS_H

#include "client/client.h"

extern const struct command command_round_create;    /* round.c */
extern const struct command command_round_open;      /* round.c */
extern const struct command command_round_close;     /* round.c */
extern const struct command command_round_reopen;    /* round.c */
extern const struct command command_round_list;      /* round.c */
extern const struct command command_case_set;        /* case.c */
extern const struct command command_case_list;       /* case.c */
extern const struct command command_followup;        /* followup.c */
extern const struct command command_contacts_erase;  /* contacts.c */
extern const struct command command_round_extend;    /* round.c */
extern const struct command command_answer_set;      /* answer_edit.c */
extern const struct command command_answer_recode;   /* answer_edit.c */
extern const struct command command_register_import; /* register_import.c */
/* register_row.c */
extern const struct command command_register_show, command_register_propose;
extern const struct command command_register_withdraw, command_register_change;
/* proposal.c */
extern const struct command command_proposal_list, command_proposal_accept;
extern const struct command command_proposal_refuse;
extern const struct command command_code_issue;   /* code.c */
extern const struct command command_code_reissue; /* code.c */
extern const struct command command_code_revoke;  /* code.c */
extern const struct command command_letter;       /* letter.c */
extern const struct command command_rates;        /* rates.c */
extern const struct command command_goals;        /* rates.c */
extern const struct command command_change;       /* change.c */
extern const struct command command_trend;        /* trend.c */
/* export.c */
extern const struct command command_export_run, command_export_list, command_export_show;
extern const struct command command_export_verify;    /* export_verify.c */
extern const struct command command_recount;          /* recount.c */
extern const struct command command_backup;           /* backup.c */
extern const struct command command_microdata;        /* microdata.c */
extern const struct command command_login;            /* token.c */
extern const struct command command_logout;           /* token.c */
extern const struct command command_account_add;      /* account.c */
extern const struct command command_account_list;     /* account.c */
extern const struct command command_account_role;     /* account.c */
extern const struct command command_account_password; /* account.c */
extern const struct command command_account_remove;   /* account.c */
extern const struct command command_token_create;     /* token.c */
extern const struct command command_token_list;       /* token.c */
extern const struct command command_token_revoke;     /* token.c */
extern const struct command command_audit;            /* audit.c */
extern const struct command command_status;           /* status.c */
extern const struct command command_history;          /* status.c */

extern const struct command command_subcode_make;    /* subcode.c */
extern const struct command command_subcode_list;    /* subcode.c */
extern const struct command command_subcode_revoke;  /* subcode.c */
extern const struct command command_firm_grant;      /* firm.c */
extern const struct command command_firm_revoke;     /* firm.c */
extern const struct command command_firm_units;      /* firm_list.c */
extern const struct command command_firm_list;       /* firm_list.c */
extern const struct command command_firm_add;        /* account.c */
extern const struct command command_firm_remove;     /* account.c */
extern const struct command command_submit;          /* submit.c */
extern const struct command command_send;            /* send.c */
extern const struct command command_check;           /* check.c */
extern const struct command command_correct;         /* correct.c */
extern const struct command command_withdraw;        /* withdraw.c */
extern const struct command command_receipt;         /* receipt_command.c */
extern const struct command command_survey_check;    /* survey.c */
extern const struct command command_survey_show;     /* survey.c */
extern const struct command command_survey_codebook; /* survey.c */

#endif
