/* SPDX-License-Identifier: Apache-2.0 */
/* The short way through an answer: one look at each byte, no finding, no reason. Whatever is not as
 * it should be, or only written in another way, is left to the walk of answers.c, which judges it
 * from its first byte on: so this file can only be too strict, never say anything else. */
#include "survey/answers_parts.h"

#include <string.h>

#include "survey/text.h"
#include "survey/whole_answers.h"

static bool
plain_number(const struct decoder *x, const struct question *q, struct wire *rest, int64_t *out)
{
	uint64_t number;
	if (*rest->at++ != VARINT_TAG(ANSWER_NUMBER) || !wire_varint(rest, &number))
		return false;
	*out = wire_unzigzag(number);
	return *out >= q->min && *out <= (q->max_is_ref_year ? x->ref_year : q->max);
}

static bool
plain_text(const struct question *q, struct wire *rest, struct span *out)
{
	struct wire text;
	if (!wire_short(rest, SPAN_TAG(ANSWER_TEXT), &text) || text.at == text.end)
		return false;
	*out = span_of(text);
	return text_check(out->bytes, out->n, q->text_max_chars, q->multiline) == TEXT_OK;
}

/* A code of any length, in a field of that tag. */
static int
any_code(const struct code_index *index, uint8_t tag, struct wire field)
{
	struct wire code;
	if (!wire_short(&field, tag, &code))
		return -1;
	return code_index_find(index, (const char *)code.at, (size_t)(code.end - code.at));
}

/* Length and code as the index has them. */
static inline uint64_t
head_at(const uint8_t *length, size_t n)
{
	static const uint64_t mask[CODE_HEAD_BYTES + 1] = {0, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF,
	    0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, UINT64_MAX};
	uint64_t head;
	memcpy(&head, length, sizeof(head));
	return head & mask[n];
}

/* The code of an index that stands ahead in a field of that tag; -1: it is another. Nearly all have
 * one to seven bytes, which are read at once. */
static inline int
code_ahead(const struct decoder *x, const struct code_index *index, uint8_t tag, struct wire *rest)
{
	const uint8_t *at = rest->at;
	size_t n = x->end - (const char *)at < 2 + CODE_HEAD_BYTES ? 0 : at[1];
	bool is_usual = n - 1 < CODE_HEAD_BYTES && at[0] == tag && at + 2 + n <= rest->end;
	int value = is_usual ? code_index_find_head(index, head_at(at + 1, n))
			     : any_code(index, tag, *rest);
	if (value >= 0)
		rest->at = at + 2 + at[1];
	return value;
}

static bool
plain_choice(const struct decoder *x, const struct question *q, struct wire *rest, uint64_t *out)
{
	int choice = code_ahead(x, &q->choice_index, SPAN_TAG(ANSWER_CHOICE), rest);
	*out = choice < 0 ? 0 : UINT64_C(1) << choice;
	return choice >= 0;
}

static bool
plain_choices(const struct decoder *x, const struct question *q, struct wire *rest, uint64_t *out)
{
	struct wire choices;
	uint64_t mask = 0;
	if (!wire_short(rest, SPAN_TAG(ANSWER_CHOICES), &choices) || choices.at == choices.end)
		return false;
	while (choices.at < choices.end) {
		int choice = code_ahead(x, &q->choice_index, SPAN_TAG(CHOICES_CODE), &choices);
		if (choice < 0 || mask >> choice & 1)
			return false;
		mask |= UINT64_C(1) << choice;
	}
	*out = mask;
	return (mask & q->alone) == 0 || mask == q->alone;
}

static bool
plain_dont_know(const struct question *q, struct wire *rest, struct answer *out)
{
	if (!q->admits_dk || rest->end - rest->at != 2 || rest->at[1] != 1)
		return false;
	rest->at = rest->end;
	out->state = ANSWER_DONT_KNOW;
	return true;
}

/* There is at least a byte. */
static bool
plain_value(
    const struct decoder *x, const struct question *q, struct wire *rest, struct answer *out)
{
	if (*rest->at == VARINT_TAG(ANSWER_DONT_KNOW_FIELD))
		return plain_dont_know(q, rest, out);
	out->state = ANSWER_VALUE;
	switch (q->type) {
	case QUESTION_TEXT:
		return plain_text(q, rest, &out->text);
	case QUESTION_INT:
	case QUESTION_MONEY:
	case QUESTION_PCT:
		return plain_number(x, q, rest, &out->number);
	case QUESTION_SINGLE:
	case QUESTION_TRI:
		return plain_choice(x, q, rest, &out->mask);
	case QUESTION_MULTI:
		return plain_choices(x, q, rest, &out->mask);
	case QUESTION_LIST:
		break;
	}
	return false;
}

/* The text of OTHER stands where OTHER is chosen, and only there. */
static bool
plain_other(const struct question *q, struct wire *rest, struct answer *out)
{
	struct wire text;
	if ((out->mask & q->other) == 0)
		return true;
	if (!wire_short(rest, SPAN_TAG(ANSWER_OTHER), &text) || text.at == text.end)
		return false;
	out->text = span_of(text);
	return text_check(out->text.bytes, out->text.n, OTHER_MAX_CHARS, false) == TEXT_OK;
}

static inline bool
take_answer(struct decoder *x, struct wire rest)
{
	int question = code_ahead(x, &x->d->question_index, SPAN_TAG(ANSWER_QUESTION), &rest);
	if (question < 0 || rest.at == rest.end)
		return false;
	const struct question *q = &x->d->question[question];
	struct answer *answer = &x->out->answer[question];
	if (answer->state != ANSWER_BLANK)
		return false;
	if (plain_value(x, q, &rest, answer) && plain_other(q, &rest, answer) &&
	    rest.at == rest.end)
		return true;
	*answer = (struct answer){.state = ANSWER_BLANK};
	return false;
}

/* One that is known by all its bytes. */
static inline bool
take_whole(struct decoder *x, struct wire message)
{
	const uint8_t *at = message.at - 1; /* where its length stands, in one byte */
	size_t n = (size_t)(message.end - at);
	if (n > WHOLE_ANSWER_BYTES || x->end - (const char *)at < WHOLE_ANSWER_BYTES)
		return false;
	const struct whole_answer *whole = whole_answers_find(x->d->whole, at, n);
	if (whole == NULL)
		return false;
	struct answer *answer = &x->out->answer[whole->question];
	if (answer->state != ANSWER_BLANK)
		return false;
	answer->state = whole->mask != 0 ? ANSWER_VALUE : ANSWER_DONT_KNOW;
	answer->mask = whole->mask;
	return true;
}

size_t
answers_take_plain(struct decoder *x, struct wire *rest)
{
	struct wire ahead = *rest, answer;
	size_t taken = 0;
	while (wire_short(&ahead, SPAN_TAG(ANSWERS_ANSWER), &answer) &&
	       (take_whole(x, answer) || take_answer(x, answer))) {
		*rest = ahead;
		taken++;
	}
	return taken;
}
