/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/answers_rig.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "survey/wire.h"

struct bytes
bytes_of(const void *at, size_t n)
{
	struct bytes out = {.n = n};
	assert(n <= sizeof(out.at));
	memcpy(out.at, at, n);
	return out;
}

struct bytes
bytes_field(unsigned field, struct bytes value)
{
	struct bytes out = {.n = 0};
	struct wire_out w = {out.at, out.at + sizeof(out.at), false};
	wire_put_bytes(&w, field, value.at, value.n);
	assert(!w.full);
	out.n = (size_t)(w.at - out.at);
	return out;
}

struct bytes
text_field(unsigned field, const char *text)
{
	return bytes_field(field, bytes_of(text, strlen(text)));
}

struct bytes
number_field(unsigned field, uint64_t number)
{
	struct bytes out = {.n = 0};
	struct wire_out w = {out.at, out.at + sizeof(out.at), false};
	wire_put_tag(&w, field, WIRE_VARINT);
	wire_put_varint(&w, number);
	out.n = (size_t)(w.at - out.at);
	return out;
}

struct bytes
joined(struct bytes a, struct bytes b)
{
	assert(a.n + b.n <= sizeof(a.at));
	memcpy(a.at + a.n, b.at, b.n);
	a.n += b.n;
	return a;
}

struct bytes
answer_of(const char *question, struct bytes value)
{
	return bytes_field(1, joined(text_field(1, question), value));
}

struct bytes
choices_of(const char *codes)
{
	struct bytes list = {.n = 0};
	while (*codes) {
		size_t n = strcspn(codes, " ");
		list = joined(list, bytes_field(1, bytes_of(codes, n)));
		codes += n;
		codes += strspn(codes, " ");
	}
	return bytes_field(4, list);
}

struct bytes
confirmed_of(const char *check, const char *reason)
{
	return bytes_field(2, joined(text_field(1, check), text_field(2, reason)));
}

void
decode_bytes(const struct definition *d, const uint8_t *bytes, size_t n, struct decoded *out)
{
	out->copy = malloc(n);
	assert(out->copy || n == 0);
	if (n > 0)
		memcpy(out->copy, bytes, n);
	out->reason = NULL;
	out->status = answers_decode(
	    d, MINI_REF_YEAR, out->copy, n, &out->answers, &out->findings, &out->reason);
	assert((out->status == ANSWERS_MALFORMED) == (out->reason != NULL));
}

void
decoded_free(struct decoded *decoded)
{
	free(decoded->copy);
	decoded->copy = NULL;
}
