/* SPDX-License-Identifier: Apache-2.0 */
#include "client/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "survey/errno_words.h"

const char *
words_say(enum language language, const char *vi, const char *en)
{
	return language == LANGUAGE_EN ? en : vi;
}

const char *
words_errno(enum language language, int error)
{
	const char *vi = language == LANGUAGE_VI ? errno_words_vi(error) : NULL;
	return vi != NULL ? vi : strerror(error);
}

void
words_json(enum language language, const json_error_t *error, char *out, size_t cap)
{
	static const struct {
		enum json_error_code code;
		const char *vi;
	} known[] = {
	    {json_error_stack_overflow, "lồng quá sâu"},
	    {json_error_invalid_utf8, "không phải UTF-8"},
	    {json_error_premature_end_of_input, "tệp kết thúc giữa chừng"},
	    {json_error_end_of_input_expected, "thừa nội dung sau khi đã hết"},
	    {json_error_invalid_syntax, "sai cú pháp"},
	    {json_error_null_character, "có ký tự NUL"},
	    {json_error_null_byte_in_key, "có ký tự NUL trong khóa"},
	    {json_error_duplicate_key, "một khóa có hai lần"},
	    {json_error_numeric_overflow, "số quá lớn"},
	};
	const char *near = strstr(error->text, " near '");
	for (size_t i = 0; language == LANGUAGE_VI && i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].code == json_error_code(error)) {
			snprintf(out, cap, "%s%s%s", known[i].vi, near == NULL ? "" : ", gần ",
			    near == NULL ? "" : near + strlen(" near "));
			return;
		}
	snprintf(out, cap, "%s", error->text);
}

void
words_answer(enum language language, const char *reason, char *out, size_t cap)
{
	static const struct {
		const char *en, *vi; /* what follows `en` is kept */
	} known[] = {
	    {"must be text", "phải là chuỗi"},
	    {"is longer than all answers may be", "dài hơn giới hạn của cả phiếu"},
	    {"is too large", "quá lớn"},
	    {"must have at most one decimal", "chỉ được có một chữ số thập phân"},
	    {"must be a whole number", "phải là số nguyên"},
	    {"must be a number, without quotation marks", "phải là số, không có dấu ngoặc kép"},
	    {"a choice is given by its code, as text", "lựa chọn được ghi bằng mã, là chuỗi"},
	    {"unknown choice", "không có lựa chọn"},
	    {"only one choice may be given", "chỉ được chọn một"},
	    {"a key that the answer cannot have", "có khóa mà câu trả lời không thể có"},
	    {"must have one of \"choice\" and \"choices\"",
		"phải có một trong hai khóa \"choice\" và \"choices\""},
	    {"has the text of OTHER, but no choice", "có nội dung của OTHER mà không có lựa chọn"},
	    {"must be codes", "phải là các mã lựa chọn"},
	    {"a heading: its parts are answered, each by its own code",
		"là tiêu đề: trả lời từng phần theo mã riêng của phần đó"},
	    {"unknown question", "không có câu hỏi này trong phiếu"},
	    {"unknown check", "không có kiểm tra này trong phiếu"},
	    {"a confirmation needs a reason", "xác nhận cần có lý do"},
	    {"must be 0 to ", "phải từ 0 đến "},
	    {"must be an object", "phải là một đối tượng"},
	    {"is missing", "thiếu"},
	};
	static const char twice[] = " is there twice";
	size_t n = strlen(reason), tail = strlen(twice);
	for (size_t i = 0; language == LANGUAGE_VI && i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(known[i].en, reason, strlen(known[i].en)) == 0) {
			snprintf(out, cap, "%s%s", known[i].vi, reason + strlen(known[i].en));
			return;
		}
	if (language == LANGUAGE_VI && n > tail + strlen("choice ") &&
	    strncmp(reason, "choice ", strlen("choice ")) == 0 &&
	    strcmp(reason + n - tail, twice) == 0)
		snprintf(out, cap, "lựa chọn %.*s có hai lần", (int)(n - tail - strlen("choice ")),
		    reason + strlen("choice "));
	else
		snprintf(out, cap, "%s", reason);
}

const char *
words_entry(enum language language, enum entry_kind kind)
{
	switch (kind) {
	case ENTRY_SUBMISSION:
		return language == LANGUAGE_EN ? "submission" : "nộp phiếu";
	case ENTRY_CORRECTION:
		return language == LANGUAGE_EN ? "correction" : "sửa phiếu";
	case ENTRY_WITHDRAWAL:
		return language == LANGUAGE_EN ? "withdrawal" : "rút phiếu";
	case ENTRY_UNIT_REOPENED:
		return language == LANGUAGE_EN ? "reopened" : "mở lại";
	case ENTRY_CONTACT_KEPT:
	case ENTRY_CONTACT_ERASED:
		return language == LANGUAGE_EN ? "contact" : "liên hệ";
	case ENTRY_ANSWER_EDITED:
		return language == LANGUAGE_EN ? "edit" : "hiệu chỉnh";
	case ENTRY_ANSWER_RECODED:
		return language == LANGUAGE_EN ? "recoding" : "mã hóa lại";
	case ENTRY_ROW_PROPOSED:
		return language == LANGUAGE_EN ? "row: asked" : "đề nghị sửa";
	case ENTRY_ROW_PROPOSAL_WITHDRAWN:
		return language == LANGUAGE_EN ? "row: undone" : "rút đề nghị";
	case ENTRY_ROW_PROPOSAL_REFUSED:
		return language == LANGUAGE_EN ? "row: refused" : "từ chối";
	case ENTRY_ROW_CHANGED:
		return language == LANGUAGE_EN ? "row: changed" : "sửa đơn vị";
	case ENTRY_CASE_SET:
		return language == LANGUAGE_EN ? "case" : "tình trạng";
	case ENTRY_CODE_ISSUED:
		return language == LANGUAGE_EN ? "new code" : "cấp mã mới";
	case ENTRY_CODE_REVOKED:
		return language == LANGUAGE_EN ? "code revoked" : "hủy mã";
	case ENTRY_SUBCODE_MADE:
		return language == LANGUAGE_EN ? "sub-code made" : "tạo mã phụ";
	case ENTRY_SUBCODE_REVOKED:
		return language == LANGUAGE_EN ? "sub-code revoked" : "thu hồi mã phụ";
	case ENTRY_FIRM_GRANTED:
		return language == LANGUAGE_EN ? "firm granted" : "ủy quyền kế toán";
	case ENTRY_GRANT_ENDED:
		return language == LANGUAGE_EN ? "grant ended" : "thu hồi ủy quyền";
	case ENTRY_DEFINITION:
	case ENTRY_ROUND_CREATED:
	case ENTRY_REGISTER_CHUNK:
	case ENTRY_REGISTER_LOADED:
	case ENTRY_ROUND_OPENED:
	case ENTRY_ROUND_CLOSED:
	case ENTRY_ACCOUNT_ADDED:
	case ENTRY_ROLE_SET:
	case ENTRY_PASSWORD_SET:
	case ENTRY_ACCOUNT_REMOVED:
	case ENTRY_TOKEN_MADE:
	case ENTRY_TOKEN_REVOKED:
	case ENTRY_DEADLINE_SET:
	case ENTRY_CONTACTS_ERASED:
	case ENTRY_EXPORT_MADE:
		break;
	}
	return language == LANGUAGE_EN ? "other" : "khác";
}

void
words_actor(enum language language, const struct entry *e, char out[WORDS_ACTOR_BYTES])
{
	bool is_english = language == LANGUAGE_EN, is_firm = e->key != 0;
	if (e->actor == 0)
		snprintf(out, WORDS_ACTOR_BYTES, "%s", is_english ? "unit" : "đơn vị");
	else
		snprintf(out, WORDS_ACTOR_BYTES, "%s %" PRIu32,
		    is_english ? (is_firm ? "firm" : "staff") : (is_firm ? "kế toán" : "cán bộ"),
		    e->actor);
}
