/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/fieldwork.h"

/* CaseState - 1. */
enum { NOT_STARTED, IN_PROGRESS, COMPLETE, PARTIAL, REFUSAL, NON_CONTACT, OUT_OF_SCOPE, UNKNOWN };

static const struct fieldwork_info info[FIELDWORK_RATES] = {
    [FIELDWORK_RESPONSE] = {"response_pct", {"Tỷ lệ trả lời (RR1)", "Response rate (RR1)"},
	{"Trả lời %", "Resp. %"}},
    [FIELDWORK_WITH_PARTIAL] = {"response_with_partial_pct",
	{"Tỷ lệ trả lời, kể cả một phần (RR2)", "Response rate, partial ones too (RR2)"},
	{"+ một phần %", "+ partial %"}},
    [FIELDWORK_WITHOUT_UNKNOWN] = {"response_without_unknown_pct",
	{"Tỷ lệ trả lời, trừ đơn vị chưa rõ (RR5)", "Response rate, without the unknown (RR5)"},
	{"trừ chưa rõ %", "- unknown %"}},
    [FIELDWORK_CONTACT] = {"contact_pct", {"Tỷ lệ liên lạc được (CON1)", "Contact rate (CON1)"},
	{"Liên lạc %", "Contact %"}},
    [FIELDWORK_COOPERATION] = {"cooperation_pct",
	{"Tỷ lệ hợp tác (COOP1)", "Cooperation rate (COOP1)"}, {"Hợp tác %", "Coop. %"}},
    [FIELDWORK_REFUSAL] = {"refusal_pct", {"Tỷ lệ từ chối (REF1)", "Refusal rate (REF1)"},
	{"Từ chối %", "Refusal %"}},
    [FIELDWORK_COVERAGE] = {"coverage_pct",
	{"Tỷ lệ có liên hệ dùng được trong danh sách",
	    "Coverage: units with a usable contact in the register"},
	{"Có liên hệ %", "Coverage %"}},
};

const struct fieldwork_info *
fieldwork_info(enum fieldwork_rate rate)
{
	return &info[rate];
}

void
fieldwork_rates(const uint64_t state[FIELDWORK_STATES], uint64_t reachable,
    struct fraction out[FIELDWORK_RATES])
{
	uint64_t heard = state[IN_PROGRESS] + state[COMPLETE] + state[PARTIAL] + state[REFUSAL];
	uint64_t n = heard + state[NOT_STARTED] + state[NON_CONTACT] + state[UNKNOWN];
	out[FIELDWORK_RESPONSE] = (struct fraction){state[COMPLETE], n};
	out[FIELDWORK_WITH_PARTIAL] = (struct fraction){state[COMPLETE] + state[PARTIAL], n};
	out[FIELDWORK_WITHOUT_UNKNOWN] = (struct fraction){state[COMPLETE], n - state[UNKNOWN]};
	out[FIELDWORK_CONTACT] = (struct fraction){heard, n};
	out[FIELDWORK_COOPERATION] = (struct fraction){state[COMPLETE], heard};
	out[FIELDWORK_REFUSAL] = (struct fraction){state[REFUSAL], n};
	out[FIELDWORK_COVERAGE] = (struct fraction){reachable, n};
}
