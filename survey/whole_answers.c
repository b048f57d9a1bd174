/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/whole_answers.h"

#include "survey/answers_parts.h"
#include "survey/loader.h"

/* At most so many of a question: its choices, and don't know. */
static size_t
most_of(const struct definition *d)
{
	size_t n = 0;
	for (size_t i = 0; i < d->questions; i++)
		n += d->question[i].choices + 1;
	return n;
}

static void
put_dont_know(struct wire_out *out)
{
	wire_put_tag(out, ANSWER_DONT_KNOW_FIELD, WIRE_VARINT);
	wire_put_varint(out, 1);
}

static void
put_choice(struct wire_out *out, const struct question *q, const char *code)
{
	size_t n = strlen(code);
	if (q->type != QUESTION_MULTI) {
		wire_put_bytes(out, ANSWER_CHOICE, code, n);
		return;
	}
	wire_put_tag(out, ANSWER_CHOICES, WIRE_BYTES);
	wire_put_varint(out, 2 + n); /* a tag and a length of one byte each */
	wire_put_bytes(out, CHOICES_CODE, code, n);
}

/* A choice, or NULL: don't know. What does not fit is left to those who read field by field. */
static void
add(struct whole_answers *w, const struct definition *d, size_t question, const char *code,
    uint64_t mask)
{
	const struct question *q = &d->question[question];
	struct whole_answer whole = {.mask = mask, .question = (int64_t)question};
	uint8_t bytes[WHOLE_ANSWER_BYTES] = {0};
	struct wire_out out = {bytes + 1, bytes + sizeof(bytes), false};
	wire_put_bytes(&out, ANSWER_QUESTION, q->code, strlen(q->code));
	if (code == NULL)
		put_dont_know(&out);
	else
		put_choice(&out, q, code);
	if (out.full)
		return;
	bytes[0] = (uint8_t)(out.at - bytes - 1);
	memcpy(whole.bytes, bytes, sizeof(bytes));
	uint64_t at = whole_answers_place(w, whole.bytes);
	while (w->slot[at].bytes[0] != 0)
		at = (at + 1) & w->mask;
	w->slot[at] = whole;
}

/* OTHER comes with a text. */
static void
add_question(struct whole_answers *w, const struct definition *d, size_t question)
{
	const struct question *q = &d->question[question];
	if (q->type == QUESTION_LIST)
		return;
	if (q->admits_dk)
		add(w, d, question, NULL, 0);
	for (size_t i = 0; i < q->choices; i++)
		if ((int)i != q->other_choice)
			add(w, d, question, q->choice[i].code, UINT64_C(1) << i);
}

const struct whole_answers *
whole_answers_make(struct loader *l)
{
	size_t slots = code_index_slots(most_of(l->d));
	struct whole_answers *w = loader_alloc(l, 1, sizeof(*w));
	if (w == NULL)
		return NULL;
	w->mask = (uint32_t)slots - 1;
	w->shift = 64 - (uint32_t)__builtin_ctzll(slots);
	w->slot = loader_alloc(l, slots, sizeof(*w->slot));
	for (size_t i = 0; w->slot != NULL && i < l->d->questions; i++)
		add_question(w, l->d, i);
	return w;
}
