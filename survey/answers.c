/* SPDX-License-Identifier: Apache-2.0 */
/* From bytes to answers. Two kinds of trouble are kept apart: what is no Answers message at all
 * ends the walk with a reason; what is one, but says something the definition does not admit, is
 * found and the walk goes on, so that a respondent sees everything at once.
 *
 *   Answers { Answer { question, one of number|choice|choices|text|dont_know, other }*,
 *             Confirmed { check, reason }*, seconds } */
#include "survey/answers_parts.h"

#include <stdio.h>
#include <string.h>

#include "survey/text.h"

/* Tags are below 64: a set of them is one word. */
#define VARINT(field) (UINT64_C(1) << VARINT_TAG(field))
#define SPAN(field) (UINT64_C(1) << SPAN_TAG(field))

struct shape {
	uint32_t fields;
	uint64_t tags, repeated;
};

static const struct shape shape_answers = {3,
    SPAN(ANSWERS_ANSWER) | SPAN(ANSWERS_CONFIRMED) | VARINT(ANSWERS_SECONDS),
    SPAN(ANSWERS_ANSWER) | SPAN(ANSWERS_CONFIRMED)};
static const struct shape shape_answer = {7,
    SPAN(ANSWER_QUESTION) | VARINT(ANSWER_NUMBER) | SPAN(ANSWER_CHOICE) | SPAN(ANSWER_CHOICES) |
	SPAN(ANSWER_TEXT) | VARINT(ANSWER_DONT_KNOW_FIELD) | SPAN(ANSWER_OTHER),
    0};
static const struct shape shape_choices = {1, SPAN(CHOICES_CODE), SPAN(CHOICES_CODE)};
static const struct shape shape_confirmed = {2, SPAN(CONFIRMED_CHECK) | SPAN(CONFIRMED_REASON), 0};

/* A message being walked, and the field it stands at. */
struct walk {
	const struct shape *shape;
	struct wire rest;
	uint64_t seen; /* 1 << tag */
	uint32_t field;
	uint64_t number;  /* a varint's value */
	struct wire span; /* any other's */
};

/* An Answer as sent. */
struct sent {
	struct span question;
	uint32_t kind; /* field of the oneof, 0: none yet */
	int64_t number;
	struct wire value; /* choice, choices, text */
	struct span other;
};

/* Mark a bit; was it marked already? */
static bool
mark(uint64_t *set, size_t i)
{
	bool was = set[i / 64] >> (i % 64) & 1;
	set[i / 64] |= UINT64_C(1) << (i % 64);
	return was;
}

static bool
malformed(struct decoder *x, const char *reason)
{
	x->reason = reason;
	return false;
}

/* Why no field of the shape is there. */
static bool
misshapen(struct decoder *x, const struct shape *shape, struct wire rest)
{
	uint32_t field;
	enum wire_type type;
	if (!wire_tag(&rest, &field, &type))
		return malformed(x, "a field's tag is truncated or not valid");
	if (field > shape->fields)
		return malformed(x, "a field that the message does not have");
	return malformed(x, "a field of the wrong wire type");
}

/* The next field. False at the end, and, with a reason set, where the message is malformed. Inline,
 * for then the compiler knows the shape. */
static inline bool
next_field(struct decoder *x, struct walk *w)
{
	if (w->rest.at == w->rest.end)
		return false;
	unsigned tag = *w->rest.at;
	uint64_t bit = UINT64_C(1) << (tag & 63);
	if (tag > 63 || !(w->shape->tags & bit))
		return misshapen(x, w->shape, w->rest);
	if (w->seen & bit & ~w->shape->repeated)
		return malformed(x, "a field is there twice");
	w->rest.at++;
	w->seen |= bit;
	w->field = tag >> 3;
	if ((tag & 7) == WIRE_VARINT ? !wire_varint(&w->rest, &w->number)
				     : !wire_bytes(&w->rest, &w->span))
		return malformed(x, "a number or a length is truncated or not valid");
	return true;
}

static void
find(struct decoder *x, int question, enum builtin builtin, struct span value)
{
	findings_add(
	    x->findings, question, x->d->builtin[builtin], value.n ? value.bytes : "", value.n);
}

/* ---------------------------------------------------------------------------- one answer */

/* Choices that no question takes must be well all the same; the first of them. */
static bool
pass_choices(struct decoder *x, struct wire choices, struct span *first)
{
	struct walk w = {.shape = &shape_choices, .rest = choices};
	while (next_field(x, &w)) {
		if (!first->bytes)
			*first = span_of(w.span);
	}
	if (!x->reason && !w.seen)
		return malformed(x, "choices without a code");
	return !x->reason;
}

static bool
read_value(struct decoder *x, const struct walk *w, struct sent *sent)
{
	if (sent->kind)
		return malformed(x, "an answer with two values");
	sent->kind = w->field;
	sent->value = w->span;
	if (w->field == ANSWER_NUMBER)
		sent->number = wire_unzigzag(w->number);
	if (w->field == ANSWER_DONT_KNOW_FIELD && w->number != 1)
		return malformed(x, "dont_know is true or not there");
	return true;
}

static bool
read_answer(struct decoder *x, struct wire message, struct sent *sent)
{
	struct walk w = {.shape = &shape_answer, .rest = message};
	while (next_field(x, &w)) {
		if (w.field == ANSWER_QUESTION)
			sent->question = span_of(w.span);
		else if (w.field == ANSWER_OTHER)
			sent->other = span_of(w.span);
		else if (!read_value(x, &w, sent))
			return false;
	}
	if (!x->reason && sent->question.n == 0)
		return malformed(x, "an answer without a question");
	if (!x->reason && !sent->kind)
		return malformed(x, "an answer without a value");
	return !x->reason;
}

static bool
has_several(struct wire choices)
{
	struct wire code;
	uint32_t field;
	enum wire_type type;
	return wire_tag(&choices, &field, &type) && wire_bytes(&choices, &code) &&
	       choices.at != choices.end;
}

/* One code into the mask. */
static inline bool
take_code(const struct question *q, struct span code, uint64_t *mask)
{
	int choice = question_find_choice(q, code.bytes, code.n);
	if (choice < 0 || *mask >> choice & 1)
		return false;
	*mask |= UINT64_C(1) << choice;
	return true;
}

/* "DK" is no choice: don't know is a value of its own. */
static void
find_wrong_code(struct decoder *x, size_t question, struct span code, bool alone)
{
	int choice = question_find_choice(&x->d->question[question], code.bytes, code.n);
	bool dk = choice < 0 && code.n == 2 && memcmp(code.bytes, "DK", 2) == 0;
	find(x, (int)question, dk && !alone ? BUILTIN_EXCLUSIVE_CHOICE : BUILTIN_UNKNOWN_CHOICE,
	    code);
}

static bool
take_choice(struct decoder *x, size_t question, struct span code, struct answer *answer)
{
	if (take_code(&x->d->question[question], code, &answer->mask))
		return true;
	find_wrong_code(x, question, code, true);
	return false;
}

static bool
take_choices(struct decoder *x, size_t question, struct wire choices, struct answer *answer)
{
	const struct question *q = &x->d->question[question];
	struct walk w = {.shape = &shape_choices, .rest = choices};
	bool good = true;
	while (next_field(x, &w)) {
		if (take_code(q, span_of(w.span), &answer->mask))
			continue;
		find_wrong_code(x, question, span_of(w.span), !has_several(choices));
		good = false;
	}
	if (!x->reason && !w.seen)
		return malformed(x, "choices without a code");
	return good && !x->reason;
}

/* The field of the oneof that an answer to the question stands in. */
static uint32_t
kind_of(const struct question *q, const struct sent *sent)
{
	switch (q->type) {
	case QUESTION_TEXT:
		return ANSWER_TEXT;
	case QUESTION_INT:
	case QUESTION_MONEY:
	case QUESTION_PCT:
		return ANSWER_NUMBER;
	case QUESTION_SINGLE:
	case QUESTION_TRI:
		/* several are found as such, not as a wrong type */
		return sent->kind == ANSWER_CHOICES && has_several(sent->value) ? ANSWER_CHOICES
										: ANSWER_CHOICE;
	case QUESTION_MULTI:
		return ANSWER_CHOICES;
	case QUESTION_LIST:
		break;
	}
	return 0;
}

static void
find_wrong_type(struct decoder *x, size_t question, const struct sent *sent)
{
	char number[24];
	struct span value = {NULL, 0};
	if (sent->kind == ANSWER_NUMBER) {
		value.n =
		    (uint32_t)snprintf(number, sizeof(number), "%lld", (long long)sent->number);
		value.bytes = number;
	} else if (sent->kind == ANSWER_CHOICES) {
		pass_choices(x, sent->value, &value);
	} else {
		value = span_of(sent->value);
	}
	find(x, (int)question, BUILTIN_NUMBER_RANGE, value);
}

/* Whether the value is of the question's type and names only its choices. */
static bool
take_value(struct decoder *x, size_t question, const struct sent *sent, struct answer *answer)
{
	answer->state = ANSWER_VALUE;
	if (sent->kind == ANSWER_DONT_KNOW_FIELD) {
		answer->state = ANSWER_DONT_KNOW;
		return true;
	}
	if (sent->kind != kind_of(&x->d->question[question], sent)) {
		find_wrong_type(x, question, sent);
		return false;
	}
	if (sent->kind == ANSWER_NUMBER)
		answer->number = sent->number;
	if (sent->kind == ANSWER_TEXT)
		answer->text = span_of(sent->value);
	if (sent->kind == ANSWER_CHOICE)
		return take_choice(x, question, span_of(sent->value), answer);
	return sent->kind != ANSWER_CHOICES || take_choices(x, question, sent->value, answer);
}

/* What was found wrong is neither a value nor silence to the rules. */
static void
settle(struct decoder *x, size_t question, const struct sent *sent)
{
	struct answer *answer = &x->out->answer[question];
	bool text = x->d->question[question].type == QUESTION_TEXT;
	bool good = take_value(x, question, sent, answer);
	if (!text && sent->other.bytes)
		answer->text = sent->other;
	if (text && sent->other.bytes) {
		find(x, (int)question, BUILTIN_TEXT, sent->other);
		good = false;
	}
	/* of choices, those that are known are judged beside the one that is not */
	if (good || answer->mask)
		good = answer_judge(x->d, x->ref_year, question, answer, x->findings) && good;
	if (!good)
		*answer = (struct answer){.state = ANSWER_DONT_KNOW};
}

static void
find_unknown_question(struct decoder *x, struct span code)
{
	size_t before = x->findings->n;
	find(x, -1, BUILTIN_UNKNOWN_QUESTION, code);
	if (x->findings->n > before) {
		struct finding *found = &x->findings->finding[before];
		text_quote(found->question_code, sizeof(found->question_code), code.bytes, code.n);
	}
}

static bool
take_answer(struct decoder *x, struct wire message)
{
	struct sent sent = {.kind = 0};
	if (!read_answer(x, message, &sent))
		return false;
	int question = definition_find_question(x->d, sent.question.bytes, sent.question.n);
	if (question < 0 || x->d->question[question].type == QUESTION_LIST) {
		struct span first = {NULL, 0};
		find_unknown_question(x, sent.question);
		return sent.kind != ANSWER_CHOICES || pass_choices(x, sent.value, &first);
	}
	if (x->out->answer[question].state != ANSWER_BLANK)
		return malformed(x, "a question is answered twice");
	settle(x, (size_t)question, &sent);
	return !x->reason;
}

/* ------------------------------------------------------------------------------- the rest */

static bool
take_confirmed(struct decoder *x, struct wire message)
{
	struct walk w = {.shape = &shape_confirmed, .rest = message};
	struct span code = {NULL, 0}, reason = {NULL, 0};
	while (next_field(x, &w))
		*(w.field == CONFIRMED_CHECK ? &code : &reason) = span_of(w.span);
	if (x->reason)
		return false;
	if (code.n == 0)
		return malformed(x, "a confirmation without a check");
	int check = definition_find_check(x->d, code.bytes, code.n);
	if (check < 0) {
		find(x, -1, BUILTIN_UNKNOWN_QUESTION, code);
		return true;
	}
	if (mark(x->confirmed, (size_t)check))
		return malformed(x, "a check is confirmed twice");
	struct confirmation confirmation = {(int16_t)check, reason};
	if (confirmation_judge(x->d, &confirmation, x->findings))
		x->out->confirmed[x->out->confirmations++] = confirmation;
	return true;
}

static bool
take_seconds(struct decoder *x, uint64_t seconds)
{
	if (seconds > INT32_MAX)
		return malformed(x, "seconds is over 2147483647");
	if (seconds > 0)
		x->out->seconds = (int32_t)seconds;
	return true;
}

static bool
walk_answers(struct decoder *x, const uint8_t *bytes, size_t n)
{
	struct walk w = {.shape = &shape_answers, .rest = {bytes, bytes + n}};
	x->end = (const char *)w.rest.end;
	for (;;) {
		answers_take_plain(x, &w.rest); /* Answers may be repeated: no need to note them */
		if (!next_field(x, &w))
			return !x->reason;
		bool good = w.field == ANSWERS_ANSWER      ? take_answer(x, w.span)
			    : w.field == ANSWERS_CONFIRMED ? take_confirmed(x, w.span)
							   : take_seconds(x, w.number);
		if (!good)
			return false;
	}
}

enum answers_status
answers_decode(const struct definition *d, int ref_year, const uint8_t *bytes, size_t n,
    struct answers *out, struct findings *findings, const char **reason)
{
	struct decoder x = {.d = d, .ref_year = ref_year, .out = out, .findings = findings};
	findings->n = findings->total = findings->skipped = 0;
	memset(out->answer, 0, d->questions * sizeof(out->answer[0]));
	out->confirmations = 0;
	out->seconds = -1;
	if (n > ANSWERS_BYTES_MAX)
		x.reason = "more than 65536 bytes";
	else if (n == 0 || walk_answers(&x, bytes, n))
		return ANSWERS_OK;
	*reason = x.reason;
	return ANSWERS_MALFORMED;
}
