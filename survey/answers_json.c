/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/answers_json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "survey/text.h"

/* Whole numbers that a double, and so another's JSON parser, holds exactly. */
#define EXACT_MAX INT64_C(9007199254740992)

/* One value being read: where it stands, and what is wrong with it. */
struct reader {
	const struct definition *d;
	struct answers *out;
	struct findings *findings;
	struct answers_json_errors *errors;
	bool failed;
	const char *part; /* "answers" */
	const char *key;  /* "B01"; NULL: the part itself */
};

static bool __attribute__((format(printf, 2, 3))) wrong(struct reader *r, const char *format, ...)
{
	r->failed = true;
	if (r->errors->n == ANSWERS_JSON_ERRORS_MAX)
		return false;
	struct answers_json_error *error = &r->errors->error[r->errors->n++];
	char key[64] = "";
	va_list args;
	if (r->key)
		text_quote(key, sizeof(key), r->key, strlen(r->key));
	snprintf(error->path, sizeof(error->path), "%s%s%s", r->part, r->key ? "/" : "", key);
	va_start(args, format);
	vsnprintf(error->reason, sizeof(error->reason), format, args);
	va_end(args);
	return false;
}

static bool
is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && json_string_length(value) == strlen(text) &&
	       memcmp(json_string_value(value), text, strlen(text)) == 0;
}

static bool
is_nothing(const json_t *value)
{
	return !value || json_is_null(value) || is_text(value, "") ||
	       (json_is_array(value) && json_array_size(value) == 0);
}

static bool
read_span(struct reader *r, const json_t *value, struct span *out)
{
	if (!json_is_string(value))
		return wrong(r, "must be text");
	size_t n = json_string_length(value);
	if (n > ANSWERS_BYTES_MAX)
		return wrong(r, "is longer than all answers may be");
	*out = (struct span){json_string_value(value), (uint32_t)n};
	return true;
}

/* -------------------------------------------------------------------------------- numbers */

/* A share in tenths is written in percent. Dividing by ten rounds as the parser rounded the text,
 * so that 12.3 is found exact and 12.30000001 is not. */
static bool
read_tenths(struct reader *r, const json_t *value, int64_t *out)
{
	double percent = json_number_value(value);
	double tenths = nearbyint(percent * 10);
	if (!(fabs(tenths) <= (double)EXACT_MAX))
		return wrong(r, "is too large");
	if (tenths / 10 != percent)
		return wrong(r, "must have at most one decimal");
	*out = (int64_t)tenths;
	return true;
}

static bool
read_real(struct reader *r, const json_t *value, int64_t *out)
{
	double number = json_real_value(value);
	if (!(fabs(number) <= (double)EXACT_MAX))
		return wrong(r, "is too large");
	if (number != nearbyint(number))
		return wrong(r, "must be a whole number");
	*out = (int64_t)number;
	return true;
}

static bool
read_number(struct reader *r, const json_t *value, bool tenths, int64_t *out)
{
	if (!json_is_number(value))
		return wrong(r, "must be a number, without quotation marks");
	if (json_is_integer(value)) {
		int64_t limit = tenths ? EXACT_MAX / 10 : EXACT_MAX;
		int64_t number = json_integer_value(value);
		if (number > limit || number < -limit)
			return wrong(r, "is too large");
		*out = tenths ? number * 10 : number;
		return true;
	}
	if (tenths)
		return read_tenths(r, value, out);
	return read_real(r, value, out);
}

/* -------------------------------------------------------------------------------- choices */

static bool
read_choice(struct reader *r, const struct question *q, const json_t *value, uint64_t *mask)
{
	if (!json_is_string(value))
		return wrong(r, "a choice is given by its code, as text");
	const char *code = json_string_value(value);
	size_t n = json_string_length(value);
	int choice = question_find_choice(q, code, n);
	char shown[48];
	text_quote(shown, sizeof(shown), code, n);
	if (choice < 0)
		return wrong(r, "unknown choice \"%s\"", shown);
	if (*mask >> choice & 1)
		return wrong(r, "choice \"%s\" is there twice", shown);
	*mask |= UINT64_C(1) << choice;
	return true;
}

static void
find_exclusive(struct reader *r, const struct question *q, const char *code)
{
	findings_add(r->findings, (int)(q - r->d->question),
	    r->d->builtin[BUILTIN_EXCLUSIVE_CHOICE], code, strlen(code));
}

static bool
read_list(struct reader *r, const struct question *q, const json_t *list, struct answer *answer)
{
	bool good = true, dk = false;
	size_t n = json_array_size(list);
	for (size_t i = 0; i < n; i++) {
		const json_t *value = json_array_get(list, i);
		if (!is_text(value, "DK"))
			good = read_choice(r, q, value, &answer->mask) && good;
		else if (dk)
			good = wrong(r, "choice \"DK\" is there twice");
		else
			dk = true;
	}
	if (q->type != QUESTION_MULTI && n > 1)
		return wrong(r, "only one choice may be given");
	if (dk && n > 1)
		find_exclusive(r, q, "DK");
	if (q->none_choice >= 0 && n > 1 && answer->mask >> q->none_choice & 1)
		find_exclusive(r, q, q->choice[q->none_choice].code);
	answer->state = dk && n == 1 ? ANSWER_DONT_KNOW : ANSWER_VALUE;
	return good;
}

static bool
read_choices(struct reader *r, const struct question *q, const json_t *value, struct answer *answer)
{
	if (json_is_array(value))
		return read_list(r, q, value, answer);
	answer->state = ANSWER_VALUE;
	return read_choice(r, q, value, &answer->mask);
}

/* ----------------------------------------------------------------------------- an answer */

static bool read_value(
    struct reader *r, const struct question *q, const json_t *value, struct answer *answer);

/* The member of the object that is the value; NULL where there is none. False on keys that do not
 * belong there. */
static bool
pick_value(struct reader *r, bool text, json_t *object, const json_t **value)
{
	const char *key;
	json_t *member;
	*value = NULL;
	json_object_foreach(object, key, member)
	{
		bool choice = strcmp(key, "choice") == 0 || strcmp(key, "choices") == 0;
		if (!text && strcmp(key, "other") == 0)
			continue;
		if (text ? strcmp(key, "text") != 0 : !choice)
			return wrong(r, "a key that the answer cannot have");
		if (*value)
			return wrong(r, "must have one of \"choice\" and \"choices\"");
		*value = member;
	}
	return true;
}

/* {"choice": c}, {"choices": [c...]}, each with "other", or {"text": t}, where t may be "DK". */
static bool
read_object(struct reader *r, const struct question *q, json_t *object, struct answer *answer)
{
	bool text = q->type == QUESTION_TEXT;
	const json_t *value;
	if (!pick_value(r, text, object, &value))
		return false;
	const json_t *other = json_object_get(object, "other");
	if (is_nothing(value))
		return is_nothing(other) || wrong(r, "has the text of OTHER, but no choice");
	if (json_is_object(value))
		return wrong(r, "must be codes");
	if (text) {
		answer->state = ANSWER_VALUE;
		return read_span(r, value, &answer->text);
	}
	if (!read_value(r, q, value, answer))
		return false;
	return is_nothing(other) || read_span(r, other, &answer->text);
}

static bool
read_value(struct reader *r, const struct question *q, const json_t *value, struct answer *answer)
{
	/* where don't know is not admitted, "DK" is text like any other */
	bool dk = is_text(value, "DK") && (q->type != QUESTION_TEXT || q->admits_dk);
	answer->state = dk ? ANSWER_DONT_KNOW : ANSWER_VALUE;
	if (dk)
		return true;
	switch (q->type) {
	case QUESTION_TEXT:
		return read_span(r, value, &answer->text);
	case QUESTION_INT:
	case QUESTION_MONEY:
	case QUESTION_PCT:
		return read_number(r, value, q->tenths, &answer->number);
	case QUESTION_SINGLE:
	case QUESTION_MULTI:
	case QUESTION_TRI:
		return read_choices(r, q, value, answer);
	case QUESTION_LIST:
		break;
	}
	return wrong(r, "a heading: its parts are answered, each by its own code");
}

static void
read_answer(struct reader *r, json_t *value)
{
	int question = definition_find_question(r->d, r->key, strlen(r->key));
	if (question < 0) {
		wrong(r, "unknown question");
		return;
	}
	const struct question *q = &r->d->question[question];
	struct answer answer = {.state = ANSWER_BLANK};
	bool numeric =
	    q->type == QUESTION_INT || q->type == QUESTION_MONEY || q->type == QUESTION_PCT;
	bool good = true;
	if (json_is_object(value) && !numeric && q->type != QUESTION_LIST)
		good = read_object(r, q, value, &answer);
	else if (!is_nothing(value) ||
		 (json_is_array(value) && (numeric || q->type == QUESTION_TEXT)))
		good = read_value(r, q, value, &answer);
	if (good)
		r->out->answer[question] = answer;
}

/* ------------------------------------------------------------------------------- the rest */

static void
read_confirmed(struct reader *r, const json_t *value)
{
	struct span reason;
	int check = definition_find_check(r->d, r->key, strlen(r->key));
	if (check < 0)
		wrong(r, "unknown check");
	else if (is_nothing(value))
		wrong(r, "a confirmation needs a reason");
	else if (read_span(r, value, &reason))
		r->out->confirmed[r->out->confirmations++] =
		    (struct confirmation){(int16_t)check, reason};
}

static void
read_seconds(struct reader *r, const json_t *value)
{
	r->part = "seconds";
	r->key = NULL;
	if (!value || json_is_null(value))
		return;
	int64_t seconds = 0;
	if (!read_number(r, value, false, &seconds))
		return;
	if (seconds < 0 || seconds > INT32_MAX)
		wrong(r, "must be 0 to 2147483647");
	else if (seconds > 0)
		r->out->seconds = (int32_t)seconds;
}

bool
answers_from_json(const struct definition *d, const json_t *object, struct answers *out,
    struct findings *findings, struct answers_json_errors *errors)
{
	struct reader r = {.d = d, .out = out, .findings = findings, .errors = errors};
	json_t *answers = json_object_get(object, "answers");
	json_t *confirmed = json_object_get(object, "confirmed");
	json_t *value;
	const char *key;
	findings->n = findings->total = findings->skipped = 0;
	errors->n = 0;
	memset(out->answer, 0, d->questions * sizeof(out->answer[0]));
	out->confirmations = 0;
	out->seconds = -1;
	r.part = "answers";
	if (!json_is_object(answers))
		wrong(&r, answers ? "must be an object" : "is missing");
	json_object_foreach(answers, key, value)
	{
		r.key = key;
		read_answer(&r, value);
	}
	r.part = "confirmed";
	r.key = NULL;
	if (confirmed && !json_is_null(confirmed) && !json_is_object(confirmed))
		wrong(&r, "must be an object");
	json_object_foreach(confirmed, key, value)
	{
		r.key = key;
		read_confirmed(&r, value);
	}
	read_seconds(&r, json_object_get(object, "seconds"));
	return !r.failed;
}
