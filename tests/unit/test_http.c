/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of requests: each bad one has its own fault. The table of tricks over real sockets is
 * tests/system/test_http_guard.py. */
#include "proto/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOST "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST

/* Parse a copy of exactly n bytes on the heap, so that a sanitizer sees a byte read beyond. */
static enum http_fault
parse_exact(const char *text, size_t n, size_t scanned)
{
	static struct http_head head;
	uint8_t *copy = malloc(n + !n);
	assert_non_null(copy);
	memcpy(copy, text, n);
	enum http_fault fault = http_head_parse(copy, n, scanned, &head);
	free(copy);
	return fault;
}

static void
assert_fault(const char *text, enum http_fault fault)
{
	assert_int_equal(parse_exact(text, strlen(text), 0), fault);
}

static void
every_prefix_of_a_head_is_partial(void **state)
{
	(void)state;
	static const char text[] = "POST /v1/rounds/2025/submissions?a=1&b=%20 HTTP/1.1\r\n" HOST
				   "Content-Length: 12\r\nX-Y:\t z \r\n\r\n";
	size_t n = sizeof(text) - 1;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(parse_exact(text, i, i > 0 ? i - 1 : 0), HTTP_PARTIAL);
	assert_int_equal(parse_exact(text, n, n - 1), HTTP_OK);
}

static void
a_head_is_taken_apart(void **state)
{
	(void)state;
	static const char text[] = "PUT /a/b?c=d HTTP/1.1\r\n" HOST
				   "Content-Length: 0012\r\nConnection: close, keep-alive\r\n"
				   "Expect: 100-Continue\r\nX-Y:\t z \r\n\r\nbody";
	struct http_head head;
	assert_int_equal(
	    http_head_parse((const uint8_t *)text, sizeof(text) - 1, 0, &head), HTTP_OK);
	assert_int_equal(head.method, HTTP_PUT);
	assert_true(http_span_is(head.path, "/a/b"));
	assert_true(http_span_is(head.query, "c=d"));
	assert_int_equal(head.body_bytes, 12);
	assert_int_equal(head.head_bytes, sizeof(text) - 1 - strlen("body"));
	assert_true(head.closes && head.expects_continue);
	assert_true(http_span_is(*http_header_find(&head, "x-y"), "z"));
	assert_null(http_header_find(&head, "x-z"));
}

struct trick {
	const char *text;
	enum http_fault fault;
};

static const struct trick tricks[] = {
    {"GET  / HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_LINE},
    {"GET / HTTP/1.1 \r\n" HOST "\r\n", HTTP_BAD_LINE},
    {"GET /\r\n" HOST "\r\n", HTTP_BAD_LINE},
    {"\r\nGET / HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_LINE},
    {" GET / HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_LINE},
    {"GET / http/1.1\r\n" HOST "\r\n", HTTP_BAD_LINE},
    {"GET / HTTP/1.0\r\n" HOST "\r\n", HTTP_OTHER_VERSION},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HTTP_OTHER_VERSION},
    {"\x16\x03\x01", HTTP_TLS},
    {"get / HTTP/1.1\r\n" HOST "\r\n", HTTP_UNKNOWN_METHOD},
    {"TRACE / HTTP/1.1\r\n" HOST "\r\n", HTTP_UNKNOWN_METHOD},
    {"CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n", HTTP_UNKNOWN_METHOD},
    {"GET http://a/ HTTP/1.1\r\n" HOST "\r\n", HTTP_ABSOLUTE_TARGET},
    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", HTTP_ABSOLUTE_TARGET},
    {"GET a HTTP/1.1\r\n" HOST "\r\n", HTTP_ABSOLUTE_TARGET},
    {"GET /.. HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /a/./b HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET //a HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /%2e%2e/a HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /a%2fb HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /a%5Cb HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /a%252fb HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /a%00 HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /a?b=%00 HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /a?b=%0d%0a HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /a%2 HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /a%zz HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /a#b HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /a\\b HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET /\xc3\xa0 HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD_TARGET},
    {"GET / HTTP/1.1\n" HOST "\r\n", HTTP_BARE_CR_OR_LF},
    {GET "A: b\rc\r\n\r\n", HTTP_BARE_CR_OR_LF},
    {GET "A: b\r\r\n\r\n", HTTP_BARE_CR_OR_LF},
    {GET "A: b\x01\r\n\r\n", HTTP_CONTROL_BYTE},
    {GET "A: b\x7f\r\n\r\n", HTTP_CONTROL_BYTE},
    {GET "A: b\r\n c\r\n\r\n", HTTP_FOLDED_HEADER},
    {GET "A : b\r\n\r\n", HTTP_BAD_HEADER_NAME},
    {GET ": b\r\n\r\n", HTTP_BAD_HEADER_NAME},
    {GET "A\r\n\r\n", HTTP_BAD_HEADER_NAME},
    {GET "A_B: c\r\n\r\n", HTTP_BAD_HEADER_NAME},
    {GET "A: \xc3\xa0\r\n\r\n", HTTP_BAD_HEADER_VALUE},
    {"GET / HTTP/1.1\r\n\r\n", HTTP_BAD_HOST},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", HTTP_BAD_HOST},
    {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", HTTP_BAD_HOST},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", HTTP_BAD_HOST},
    {"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", HTTP_BAD_HOST},
    {GET HOST "\r\n", HTTP_TWICE},
    {GET "Transfer-Encoding: chunked\r\n\r\n", HTTP_TRANSFER_ENCODING},
    {GET "Transfer-Encoding: identity\r\n\r\n", HTTP_TRANSFER_ENCODING},
    {GET "transfer-encoding:\r\n\r\n", HTTP_TRANSFER_ENCODING},
    {GET "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", HTTP_TWICE},
    {GET "Content-Length: +1\r\n\r\n", HTTP_BAD_CONTENT_LENGTH},
    {GET "Content-Length: -1\r\n\r\n", HTTP_BAD_CONTENT_LENGTH},
    {GET "Content-Length: 0x1\r\n\r\n", HTTP_BAD_CONTENT_LENGTH},
    {GET "Content-Length: 1, 1\r\n\r\n", HTTP_BAD_CONTENT_LENGTH},
    {GET "Content-Length: 1 1\r\n\r\n", HTTP_BAD_CONTENT_LENGTH},
    {GET "Content-Length:\r\n\r\n", HTTP_BAD_CONTENT_LENGTH},
    {GET "Content-Length: 18446744073709551617\r\n\r\n", HTTP_BAD_CONTENT_LENGTH},
    {GET "Content-Length: 1\r\n\r\n", HTTP_UNWANTED_BODY},
    {GET "Connection: Content-Length\r\n\r\n", HTTP_BAD_CONNECTION},
    {GET "Connection: Upgrade\r\n\r\n", HTTP_UPGRADE},
    {GET "Upgrade: h2c\r\n\r\n", HTTP_UPGRADE},
    {GET "Expect: 200-ok\r\n\r\n", HTTP_BAD_EXPECT},
    {GET "Expect: 100-continue, x\r\n\r\n", HTTP_BAD_EXPECT},
    {GET "Content-Encoding: gzip\r\n\r\n", HTTP_BODY_ENCODED},
    {GET "Authorization: a\r\nAuthorization: a\r\n\r\n", HTTP_TWICE},
};

static void
every_trick_has_its_fault_and_every_fault_a_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++) {
		enum http_fault fault = parse_exact(tricks[i].text, strlen(tricks[i].text), 0);
		if (fault != tricks[i].fault)
			fail_msg("%s: %s", tricks[i].text,
			    fault > HTTP_PARTIAL ? http_fault_reason(fault) : "taken");
	}
	for (int fault = HTTP_PARTIAL + 1; fault < HTTP_FAULTS; fault++) {
		assert_in_range(http_fault_code((enum http_fault)fault), 400, 599);
		assert_non_null(http_fault_reason((enum http_fault)fault));
	}
	assert_int_equal(parse_exact(GET "A: \0\r\n\r\n", sizeof(GET "A: \0\r\n\r\n") - 1, 0),
	    HTTP_CONTROL_BYTE);
}

/* "GET /xxx...", `target` bytes of target, `headers` more than Host. */
static char *
make_head(size_t target, size_t headers)
{
	char *text = malloc(target + headers * 8 + 100), *at = text;
	assert_non_null(text);
	at += sprintf(at, "GET /");
	memset(at, 'x', target - 1);
	at += target - 1;
	at += sprintf(at, " HTTP/1.1\r\n" HOST);
	for (size_t i = 0; i < headers; i++)
		at += sprintf(at, "A: b\r\n");
	strcpy(at, "\r\n");
	return text;
}

static void
a_head_is_bounded_in_target_headers_and_bytes(void **state)
{
	(void)state;
	static const struct {
		size_t target, headers;
		enum http_fault fault;
	} size[] = {{HTTP_TARGET_MAX_BYTES, HTTP_HEADERS_MAX - 1, HTTP_OK},
	    {HTTP_TARGET_MAX_BYTES + 1, 0, HTTP_LONG_TARGET},
	    {1, HTTP_HEADERS_MAX, HTTP_TOO_MANY_HEADERS}, {1, 4000, HTTP_HEAD_TOO_LARGE},
	    {20000, 0, HTTP_LONG_TARGET}};
	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		char *text = make_head(size[i].target, size[i].headers);
		assert_fault(text, size[i].fault);
		free(text);
	}
}

static void
escapes_are_undone(void **state)
{
	(void)state;
	static const char text[] = "a%20b+c%C3%A0%25";
	struct http_span span = {text, sizeof(text) - 1};
	char out[sizeof(text)];
	assert_int_equal(http_unescape(span, false, out), 8);
	assert_memory_equal(out, "a b+c\xc3\xa0%", 8);
	http_unescape(span, true, out);
	assert_memory_equal(out, "a b c", 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_prefix_of_a_head_is_partial),
	    cmocka_unit_test(a_head_is_taken_apart),
	    cmocka_unit_test(every_trick_has_its_fault_and_every_fault_a_code),
	    cmocka_unit_test(a_head_is_bounded_in_target_headers_and_bytes),
	    cmocka_unit_test(escapes_are_undone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
