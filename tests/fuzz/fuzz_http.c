/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the head of a request. One byte more at a time finds what all at once does, as soon
 * as its last byte is there; what is taken has the form that others rely on, and means the same
 * whatever stands behind it. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* In a block of its own, so that the sanitizer sees an over-read. */
static enum http_fault
parse_copy(const uint8_t *bytes, size_t n, size_t scanned, size_t *head_bytes)
{
	struct http_head head = {.head_bytes = 0};
	uint8_t *copy = malloc(n > 0 ? n : 1);
	assert(copy);
	memcpy(copy, bytes, n);
	enum http_fault fault = http_head_parse(copy, n, scanned, &head);
	*head_bytes = head.head_bytes;
	free(copy);
	return fault;
}

static bool
is_within(struct http_span span, const uint8_t *bytes, size_t n)
{
	const uint8_t *at = (const uint8_t *)span.at;
	return span.n == 0 || (at >= bytes && at + span.n <= bytes + n);
}

static void
expect_form(const struct http_head *head, const uint8_t *bytes)
{
	char out[HTTP_TARGET_MAX_BYTES];
	size_t hosts = 0, lengths = 0;
	assert(memcmp(bytes + head->head_bytes - 4, "\r\n\r\n", 4) == 0);
	assert(head->path.n > 0 && *head->path.at == '/');
	assert(is_within(head->path, bytes, head->head_bytes));
	assert(is_within(head->query, bytes, head->head_bytes));
	assert(head->path.n + head->query.n <= HTTP_TARGET_MAX_BYTES);
	size_t n = http_unescape(head->path, false, out);
	assert(n <= head->path.n && memchr(out, '\0', n) == NULL && memchr(out, '\n', n) == NULL);
	for (size_t i = 0; i < head->headers; i++) {
		assert(is_within(head->header[i].name, bytes, head->head_bytes));
		assert(is_within(head->header[i].value, bytes, head->head_bytes));
		hosts += http_span_is_nocase(head->header[i].name, "host");
		lengths += http_span_is_nocase(head->header[i].name, "content-length");
		assert(!http_span_is_nocase(head->header[i].name, "transfer-encoding"));
	}
	assert(hosts == 1 && lengths <= 1 && (lengths == 1 || head->body_bytes == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct http_head head;
	size_t head_bytes, ignored;
	if (n > 4096)
		return 0;
	enum http_fault fault = http_head_parse(data, n, 0, &head);
	if (fault == HTTP_OK)
		expect_form(&head, data);
	head_bytes = fault == HTTP_OK ? head.head_bytes : 0;
	for (size_t i = 0; i <= n; i++) {
		enum http_fault soon = parse_copy(data, i, i > 0 ? i - 1 : 0, &ignored);
		if (soon == HTTP_PARTIAL)
			continue;
		assert(
		    soon == fault && (fault != HTTP_OK || (ignored == head_bytes && i == ignored)));
		return 0;
	}
	assert(fault == HTTP_PARTIAL);
	return 0;
}
