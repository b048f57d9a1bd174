/* SPDX-License-Identifier: Apache-2.0 */
/* The short way through an answer: one look at each byte, no finding, no reason. Whatever is not as
 * it should be, or only written in another way, is left to the walk of answers.c, which judges it
 * from its first byte on: so this file can only be too strict, never say anything else. */
#include "survey/answers_parts.h"
#include "survey/text.h"

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

/* 0: it is none. */
static inline uint64_t
choice_bit(const struct decoder *x, const struct question *q, struct wire code)
{
	int choice = code_index_find_before(
	    &q->choice_index, (const char *)code.at, (size_t)(code.end - code.at), x->end);
	return choice < 0 ? 0 : UINT64_C(1) << choice;
}

static bool
plain_choice(const struct decoder *x, const struct question *q, struct wire *rest, uint64_t *out)
{
	struct wire code;
	if (!wire_short(rest, SPAN_TAG(ANSWER_CHOICE), &code))
		return false;
	*out = choice_bit(x, q, code);
	return *out != 0;
}

static bool
plain_choices(const struct decoder *x, const struct question *q, struct wire *rest, uint64_t *out)
{
	struct wire choices, code;
	if (!wire_short(rest, SPAN_TAG(ANSWER_CHOICES), &choices) || choices.at == choices.end)
		return false;
	while (choices.at < choices.end) {
		if (!wire_short(&choices, SPAN_TAG(CHOICES_CODE), &code))
			return false;
		uint64_t bit = choice_bit(x, q, code);
		if (bit == 0 || (*out & bit) != 0)
			return false;
		*out |= bit;
	}
	return (*out & q->alone) == 0 || *out == q->alone;
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

bool
answers_take_plain(struct decoder *x, struct wire message)
{
	struct wire rest = message, code;
	if (!wire_short(&rest, SPAN_TAG(ANSWER_QUESTION), &code) || rest.at == rest.end)
		return false;
	int question = code_index_find_before(
	    &x->d->question_index, (const char *)code.at, (size_t)(code.end - code.at), x->end);
	if (question < 0 || x->out->answer[question].state != ANSWER_BLANK)
		return false;
	const struct question *q = &x->d->question[question];
	struct answer *answer = &x->out->answer[question];
	if (plain_value(x, q, &rest, answer) && plain_other(q, &rest, answer) &&
	    rest.at == rest.end)
		return true;
	*answer = (struct answer){.state = ANSWER_BLANK};
	return false;
}
