/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP/1.1 request, parsed strictly: what two programs could read differently is
 * refused, so that nothing can be smuggled past a proxy in front of us. Bodies are counted by
 * Content-Length alone. Pure; any thread; nothing is copied, spans point into the bytes given. */
#ifndef KHAOSAT_PROTO_HTTP_H
#define KHAOSAT_PROTO_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX_BYTES (16u * 1024)
#define HTTP_TARGET_MAX_BYTES 2048u
#define HTTP_HEADERS_MAX 64u

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_PATCH
};

struct http_span {
	const char *at;
	size_t n;
};

struct http_header {
	struct http_span name, value; /* no blanks around them */
};

struct http_head {
	enum http_method method;
	struct http_span path;  /* as sent: begins with '/', escapes are well formed */
	struct http_span query; /* behind the '?'; n 0 where there is none */
	struct http_header header[HTTP_HEADERS_MAX];
	size_t headers;
	uint64_t body_bytes;
	size_t head_bytes;     /* with the empty line */
	bool closes;           /* "Connection: close" */
	bool expects_continue; /* "Expect: 100-continue" */
};

enum http_fault {
	HTTP_OK,
	HTTP_PARTIAL, /* well so far */
	HTTP_BAD_LINE,
	HTTP_BAD_TARGET,
	HTTP_ABSOLUTE_TARGET,
	HTTP_LONG_TARGET,
	HTTP_UNKNOWN_METHOD,
	HTTP_OTHER_VERSION,
	HTTP_TLS,
	HTTP_BARE_CR_OR_LF,
	HTTP_CONTROL_BYTE,
	HTTP_FOLDED_HEADER,
	HTTP_BAD_HEADER_NAME,
	HTTP_BAD_HEADER_VALUE,
	HTTP_TWICE,
	HTTP_TOO_MANY_HEADERS,
	HTTP_HEAD_TOO_LARGE,
	HTTP_BAD_HOST,
	HTTP_TRANSFER_ENCODING,
	HTTP_BAD_CONTENT_LENGTH,
	HTTP_UNWANTED_BODY,
	HTTP_BAD_CONNECTION,
	HTTP_UPGRADE,
	HTTP_BAD_EXPECT,
	HTTP_BODY_ENCODED,
	HTTP_FAULTS
};

/* `scanned` is how many bytes of the same head an earlier call has found HTTP_PARTIAL, 0 at first.
 * HTTP_OK: `out` is set. What is wrong is said as soon as it is there. */
enum http_fault http_head_parse(
    const uint8_t *bytes, size_t n, size_t scanned, struct http_head *out);

/* For the answer: "400", and what is wrong, in a few words. */
int http_fault_code(enum http_fault fault);
const char *http_fault_reason(enum http_fault fault);
const char *http_fault_reason_vi(enum http_fault fault);

/* NULL: it is not there. `name` in lower case. */
const struct http_span *http_header_find(const struct http_head *head, const char *name);

bool http_span_is(struct http_span span, const char *text);
bool http_span_is_nocase(struct http_span span, const char *text); /* `text` in lower case */
const char *http_method_name(enum http_method method);

/* Undo %XX, and '+' where `plus_is_blank`. `out` has room for span.n bytes; returns how many. For
 * spans of a head that was parsed, whose escapes are well formed. */
size_t http_unescape(struct http_span span, bool plus_is_blank, char *out);

/* The next of a list's members, apart by `separator`, without blanks around it; false: none left.
 * `rest` is what is behind it. */
bool http_list_next(struct http_span *rest, char separator, struct http_span *member);

#endif
