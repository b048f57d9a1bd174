/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/answers_json.h"

static json_t *
json_span(const struct span *span)
{
	return json_stringn(span->n ? span->bytes : "", span->n);
}

static json_t *
number(const struct question *q, int64_t value)
{
	if (!q->tenths)
		return json_integer(value);
	return value % 10 == 0 ? json_integer(value / 10) : json_real((double)value / 10);
}

static json_t *
choices(const struct question *q, uint64_t mask)
{
	if (q->type != QUESTION_MULTI && mask && (mask & (mask - 1)) == 0)
		return json_string(q->choice[__builtin_ctzll(mask)].code);
	json_t *list = json_array();
	for (size_t i = 0; i < q->choices; i++) {
		if (mask >> i & 1 &&
		    json_array_append_new(list, json_string(q->choice[i].code)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* With the text of OTHER beside it where there is one; takes the reference to `value`. */
static json_t *
with_other(json_t *value, const struct span *other)
{
	if (!value || other->n == 0)
		return value;
	const char *key = json_is_array(value) ? "choices" : "choice";
	json_t *object = json_object();
	/* the setters take the value's reference, and fail on NULL */
	bool failed = json_object_set_new(object, key, value) != 0;
	failed = json_object_set_new(object, "other", json_span(other)) != 0 || failed;
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

/* The text "DK" is told from don't know. */
static json_t *
text(const struct question *q, const struct span *span)
{
	bool like_dk =
	    q->admits_dk && span->n == 2 && span->bytes[0] == 'D' && span->bytes[1] == 'K';
	if (!like_dk)
		return json_span(span);
	json_t *object = json_object();
	if (json_object_set_new(object, "text", json_span(span)) == 0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
value_of(const struct question *q, const struct answer *answer)
{
	if (answer->state == ANSWER_DONT_KNOW)
		return json_string("DK");
	switch (q->type) {
	case QUESTION_TEXT:
		return text(q, &answer->text);
	case QUESTION_INT:
	case QUESTION_MONEY:
	case QUESTION_PCT:
		return number(q, answer->number);
	case QUESTION_SINGLE:
	case QUESTION_MULTI:
	case QUESTION_TRI:
		return with_other(choices(q, answer->mask), &answer->text);
	case QUESTION_LIST:
		break;
	}
	return json_null();
}

static bool
put_answers(json_t *object, const struct definition *d, const struct answers *answers)
{
	for (size_t i = 0; i < d->questions; i++) {
		const struct answer *answer = &answers->answer[i];
		if (answer->state == ANSWER_BLANK || d->question[i].type == QUESTION_LIST)
			continue;
		json_t *value = value_of(&d->question[i], answer);
		if (json_object_set_new(object, d->question[i].code, value) != 0)
			return false;
	}
	return true;
}

static bool
put_confirmed(json_t *object, const struct definition *d, const struct answers *answers)
{
	for (size_t i = 0; i < answers->confirmations; i++) {
		const struct confirmation *c = &answers->confirmed[i];
		if (json_object_set_new(object, d->check[c->check].code, json_span(&c->reason)) !=
		    0)
			return false;
	}
	return true;
}

json_t *
answers_to_json(const struct definition *d, const struct answers *answers)
{
	json_t *object = json_object(), *values = json_object(), *confirmed = json_object();
	bool good = values && confirmed && put_answers(values, d, answers) &&
		    put_confirmed(confirmed, d, answers);
	good = json_object_set_new(object, "answers", values) == 0 && good;
	good = json_object_set_new(object, "confirmed", confirmed) == 0 && good;
	if (answers->seconds >= 0)
		good =
		    json_object_set_new(object, "seconds", json_integer(answers->seconds)) == 0 &&
		    good;
	if (good)
		return object;
	json_decref(object);
	return NULL;
}
