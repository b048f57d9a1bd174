/* SPDX-License-Identifier: Apache-2.0 */
/* A row, written by hand: a million of them are half a gigabyte. Every writer returns the place
 * behind its comma; microdata_row_max says that there is room. */
#include <assert.h>
#include <string.h>
#include <time.h>

#include "survey/microdata_parts.h"
#include "survey/taxcode.h"

#define DAY_MS 86400000

/* Codes are short: a loop costs less than two calls. */
static inline char *
put_short(char *at, const char *word)
{
	while (*word != '\0')
		*at++ = *word++;
	return at;
}

static inline char *
put_fragment(char *at, const struct fragment *fragment)
{
	memcpy(at, fragment, sizeof(*fragment));
	return at + fragment->n;
}

static inline char *
put_word(char *at, const char *word)
{
	at = put_short(at, word);
	*at++ = ',';
	return at;
}

static char *
put_digits(char *at, uint64_t value)
{
	char digits[20];
	size_t n = 0;
	do
		digits[n++] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	while (n > 0)
		*at++ = digits[--n];
	return at;
}

static char *
put_number(char *at, int64_t value)
{
	if (value < 0)
		*at++ = '-';
	at = put_digits(at, value < 0 ? -(uint64_t)value : (uint64_t)value);
	*at++ = ',';
	return at;
}

/* Where negative is unknown. */
static char *
put_known(char *at, int64_t value)
{
	if (value >= 0)
		return put_number(at, value);
	*at++ = ',';
	return at;
}

static char *
put_tenths(char *at, int64_t value)
{
	if (value < 0)
		*at++ = '-';
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	at = put_digits(at, size / 10);
	*at++ = '.';
	*at++ = (char)('0' + size % 10);
	*at++ = ',';
	return at;
}

static char *
put_text(char *at, const struct span *text)
{
	const char *bytes = text->bytes;
	bool is_quoted = false;
	for (uint32_t i = 0; i < text->n && !is_quoted; i++)
		is_quoted =
		    bytes[i] == '"' || bytes[i] == ',' || bytes[i] == '\n' || bytes[i] == '\r';
	if (is_quoted)
		*at++ = '"';
	if (text->n > 0 && memchr("=+-@'\t\r", bytes[0], 7) != NULL)
		*at++ = '\'';
	for (uint32_t i = 0; i < text->n; i++) {
		if (bytes[i] == '"')
			*at++ = '"';
		*at++ = bytes[i];
	}
	if (is_quoted)
		*at++ = '"';
	*at++ = ',';
	return at;
}

/* ------------------------------------------------------------------------------- the unit */

static char *
put_code(char *at, const struct definition *d, enum code_list_id list, int code)
{
	return put_word(at, code < 0 ? "" : d->list[list].code[code].code);
}

static char *
put_uuid(const struct microdata *m, char *at, const uint8_t id[16])
{
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		memcpy(at, m->fragments.hex[id[i]], 2);
		at += 2;
	}
	*at++ = ',';
	return at;
}

static char *
put_pair(char *at, int64_t value, char behind)
{
	at[0] = (char)('0' + value / 10);
	at[1] = (char)('0' + value % 10);
	at[2] = behind;
	return at + 3;
}

/* 2026-01-31T08:00:00Z */
static char *
put_time(struct microdata *m, char *at, int64_t time_ms)
{
	int64_t day = time_ms / DAY_MS, second = time_ms % DAY_MS / 1000;
	if (day != m->day) {
		time_t whole = (time_t)(day * (DAY_MS / 1000));
		struct tm utc;
		m->date[0] = '\0';
		if (gmtime_r(&whole, &utc) == NULL ||
		    strftime(m->date, sizeof(m->date), "%Y-%m-%dT", &utc) == 0)
			m->date[0] = '\0'; /* a year of five digits */
		m->day = day;
	}
	at = put_short(at, m->date);
	at = put_pair(at, second / 3600, ':');
	at = put_pair(at, second / 60 % 60, ':');
	at = put_pair(at, second % 60, 'Z');
	*at++ = ',';
	return at;
}

/* The class where only one is possible. */
static int
size_of(const struct register_row *row)
{
	unsigned mask = row->size_mask;
	return mask != 0 && (mask & (mask - 1)) == 0 ? __builtin_ctz(mask) : UNKNOWN_CODE;
}

static char *
put_confirmed(const struct microdata *m, char *at)
{
	const char *before = "";
	for (size_t i = 0; i < m->answers.confirmations; i++) {
		const char *code = m->d->check[m->answers.confirmed[i].check].code;
		at = put_short(put_short(at, before), code);
		before = " ";
	}
	*at++ = ',';
	return at;
}

/* In the order of enum unit_column. */
static char *
put_unit(struct microdata *m, const struct microdata_unit *unit, char *at)
{
	const struct definition *d = m->d;
	const struct register_row *row = unit->row;
	char tax_code[TAXCODE_TEXT_BYTES];
	taxcode_print(row->tax_code, tax_code);
	at = put_word(at, tax_code);
	at = put_code(at, d, CODES_UNIT_TYPE, row->unit_type);
	at = put_code(at, d, CODES_COMMUNE, row->commune);
	at = put_code(at, d, CODES_ZONE, row->zone);
	at = put_code(at, d, CODES_SECTION, row->section);
	at = put_code(at, d, CODES_SIZE, size_of(row));
	at = put_code(at, d, CODES_LEGAL_FORM, row->legal_form);
	at = put_known(at, row->start_year);
	at = put_known(at, row->employees);
	at = put_known(at, row->employees_prev);
	at = put_known(at, row->revenue_mvnd);
	at = put_known(at, row->capital_mvnd);
	at = put_known(at, row->supporting_industry);
	at = put_code(at, d, CODES_STATUS, row->status);
	at = put_word(at, unit->stratum != NULL ? unit->stratum : "");
	at = put_word(at, unit->weight != NULL ? unit->weight : "");
	at = put_uuid(m, at, unit->instance_id);
	at = put_time(m, at, unit->time_ms);
	at = put_number(at, unit->revision);
	at = put_word(at, unit->channel);
	at = put_known(at, m->answers.seconds);
	return put_confirmed(m, at);
}

/* ------------------------------------------------------------------------------- the answers */

/* Of so many choices, which are ticked. */
static char *
put_flags(const struct microdata *m, char *at, size_t choices, uint64_t mask)
{
	for (size_t i = 0; i < choices; i += FRAGMENT_CHOICES, mask >>= FRAGMENT_CHOICES)
		memcpy(at + 2 * i, m->fragments.flags[mask & 0xff], 2 * FRAGMENT_CHOICES);
	return at + 2 * choices;
}

static char *
put_choices(const struct microdata *m, char *at, size_t index, uint64_t mask)
{
	const struct question *q = &m->d->question[index];
	const struct fragment *choice = &m->fragments.choice[m->fragments.first[index]];
	char *begin = at;
	for (uint64_t rest = mask; rest != 0; rest &= rest - 1) {
		at = put_fragment(at, &choice[__builtin_ctzll(rest)]);
		*at++ = ' ';
	}
	at -= at != begin;
	*at++ = ',';
	return q->type == QUESTION_MULTI ? put_flags(m, at, q->choices, mask) : at;
}

static char *
put_value(const struct microdata *m, char *at, size_t index)
{
	const struct question *q = &m->d->question[index];
	const struct answer *answer = &m->answers.answer[index];
	switch (q->type) {
	case QUESTION_TEXT:
		return put_text(at, &answer->text);
	case QUESTION_INT:
	case QUESTION_MONEY:
		return put_number(at, answer->number);
	case QUESTION_PCT:
		return q->tenths ? put_tenths(at, answer->number) : put_number(at, answer->number);
	case QUESTION_SINGLE:
	case QUESTION_TRI:
	case QUESTION_MULTI:
		return put_choices(m, at, index, answer->mask);
	case QUESTION_LIST:
		break;
	}
	return at;
}

/* In the question's cell and in those of its choices the same word stands, or nothing. */
static char *
put_no_value(const struct microdata *m, char *at, size_t index, bool is_asked)
{
	const struct question *q = &m->d->question[index];
	size_t cells = 1 + (q->type == QUESTION_MULTI ? q->choices : 0);
	if (is_asked && m->answers.answer[index].state != ANSWER_DONT_KNOW) {
		memset(at, ',', cells);
		return at + cells;
	}
	memcpy(at, is_asked ? m->fragments.dont_know : m->fragments.not_applicable, 3 * cells);
	return at + 3 * cells;
}

static char *
put_question(const struct microdata *m, size_t index, char *at)
{
	const struct question *q = &m->d->question[index];
	const struct answer *answer = &m->answers.answer[index];
	bool is_asked = m->evaluation.relevance[index] != TRUTH_FALSE;
	bool has_value = is_asked && answer->state == ANSWER_VALUE;
	if (q->type == QUESTION_LIST)
		return at;
	at = has_value ? put_value(m, at, index) : put_no_value(m, at, index, is_asked);
	if (q->other_choice < 0)
		return at;
	if (has_value && answer->text.n > 0)
		return put_text(at, &answer->text);
	*at++ = ',';
	return at;
}

static char *
put_indicators(const struct microdata *m, const struct indicator_bits *bits, char *at)
{
	static const char word[][4] = {
	    [TRUTH_FALSE] = "0,", [TRUTH_TRUE] = "1,", [TRUTH_UNKNOWN] = "U,", [TRUTH_NA] = "NA,"};
	for (unsigned i = 0; i < m->d->indicators; i++) {
		enum truth truth = indicator_bits_get(bits, i);
		memcpy(at, word[truth], sizeof(word[0]));
		at += truth == TRUTH_NA ? 3 : 2;
	}
	return at;
}

size_t
microdata_row(struct microdata *m, const struct microdata_unit *unit, char *out)
{
	const char *reason;
	struct facts facts = {
	    .definition = m->d, .row = unit->row, .answers = &m->answers, .ref_year = m->ref_year};
	if (answers_decode(m->d, m->ref_year, unit->answers, unit->n, &m->answers, &m->findings,
		&reason) != ANSWERS_OK)
		return 0;
	evaluate_relevance(&facts, &m->evaluation);
	char *at = put_unit(m, unit, out);
	for (size_t i = 0; i < m->d->questions; i++)
		at = put_question(m, i, at);
	at = put_indicators(m, &unit->bits, at);
	at[-1] = '\r';
	*at++ = '\n';
	assert((size_t)(at - out) <= microdata_row_max(m) - MICRODATA_SLACK);
	return (size_t)(at - out);
}
