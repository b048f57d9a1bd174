/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/frame.h"

#include <assert.h>

#include "proto/limits.h"

enum frame_status
frame_parse(const uint8_t *bytes, size_t n, size_t limit, struct frame *out)
{
	if (n < FRAME_HEADER_BYTES)
		return FRAME_PARTIAL;
	size_t body_bytes = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 |
			    (size_t)bytes[2] << 8 | (size_t)bytes[3];
	if (body_bytes == 0)
		return FRAME_EMPTY;
	if (body_bytes > limit)
		return FRAME_TOO_LARGE;
	if (n - FRAME_HEADER_BYTES < body_bytes)
		return FRAME_PARTIAL;
	out->body = bytes + FRAME_HEADER_BYTES;
	out->body_bytes = body_bytes;
	out->frame_bytes = FRAME_HEADER_BYTES + body_bytes;
	return FRAME_OK;
}

void
frame_header(uint8_t out[4], size_t body_bytes)
{
	assert(body_bytes > 0 && body_bytes <= UINT32_MAX);
	out[0] = (uint8_t)(body_bytes >> 24);
	out[1] = (uint8_t)(body_bytes >> 16);
	out[2] = (uint8_t)(body_bytes >> 8);
	out[3] = (uint8_t)body_bytes;
}
