/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 with keep-alive: a POST of the answers, answered by 204 without a body. */
#include <stdio.h>
#include <string.h>

#include "tests/bench/load.h"

static size_t
encode(const struct submission *s, uint8_t *out, size_t room)
{
	if (room < s->answers_n + 256)
		die("a submission is too large");
	size_t n = (size_t)sprintf((char *)out,
	    "POST /submissions HTTP/1.1\r\nHost: bench\r\n"
	    "Content-Type: application/x-protobuf\r\nContent-Length: %zu\r\n\r\n",
	    s->answers_n);
	memcpy(out + n, s->answers, s->answers_n);
	return n + s->answers_n;
}

static bool
reply(const uint8_t *in, size_t n, struct reply *out)
{
	static const char ok[] = "HTTP/1.1 204 ";
	const uint8_t *end = memmem(in, n, "\r\n\r\n", 4);
	if (end == NULL)
		return false;
	out->bytes = (size_t)(end - in) + 4;
	out->number = 0;
	out->accepted = out->bytes > sizeof(ok) && memcmp(in, ok, sizeof(ok) - 1) == 0;
	return true;
}

const struct protocol load_http = {"http", NULL, encode, reply};
