/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the units, which questions are left open, how long they take: but for how many
 * questions there are, for staff only. */
#include <inttypes.h>
#include <stdio.h>

#include "collector/export/items.h"
#include "collector/export/quality.h"
#include "proto/khaosat.pb-c.h"
#include "survey/fieldwork.h"

static double
percent(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

/* Of the units that are asked, those out of scope left out. */
static void
say_fieldwork(struct quality *q)
{
	const uint64_t *units = q->e->items->units_in;
	struct fraction rate[FIELDWORK_RATES];
	fieldwork_rates(units, units[CASE_REACHABLE], rate);
	for (int i = 0; i < FIELDWORK_RATES; i++) {
		const struct fieldwork_info *info = fieldwork_info((enum fieldwork_rate)i);
		if (rate[i].den > 0)
			quality_say(q, info->name, info->label,
			    "%.1f %% (%" PRIu64 " / %" PRIu64 ")",
			    percent(rate[i].num, rate[i].den), rate[i].num, rate[i].den);
	}
	const struct fraction *response = &rate[FIELDWORK_RESPONSE];
	if (response->den > 0)
		quality_say(q, "unit_non_response",
		    (struct label){"Tỷ lệ đơn vị không trả lời (A4)", "Unit non-response (A4)"},
		    "%.1f %%", percent(response->den - response->num, response->den));
}

static void
say_cases(struct quality *q)
{
	static const struct {
		const char *name;
		struct label label;
	} state[CASES] = {
	    [CASE_NOT_STARTED - 1] = {"not_started", {"Chưa bắt đầu", "Not started"}},
	    [CASE_IN_PROGRESS - 1] = {"in_progress", {"Đang làm", "In progress"}},
	    [CASE_COMPLETE - 1] = {"complete", {"Hoàn thành", "Complete"}},
	    [CASE_PARTIAL - 1] = {"partial", {"Trả lời một phần", "Partial"}},
	    [CASE_REFUSAL - 1] = {"refusal", {"Từ chối", "Refusal"}},
	    [CASE_NON_CONTACT - 1] = {"non_contact", {"Không liên lạc được", "Non-contact"}},
	    [CASE_OUT_OF_SCOPE - 1] = {"out_of_scope", {"Ngoài phạm vi", "Out of scope"}},
	    [CASE_UNKNOWN - 1] = {"unknown", {"Chưa rõ", "Unknown"}},
	};
	const struct items *items = q->e->items;
	char name[32];
	for (size_t i = 0; i < CASES; i++) {
		snprintf(name, sizeof(name), "units.%s", state[i].name);
		quality_say(q, name, state[i].label, "%" PRIu64, items->units_in[i]);
	}
	quality_say(q, "over_coverage",
	    (struct label){"Tỷ lệ ngoài phạm vi (A2)", "Over-coverage (A2)"}, "%.1f %%",
	    items->weight > 0 ? 100 * items->weight_out_of_scope / items->weight : 0);
	say_fieldwork(q);
}

void
quality_items(struct quality *q)
{
	const struct definition *d = q->t->definition;
	char name[CODE_MAX_BYTES + 32], vi[128], en[128];
	if (q->e->items == NULL)
		return;
	say_cases(q);
	for (size_t i = 0; i < d->questions; i++) {
		const struct item *item = &q->e->items->item[i];
		uint64_t missing = item->blank + item->dont_know;
		if (d->question[i].type == QUESTION_LIST || item->asked == 0)
			continue;
		snprintf(name, sizeof(name), "%s.question_non_response", d->question[i].code);
		snprintf(vi, sizeof(vi), "%s, không trả lời (A5)", d->question[i].code);
		snprintf(en, sizeof(en), "%s, item non-response (A5)", d->question[i].code);
		quality_say(q, name, (struct label){vi, en},
		    "%.1f %% (%" PRIu64 " / %" PRIu64 "; DK %" PRIu64 ")",
		    percent(missing, item->asked), missing, item->asked, item->dont_know);
	}
}

void
quality_burden(struct quality *q)
{
	static const struct {
		const char *name;
		struct label label;
	} channel[ITEMS_CHANNELS] = {
	    [KHAOSAT__V1__CHANNEL__TOOL] = {"tool", {"Qua chương trình khaosat", "By the program"}},
	    [KHAOSAT__V1__CHANNEL__WEB] = {"web", {"Qua trang web", "By the web page"}},
	    [KHAOSAT__V1__CHANNEL__BULK] = {"bulk", {"Nộp hàng loạt", "In bulk"}},
	    [KHAOSAT__V1__CHANNEL__OFFICE] = {"office", {"Cơ quan nhập", "Typed in by the office"}},
	    [KHAOSAT__V1__CHANNEL__PAPER_FORM] = {"paper", {"Qua phiếu giấy", "On paper"}},
	    [KHAOSAT__V1__CHANNEL__PHONE] = {"phone", {"Qua điện thoại", "By telephone"}}};
	const struct definition *d = q->t->definition;
	char name[32];
	size_t questions = 0, required = 0;
	for (size_t i = 0; i < d->questions; i++) {
		bool is_asked = d->question[i].type != QUESTION_LIST; /* else a heading */
		questions += is_asked;
		required += is_asked && d->question[i].required;
	}
	quality_say(q, "questions",
	    (struct label){"Số câu hỏi; trong đó bắt buộc", "Questions; of them required"},
	    "%zu; %zu", questions, required);
	if (q->e->items == NULL)
		return;
	quality_say(q, "forms", (struct label){"Số phiếu được tính", "Questionnaires that count"},
	    "%" PRIu64, q->e->items->forms);
	for (size_t i = 0; i < ITEMS_CHANNELS; i++) {
		if (channel[i].name == NULL || q->e->items->channel[i] == 0)
			continue;
		snprintf(name, sizeof(name), "channel.%s", channel[i].name);
		quality_say(q, name, channel[i].label, "%" PRIu64, q->e->items->channel[i]);
	}
	if (q->e->items->timed > 0)
		quality_say(q, "minutes",
		    (struct label){"Số phút trả lời trung bình", "Average minutes to complete"},
		    "%.1f", (double)q->e->items->seconds / 60 / (double)q->e->items->timed);
}
