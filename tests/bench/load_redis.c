/* SPDX-License-Identifier: Apache-2.0 */
/* Redis, RESP: SET id answers NX, so that, as with the others, what is there is never replaced. */
#include <stdio.h>
#include <string.h>

#include "tests/bench/load.h"

static size_t
encode(const struct submission *s, uint8_t *out, size_t room)
{
	size_t n = 0;
	if (room < s->answers_n + 128)
		die("a submission is too large");
	n += (size_t)sprintf((char *)out, "*4\r\n$3\r\nSET\r\n$%zu\r\n", sizeof(s->id));
	memcpy(out + n, s->id, sizeof(s->id));
	n += sizeof(s->id);
	n += (size_t)sprintf((char *)out + n, "\r\n$%zu\r\n", s->answers_n);
	memcpy(out + n, s->answers, s->answers_n);
	n += s->answers_n;
	memcpy(out + n, "\r\n$2\r\nNX\r\n", 10);
	return n + 10;
}

/* "+OK", "$-1" for a key that is there, "-ERR ...": one line each. */
static bool
reply(const uint8_t *in, size_t n, struct reply *out)
{
	const uint8_t *end = memchr(in, '\n', n);
	if (end == NULL)
		return false;
	out->bytes = (size_t)(end - in) + 1;
	out->number = 0;
	out->accepted = out->bytes == 5 && memcmp(in, "+OK\r\n", 5) == 0;
	return true;
}

const struct protocol load_redis = {"redis", NULL, encode, reply};
