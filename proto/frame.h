/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: a length of 4 bytes, big-endian, then so many bytes. Pure functions over bytes; any
 * thread. */
#ifndef KHAOSAT_PROTO_FRAME_H
#define KHAOSAT_PROTO_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum frame_status {
	FRAME_OK,       /* a whole frame is there */
	FRAME_PARTIAL,  /* wait for more bytes */
	FRAME_EMPTY,    /* length 0: framing is lost, end the connection */
	FRAME_TOO_LARGE /* length over the limit: likewise */
};

struct frame {
	const uint8_t *body; /* points into the bytes parsed */
	size_t body_bytes;
	size_t frame_bytes; /* header and body: what to drop from the buffer */
};

/* Look for one frame at the start of bytes[0..n). `limit` bounds the body. `out` is written on
 * FRAME_OK only. A length over the limit is seen as soon as its 4 bytes are there. */
enum frame_status frame_parse(const uint8_t *bytes, size_t n, size_t limit, struct frame *out);

/* Write the header of a body of `body_bytes` (at most UINT32_MAX). */
void frame_header(uint8_t out[4], size_t body_bytes);

#endif
