/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what arrives on a connection: frames one behind the other, the first byte choosing
 * the limit. One byte more at a time finds what all at once does, each frame as soon as its last
 * byte is there and a wrong length with its header; the header is written back as it came. Each
 * body is then read as a log entry, which is encoded as it was. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/entry.h"
#include "proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* In a block of its own, so that the sanitizer sees an over-read. */
static enum frame_status
parse_copy(const uint8_t *bytes, size_t n, size_t limit, struct frame *out)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	assert(copy);
	memcpy(copy, bytes, n);
	enum frame_status status = frame_parse(copy, n, limit, out);
	if (status == FRAME_OK) {
		assert(out->body == copy + FRAME_HEADER_BYTES);
		out->body = bytes + FRAME_HEADER_BYTES;
	}
	free(copy);
	return status;
}

static void
expect_partial_before(const uint8_t *bytes, size_t whole, size_t limit)
{
	struct frame frame;
	for (size_t i = 0; i < whole; i++)
		assert(parse_copy(bytes, i, limit, &frame) == FRAME_PARTIAL);
}

static void
entry_there_and_back(const uint8_t *bytes, size_t n)
{
	enum { RESERVED_AT = 144, RESERVED_END = 192 };
	struct entry e, again;
	uint8_t header[ENTRY_HEADER_BYTES];
	bool is_header = entry_decode(bytes, n, true, &e);
	bool is_whole = entry_decode(bytes, n, false, &again);
	assert(!is_whole || is_header);
	if (!is_header)
		return;
	assert(n >= ENTRY_HEADER_BYTES);
	assert(is_whole == (e.payload_bytes == n - ENTRY_HEADER_BYTES));
	entry_encode(&e, header);
	assert(memcmp(header, bytes, RESERVED_AT) == 0);
	assert(memcmp(header + RESERVED_END, bytes + RESERVED_END,
		   ENTRY_HEADER_BYTES - RESERVED_END) == 0);
	assert(entry_decode(header, sizeof(header), true, &again));
}

static void
expect_ok(const struct frame *frame, const uint8_t *bytes, size_t n, size_t limit)
{
	uint8_t header[FRAME_HEADER_BYTES];
	assert(frame->body_bytes > 0 && frame->body_bytes <= limit);
	assert(frame->frame_bytes == frame->body_bytes + FRAME_HEADER_BYTES);
	assert(frame->frame_bytes <= n);
	frame_header(header, frame->body_bytes);
	assert(memcmp(header, bytes, sizeof(header)) == 0);
	expect_partial_before(bytes, frame->frame_bytes, limit);
	entry_there_and_back(frame->body, frame->body_bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0 || n > 4096)
		return 0;
	size_t limit = (size_t)data[0] << (data[0] % 8);
	data++;
	n--;
	for (;;) {
		struct frame frame, touched = {.frame_bytes = 0};
		enum frame_status status = parse_copy(data, n, limit, &frame);
		enum frame_status once_more = frame_parse(data, n, limit, &touched);
		assert(status == once_more && (status == FRAME_OK || touched.frame_bytes == 0));
		switch (status) {
		case FRAME_OK:
			expect_ok(&frame, data, n, limit);
			data += frame.frame_bytes;
			n -= frame.frame_bytes;
			continue;
		case FRAME_PARTIAL:
			expect_partial_before(data, n, limit);
			return 0;
		case FRAME_EMPTY:
		case FRAME_TOO_LARGE:
			expect_partial_before(data, FRAME_HEADER_BYTES, limit);
			assert(frame_parse(data, FRAME_HEADER_BYTES, limit, &frame) == status);
			return 0;
		}
	}
}
