/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/rules.h"

#include <string.h>

#include "survey/text.h"

/* Rules that a person can break; a program's own stay as they are. */
static const struct {
	const char *field, *vi;
} of_field[] = {
    {"add_account.name",
	"1 đến 32 ký tự trong a-z 0-9 . _ -, bắt đầu bằng chữ cái, không phải machine"},
    {"add_account.password", "12 đến 200 ký tự"},
    {"set_password.password", "12 đến 200 ký tự"},
    {"log_in.expires_ms", "một thời điểm chưa đến, trong vòng 31 ngày"},
    {"create_token.account", "một tài khoản khác machine"},
    {"create_token.expires_ms", "một thời điểm chưa đến, trong vòng 366 ngày"},
    {"create_token.role", "không cao hơn vai trò của tài khoản và của người tạo"},
    {"create_round.closes_ms", "một thời điểm chưa đến, hoặc không có"},
    {"create_round.reference_date", "một ngày, như 2025-12-31"},
    {"create_round.earlier", "để trống, hoặc tên một đợt đã có"},
    {"edit_answer.code", "một lựa chọn của câu hỏi, không phải Khác hay Không"},
    {"edit_answer.question", "một câu hỏi của phiếu"},
    {"edit_answer.reason", "phải có khi sửa câu trả lời, nhiều nhất 500 ký tự"},
    {"erase_contacts.before_ms", "một thời điểm đã qua"},
    {"extend_round.closes_ms", "một thời điểm chưa đến, sau thời hạn hiện tại"},
    {"get_change.before", "một đợt khác, đã có danh sách đơn vị"},
    {"get_change.goal", "mã của các mục tiêu trong đợt này (xem khaosat rates)"},
    {"get_estimates.goal", "mã của các mục tiêu trong đợt này (xem khaosat rates)"},
    {"get_rates.goal", "mã của các mục tiêu trong đợt này (xem khaosat rates)"},
    {"list_followup.commune", "một mã xã, phường của phiếu, hoặc _U"},
    {"list_followup.zone", "một mã khu, cụm của phiếu, hoặc _U"},
    {"list_movers.before", "một đợt khác, đã có danh sách đơn vị"},
    {"list_movers.goal", "mã của một mục tiêu trong đợt này (xem khaosat rates)"},
    {"run_export.format", "định dạng dành cho đối tượng đó, mỗi định dạng một lần"},
    {"set_case.evidence", "phải có khi đưa vào hoặc ra khỏi diện, nhiều nhất 500 ký tự"},
    {"set_case.state", "một tình trạng được đặt, hoặc none"},
    {"set_code.reason", "3 đến 200 ký tự"},
};

/* The same words for many fields. */
static const struct {
	const char *en, *vi;
} of_rule[] = {
    {"16 bytes, not all zero", "16 byte, không phải toàn số 0"},
    {"empty, or 16 bytes, not all zero", "để trống, hoặc 16 byte, không phải toàn số 0"},
    {"1 to 32 of A-Z a-z 0-9 . _ -", "1 đến 32 ký tự trong A-Z a-z 0-9 . _ -"},
    {"at most 200 characters", "nhiều nhất 200 ký tự"},
    {"at most 500 characters", "nhiều nhất 500 ký tự"},
    {"at most 65536 bytes", "nhiều nhất 65536 byte"},
    {"at most 1000 entries of a unit in a round",
	"mỗi đơn vị có nhiều nhất 1000 bản ghi trong một đợt"},
    {"at most 1100 entries of a unit in a round",
	"mỗi đơn vị có nhiều nhất 1100 bản ghi trong một đợt"},
    {"a time to come", "một thời điểm chưa đến"},
    /* of JSON, CSV, paths and queries */
    {"text without NUL", "văn bản không có byte NUL"},
    {"a UUID", "một UUID"},
    {"hexadecimal", "số thập lục phân"},
    {"one of the names that khaosat.proto gives it", "một trong các tên ở khaosat.proto"},
    {"true or false", "true hoặc false"},
    {"a whole number in its range", "một số nguyên trong khoảng cho phép"},
    {"an object", "một đối tượng"},
    {"a string", "một chuỗi"},
    {"a list", "một danh sách"},
    {"a list of rows", "một danh sách các dòng"},
    {"no field of that name", "không có trường mang tên này"},
    {"there is none here", "ở đây không có"},
    {"a parameter that is not known here", "tham số không có ở đây"},
    {"seconds", "số giây"},
    {"a message of khaosat.proto", "một thông điệp của khaosat.proto"},
    {"a quote that is never closed", "dấu ngoặc kép không được đóng"},
    {"something behind a quote, or CR without LF",
	"có ký tự sau dấu ngoặc kép, hoặc CR không kèm LF"},
    {"too many columns, or a name that is too long", "quá nhiều cột, hoặc tên cột quá dài"},
    {"a column of the register, once", "một cột của danh sách, mỗi cột một lần"},
    {"more cells than columns", "nhiều ô hơn số cột"},
    {"fewer cells than columns", "ít ô hơn số cột"},
    {"unknown question", "không có câu hỏi này"},
    {"unknown check", "không có phép kiểm tra này"},
    {"must be text", "phải là văn bản"},
    {"is too large", "quá lớn"},
    {"must be a whole number", "phải là số nguyên"},
    {"must be a number, without quotation marks", "phải là số, không có dấu ngoặc kép"},
    {"must have at most one decimal", "có nhiều nhất một chữ số thập phân"},
    {"must be codes", "phải là mã lựa chọn"},
    {"a choice is given by its code, as text", "lựa chọn được ghi bằng mã, dạng văn bản"},
    {"only one choice may be given", "chỉ được chọn một"},
    {"DK or NONE stands beside other choices", "DK hoặc NONE đứng cùng lựa chọn khác"},
    {"a confirmation needs a reason", "xác nhận phải kèm lý do"},
};

const char *
rule_in_vietnamese(const char *field, const char *rule)
{
	for (size_t i = 0; i < sizeof(of_rule) / sizeof(of_rule[0]); i++)
		if (strcmp(of_rule[i].en, rule) == 0)
			return of_rule[i].vi;
	for (int i = TEXT_OK; i <= TEXT_MEMORY; i++)
		if (strcmp(text_rule_en((enum text_status)i), rule) == 0)
			return text_rule_vi((enum text_status)i);
	for (size_t i = 0; i < sizeof(of_field) / sizeof(of_field[0]); i++)
		if (strcmp(of_field[i].field, field) == 0)
			return of_field[i].vi;
	return rule;
}
