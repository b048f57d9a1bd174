/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a head, for the answer. */
#include "proto/http.h"

static const struct {
	int code;
	const char *vi, *en;
} faults[HTTP_FAULTS] = {
    [HTTP_BAD_LINE] = {400, "dòng đầu không phải: phương thức, dấu cách, đích, dấu cách, HTTP/1.1",
	"the first line is not: method, blank, target, blank, HTTP/1.1"},
    [HTTP_BAD_TARGET] = {400,
	"đường dẫn lạ: có đoạn chỉ gồm dấu chấm, //, %00, %2F hoặc ký tự phải mã hóa",
	"the path is odd: dot segments, //, %00, %2F or characters that must be escaped"},
    [HTTP_ABSOLUTE_TARGET] = {400, "đích không bắt đầu bằng /", "the target does not begin with /"},
    [HTTP_LONG_TARGET] = {414, "đích dài hơn 2048 byte", "the target is longer than 2048 bytes"},
    [HTTP_UNKNOWN_METHOD] = {501, "không phục vụ phương thức này",
	"the method is not one of those served here"},
    [HTTP_OTHER_VERSION] = {505, "ở đây chỉ dùng HTTP/1.1", "only HTTP/1.1 is spoken here"},
    [HTTP_TLS] = {400, "TLS trên cổng không có TLS", "TLS on a port without TLS"},
    [HTTP_BARE_CR_OR_LF] = {400, "dòng phải kết thúc bằng CR LF và không chứa chúng ở giữa",
	"lines end with CR LF and have neither within"},
    [HTTP_CONTROL_BYTE] = {400, "có byte điều khiển ở phần đầu", "a control byte in the head"},
    [HTTP_FOLDED_HEADER] = {400, "trường tiêu đề nối sang dòng sau",
	"a header goes on in the next line"},
    [HTTP_BAD_HEADER_NAME] = {400,
	"tên trường tiêu đề không chỉ gồm chữ cái, chữ số và gạch nối cho tới dấu hai chấm",
	"a header's name is not letters, digits and hyphens up to its colon"},
    [HTTP_BAD_HEADER_VALUE] = {400, "giá trị trường tiêu đề không phải ASCII",
	"a header's value is not ASCII"},
    [HTTP_TWICE] = {400, "một trường tiêu đề xuất hiện hai lần mà chỉ được một lần",
	"a header is there twice that may be there once"},
    [HTTP_TOO_MANY_HEADERS] = {431, "nhiều hơn 64 trường tiêu đề", "more than 64 headers"},
    [HTTP_HEAD_TOO_LARGE] = {431, "phần đầu lớn hơn 16384 byte",
	"the head is larger than 16384 bytes"},
    [HTTP_BAD_HOST] = {400, "phải có đúng một trường Host: tên, có thể kèm cổng",
	"there must be one Host header, a name and perhaps a port"},
    [HTTP_TRANSFER_ENCODING] = {411, "hãy gửi Content-Length; không nhận Transfer-Encoding",
	"send Content-Length; no transfer encoding is taken"},
    [HTTP_BAD_CONTENT_LENGTH] = {400, "Content-Length không phải là số byte",
	"Content-Length is not a number of bytes"},
    [HTTP_UNWANTED_BODY] = {400, "phương thức này không có nội dung", "this method has no body"},
    [HTTP_BAD_CONNECTION] = {400, "Connection không phải close cũng không phải keep-alive",
	"Connection is neither close nor keep-alive"},
    [HTTP_UPGRADE] = {400, "không chọn được giao thức khác", "no other protocol can be chosen"},
    [HTTP_BAD_EXPECT] = {417, "chỉ có thể đòi 100-continue", "only 100-continue can be expected"},
    [HTTP_BODY_ENCODED] = {415, "nội dung gửi nguyên như vậy, không có Content-Encoding",
	"bodies are taken as they are, without Content-Encoding"},
};

int
http_fault_code(enum http_fault fault)
{
	return faults[fault].code;
}

const char *
http_fault_reason(enum http_fault fault)
{
	return faults[fault].en;
}

const char *
http_fault_reason_vi(enum http_fault fault)
{
	return faults[fault].vi;
}
