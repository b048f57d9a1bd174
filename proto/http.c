/* SPDX-License-Identifier: Apache-2.0 */
/* Two passes. `scan` looks at each byte once, as it arrives: lines end in CRLF, nothing else is a
 * control byte, and the empty line ends the head. Only when that is there are the lines taken
 * apart. */
#include "proto/http.h"

#include <string.h>

/* ------------------------------------------------------------------------------ characters */

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

static bool
is_letter(uint8_t c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static int
hex_value(uint8_t c)
{
	if (is_digit(c))
		return c - '0';
	return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

/* What RFC 3986 lets stand in a path or a query without an escape. */
static bool
is_target_char(uint8_t c)
{
	return is_letter(c) || is_digit(c) ||
	       (c != '\0' && strchr("-._~!$&'()*+,;=:@/", c) != NULL);
}

bool
http_span_is(struct http_span span, const char *text)
{
	return strlen(text) == span.n && memcmp(span.at, text, span.n) == 0;
}

bool
http_span_is_nocase(struct http_span span, const char *text)
{
	if (strlen(text) != span.n)
		return false;
	for (size_t i = 0; i < span.n; i++)
		if (lower((uint8_t)span.at[i]) != (uint8_t)text[i])
			return false;
	return true;
}

size_t
http_unescape(struct http_span span, bool plus_is_blank, char *out)
{
	size_t n = 0;
	for (size_t i = 0; i < span.n; i++) {
		char c = span.at[i];
		if (c == '%' && i + 2 < span.n) {
			int high = hex_value((uint8_t)span.at[i + 1]);
			int low = hex_value((uint8_t)span.at[i + 2]);
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		out[n++] = c;
	}
	return n;
}

static struct http_span
trimmed(struct http_span span)
{
	while (span.n > 0 && (*span.at == ' ' || *span.at == '\t')) {
		span.at++;
		span.n--;
	}
	while (span.n > 0 && (span.at[span.n - 1] == ' ' || span.at[span.n - 1] == '\t'))
		span.n--;
	return span;
}

/* What stands before the separator; `rest` is what stands behind it. */
static struct http_span
cut(struct http_span *rest, char separator)
{
	const char *at = rest->n > 0 ? memchr(rest->at, separator, rest->n) : NULL;
	struct http_span head = {rest->at, at != NULL ? (size_t)(at - rest->at) : rest->n};
	size_t skip = head.n + (at != NULL);
	rest->at += skip;
	rest->n -= skip;
	return head;
}

bool
http_list_next(struct http_span *rest, char separator, struct http_span *member)
{
	while (rest->n > 0) {
		*member = trimmed(cut(rest, separator));
		if (member->n > 0)
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------------------ the first pass */

/* A head begins with a method; TLS begins with its record's type. */
static enum http_fault
judge_first_byte(uint8_t c)
{
	if (c == 0x16)
		return HTTP_TLS;
	return is_letter(c) ? HTTP_PARTIAL : HTTP_BAD_LINE;
}

/* bytes[i], given what stands before it. HTTP_OK: it ends the head. */
static enum http_fault
judge_byte(const uint8_t *bytes, size_t i)
{
	uint8_t c = bytes[i], before = i > 0 ? bytes[i - 1] : 0;
	if (i == 0)
		return judge_first_byte(c);
	if ((c == '\n') != (before == '\r'))
		return HTTP_BARE_CR_OR_LF;
	if (c == '\n')
		return i >= 3 && bytes[i - 2] == '\n' ? HTTP_OK : HTTP_PARTIAL;
	if ((c < ' ' && c != '\r' && c != '\t') || c == 0x7F)
		return HTTP_CONTROL_BYTE;
	return HTTP_PARTIAL;
}

/* HTTP_OK: the head ends at *end. */
static enum http_fault
scan(const uint8_t *bytes, size_t n, size_t scanned, size_t *end)
{
	for (size_t i = scanned; i < n; i++) {
		if (i == HTTP_HEAD_MAX_BYTES)
			return memchr(bytes, '\n', i) != NULL ? HTTP_HEAD_TOO_LARGE
							      : HTTP_LONG_TARGET;
		enum http_fault fault = judge_byte(bytes, i);
		if (fault == HTTP_OK)
			*end = i + 1;
		if (fault != HTTP_PARTIAL)
			return fault;
	}
	return HTTP_PARTIAL;
}

/* ------------------------------------------------------------------------------ the first line */

static const char *const methods[] = {[HTTP_GET] = "GET",
    [HTTP_HEAD] = "HEAD",
    [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT",
    [HTTP_DELETE] = "DELETE",
    [HTTP_OPTIONS] = "OPTIONS",
    [HTTP_PATCH] = "PATCH"};

const char *
http_method_name(enum http_method method)
{
	return methods[method];
}

static enum http_fault
parse_method(struct http_span text, enum http_method *out)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (!http_span_is(text, methods[i]))
			continue;
		*out = (enum http_method)i;
		return HTTP_OK;
	}
	for (size_t i = 0; i < text.n; i++)
		if (!is_letter((uint8_t)text.at[i]) && text.at[i] != '-')
			return HTTP_BAD_LINE;
	return text.n > 0 ? HTTP_UNKNOWN_METHOD : HTTP_BAD_LINE;
}

/* HTTP/1.1 and nothing else; another version is told apart from what is no version. */
static enum http_fault
parse_version(struct http_span text)
{
	if (http_span_is(text, "HTTP/1.1"))
		return HTTP_OK;
	bool is_version = text.n == 8 && memcmp(text.at, "HTTP/", 5) == 0 &&
			  is_digit((uint8_t)text.at[5]) && text.at[6] == '.' &&
			  is_digit((uint8_t)text.at[7]);
	return is_version ? HTTP_OTHER_VERSION : HTTP_BAD_LINE;
}

/* A path that means one thing only: an escape that stands for a byte that could have stood there
 * itself is fine, one for a slash, a backslash, a dot or a control byte is not. */
static bool
is_good_escape(const char *at, size_t left, bool in_path)
{
	int high = left > 2 ? hex_value((uint8_t)at[1]) : -1;
	int low = left > 2 ? hex_value((uint8_t)at[2]) : -1;
	if (high < 0 || low < 0)
		return false;
	int c = high << 4 | low;
	if (c < ' ' || c == 0x7F)
		return false;
	return !in_path || (c != '/' && c != '\\' && c != '.' && c != '%');
}

static bool
has_good_characters(struct http_span text, bool in_path)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] == '%') {
			if (!is_good_escape(text.at + i, text.n - i, in_path))
				return false;
			i += 2;
		} else if (!is_target_char((uint8_t)text.at[i]) && (in_path || text.at[i] != '?')) {
			return false;
		}
	}
	return true;
}

static bool
has_good_segments(struct http_span path)
{
	struct http_span rest = {path.at + 1, path.n - 1};
	while (rest.n > 0) {
		bool is_last = memchr(rest.at, '/', rest.n) == NULL;
		struct http_span segment = cut(&rest, '/');
		if ((segment.n == 0 && !is_last) || http_span_is(segment, ".") ||
		    http_span_is(segment, ".."))
			return false;
	}
	return true;
}

static enum http_fault
parse_target(struct http_span target, struct http_head *out)
{
	if (target.n > HTTP_TARGET_MAX_BYTES)
		return HTTP_LONG_TARGET;
	if (target.n == 0 || *target.at != '/')
		return HTTP_ABSOLUTE_TARGET;
	out->query = target;
	out->path = cut(&out->query, '?');
	bool good = has_good_characters(out->path, true) &&
		    has_good_characters(out->query, false) && has_good_segments(out->path);
	return good ? HTTP_OK : HTTP_BAD_TARGET;
}

static enum http_fault
parse_line(struct http_span line, struct http_head *out)
{
	struct http_span rest = line;
	struct http_span method = cut(&rest, ' ');
	struct http_span target = cut(&rest, ' ');
	enum http_fault fault = parse_version(rest);
	if (fault != HTTP_OK)
		return fault;
	fault = parse_method(method, &out->method);
	return fault == HTTP_OK ? parse_target(target, out) : fault;
}

/* ------------------------------------------------------------------------------ headers */

const struct http_span *
http_header_find(const struct http_head *head, const char *name)
{
	for (size_t i = 0; i < head->headers; i++)
		if (http_span_is_nocase(head->header[i].name, name))
			return &head->header[i].value;
	return NULL;
}

static enum http_fault
parse_header(struct http_span line, struct http_head *out)
{
	if (*line.at == ' ' || *line.at == '\t')
		return HTTP_FOLDED_HEADER;
	if (out->headers == HTTP_HEADERS_MAX)
		return HTTP_TOO_MANY_HEADERS;
	struct http_header *header = &out->header[out->headers];
	const char *colon = memchr(line.at, ':', line.n);
	header->value = line;
	header->name = cut(&header->value, ':');
	if (colon == NULL || header->name.n == 0)
		return HTTP_BAD_HEADER_NAME;
	for (size_t i = 0; i < header->name.n; i++) {
		uint8_t c = (uint8_t)header->name.at[i];
		if (!is_letter(c) && !is_digit(c) && c != '-')
			return HTTP_BAD_HEADER_NAME;
	}
	for (size_t i = 0; i < header->value.n; i++)
		if ((uint8_t)header->value.at[i] >= 0x80 || header->value.at[i] == '\r')
			return HTTP_BAD_HEADER_VALUE;
	header->value = trimmed(header->value);
	out->headers++;
	return HTTP_OK;
}

/* What says how the request is read, or who asks, must not be said twice. */
static bool
is_said_once(const struct http_head *head)
{
	static const char *const once[] = {"host", "content-length", "content-type", "expect",
	    "authorization", "accept", "cookie", "origin", "sec-fetch-site", "x-csrf-token"};
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
		size_t seen = 0;
		for (size_t j = 0; j < head->headers; j++)
			seen += http_span_is_nocase(head->header[j].name, once[i]);
		if (seen > 1)
			return false;
	}
	return true;
}

static bool
is_host(const struct http_span *host)
{
	if (host == NULL || host->n == 0)
		return false;
	for (size_t i = 0; i < host->n; i++) {
		uint8_t c = (uint8_t)host->at[i];
		if (!is_letter(c) && !is_digit(c) && (c == '\0' || strchr("-.:[]", c) == NULL))
			return false;
	}
	return true;
}

static enum http_fault
read_length(struct http_head *head)
{
	const struct http_span *text = http_header_find(head, "content-length");
	if (text == NULL)
		return HTTP_OK;
	if (text->n == 0 || text->n > 15)
		return HTTP_BAD_CONTENT_LENGTH;
	for (size_t i = 0; i < text->n; i++) {
		if (!is_digit((uint8_t)text->at[i]))
			return HTTP_BAD_CONTENT_LENGTH;
		head->body_bytes = head->body_bytes * 10 + (uint64_t)(text->at[i] - '0');
	}
	bool has_body =
	    head->method == HTTP_POST || head->method == HTTP_PUT || head->method == HTTP_PATCH;
	return has_body || head->body_bytes == 0 ? HTTP_OK : HTTP_UNWANTED_BODY;
}

static enum http_fault
read_connection(struct http_head *head)
{
	for (size_t i = 0; i < head->headers; i++) {
		if (!http_span_is_nocase(head->header[i].name, "connection"))
			continue;
		struct http_span rest = head->header[i].value, word;
		while (http_list_next(&rest, ',', &word)) {
			if (http_span_is_nocase(word, "close"))
				head->closes = true;
			else if (http_span_is_nocase(word, "upgrade"))
				return HTTP_UPGRADE;
			else if (!http_span_is_nocase(word, "keep-alive"))
				return HTTP_BAD_CONNECTION;
		}
	}
	return HTTP_OK;
}

static enum http_fault
read_expect(struct http_head *head)
{
	const struct http_span *text = http_header_find(head, "expect");
	if (text == NULL)
		return HTTP_OK;
	head->expects_continue = http_span_is_nocase(*text, "100-continue");
	return head->expects_continue ? HTTP_OK : HTTP_BAD_EXPECT;
}

/* What the headers mean for how the request is read. */
static enum http_fault
read_headers(struct http_head *head)
{
	static enum http_fault (*const steps[])(struct http_head *) = {
	    read_length, read_connection, read_expect};
	if (!is_said_once(head))
		return HTTP_TWICE;
	if (!is_host(http_header_find(head, "host")))
		return HTTP_BAD_HOST;
	if (http_header_find(head, "transfer-encoding") != NULL)
		return HTTP_TRANSFER_ENCODING;
	if (http_header_find(head, "upgrade") != NULL)
		return HTTP_UPGRADE;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		enum http_fault fault = steps[i](head);
		if (fault != HTTP_OK)
			return fault;
	}
	const struct http_span *coding = http_header_find(head, "content-encoding");
	return coding == NULL ? HTTP_OK : HTTP_BODY_ENCODED;
}

/* ------------------------------------------------------------------------------ the whole */

static struct http_span
next_line(struct http_span *rest)
{
	struct http_span line = cut(rest, '\n');
	line.n--; /* its CR */
	return line;
}

enum http_fault
http_head_parse(const uint8_t *bytes, size_t n, size_t scanned, struct http_head *out)
{
	size_t end = 0;
	enum http_fault fault = scan(bytes, n, scanned, &end);
	if (fault != HTTP_OK)
		return fault;
	struct http_span rest = {(const char *)bytes, end - 2}; /* without the empty line */
	out->headers = 0;
	out->body_bytes = 0;
	out->closes = out->expects_continue = false;
	out->head_bytes = end;
	fault = parse_line(next_line(&rest), out);
	while (fault == HTTP_OK && rest.n > 0)
		fault = parse_header(next_line(&rest), out);
	return fault == HTTP_OK ? read_headers(out) : fault;
}
