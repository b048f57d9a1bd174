/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/rules.h"

#include <string.h>

#include "survey/text.h"

/* What reads otherwise in Vietnamese where this field breaks it. A test finds each rule of the
 * handlers here or below. */
static const struct {
	const char *field, *vi;
} of_field[] = {
    {"add_account.name",
	"1 đến 32 ký tự trong a-z 0-9 . _ -, bắt đầu bằng chữ cái, không phải machine"},
    {"log_in.expires_ms", "một thời điểm chưa đến, trong vòng 31 ngày"},
    {"create_token.account", "tên một tài khoản khác machine, hoặc đăng nhập trước"},
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
    {"list_followup.commune", "một mã xã, phường của phiếu, hoặc _U"},
    {"list_followup.zone", "một mã khu, cụm của phiếu, hoặc _U"},
    {"list_movers.goal", "mã của một mục tiêu trong đợt này (xem khaosat rates)"},
    {"run_export.format", "csv, excel-csv, json, sdmx-csv, sdmx-json, xlsx, report, quality hoặc "
			  "ddi, mỗi tên một lần"},
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
    {"the response would be over its limit: ask for less",
	"câu trả lời vượt giới hạn: hãy yêu cầu ít hơn"},
    {"exactly one", "đúng một"},
    {"required", "phải có"},
    {"12 to 200 characters", "12 đến 200 ký tự"},
    {"codes of the round's goals", "mã của các mục tiêu trong đợt này (xem khaosat rates)"},
    {"codes of cells of the dimensions in `by`", "mã của các ô thuộc chiều nêu ở `by`"},
    {"values of Dimension", "các giá trị của Dimension"},
    {"from 1", "từ 1"},
    {"another round", "một đợt khác"},
    {"a round: this one names none as its earlier one",
	"tên một đợt, vì đợt này không nêu đợt nào trước nó"},
    {"at most 16", "nhiều nhất 16"},
    {"at most 1000", "nhiều nhất 1000"},
    {"at most 1 MiB", "nhiều nhất 1 MiB"},
    {"at most 4096 rows", "nhiều nhất 4096 dòng"},
    {"16 bytes", "16 byte"},
    {"VIEWER, OPERATOR, ADMINISTRATOR or FIRM", "VIEWER, OPERATOR, ADMINISTRATOR hoặc FIRM"},
    {"VIEWER, OPERATOR or ADMINISTRATOR", "VIEWER, OPERATOR hoặc ADMINISTRATOR"},
    {"an account of staff", "tài khoản của cán bộ"},
    {"values of CaseState", "các giá trị của CaseState"},
    {"values of IntervalMethod", "các giá trị của IntervalMethod"},
    {"values of ExportStage and IntervalMethod", "các giá trị của ExportStage và IntervalMethod"},
    {"PAPER or REGISTER_EMAIL for a new code, none for no code",
	"PAPER hoặc REGISTER_EMAIL khi cấp mã mới, để trống khi hủy mã"},
    {"an Answers message of at most 65536 bytes", "một thông điệp Answers, nhiều nhất 65536 byte"},
    {"an answer to this question only", "chỉ câu trả lời của câu hỏi này"},
    {"at most 65536 bytes of answers in all", "tất cả câu trả lời có nhiều nhất 65536 byte"},
    {"at most 65536 bytes once encoded", "nhiều nhất 65536 byte sau khi mã hóa"},
    {"more than 65536 bytes", "nhiều hơn 65536 byte"},
    {"empty where a code is given", "để trống khi đã có mã"},
    {"a vintage that was made", "một phiên bản đã lập"},
    {"0, 1 or 3 to 100, of a public one", "0, 1 hoặc từ 3 đến 100, chỉ của bản công bố"},
    {"a name in the run's folder", "tên một tệp của lần xuất"},
    {"each row with a code_hash of 16 bytes, but those that were not drawn",
	"mỗi dòng có code_hash 16 byte, trừ đơn vị không được chọn vào mẫu"},
    {"a RegisterRows message with at least one row",
	"một thông điệp RegisterRows có ít nhất một dòng"},
    {"not a RegisterRow with a code_hash if it is asked",
	"không phải một RegisterRow, có code_hash nếu đơn vị được hỏi"},
    {"not a chunk of this round, or named twice",
	"không phải một phần của đợt này, hoặc được nêu hai lần"},
    {"the number of rows in the chunks", "đúng số dòng của các phần"},
    {"at least one chunk with at least one row", "ít nhất một phần có ít nhất một dòng"},
    {"at most 100 proposals of a unit in a round",
	"mỗi đơn vị có nhiều nhất 100 đề nghị trong một đợt"},
    {"BULK, OFFICE, PAPER_FORM or PHONE for staff",
	"BULK, OFFICE, PAPER_FORM hoặc PHONE với cán bộ"},
    {"TOOL, WEB or BULK", "TOOL, WEB hoặc BULK"},
    {"a column of the register", "một cột của danh sách"},
    {"not tax_code, stratum or weight, which stay what they are",
	"không phải tax_code, stratum hay weight, là những cột giữ nguyên"},
    {"each column once", "mỗi cột một lần"},
    {"no field for a path or a query", "không phải trường của đường dẫn hay tham số"},
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
    /* of Answers messages, and of answers in JSON */
    {"a field's tag is truncated or not valid", "thẻ của một trường bị cắt hoặc không hợp lệ"},
    {"a field that the message does not have", "có trường mà thông điệp không có"},
    {"a field of the wrong wire type", "một trường sai kiểu mã hóa"},
    {"a field is there twice", "một trường có hai lần"},
    {"a number or a length is truncated or not valid",
	"một số hoặc độ dài bị cắt hoặc không hợp lệ"},
    {"choices without a code", "lựa chọn không có mã"},
    {"an answer with two values", "một câu trả lời có hai giá trị"},
    {"dont_know is true or not there", "dont_know chỉ có thể là true hoặc không có"},
    {"an answer without a question", "câu trả lời không có câu hỏi"},
    {"an answer without a value", "câu trả lời không có giá trị"},
    {"a question is answered twice", "một câu hỏi được trả lời hai lần"},
    {"a confirmation without a check", "xác nhận không nêu phép kiểm tra"},
    {"a check is confirmed twice", "một phép kiểm tra được xác nhận hai lần"},
    {"seconds is over 2147483647", "seconds lớn hơn 2147483647"},
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
