/* SPDX-License-Identifier: Apache-2.0 */
/* One question on the screen, and its answer taken. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/filling.h"
#include "client/findings_print.h"
#include "client/typed.h"
#include "client/wrap.h"
#include "survey/text.h"

#define NUMBERED_BYTES 32

/* ------------------------------------------------------------------------------- showing */

static void
show_section(struct filling *f, const struct section *section)
{
	char title[WORDING_BYTES];
	char line[WORDING_BYTES + 64];
	wording(f->client, f->q, section->title, title);
	int n = snprintf(line, sizeof(line), "── %s. %s ", section->code, title);
	size_t columns = wrap_width(line, (size_t)n);
	putchar('\n');
	for (; columns < prompt_width(f->prompt) && (size_t)n + 4 < sizeof(line); columns++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, "─");
	prompt_say(f->prompt, STYLE_STRONG, "", "", line);
	wording(f->client, f->q, section->note, title);
	if (title[0] != '\0')
		prompt_say(f->prompt, STYLE_FAINT, "   ", "   ", title);
}

/* Which of the questions asked this is, from 1. */
static size_t
number_of(const struct filling *f, size_t question)
{
	size_t number = 1;
	for (size_t i = 0; i < question; i++)
		number += form_asks(&f->form, i);
	return number;
}

static void
show_head(struct filling *f, size_t at)
{
	const struct definition *d = f->q->definition;
	const struct question *q = &d->question[at];
	char text[WORDING_BYTES];
	char line[96];
	struct form_progress progress = form_progress(&f->form);
	snprintf(line, sizeof(line), filling_say(f, "Câu %zu/%zu · %s", "Question %zu of %zu · %s"),
	    number_of(f, at), progress.asked, q->code);
	putchar('\n');
	prompt_say(f->prompt, STYLE_FAINT, "", "", line);
	if (q->list >= 0) {
		wording(f->client, f->q, d->question[q->list].label, text);
		prompt_say(f->prompt, at == (size_t)q->list + 1 ? STYLE_STRONG : STYLE_FAINT, "",
		    "", text);
	}
	wording(f->client, f->q, q->label, text);
	prompt_say(
	    f->prompt, STYLE_STRONG, q->list >= 0 ? "  " : "", q->list >= 0 ? "  " : "", text);
}

static void
show_choices(struct filling *f, const struct question *q)
{
	char text[WORDING_BYTES];
	char number[NUMBERED_BYTES];
	for (size_t i = 0; i < q->choices; i++) {
		wording(f->client, f->q, q->choice[i].label, text);
		snprintf(number, sizeof(number), "  %2zu  ", i + 1);
		prompt_say(f->prompt, STYLE_PLAIN, number, "      ", text);
	}
	if (!q->admits_dk)
		return;
	wording(f->client, f->q, f->q->definition->dk, text);
	prompt_say(f->prompt, STYLE_PLAIN, "   ?  ", "      ", text);
}

/* What an empty line does at this question. */
static const char *
enter_means(const struct filling *f, size_t at)
{
	if (f->answers.answer[at].state != ANSWER_BLANK)
		return filling_say(
		    f, "; Enter = giữ nguyên, :x = xóa", "; Enter = keep, :x = clear");
	return form_requires(&f->form, at) ? ""
					   : filling_say(f, "; Enter = bỏ qua", "; Enter = skip");
}

static int64_t
greatest(const struct filling *f, const struct question *q)
{
	return q->max_is_ref_year ? f->q->ref_year : q->max;
}

/* "1.500.000", or with commas: so a nought too many is seen. Small ones, as years are, stay. */
static void
number_words(
    const struct filling *f, const struct question *q, int64_t number, char out[NUMBERED_BYTES])
{
	int n = snprintf(out, NUMBERED_BYTES, "%" PRId64, number);
	int digits = n - (number < 0), from = n, to = n + (digits - 1) / 3;
	if (q->type != QUESTION_MONEY && digits < 5)
		return;
	out[to] = '\0';
	for (int k = 0; to > from; k++)
		out[--to] = k % 4 < 3                            ? out[--from]
			    : f->client->language == LANGUAGE_VI ? '.'
								 : ',';
}

/* How to answer, in a few words. */
static void
show_way(struct filling *f, size_t at)
{
	const struct question *q = &f->q->definition->question[at];
	const char *way = "";
	char line[256], limits[80] = "", least[NUMBERED_BYTES], most[NUMBERED_BYTES];
	switch (q->type) {
	case QUESTION_TEXT:
		way = filling_say(f, "gõ trả lời", "type your answer");
		snprintf(limits, sizeof(limits),
		    filling_say(f, ", đến %" PRIu32 " ký tự", ", up to %" PRIu32 " characters"),
		    q->text_max_chars);
		break;
	case QUESTION_INT:
		way = filling_say(f, "một số nguyên", "a whole number");
		number_words(f, q, q->min, least);
		number_words(f, q, greatest(f, q), most);
		snprintf(limits, sizeof(limits), filling_say(f, ", %s đến %s", ", %s to %s"), least,
		    most);
		break;
	case QUESTION_MONEY:
		way = filling_say(f, "triệu đồng, ví dụ 1.500", "million VND, such as 1,500");
		break;
	case QUESTION_PCT:
		way = q->tenths ? filling_say(f, "phần trăm, ví dụ 12,5", "percent, such as 12.5")
				: filling_say(f, "phần trăm, 0 đến 100", "percent, 0 to 100");
		break;
	case QUESTION_SINGLE:
	case QUESTION_TRI:
		way = filling_say(f, "chọn một số", "choose one number");
		break;
	case QUESTION_MULTI:
		way = filling_say(f, "chọn một hay nhiều số, ví dụ 1 3 4",
		    "choose one or more numbers, such as 1 3 4");
		break;
	case QUESTION_LIST:
		break;
	}
	snprintf(line, sizeof(line), "(%s%s%s)", way, limits, enter_means(f, at));
	prompt_say(f->prompt, STYLE_FAINT, "", "", line);
}

/* A whole piece, or "…" where there is no room for it. */
static void
append(char *out, size_t cap, const char *text)
{
	static const char left_out[] = "…";
	size_t at = strlen(out), n = strlen(text);
	if (at + n + sizeof(left_out) <= cap)
		memcpy(out + at, text, n + 1);
	else if (at + sizeof(left_out) <= cap)
		memcpy(out + at, left_out, sizeof(left_out));
}

/* "12.5" as "12,5 %" where people write it so. */
static void
add_unit(const struct filling *f, const struct question *q, const struct answer *a, char *out,
    size_t cap)
{
	if (a->state != ANSWER_VALUE)
		return;
	char *point = q->type == QUESTION_PCT ? strchr(out, '.') : NULL;
	if (point != NULL && f->client->language == LANGUAGE_VI)
		*point = ',';
	if (q->type == QUESTION_PCT)
		append(out, cap, " %");
	else if (q->type == QUESTION_MONEY)
		append(out, cap, filling_say(f, " triệu đồng", " million VND"));
}

void
filling_answer_words(const struct filling *f, size_t question, char *out, size_t cap)
{
	const struct question *q = &f->q->definition->question[question];
	const struct answer *a = &f->answers.answer[question];
	char text[WORDING_BYTES];
	out[0] = '\0';
	if (a->state == ANSWER_DONT_KNOW) {
		wording(f->client, f->q, f->q->definition->dk, text);
		append(out, cap, text);
		return;
	}
	if (a->state == ANSWER_BLANK || q->choices == 0) {
		if (a->state == ANSWER_VALUE &&
		    (q->type == QUESTION_INT || q->type == QUESTION_MONEY))
			number_words(f, q, a->number, out);
		else
			answer_print(q, a, out, cap);
		add_unit(f, q, a, out, cap);
		return;
	}
	for (size_t i = 0; i < q->choices; i++) {
		if ((a->mask >> i & 1) == 0)
			continue;
		wording(f->client, f->q, q->choice[i].label, text);
		append(out, cap, out[0] == '\0' ? "" : "; ");
		append(out, cap, text);
	}
	if (a->text.n > 0) {
		snprintf(text, sizeof(text), ": %.*s", (int)a->text.n, a->text.bytes);
		append(out, cap, text);
	}
}

static void
show_current(struct filling *f, size_t at)
{
	char words[WORDING_BYTES];
	if (f->answers.answer[at].state == ANSWER_BLANK)
		return;
	filling_answer_words(f, at, words, sizeof(words));
	prompt_say(
	    f->prompt, STYLE_PLAIN, filling_say(f, "Đang là: ", "So far: "), "         ", words);
}

static void
show_help(struct filling *f)
{
	static const struct {
		const char *key;
		struct label label;
	} help[] = {
	    {"?", {"không biết", "don't know"}},
	    {"Enter", {"giữ câu trả lời đang có, hoặc bỏ qua", "keep the answer, or skip"}},
	    {"<", {"quay lại câu trước", "back to the question before"}},
	    {":x", {"xóa câu trả lời này", "clear this answer"}},
	    {":B01", {"đến câu B01 (mã câu nào cũng được)", "go to B01, or any other question"}},
	    {":r", {"xem lại và gửi", "review and send"}},
	    {":q",
		{"lưu bản nháp và thoát; lần sau làm tiếp", "save a draft and quit; resume later"}},
	};
	putchar('\n');
	for (size_t i = 0; i < sizeof(help) / sizeof(help[0]); i++) {
		char key[NUMBERED_BYTES];
		snprintf(key, sizeof(key), "  %-6s ", help[i].key);
		prompt_say(f->prompt, STYLE_PLAIN, key, "         ",
		    client_text(f->client, help[i].label));
	}
}

/* ------------------------------------------------------------------------------- taking */

/* " (0 – 200000)" behind what is said of a number out of range. */
static void
add_limits(const struct filling *f, const struct finding *finding, char *out, size_t cap)
{
	char limits[80], least[NUMBERED_BYTES], most[NUMBERED_BYTES];
	if (finding->question < 0)
		return;
	const struct question *q = &f->q->definition->question[finding->question];
	if (finding->check != q->range_check ||
	    (q->type != QUESTION_INT && q->type != QUESTION_MONEY))
		return;
	number_words(f, q, q->min, least);
	number_words(f, q, greatest(f, q), most);
	snprintf(limits, sizeof(limits), " (%s – %s)", least, most);
	append(out, cap, limits);
}

static void
show_findings(struct filling *f, const struct findings *findings, bool *any_hard)
{
	char line[WORDING_BYTES];
	*any_hard = false;
	for (size_t i = 0; i < findings->n; i++) {
		const struct check *check = &f->q->definition->check[findings->finding[i].check];
		if (findings->finding[i].confirmed)
			continue;
		wording(f->client, f->q, check->message, line);
		add_limits(f, &findings->finding[i], line, sizeof(line));
		prompt_say(f->prompt, STYLE_WARNING, check->hard ? "  ✗ " : "  ! ", "    ", line);
		*any_hard |= check->hard;
	}
}

/* True when the text may be stored; else the rule it breaks has been said. */
static bool
text_is_good(struct filling *f, struct span text, uint32_t max_chars, bool multiline)
{
	char line[WORDING_BYTES];
	enum text_status status = text_check(text.bytes, text.n, max_chars, multiline);
	if (text.n == 0)
		snprintf(line, sizeof(line), "%s",
		    filling_say(f, "hãy ghi rõ; < = chọn lại", "say what; < = choose again"));
	else if (status == TEXT_TOO_LONG)
		snprintf(line, sizeof(line),
		    filling_say(f, "quá dài: nhiều nhất %" PRIu32 " ký tự; hãy gõ lại",
			"too long: at most %" PRIu32 " characters; type it again"),
		    max_chars);
	else
		snprintf(line, sizeof(line), "%s",
		    filling_say(f, text_rule_vi(status), text_rule_en(status)));
	if (text.n == 0 || status != TEXT_OK)
		prompt_say(f->prompt, STYLE_WARNING, "  ✗ ", "    ", line);
	return text.n > 0 && status == TEXT_OK;
}

/* The text of OTHER, asked until it is good; `*taken` stays false where they go back or leave. */
static enum filling_end
ask_other(struct filling *f, size_t at, struct answer *answer, bool *taken)
{
	const struct question *q = &f->q->definition->question[at];
	const struct span before = f->answers.answer[at].text;
	char label[WORDING_BYTES];
	wording(f->client, f->q, q->choice[q->other_choice].label, label);
	prompt_say(f->prompt, STYLE_PLAIN, "  ", "  ", label);
	while (!*taken) {
		char *line = prompt_line(f->prompt, "  > ", NULL);
		if (line == NULL)
			return FILLING_ENDED;
		bool back = strcmp(line, "<") == 0, quit = strcasecmp(line, ":q") == 0;
		struct span text = line[0] == '\0' && before.n > 0 ? before : filling_keep(f, line);
		free(line);
		if (back || quit)
			return quit ? FILLING_QUIT : FILLING_GOES_ON;
		*taken = text_is_good(f, text, OTHER_MAX_CHARS, false);
		answer->text = text;
	}
	return FILLING_GOES_ON;
}

static bool
needs_other(const struct question *q, const struct answer *answer)
{
	return answer->state == ANSWER_VALUE && q->other_choice >= 0 &&
	       (answer->mask >> q->other_choice & 1) != 0;
}

/* A typed text is kept, and judged with its own words. */
static bool
has_bad_text(struct filling *f, size_t at, struct answer *answer)
{
	const struct question *q = &f->q->definition->question[at];
	if (q->type != QUESTION_TEXT || answer->state != ANSWER_VALUE)
		return false;
	answer->text = filling_keep(f, answer->text.bytes);
	return !text_is_good(f, answer->text, q->text_max_chars, q->multiline);
}

static void
go_on(struct filling *f, size_t at)
{
	f->place = form_next(&f->form, (int)at);
}

/* Set the answer; stay at the question when something about it must be put right. */
static enum filling_end
take_answer(struct filling *f, size_t at, struct answer *answer)
{
	struct findings findings = {0};
	bool any_hard;
	bool taken = !needs_other(&f->q->definition->question[at], answer);
	enum filling_end end = taken ? FILLING_GOES_ON : ask_other(f, at, answer, &taken);
	if (!taken)
		return end;
	if (has_bad_text(f, at, answer))
		return FILLING_GOES_ON;
	if (!form_set(&f->form, at, answer, &findings)) {
		show_findings(f, &findings, &any_hard);
		return FILLING_GOES_ON;
	}
	form_findings(&f->form, at, &findings);
	show_findings(f, &findings, &any_hard);
	if (any_hard)
		prompt_say(f->prompt, STYLE_FAINT, "    ", "    ",
		    filling_say(f, "Gõ lại câu trả lời, hoặc Enter để giữ và sửa sau.",
			"Type the answer again, or Enter to keep it and put it right later."));
	else
		go_on(f, at);
	filling_save(f, NULL);
	return f->place < 0 ? FILLING_DONE : FILLING_GOES_ON;
}

static enum filling_end
pass(struct filling *f, size_t at)
{
	const struct question *q = &f->q->definition->question[at];
	bool blank = f->answers.answer[at].state == ANSWER_BLANK;
	if (blank && q->core && form_requires(&f->form, at)) {
		prompt_say(f->prompt, STYLE_WARNING, "  ✗ ", "    ",
		    q->admits_dk ? filling_say(f, "Câu này cần được trả lời (không biết: gõ ?)",
				       "This question needs an answer (don't know: type ?)")
				 : filling_say(f, "Câu này cần được trả lời",
				       "This question needs an answer"));
		return FILLING_GOES_ON;
	}
	go_on(f, at);
	return f->place < 0 ? FILLING_DONE : FILLING_GOES_ON;
}

static enum filling_end
take_line(struct filling *f, size_t at, const char *line)
{
	struct typed_line typed;
	struct answer blank = {.state = ANSWER_BLANK};
	int before;
	switch (typed_parse(f->q->definition, at, f->client->language, line, &typed)) {
	case TYPED_ANSWER:
		return take_answer(f, at, &typed.answer);
	case TYPED_EMPTY:
		return pass(f, at);
	case TYPED_CLEAR:
		return take_answer(f, at, &blank);
	case TYPED_BACK:
		before = form_previous(&f->form, (int)at);
		if (before >= 0)
			f->place = before;
		else
			prompt_say(f->prompt, STYLE_FAINT, "  ", "  ",
			    filling_say(f, "đây là câu đầu tiên", "this is the first question"));
		return FILLING_GOES_ON;
	case TYPED_QUIT:
		return FILLING_QUIT;
	case TYPED_HELP:
		show_help(f);
		f->shown = -1;
		return FILLING_GOES_ON;
	case TYPED_REVIEW:
		return FILLING_DONE;
	case TYPED_GOTO:
		if (form_asks(&f->form, (size_t)typed.place))
			f->place = typed.place;
		else
			prompt_say(f->prompt, STYLE_WARNING, "  ", "  ",
			    filling_say(f,
				"câu này không hỏi đơn vị này, theo các câu trả lời đến nay",
				"this question is not asked, as the answers stand"));
		return FILLING_GOES_ON;
	case TYPED_WRONG:
		prompt_say(f->prompt, STYLE_WARNING, "  ✗ ", "    ", typed.reason);
		return FILLING_GOES_ON;
	}
	return FILLING_GOES_ON;
}

static void
show_question(struct filling *f, size_t at)
{
	const struct definition *d = f->q->definition;
	const struct question *q = &d->question[at];
	if (f->section != q->section)
		show_section(f, &d->section[q->section]);
	f->section = q->section;
	show_head(f, at);
	show_choices(f, q);
	show_current(f, at);
	show_way(f, at);
}

enum filling_end
filling_ask(struct filling *f)
{
	size_t at = (size_t)f->place;
	if (f->shown != f->place)
		show_question(f, at);
	f->shown = f->place;
	char *line = prompt_line(f->prompt, "> ", NULL);
	if (line == NULL)
		return FILLING_ENDED;
	struct span text = filling_keep(f, line);
	free(line);
	if (text.bytes == NULL) {
		prompt_say(f->prompt, STYLE_WARNING, "  ✗ ", "    ",
		    filling_say(f, "không phải chữ UTF-8", "not UTF-8 text"));
		return FILLING_GOES_ON;
	}
	return take_line(f, at, text.bytes);
}
