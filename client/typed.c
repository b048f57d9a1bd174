/* SPDX-License-Identifier: Apache-2.0 */
#include "client/typed.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "survey/text.h"

#define SEPARATORS " \t,;."
#define DIGITS_MAX 15
#define SHOWN_BYTES 48 /* of a word */

struct typing {
	const struct question *q;
	enum language language;
	struct typed_line *out;
};

static enum typed
wrong(const struct typing *t, const char *vi, const char *en)
{
	snprintf(t->out->reason, TYPED_REASON_BYTES, "%s", t->language == LANGUAGE_EN ? en : vi);
	return TYPED_WRONG;
}

/* ------------------------------------------------------------------------------- commands */

static enum typed
command(const struct definition *d, const struct typing *t, const char *name)
{
	static const struct {
		const char *name;
		enum typed typed;
	} known[] = {{"q", TYPED_QUIT}, {"h", TYPED_HELP}, {"r", TYPED_REVIEW}, {"x", TYPED_CLEAR}};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(known[i].name, name) == 0)
			return known[i].typed;
	for (size_t i = 0; i < d->questions; i++)
		if (strcasecmp(d->question[i].code, name) == 0) {
			/* a heading stands for its first part */
			t->out->place = (int)(d->question[i].type == QUESTION_LIST ? i + 1 : i);
			return TYPED_GOTO;
		}
	return wrong(
	    t, "không có lệnh này; gõ :h để xem các lệnh", "no such command; :h lists them");
}

/* ------------------------------------------------------------------------------- choices */

/* The choice that word[0..n) names, or -1. */
static int
find_choice(const struct question *q, const char *word, size_t n)
{
	if (strspn(word, "0123456789") >= n && n <= 3) {
		unsigned long number = strtoul(word, NULL, 10);
		if (number >= 1 && number <= q->choices)
			return (int)number - 1;
		return -1;
	}
	for (size_t i = 0; i < q->choices; i++)
		if (strlen(q->choice[i].code) == n && strncasecmp(q->choice[i].code, word, n) == 0)
			return (int)i;
	return -1;
}

/* "có", "không", y, n, for YES and NO. */
static int
find_yes_no(const struct question *q, const char *line)
{
	static const char *const yes[] = {"c", "có", "co", "y", "yes"};
	static const char *const no[] = {"k", "không", "khong", "n", "no"};
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcasecmp(line, yes[i]) == 0)
			return question_find_choice(q, "YES", 3);
		if (strcasecmp(line, no[i]) == 0)
			return question_find_choice(q, "NO", 2);
	}
	return -1;
}

static enum typed
choices(const struct typing *t, const char *line)
{
	const struct question *q = t->q;
	struct answer *a = &t->out->answer;
	int yes_no = q->type == QUESTION_TRI ? find_yes_no(q, line) : -1;
	if (yes_no >= 0)
		a->mask = (uint64_t)1 << yes_no;
	for (const char *p = line; yes_no < 0;) {
		p += strspn(p, SEPARATORS);
		size_t n = strcspn(p, SEPARATORS);
		if (n == 0)
			break;
		int choice = find_choice(q, p, n);
		if (choice < 0) {
			char shown[SHOWN_BYTES];
			text_quote(shown, sizeof(shown), p, n);
			snprintf(t->out->reason, TYPED_REASON_BYTES,
			    t->language == LANGUAGE_EN
				? "\"%s\" is not one of the numbers 1 to %zu"
				: "\"%s\" không phải một trong các số từ 1 đến %zu",
			    shown, q->choices);
			return TYPED_WRONG;
		}
		a->mask |= (uint64_t)1 << choice;
		p += n;
	}
	if (a->mask == 0)
		return wrong(t, "hãy gõ số của lựa chọn", "type the number of a choice");
	if (q->type != QUESTION_MULTI && (a->mask & (a->mask - 1)) != 0)
		return wrong(t, "câu này chỉ chọn một", "choose one only");
	a->state = ANSWER_VALUE;
	return TYPED_ANSWER;
}

/* ------------------------------------------------------------------------------- numbers */

/* "1.500.000", "1 500 000", "1,500,000": groups of three throughout, one sign. */
static bool
is_grouped(const char *text, size_t n)
{
	size_t lead = strspn(text, "0123456789");
	char sign = text[lead];
	if (lead == 0 || lead > 3 || lead == n || (sign != '.' && sign != ',' && sign != ' '))
		return false;
	for (size_t i = lead; i < n; i += 4)
		if (text[i] != sign || i + 4 > n || strspn(text + i + 1, "0123456789") < 3)
			return false;
	return true;
}

static enum typed
number(const struct typing *t, const char *line)
{
	const struct question *q = t->q;
	char digits[DIGITS_MAX + 1];
	size_t kept = 0;
	size_t n = strlen(line);
	while (n > 0 && (line[n - 1] == '%' || line[n - 1] == ' '))
		n--;
	bool negative = n > 0 && line[0] == '-';
	size_t i = negative;
	bool grouped = !q->tenths && is_grouped(line + i, n - i);
	for (; i < n && kept < DIGITS_MAX; i++)
		if (isdigit((unsigned char)line[i]))
			digits[kept++] = line[i];
		else if (!grouped)
			break;
	if (kept == DIGITS_MAX && isdigit((unsigned char)line[i]))
		return wrong(t, "số quá lớn", "the number is too large");
	bool decimal = q->tenths && i + 2 == n && (line[i] == ',' || line[i] == '.') &&
		       isdigit((unsigned char)line[i + 1]);
	if (kept == 0 || (i < n && !decimal))
		return q->tenths
			   ? wrong(t, "hãy gõ một số, có thể có một chữ số thập phân, ví dụ 12,5",
				 "type a number, with one decimal at most, such as 12.5")
			   : wrong(t, "hãy gõ một số nguyên", "type a whole number");
	digits[kept] = '\0';
	int64_t value = strtoll(digits, NULL, 10);
	if (q->tenths)
		value = value * 10 + (decimal ? line[i + 1] - '0' : 0);
	t->out->answer.number = negative ? -value : value;
	t->out->answer.state = ANSWER_VALUE;
	return TYPED_ANSWER;
}

/* ------------------------------------------------------------------------------- the line */

static enum typed
value(const struct typing *t, const char *line)
{
	switch (t->q->type) {
	case QUESTION_TEXT:
		t->out->answer.state = ANSWER_VALUE;
		t->out->answer.text = (struct span){line, (uint32_t)strlen(line)};
		return TYPED_ANSWER;
	case QUESTION_INT:
	case QUESTION_MONEY:
	case QUESTION_PCT:
		return number(t, line);
	case QUESTION_SINGLE:
	case QUESTION_MULTI:
	case QUESTION_TRI:
		return choices(t, line);
	case QUESTION_LIST:
		break;
	}
	return wrong(t, "câu này không nhận trả lời", "this takes no answer");
}

enum typed
typed_parse(const struct definition *d, size_t question, enum language language, const char *line,
    struct typed_line *out)
{
	*out = (struct typed_line){.place = -1};
	struct typing t = {.q = &d->question[question], .language = language, .out = out};
	if (line[0] == '\0')
		return TYPED_EMPTY;
	if (strcmp(line, "<") == 0)
		return TYPED_BACK;
	if (line[0] == ':')
		return command(d, &t, line + 1);
	if (strcmp(line, "?") == 0 && (t.q->type != QUESTION_TEXT || t.q->admits_dk)) {
		out->answer.state = ANSWER_DONT_KNOW;
		return t.q->admits_dk ? TYPED_ANSWER
				      : wrong(&t, "câu này không có lựa chọn \"không biết\"",
					    "this question has no \"don't know\"");
	}
	return value(&t, line);
}
