/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of the quality report of which the office knows most: what the questionnaire, the settings
 * and the program itself say under them. */
#include <inttypes.h>
#include <stdio.h>

#include "collector/export/office.h"
#include "collector/export/quality.h"
#include "collector/export/sdmx.h"
#include "collector/export/words.h"

#define NAME_BYTES (CODE_MAX_BYTES + 16)

static void
say_both(struct quality *q, const char *name, struct label label, struct label value)
{
	if (*value.vi != '\0' || *value.en != '\0')
		quality_say(q, name, label, "%s / %s", value.vi, value.en);
}

void
quality_contact(struct quality *q)
{
	say_both(q, "office", (struct label){"Cơ quan", "Office"},
	    office_words(q->e->office, OFFICE_NAME));
	quality_say(q, "agency", (struct label){"Mã cơ quan (SDMX)", "Agency (SDMX)"}, "%s",
	    office_code(q->e->office, OFFICE_AGENCY));
}

void
quality_mandate(struct quality *q)
{
	say_both(q, "statement",
	    (struct label){"Mục đích và bảo mật, như ghi trên phiếu",
		"Purpose and confidentiality, as the questionnaire says them"},
	    q->t->definition->statement);
}

void
quality_policy(struct quality *q)
{
	static const struct label kept = {
	    "một lần công bố không bao giờ bị sửa; chỗ khác lần trước nêu trong revisions.csv",
	    "a vintage is never changed; what differs from the one before stands in revisions.csv"};
	static const struct label proof = {
	    "manifest.json có SHA-256 của mọi tệp; SHA-256 của nó có trong nhật ký",
	    "manifest.json has the SHA-256 of every file, and the log that of the manifest"};
	say_both(q, "vintages", (struct label){"Các lần công bố", "Vintages"}, kept);
	say_both(q, "authenticity", (struct label){"Kiểm chứng tệp", "Authenticity"}, proof);
}

void
quality_frequency(struct quality *q)
{
	char period[SDMX_ID_BYTES], before[TIME_TEXT_BYTES];
	const char frequency = sdmx_period(q->e, period);
	quality_say(q, "period", (struct label){"Kỳ số liệu", "Period"}, "%s", period);
	quality_say(q, "frequency", (struct label){"Định kỳ", "Frequency"}, "%s",
	    frequency == 'A'   ? "hằng năm / annual"
	    : frequency == 'S' ? "nửa năm / half-yearly"
	    : frequency == 'Q' ? "hằng quý / quarterly"
			       : "hằng tháng / monthly");
	if (q->e->before == NULL)
		return;
	time_print(q->e->before->facts.time_ms, before);
	quality_say(q, "as_of_before",
	    (struct label){"Lần công bố trước: số liệu đến", "The vintage before: figures as of"},
	    "%s", before);
}

void
quality_management(struct quality *q)
{
	static const struct label recount = {
	    "khaosat recount tính lại mọi con số từ từng câu trả lời trong nhật ký",
	    "khaosat recount works every figure out anew from each answer in the log"};
	const struct definition *d = q->t->definition;
	size_t hard = 0;
	for (size_t i = 0; i < d->checks; i++)
		hard += d->check[i].hard;
	quality_say(q, "checks",
	    (struct label){"Kiểm tra khi nhận phiếu: bắt buộc; cần xác nhận",
		"Checks of each questionnaire: hard; to be confirmed"},
	    "%zu; %zu", hard, d->checks - hard);
	say_both(q, "recount", (struct label){"Kiểm toán số liệu", "Audit of figures"}, recount);
}

void
quality_relevance(struct quality *q)
{
	const struct definition *d = q->t->definition;
	say_both(q, "addressee", (struct label){"Nơi nhận", "Addressee"},
	    office_words(q->e->office, OFFICE_ADDRESSEE));
	for (size_t i = 0; i < d->goals; i++) {
		const struct goal *g = &d->goal[i];
		char name[NAME_BYTES];
		if (!g->headline)
			continue;
		snprintf(name, sizeof(name), "goal_%s", g->code);
		quality_say(q, name, g->name, "%s %" PRIu32 " %%, %s", g->strict ? ">" : "≥",
		    g->threshold_pct, g->deadline);
	}
}

void
quality_coherence(struct quality *q)
{
	static const struct label breaks = {"khaosat trend và change nêu mọi thay đổi phiếu, cách "
					    "xác định, diện, phân loại giữa các đợt",
	    "khaosat trend and change name each change of questionnaire, predicate, population and "
	    "classification between rounds"};
	static const struct label sums = {
	    "mọi số đếm của một lần công bố tính từ cùng một danh sách và cùng một bản ghi cuối",
	    "all counts of a vintage are of one register and up to one entry of the log"};
	const struct definition *d = q->t->definition;
	quality_say(q, "codes",
	    (struct label){"Số mã: xã, phường; khu, cụm; ngành", "Codes: communes; zones; sectors"},
	    "%zu; %zu; %zu", d->list[CODES_COMMUNE].codes, d->list[CODES_ZONE].codes,
	    d->list[CODES_SECTION].codes);
	say_both(q, "breaks", (struct label){"So sánh theo thời gian", "Over time"}, breaks);
	say_both(q, "within", (struct label){"Giữa các bảng", "Between tables"}, sums);
}

void
quality_comment(struct quality *q)
{
	char vi[NOTE_WORDS_BYTES], en[NOTE_WORDS_BYTES];
	words_note(q->t, vi, en);
	quality_say(q, "comment", (struct label){"Ghi chú", "Comment"}, "%s / %s",
	    *vi != '\0' ? vi : "không có", *en != '\0' ? en : "none");
}
