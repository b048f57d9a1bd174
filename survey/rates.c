/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict under silence: certain only when no way in which the silent units, the unknown
 * answers and the units of unknown membership may turn out can change it. With N certain members, m
 * met and f not met among them, N_u units of unknown membership, m_u of them met and f_u not met:
 *   the least favourable end counts every silent unit as not met and every doubtful unit that is
 * not known to be met as a member: m of N + N_u - m_u; the most favourable end counts every silent
 * unit as met and every doubtful unit that is not known to be not met as a member that is met: N -
 * f + N_u - f_u of N + N_u - f_u. */
#include "survey/rates.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

bool
threshold_meets(struct threshold t, uint64_t a, uint64_t b)
{
	return t.strict ? 100 * a > t.pct * b : 100 * a >= t.pct * b;
}

enum verdict
rate_verdict(struct threshold t, const struct rate_counts *c)
{
	if (c->n == 0)
		return c->n_unknown == 0 ? VERDICT_NOT_APPLICABLE : VERDICT_UNDECIDED;
	uint64_t best = c->n - c->not_met;
	uint64_t doubtful_not = c->n_unknown - c->n_unknown_met;
	uint64_t doubtful_met = c->n_unknown - c->n_unknown_not_met;
	if (threshold_meets(t, c->met, c->n) && threshold_meets(t, c->met, c->n + doubtful_not))
		return VERDICT_MET;
	if (!threshold_meets(t, best, c->n) &&
	    !threshold_meets(t, best + doubtful_met, c->n + doubtful_met))
		return VERDICT_NOT_MET;
	return VERDICT_UNDECIDED;
}

/* More units and fewer answers: a share certain of these is certain of all that is possible. */
struct rate_counts
rate_widened(const struct rate_counts *c, uint64_t within)
{
	struct rate_counts out = *c;
	if (within == 0)
		return out;
	out.n += within;
	out.met -= out.met < within ? out.met : within;
	out.not_met -= out.not_met < within ? out.not_met : within;
	return out;
}

/* Those asked of whom it is not known whether they met: certain members, and doubtful ones. */
static uint64_t
open_members(const struct rate_counts *c)
{
	return c->n - c->undrawn - c->met - c->not_met;
}

static uint64_t
open_doubtful(const struct rate_counts *c)
{
	return c->n_unknown - c->n_unknown_undrawn - c->n_unknown_met - c->n_unknown_not_met;
}

int64_t
rate_needed(struct threshold t, const struct rate_counts *c)
{
	if (c->n == 0)
		return -1;
	uint64_t base = c->n + c->n_unknown - c->n_unknown_met;
	/* The least number of met units that meets the threshold of `base`. */
	uint64_t wanted = t.strict ? t.pct * base / 100 + 1 : (t.pct * base + 99) / 100;
	if (wanted <= c->met)
		return 0;
	uint64_t open = open_members(c);
	if (wanted - c->met <= open)
		return (int64_t)(wanted - c->met);
	/* Then doubtful units too: each that turns out met leaves the denominator. */
	uint64_t met = c->met + open;
	if (met == 0 || t.pct == 0)
		return -1;
	uint64_t base_max = (100 * met - t.strict) / t.pct;
	uint64_t doubtful_open = open_doubtful(c);
	return base - base_max <= doubtful_open ? (int64_t)(open + base - base_max) : -1;
}

/* More of those still open turned out not met: the certain members first. */
static struct rate_counts
with_more_not_met(const struct rate_counts *c, uint64_t more)
{
	struct rate_counts out = *c;
	uint64_t open = open_members(c);
	uint64_t members = more < open ? more : open;
	out.not_met += members;
	out.n_unknown_not_met += more - members;
	return out;
}

int64_t
rate_needed_not(struct threshold t, const struct rate_counts *c)
{
	if (c->n == 0)
		return -1;
	uint64_t low = 0, high = open_members(c) + open_doubtful(c);
	struct rate_counts most = with_more_not_met(c, high);
	if (rate_verdict(t, &most) != VERDICT_NOT_MET)
		return -1;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		struct rate_counts then = with_more_not_met(c, middle);
		if (rate_verdict(t, &then) == VERDICT_NOT_MET)
			high = middle;
		else
			low = middle + 1;
	}
	return (int64_t)low;
}

struct fraction
rate_register_share(const struct rate_counts *c)
{
	return (struct fraction){c->met, c->n};
}

struct fraction
rate_respondent_share(const struct rate_counts *c)
{
	return (struct fraction){c->met, c->met + c->not_met};
}

struct fraction
rate_bound_low(const struct rate_counts *c)
{
	return (struct fraction){c->met, c->n + c->n_unknown - c->n_unknown_met};
}

struct fraction
rate_bound_high(const struct rate_counts *c)
{
	uint64_t doubtful = c->n_unknown - c->n_unknown_not_met;
	return (struct fraction){c->n - c->not_met + doubtful, c->n + doubtful};
}

static const uint64_t power[DECIMALS_MAX + 1] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

/* f in percent, in units of the last decimal. Exact: num and den are at most 2^33, and 2^33 * 100 *
 * 10^7 is below 2^63. */
static uint64_t
percent_units(struct fraction f, unsigned decimals, enum rounding rounding)
{
	uint64_t scaled = f.num * 100 * power[decimals];
	uint64_t units = scaled / f.den, rest = scaled % f.den;
	switch (rounding) {
	case ROUND_HALF_AWAY:
		return units + (2 * rest >= f.den);
	case ROUND_DOWN:
		return units;
	case ROUND_UP:
		return units + (rest > 0);
	}
	assert(false && "rounding");
	return 0;
}

void
percent_print(
    struct fraction f, unsigned decimals, enum rounding rounding, bool comma, char out[32])
{
	assert(decimals <= DECIMALS_MAX && f.num <= FRACTION_MAX && f.den <= FRACTION_MAX);
	out[0] = '\0';
	if (f.den == 0)
		return;
	uint64_t units = percent_units(f, decimals, rounding);
	if (decimals == 0)
		snprintf(out, 32, "%llu", (unsigned long long)units);
	else
		snprintf(out, 32, "%llu%c%0*llu", (unsigned long long)(units / power[decimals]),
		    comma ? ',' : '.', (int)decimals,
		    (unsigned long long)(units % power[decimals]));
}

void
percent_print_against(
    struct fraction f, struct threshold t, enum rounding rounding, bool comma, char out[32])
{
	unsigned decimals = 1;
	if (f.den != 0 && 100 * f.num != t.pct * f.den) {
		while (decimals < DECIMALS_MAX &&
		       percent_units(f, decimals, rounding) == t.pct * power[decimals])
			decimals++;
	}
	percent_print(f, decimals, rounding, comma, out);
}

/* "%s" is the deadline, where the words are of progress. */
static const struct verdict_text {
	const char *code, *vi, *en, *vi_progress, *en_progress;
} verdict_text[] = {
    [VERDICT_MET] = {"DAT", "đạt", "met", "đang đạt, hạn %s", "met so far, due %s"},
    [VERDICT_NOT_MET] = {"KHONG_DAT", "không đạt", "not met", "chưa đạt, hạn %s",
	"not met yet, due %s"},
    [VERDICT_NOT_APPLICABLE] = {"KHONG_AP_DUNG", "không áp dụng", "not applicable", "không áp dụng",
	"not applicable"},
    [VERDICT_UNDECIDED] = {"CHUA_DU_DU_LIEU", "chưa xác định", "undecided", "chưa xác định, hạn %s",
	"undecided, due %s"},
    [VERDICT_LIKELY_MET] = {"CO_THE_DAT", "nhiều khả năng đạt", "probably met",
	"nhiều khả năng đang đạt, hạn %s", "probably met so far, due %s"},
    [VERDICT_LIKELY_NOT_MET] = {"CO_THE_KHONG_DAT", "nhiều khả năng không đạt", "probably not met",
	"nhiều khả năng chưa đạt, hạn %s", "probably not met yet, due %s"},
    [VERDICT_INCONCLUSIVE] = {"KHONG_KET_LUAN", "không kết luận được", "inconclusive",
	"chưa kết luận được, hạn %s", "inconclusive, due %s"},
    [VERDICT_INSUFFICIENT] = {"CHUA_DU_DU_LIEU", "chưa đủ dữ liệu", "insufficient data",
	"chưa đủ dữ liệu, hạn %s", "insufficient data, due %s"},
};

static const struct verdict_text *
text_of(enum verdict v)
{
	assert(v >= VERDICT_MET && v <= VERDICT_INSUFFICIENT);
	return &verdict_text[v];
}

const char *
verdict_code(enum verdict v)
{
	return text_of(v)->code;
}

/* "2030-12-31" as "31/12/2030". */
static void
date_vi(const char *date, char out[16])
{
	snprintf(out, 16, "%.2s/%.2s/%.4s", date + 8, date + 5, date);
}

/* `words` has at most one "%s". */
static void
put_words(const char *words, const char *date, char out[96])
{
	const char *place = strstr(words, "%s");
	if (place == NULL)
		snprintf(out, 96, "%s", words);
	else
		snprintf(out, 96, "%.*s%s", (int)(place - words), words, date);
}

void
verdict_words(enum verdict v, bool progress, const char *deadline, char vi[96], char en[96])
{
	const struct verdict_text *text = text_of(v);
	char date[16];
	assert(strlen(deadline) == 10);
	date_vi(deadline, date);
	put_words(progress ? text->vi_progress : text->vi, date, vi);
	put_words(progress ? text->en_progress : text->en, deadline, en);
}
