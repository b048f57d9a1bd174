/* SPDX-License-Identifier: Apache-2.0 */
#include "client/case_words.h"

#include <string.h>

const char *const case_code[CASE_STATES] = {"none", "not-started", "in-progress", "complete",
    "partial", "refusal", "non-contact", "out-of-scope", "unknown"};

const char *
case_code_of(Khaosat__V1__CaseState state)
{
	return (int)state >= 0 && (int)state < CASE_STATES ? case_code[state] : "?";
}

const char *
case_word(const struct client *client, Khaosat__V1__CaseState state)
{
	switch (state) {
	case KHAOSAT__V1__CASE_STATE__CASE_STATE_UNSPECIFIED:
		return client_say(client, "không đặt", "none set");
	case KHAOSAT__V1__CASE_STATE__NOT_STARTED:
		return client_say(client, "chưa bắt đầu", "not started");
	case KHAOSAT__V1__CASE_STATE__IN_PROGRESS:
		return client_say(client, "đang làm", "in progress");
	case KHAOSAT__V1__CASE_STATE__COMPLETE:
		return client_say(client, "hoàn thành", "complete");
	case KHAOSAT__V1__CASE_STATE__PARTIAL:
		return client_say(client, "một phần", "partial");
	case KHAOSAT__V1__CASE_STATE__REFUSAL:
		return client_say(client, "từ chối", "refusal");
	case KHAOSAT__V1__CASE_STATE__NON_CONTACT:
		return client_say(client, "không liên lạc được", "non-contact");
	case KHAOSAT__V1__CASE_STATE__OUT_OF_SCOPE:
		return client_say(client, "ngoài phạm vi", "out of scope");
	case KHAOSAT__V1__CASE_STATE__ELIGIBILITY_UNKNOWN:
		return client_say(client, "chưa rõ", "unknown");
	case _KHAOSAT__V1__CASE_STATE_IS_INT_SIZE:
		break;
	}
	return "?";
}

bool
case_parse(const struct client *client, const char *code, Khaosat__V1__CaseState *out)
{
	for (int i = 0; i < CASE_STATES; i++)
		if (strcmp(case_code[i], code) == 0) {
			*out = (Khaosat__V1__CaseState)i;
			return true;
		}
	const char *near = client_nearest(code, case_code, CASE_STATES);
	client_error(client_say(client,
			 "--state %s: phải là in-progress, partial, refusal, non-contact, "
			 "out-of-scope, unknown hoặc none%s%s",
			 "--state %s: must be in-progress, partial, refusal, non-contact, "
			 "out-of-scope, unknown or none%s%s"),
	    code, near != NULL ? ": " : "", near != NULL ? near : "");
	return false;
}
