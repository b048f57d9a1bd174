/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL, protocol 3.0: the statement is prepared once a connection; each submission is Bind,
 * Execute, Sync with binary parameters, and so one durable transaction of its own.
 * Messages of the server: type, length of 4 bytes that counts itself, body. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/load.h"

#define INSERT_SQL "INSERT INTO submission (id, unit, answers) VALUES ($1, $2, $3)"
enum { OID_UUID = 2950, OID_TEXT = 25, OID_BYTEA = 17 };

struct writer {
	uint8_t *out;
	size_t n;
};

static void
put(struct writer *w, const void *bytes, size_t n)
{
	memcpy(w->out + w->n, bytes, n);
	w->n += n;
}

static void
put_16(struct writer *w, unsigned value)
{
	uint16_t big = htobe16((uint16_t)value);
	put(w, &big, sizeof(big));
}

static void
put_32(struct writer *w, size_t value)
{
	uint32_t big = htobe32((uint32_t)value);
	put(w, &big, sizeof(big));
}

static void
put_parameter(struct writer *w, const void *bytes, size_t n)
{
	put_32(w, n);
	put(w, bytes, n);
}

/* A message's type and room for its length; message_end fills that in. */
static size_t
message_start(struct writer *w, char type)
{
	put(w, &type, 1);
	put_32(w, 0);
	return w->n - 4;
}

static void
message_end(struct writer *w, size_t at)
{
	uint32_t big = htobe32((uint32_t)(w->n - at));
	memcpy(w->out + at, &big, sizeof(big));
}

static void
put_sync(struct writer *w)
{
	message_end(w, message_start(w, 'S'));
}

static size_t
encode(const struct submission *s, uint8_t *out, size_t room)
{
	struct writer w = {out, 0};
	if (room < s->answers_n + 256)
		die("a submission is too large");
	size_t at = message_start(&w, 'B');
	put(&w, "\0s", 3); /* unnamed portal, statement "s" */
	put_16(&w, 1);
	put_16(&w, 1); /* all parameters are binary */
	put_16(&w, 3);
	put_parameter(&w, s->id, sizeof(s->id));
	put_parameter(&w, s->tax_code, strlen(s->tax_code));
	put_parameter(&w, s->answers, s->answers_n);
	put_16(&w, 0);
	message_end(&w, at);
	at = message_start(&w, 'E');
	put(&w, "", 1);
	put_32(&w, 0);
	message_end(&w, at);
	put_sync(&w);
	return w.n;
}

/* All messages up to ReadyForQuery; accepted if one says INSERT 0 1 and none is an error. */
static bool
reply(const uint8_t *in, size_t n, struct reply *out)
{
	static const char done[] = "INSERT 0 1";
	bool inserted = false, failed = false;
	for (size_t at = 0; n - at >= 5;) {
		uint32_t big;
		memcpy(&big, in + at + 1, sizeof(big));
		size_t bytes = (size_t)be32toh(big) + 1;
		if (n - at < bytes)
			return false;
		char type = (char)in[at];
		inserted |= type == 'C' && bytes == 5 + sizeof(done) &&
			    memcmp(in + at + 5, done, sizeof(done)) == 0;
		failed |= type == 'E';
		at += bytes;
		if (type == 'Z') {
			*out = (struct reply){at, 0, inserted && !failed};
			return true;
		}
	}
	return false;
}

/* Read messages up to ReadyForQuery. */
static void
await_ready(int fd)
{
	uint8_t header[5];
	uint32_t big;
	do {
		read_exactly(fd, header, sizeof(header));
		memcpy(&big, header + 1, sizeof(big));
		size_t n = be32toh(big) - sizeof(big);
		uint8_t *body = malloc(n + 1);
		if (body == NULL)
			die("memory");
		read_exactly(fd, body, n);
		free(body);
		if (header[0] == 'E')
			die("PostgreSQL refuses the greeting");
	} while (header[0] != 'Z');
}

static void
greet(int fd)
{
	uint8_t bytes[256];
	struct writer w = {bytes, 0};
	static const char who[] = "user\0bench\0database\0postgres\0"; /* and the array's own end */
	put_32(&w, 8 + sizeof(who));
	put_32(&w, 3 << 16);
	put(&w, who, sizeof(who));
	send_exactly(fd, bytes, w.n);
	await_ready(fd);
	w.n = 0;
	size_t at = message_start(&w, 'P');
	put(&w, "s", 2);
	put(&w, INSERT_SQL, sizeof(INSERT_SQL));
	put_16(&w, 3);
	put_32(&w, OID_UUID);
	put_32(&w, OID_TEXT);
	put_32(&w, OID_BYTEA);
	message_end(&w, at);
	put_sync(&w);
	send_exactly(fd, bytes, w.n);
	await_ready(fd);
}

const struct protocol load_postgres = {"postgres", greet, encode, reply};
