/* SPDX-License-Identifier: Apache-2.0 */
#include "client/bulk_cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/text.h"

#define SEPARATORS " \t\r\n;|,"
#define REASON_BYTES 256
#define SHOWN_BYTES 64 /* of a cell */

/* What is wrong, and the piece that is not understood. */
static bool
no(const struct bulk_cell_errors *errors, const char *vi, const char *en, const char *what,
    size_t n)
{
	char shown[SHOWN_BYTES];
	text_quote(shown, sizeof(shown), what, n);
	snprintf(errors->reason, REASON_BYTES, "%s: %s", errors->language == LANGUAGE_EN ? en : vi,
	    shown);
	return false;
}

/* A whole number, or where `tenths` one with at most one decimal, in tenths. */
static bool
read_number(const char *cell, bool tenths, int64_t *out)
{
	const char *p = cell + (cell[0] == '-');
	int64_t value = 0;
	size_t digits = strspn(p, "0123456789");
	if (digits == 0 || digits > 16)
		return false;
	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (p[i] - '0');
	p += digits;
	if (tenths) {
		value *= 10;
		if ((p[0] == '.' || p[0] == ',') && p[1] >= '0' && p[1] <= '9') {
			value += p[1] - '0';
			p += 2;
		}
	}
	if (*p != '\0')
		return false;
	*out = cell[0] == '-' ? -value : value;
	return true;
}

bool
bulk_cell_seconds(const char *cell, int32_t *out, const struct bulk_cell_errors *errors)
{
	int64_t value;
	if (!read_number(cell, false, &value) || value < 0 || value > INT32_MAX)
		return no(
		    errors, "không phải số giây", "not a number of seconds", cell, strlen(cell));
	*out = (int32_t)value;
	return true;
}

static bool
take_choices(const struct question *q, struct span cell, struct answer *out,
    const struct bulk_cell_errors *errors)
{
	const char *p = cell.bytes;
	uint64_t mask = 0;
	for (;;) {
		p += strspn(p, SEPARATORS);
		size_t n = strcspn(p, SEPARATORS);
		if (n == 0)
			break;
		if (n == 2 && memcmp(p, "DK", 2) == 0)
			return no(errors, "DK không đi cùng lựa chọn khác", "DK stands alone",
			    cell.bytes, cell.n);
		int choice = question_find_choice(q, p, n);
		if (choice < 0)
			return no(errors, "không có lựa chọn này", "there is no such choice", p, n);
		mask |= (uint64_t)1 << choice;
		p += n;
	}
	bool one = mask != 0 && (mask & (mask - 1)) == 0;
	if (q->type != QUESTION_MULTI && !one)
		return no(errors, "chỉ một lựa chọn", "one choice only", cell.bytes, cell.n);
	out->state = mask == 0 ? ANSWER_BLANK : ANSWER_VALUE;
	out->mask = mask;
	return true;
}

bool
bulk_cell_answer(const struct question *q, struct span cell, struct answer *out,
    const struct bulk_cell_errors *errors)
{
	if ((q->type != QUESTION_TEXT || q->admits_dk) && cell.n == 2 &&
	    memcmp(cell.bytes, "DK", 2) == 0) {
		out->state = ANSWER_DONT_KNOW;
		return true;
	}
	switch (q->type) {
	case QUESTION_TEXT:
		out->state = ANSWER_VALUE;
		out->text = cell;
		return true;
	case QUESTION_INT:
	case QUESTION_MONEY:
	case QUESTION_PCT:
		out->state = ANSWER_VALUE;
		if (read_number(cell.bytes, q->tenths, &out->number))
			return true;
		return q->tenths ? no(errors, "không phải số có nhiều nhất một chữ số thập phân",
				       "not a number with at most one decimal", cell.bytes, cell.n)
				 : no(errors, "không phải số nguyên", "not a whole number",
				       cell.bytes, cell.n);
	case QUESTION_SINGLE:
	case QUESTION_MULTI:
	case QUESTION_TRI:
		return take_choices(q, cell, out, errors);
	case QUESTION_LIST:
		break;
	}
	return no(errors, "không nhận câu trả lời", "takes no answer", cell.bytes, cell.n);
}
