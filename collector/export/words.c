/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/export/text.h"

struct label
words_dimension(enum dimension dimension)
{
	static const struct label label[DIMENSIONS] = {
	    [DIMENSION_WHOLE] = {"Toàn bộ", "The whole"},
	    [DIMENSION_ZONE] = {"Theo khu, cụm", "By zone"},
	    [DIMENSION_ZONE_TYPE] = {"Theo loại khu, cụm", "By type of zone"},
	    [DIMENSION_COMMUNE] = {"Theo xã, phường", "By commune"},
	    [DIMENSION_SECTOR] = {"Theo ngành", "By sector"},
	    [DIMENSION_SIZE] = {"Theo quy mô", "By size"},
	    [DIMENSION_UNIT_TYPE] = {"Theo loại đơn vị", "By type of unit"},
	    [DIMENSION_SIZE_SECTOR] = {"Theo quy mô và ngành", "By size and sector"},
	    [DIMENSION_SIZE_ZONE_TYPE] = {"Theo quy mô và loại khu, cụm",
		"By size and type of zone"},
	};
	return label[dimension];
}

struct label
words_stage(enum export_stage stage)
{
	switch (stage) {
	case STAGE_INTERIM:
		return (struct label){
		    "số liệu trong kỳ thu thập", "figures while collection is under way"};
	case STAGE_PRELIMINARY:
		return (struct label){"số liệu sơ bộ", "preliminary figures"};
	case STAGE_FINAL:
		return (struct label){"số liệu chính thức", "final figures"};
	}
	return (struct label){"", ""};
}

struct label
words_state(enum figure_state state)
{
	switch (state) {
	case FIGURE_FREE:
		break;
	case FIGURE_FEW_UNITS:
		return (struct label){"không công bố: quá ít đơn vị", "withheld: too few units"};
	case FIGURE_CONFIDENTIAL:
		return (struct label){"không công bố: bảo mật", "withheld: confidential"};
	case FIGURE_EMPTY:
		return (struct label){"không có đơn vị", "no unit"};
	}
	return (struct label){"", ""};
}

const char *
words_code(size_t i, char vi[VERDICT_WORDS_BYTES], char en[VERDICT_WORDS_BYTES])
{
	static const enum verdict verdicts[] = {VERDICT_MET, VERDICT_NOT_MET,
	    VERDICT_NOT_APPLICABLE, VERDICT_LIKELY_MET, VERDICT_LIKELY_NOT_MET,
	    VERDICT_INCONCLUSIVE, VERDICT_INSUFFICIENT};
	static const char date[] = "0000-00-00"; /* told in progress only */
	char or_vi[VERDICT_WORDS_BYTES], or_en[VERDICT_WORDS_BYTES];
	if (i >= sizeof(verdicts) / sizeof(verdicts[0]))
		return NULL;
	verdict_words(verdicts[i], false, date, vi, en);
	if (verdicts[i] == VERDICT_INSUFFICIENT) {
		size_t n = strlen(vi), m = strlen(en);
		verdict_words(VERDICT_UNDECIDED, false, date, or_vi, or_en);
		snprintf(vi + n, VERDICT_WORDS_BYTES - n, ", hoặc %s", or_vi);
		snprintf(en + m, VERDICT_WORDS_BYTES - m, ", or %s", or_en);
	}
	return verdict_code(verdicts[i]);
}

void
words_judged(const struct tables *t, size_t goal, enum verdict verdict,
    char vi[VERDICT_WORDS_BYTES], char en[VERDICT_WORDS_BYTES])
{
	const char *deadline = t->definition->goal[goal].deadline;
	char date[DATE_WORDS_BYTES], rest[VERDICT_WORDS_BYTES];
	verdict_words(verdict, strcmp(t->facts.reference_date, deadline) < 0, deadline, vi, en);
	char *at = strstr(en, deadline);
	if (at == NULL)
		return;
	snprintf(rest, sizeof(rest), "%s", at + strlen(deadline));
	date_words(deadline, true, date);
	snprintf(at, (size_t)(en + VERDICT_WORDS_BYTES - at), "%s%s", date, rest);
}

void
words_verdict(const struct tables *t, const struct observation *o, char vi[VERDICT_WORDS_BYTES],
    char en[VERDICT_WORDS_BYTES])
{
	struct value v;
	observation_value(t, o, o->has_estimate ? MEASURE_ESTIMATED_VERDICT : MEASURE_VERDICT, &v);
	*vi = *en = '\0';
	if (v.kind == VALUE_VERDICT)
		words_judged(t, o->goal, v.verdict, vi, en);
}

void
words_kept(const struct tables *t, const struct observation *o, char vi[KEPT_WORDS_BYTES],
    char en[KEPT_WORDS_BYTES])
{
	char time_vi[TIME_WORDS_BYTES], time_en[TIME_WORDS_BYTES];
	*vi = *en = '\0';
	if (o->vintage == t->facts.vintage ||
	    (o->members != FIGURE_FREE && o->judged != FIGURE_FREE))
		return;
	time_words(o->time_ms, time_vi, time_en);
	snprintf(vi, KEPT_WORDS_BYTES, "như lần công bố %" PRIu32 ", đến %s", o->vintage, time_vi);
	snprintf(en, KEPT_WORDS_BYTES, "as in vintage %" PRIu32 ", as of %s", o->vintage, time_en);
}

static void
note_design(const struct export_facts *f, char vi[NOTE_WORDS_BYTES], char en[NOTE_WORDS_BYTES])
{
	snprintf(vi, NOTE_WORDS_BYTES,
	    "Điều tra chọn mẫu: %" PRIu64 " trong %" PRIu64
	    " đơn vị của danh sách được chọn ngẫu nhiên trong %" PRIu32
	    " tầng. Ước lượng tính theo trọng số thiết kế.",
	    f->drawn, f->units, f->strata);
	snprintf(en, NOTE_WORDS_BYTES,
	    "A sample: %" PRIu64 " of %" PRIu64
	    " units of the register were drawn at random within "
	    "%" PRIu32 " strata. Estimates go by design weights.",
	    f->drawn, f->units, f->strata);
}

void
words_note(const struct tables *t, char vi[NOTE_WORDS_BYTES], char en[NOTE_WORDS_BYTES])
{
	const unsigned base = t->facts.settings.rounding;
	*vi = *en = '\0';
	if (t->facts.strata > 0)
		note_design(&t->facts, vi, en);
	if (t->within == 0)
		return;
	size_t n = strlen(vi), m = strlen(en);
	snprintf(vi + n, NOTE_WORDS_BYTES - n,
	    "%sSố đếm đã làm tròn đến bội số của %u, lệch không quá %u so với số thật (số trả lời "
	    "nhưng chưa rõ là hiệu của ba số đó: không quá %u). Tỷ lệ và ước lượng tính từ số đã "
	    "làm tròn.",
	    n > 0 ? " " : "", base, t->within, 3 * t->within);
	snprintf(en + m, NOTE_WORDS_BYTES - m,
	    "%sCounts are rounded to multiples of %u, at most %u from the true ones (answered but "
	    "unknown is what is left of three of them: at most %u). Shares and estimates are those "
	    "of the rounded counts.",
	    m > 0 ? " " : "", base, t->within, 3 * t->within);
}

/* Rows stand goal by goal, cell by cell. */
const struct observation *
words_row(const struct tables *t, size_t goal, size_t cell)
{
	size_t low = 0, high = t->rows;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct observation *o = &t->row[middle];
		if (o->goal < goal || (o->goal == goal && o->cell < cell))
			low = middle + 1;
		else
			high = middle;
	}
	bool is_there = low < t->rows && t->row[low].goal == goal && t->row[low].cell == cell;
	return is_there ? &t->row[low] : NULL;
}

bool
words_tell(const struct tables *t, size_t goal, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++) {
		const struct observation *o = words_row(t, goal, i);
		if (o != NULL && (o->members == FIGURE_FREE || o->judged == FIGURE_FREE))
			return true;
	}
	return false;
}
