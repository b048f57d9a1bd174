/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/design.h"

#include <string.h>

#include "survey/text.h"

#define DECIMALS 9 /* of a weight that are read; what stands behind them is cut off */
#define ONE UINT64_C(1000000000)
#define DIGITS_MAX 9 /* before the point */

/* ------------------------------------------------------------------- problems */

static const struct label no_stratum = {
    "các dòng khác có tầng (stratum): mọi dòng phải có, hoặc không dòng nào có",
    "other rows name a stratum: either every row does, or none"};
static const struct label some_stratum = {
    "dòng đầu không có tầng (stratum): mọi dòng phải có, hoặc không dòng nào có",
    "the first row names no stratum: either every row does, or none"};
static const struct label bad_stratum = {"tầng phải có 1 đến 32 ký tự trong A-Z a-z 0-9 . _ -",
    "a stratum has 1 to 32 of A-Z a-z 0-9 . _ -"};
static const struct label many_strata = {"nhiều hơn 64 tầng", "more than 64 strata"};
static const struct label weight_alone = {
    "có trọng số (weight) nhưng không có tầng (stratum)", "a weight without a stratum"};
static const struct label bad_weight = {
    "trọng số phải là số từ 1 trở lên, dấu chấm thập phân; để trống nếu không được chọn mẫu",
    "a weight is a number from 1 on, with a decimal point; empty for units that were not drawn"};
static const struct label other_weight = {"các đơn vị được chọn của một tầng phải có cùng trọng số",
    "those drawn of a stratum must all have one weight"};
static const struct label none_drawn = {
    "không đơn vị nào của tầng này được chọn: hãy gộp tầng này với tầng khác",
    "nobody of this stratum was drawn: join it with another"};
static const struct label not_the_frame = {
    "trọng số phải bằng số đơn vị của tầng trong danh sách chia cho số đơn vị được chọn; danh sách "
    "phải có cả đơn vị không được chọn",
    "a weight must be the units of the stratum in the register over those drawn; the register has "
    "those that were not drawn too"};

static struct register_problem
problem_of(const struct definition *d, enum register_column column, const struct label *words,
    const char *value, size_t n)
{
	struct register_problem p = {
	    .column = column, .check = d->builtin[BUILTIN_CODE], .words = words};
	text_quote(p.value, sizeof(p.value), value, n);
	return p;
}

static void
add_problem(struct register_problems *problems, const struct definition *d,
    enum register_column column, const struct register_text *text, const struct label *words)
{
	const struct cell *cell = &text->cell[column];
	if (problems != NULL && problems->n < REGISTER_PROBLEMS_MAX)
		problems->problem[problems->n++] =
		    problem_of(d, column, words, cell->bytes, cell->n);
}

/* ------------------------------------------------------------------- cells */

static bool
is_name(const struct cell *cell)
{
	bool good = cell->n >= 1 && cell->n <= DESIGN_NAME_MAX;
	for (size_t i = 0; good && i < cell->n; i++) {
		char c = cell->bytes[i];
		good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		       c == '.' || c == '_' || c == '-';
	}
	return good;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "12.5", at least 1. */
static bool
read_weight(const struct cell *cell, uint64_t *weight, unsigned *decimals)
{
	size_t at = 0, whole = 0;
	uint64_t value = 0;
	for (; at < cell->n && is_digit(cell->bytes[at]); at++, whole++)
		value = whole < DIGITS_MAX ? value * 10 + (uint64_t)(cell->bytes[at] - '0') : value;
	if (whole == 0 || whole > DIGITS_MAX ||
	    cell->n >= sizeof(((struct design_stratum *)0)->said))
		return false;
	*decimals = 0;
	if (at < cell->n && cell->bytes[at++] != '.')
		return false;
	if (at == cell->n && cell->bytes[at - 1] == '.')
		return false;
	for (; at < cell->n; at++) {
		if (!is_digit(cell->bytes[at]))
			return false;
		if (*decimals < DECIMALS) {
			value = value * 10 + (uint64_t)(cell->bytes[at] - '0');
			++*decimals;
		}
	}
	for (unsigned i = *decimals; i < DECIMALS; i++)
		value *= 10;
	*weight = value;
	return value >= ONE;
}

bool
design_is_drawn(const struct register_text *text)
{
	return text->cell[REGISTER_STRATUM].n == 0 || text->cell[REGISTER_WEIGHT].n > 0;
}

/* ------------------------------------------------------------------- rows */

static size_t
find_stratum(const struct design_reading *r, const struct cell *name)
{
	size_t i = 0;
	while (i < r->strata && (strncmp(r->stratum[i].name, name->bytes, name->n) != 0 ||
				    r->stratum[i].name[name->n] != '\0'))
		i++;
	return i;
}

/* NULL: too many. */
static struct design_stratum *
stratum_of(struct design_reading *r, const struct cell *name, uint64_t row)
{
	size_t i = find_stratum(r, name);
	if (i == DESIGN_STRATA_MAX)
		return NULL;
	struct design_stratum *s = &r->stratum[i];
	if (i == r->strata) {
		memcpy(s->name, name->bytes, name->n);
		s->row = row;
		r->strata++;
	}
	s->units++;
	return s;
}

/* The words of what is wrong with the weight of a unit that was drawn; NULL: nothing. */
static const struct label *
draw(struct design_stratum *s, const struct cell *cell, uint64_t row)
{
	uint64_t weight;
	unsigned decimals;
	if (!read_weight(cell, &weight, &decimals))
		return &bad_weight;
	if (s->drawn++ > 0)
		return weight == s->weight ? NULL : &other_weight;
	s->weight = weight;
	s->decimals = decimals;
	s->row = row;
	memcpy(s->said, cell->bytes, cell->n);
	return NULL;
}

static bool
add_to_sample(struct design_reading *r, const struct definition *d, uint64_t row,
    const struct register_text *text, struct register_problems *problems, uint8_t *stratum)
{
	const struct cell *name = &text->cell[REGISTER_STRATUM];
	const struct cell *weight = &text->cell[REGISTER_WEIGHT];
	struct design_stratum *s = is_name(name) ? stratum_of(r, name, row) : NULL;
	if (s == NULL) {
		add_problem(problems, d, REGISTER_STRATUM, text,
		    is_name(name) ? &many_strata : &bad_stratum);
		return false;
	}
	*stratum = (uint8_t)(s - r->stratum + 1);
	if (weight->n == 0)
		return true;
	*stratum |= DESIGN_DRAWN;
	const struct label *wrong = draw(s, weight, row);
	if (wrong != NULL)
		add_problem(problems, d, REGISTER_WEIGHT, text, wrong);
	return wrong == NULL;
}

bool
design_add(struct design_reading *r, const struct definition *d, uint64_t row,
    const struct register_text *text, struct register_problems *problems, uint8_t *stratum)
{
	*stratum = 0;
	bool has_stratum = text->cell[REGISTER_STRATUM].n > 0;
	if (r->rows++ == 0)
		r->is_sample = has_stratum;
	if (has_stratum != r->is_sample)
		add_problem(
		    problems, d, REGISTER_STRATUM, text, has_stratum ? &some_stratum : &no_stratum);
	else if (has_stratum)
		return add_to_sample(r, d, row, text, problems, stratum);
	else if (text->cell[REGISTER_WEIGHT].n > 0)
		add_problem(problems, d, REGISTER_WEIGHT, text, &weight_alone);
	else
		return true;
	return false;
}

/* ------------------------------------------------------------------- the frame */

/* |w n - N| is at most n halves of the last decimal, or, where that was cut off, n wholes of it. */
static bool
is_of_frame(const struct design_stratum *s)
{
	uint64_t half = s->decimals < DECIMALS ? 5 : 1;
	for (unsigned i = s->decimals + 1; i < DECIMALS; i++)
		half *= 10;
	if (s->weight > UINT64_MAX / s->drawn)
		return false;
	uint64_t said = s->weight * s->drawn, is = (uint64_t)s->units * ONE;
	return (said > is ? said - is : is - said) <= half * s->drawn;
}

void
design_end(const struct design_reading *r, const struct definition *d,
    void (*on_problem)(void *user, uint64_t row, const struct register_problem *problem),
    void *user)
{
	for (size_t i = 0; i < r->strata; i++) {
		const struct design_stratum *s = &r->stratum[i];
		struct register_problem p;
		if (s->drawn == 0)
			p = problem_of(d, REGISTER_STRATUM, &none_drawn, s->name, strlen(s->name));
		else if (!is_of_frame(s))
			p = problem_of(
			    d, REGISTER_WEIGHT, &not_the_frame, s->said, strlen(s->said));
		else
			continue;
		on_problem(user, s->row, &p);
	}
}

void
design_order(const struct design_reading *r, uint8_t order[DESIGN_STRATA_MAX + 1])
{
	order[0] = 0;
	for (size_t i = 0; i < r->strata; i++) {
		unsigned before = 0;
		for (size_t k = 0; k < r->strata; k++)
			before += strcmp(r->stratum[k].name, r->stratum[i].name) < 0;
		order[i + 1] = (uint8_t)(before + 1);
	}
}
