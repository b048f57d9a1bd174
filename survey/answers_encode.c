/* SPDX-License-Identifier: Apache-2.0 */
/* From answers to bytes. A submessage's length is known only after its body: four bytes are left
 * free for tag and length, and the body is moved down to them. */
#include "survey/answers.h"

#include <stdlib.h>
#include <string.h>

#include "survey/wire.h"

#define HEAD_BYTES 4 /* a tag of one byte, a length up to 65,536 */

struct nested {
	uint32_t field;
	uint8_t *start;
};

static struct nested
begin(struct wire_out *w, uint32_t field)
{
	struct nested nested = {field, w->at};
	if (w->full || w->end - w->at < HEAD_BYTES)
		w->full = true;
	else
		w->at += HEAD_BYTES;
	return nested;
}

static void
end(struct wire_out *w, struct nested nested)
{
	if (w->full)
		return;
	uint8_t *body = nested.start + HEAD_BYTES;
	size_t n = (size_t)(w->at - body);
	struct wire_out head = {nested.start, body, false};
	wire_put_tag(&head, nested.field, WIRE_BYTES);
	wire_put_varint(&head, n);
	memmove(head.at, body, n);
	w->at = head.at + n;
}

static void
put_choices(struct wire_out *w, const struct question *q, uint64_t mask)
{
	bool one = (mask & (mask - 1)) == 0;
	if (one && q->type != QUESTION_MULTI) {
		const char *code = q->choice[__builtin_ctzll(mask)].code;
		wire_put_bytes(w, 3, code, strlen(code));
		return;
	}
	struct nested choices = begin(w, 4);
	for (size_t i = 0; i < q->choices; i++) {
		if (mask >> i & 1)
			wire_put_bytes(w, 1, q->choice[i].code, strlen(q->choice[i].code));
	}
	end(w, choices);
}

static void
put_value(struct wire_out *w, const struct question *q, const struct answer *answer)
{
	switch (q->type) {
	case QUESTION_INT:
	case QUESTION_MONEY:
	case QUESTION_PCT:
		wire_put_tag(w, 2, WIRE_VARINT);
		wire_put_varint(w, wire_zigzag(answer->number));
		break;
	case QUESTION_SINGLE:
	case QUESTION_MULTI:
	case QUESTION_TRI:
		put_choices(w, q, answer->mask);
		break;
	case QUESTION_TEXT:
		wire_put_bytes(w, 5, answer->text.bytes, answer->text.n);
		break;
	case QUESTION_LIST:
		break;
	}
}

static bool
is_empty(const struct question *q, const struct answer *answer)
{
	if (q->type == QUESTION_LIST || answer->state == ANSWER_BLANK)
		return true;
	if (answer->state == ANSWER_DONT_KNOW)
		return false;
	if (q->type == QUESTION_TEXT)
		return answer->text.n == 0;
	bool choices =
	    q->type == QUESTION_SINGLE || q->type == QUESTION_MULTI || q->type == QUESTION_TRI;
	return choices && answer->mask == 0;
}

static void
put_answer(struct wire_out *w, const struct question *q, const struct answer *answer)
{
	if (is_empty(q, answer))
		return;
	struct nested message = begin(w, 1);
	wire_put_bytes(w, 1, q->code, strlen(q->code));
	if (answer->state == ANSWER_VALUE) {
		put_value(w, q, answer);
	} else {
		wire_put_tag(w, 6, WIRE_VARINT);
		wire_put_varint(w, 1);
	}
	if (q->type != QUESTION_TEXT && answer->text.n > 0)
		wire_put_bytes(w, 7, answer->text.bytes, answer->text.n);
	end(w, message);
}

static void
put_confirmed(struct wire_out *w, const struct check *check, const struct span *reason)
{
	struct nested message = begin(w, 2);
	wire_put_bytes(w, 1, check->code, strlen(check->code));
	if (reason->n > 0)
		wire_put_bytes(w, 2, reason->bytes, reason->n);
	end(w, message);
}

static void
put_all(struct wire_out *w, const struct definition *d, const struct answers *answers)
{
	for (size_t i = 0; i < d->questions; i++)
		put_answer(w, &d->question[i], &answers->answer[i]);
	for (size_t check = 0; check < d->checks; check++) {
		for (size_t i = 0; i < answers->confirmations; i++) {
			if (answers->confirmed[i].check == (int)check)
				put_confirmed(w, &d->check[check], &answers->confirmed[i].reason);
		}
	}
	if (answers->seconds > 0) {
		wire_put_tag(w, 3, WIRE_VARINT);
		wire_put_varint(w, (uint64_t)answers->seconds);
	}
}

uint8_t *
answers_encode(const struct definition *d, const struct answers *answers, size_t *n)
{
	/* room for the head that the last submessage leaves free before it is moved down */
	const size_t room = ANSWERS_BYTES_MAX + 2 * HEAD_BYTES;
	uint8_t *bytes = malloc(room);
	if (!bytes)
		return NULL;
	struct wire_out w = {bytes, bytes + room, false};
	put_all(&w, d, answers);
	size_t used = (size_t)(w.at - bytes);
	if (w.full || used > ANSWERS_BYTES_MAX) {
		free(bytes);
		return NULL;
	}
	*n = used;
	uint8_t *shorter = realloc(bytes, used ? used : 1);
	return shorter ? shorter : bytes;
}
