/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the form: what is missing, what is wrong, what is doubtful, and what will be sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/filling.h"
#include "client/findings_print.h"

#define CODES_BYTES 400

static struct validation judged; /* large, and one thread */

/* Ask one question until the form moves on from it. DONE: back to the review. */
static enum filling_end
ask_again(struct filling *f, int question)
{
	enum filling_end end = FILLING_GOES_ON;
	f->place = question;
	f->shown = -1;
	while (end == FILLING_GOES_ON && f->place == question)
		end = filling_ask(f);
	return end == FILLING_GOES_ON ? FILLING_DONE : end;
}

/* A line at the review: empty, ":q", or a question to go to. */
enum pick { PICK_USUAL, PICK_QUESTION, PICK_NUMBER, PICK_PASS, PICK_QUIT, PICK_ENDED, PICK_WRONG };

static enum pick
read_pick(struct filling *f, const char *before, int *number)
{
	enum pick pick = PICK_WRONG;
	char *line = prompt_line(f->prompt, before, NULL);
	if (line == NULL)
		return PICK_ENDED;
	const char *code = line + (line[0] == ':');
	char *end;
	long value = strtol(line, &end, 10);
	if (line[0] == '\0')
		pick = PICK_USUAL;
	else if (strcasecmp(line, ":q") == 0)
		pick = PICK_QUIT;
	else if (strcmp(line, "-") == 0)
		pick = PICK_PASS;
	else if (*end == '\0' && value > 0 && value < 1000) {
		pick = PICK_NUMBER;
		*number = (int)value;
	} else {
		const struct definition *d = f->q->definition;
		for (size_t i = 0; i < d->questions; i++)
			if (strcasecmp(d->question[i].code, code) == 0 && form_asks(&f->form, i)) {
				pick = PICK_QUESTION;
				*number = (int)i;
			}
	}
	free(line);
	return pick;
}

static void
say_wrong_pick(struct filling *f)
{
	prompt_say(f->prompt, STYLE_WARNING, "  ✗ ", "    ",
	    filling_say(f, "không hiểu: gõ một trong các cách ghi trên",
		"not understood: type one of what is named above"));
}

/* ------------------------------------------------------------------------------- missing */

static bool
is_missing(const struct filling *f, size_t question)
{
	return form_requires(&f->form, question) &&
	       f->answers.answer[question].state == ANSWER_BLANK;
}

static size_t
list_missing(const struct filling *f, char *codes, size_t cap, int *first)
{
	const struct definition *d = f->q->definition;
	size_t missing = 0;
	codes[0] = '\0';
	for (size_t i = 0; i < d->questions; i++) {
		if (!is_missing(f, i))
			continue;
		size_t at = strlen(codes);
		snprintf(
		    codes + at, cap - at, "%s%s", missing == 0 ? "" : ", ", d->question[i].code);
		if (missing++ == 0)
			*first = (int)i;
	}
	return missing;
}

/* One missing answer after the other, from question `at`, and back where they go back. DONE: the
 * end of them, or ":r". */
static enum filling_end
walk_missing(struct filling *f, int at)
{
	int questions = (int)f->q->definition->questions;
	while (at < questions) {
		enum filling_end end = FILLING_GOES_ON;
		f->place = at;
		f->shown = -1;
		while (end == FILLING_GOES_ON && f->place == at)
			end = filling_ask(f);
		if (end == FILLING_QUIT || end == FILLING_ENDED || f->place == at)
			return end;
		if (f->place >= 0 && f->place < at) {
			at = f->place;
			continue;
		}
		do
			at++;
		while (at < questions && !is_missing(f, (size_t)at));
	}
	return FILLING_DONE;
}

static enum filling_end
visit_missing(struct filling *f)
{
	char codes[CODES_BYTES];
	char line[CODES_BYTES + 64];
	int question = -1;
	int number = 0;
	size_t missing = list_missing(f, codes, sizeof(codes), &question);
	if (missing <= f->missing_passed)
		return FILLING_GOES_ON;
	snprintf(line, sizeof(line),
	    filling_say(f, "Còn %zu câu chưa trả lời: %s",
		missing == 1 ? "%zu question without an answer: %s"
			     : "%zu questions without an answer: %s"),
	    missing, codes);
	putchar('\n');
	prompt_say(f->prompt, STYLE_STRONG, "", "  ", line);
	prompt_say(f->prompt, STYLE_FAINT, "", "",
	    filling_say(f, "(Enter = trả lời; - = để trống; :q = lưu và thoát)",
		"(Enter = answer them; - = leave them; :q = save and quit)"));
	switch (read_pick(f, "> ", &number)) {
	case PICK_USUAL:
		return walk_missing(f, question);
	case PICK_QUESTION:
		return ask_again(f, number);
	case PICK_PASS:
		f->missing_passed = missing;
		return FILLING_DONE;
	case PICK_QUIT:
		return FILLING_QUIT;
	case PICK_ENDED:
		return FILLING_ENDED;
	case PICK_NUMBER:
	case PICK_WRONG:
		say_wrong_pick(f);
		break;
	}
	return FILLING_DONE;
}

/* ------------------------------------------------------------------------------- wrong */

static bool
is_hard(const struct filling *f, const struct finding *finding)
{
	return f->q->definition->check[finding->check].hard;
}

/* Where a finding is put right, or -1. */
static int
question_of(const struct filling *f, const struct finding *finding)
{
	const struct check *check = &f->q->definition->check[finding->check];
	if (finding->question >= 0)
		return finding->question;
	return check->questions > 0 ? check->question[0] : -1;
}

/* The hard finding with this number from 1, or NULL; with 0 all are printed. */
static const struct finding *
hard_finding(struct filling *f, int number)
{
	char words[WORDING_BYTES];
	char before[24];
	int n = 0;
	for (size_t i = 0; i < judged.findings.n; i++) {
		const struct finding *finding = &judged.findings.finding[i];
		if (!is_hard(f, finding))
			continue;
		if (++n == number)
			return finding;
		if (number > 0)
			continue;
		snprintf(before, sizeof(before), "  %2d. ", n);
		finding_line(f->client, f->q, finding, words);
		prompt_say(f->prompt, STYLE_WARNING, before, "      ", words);
	}
	return NULL;
}

/* A check over several questions: each in turn, until it fires no more. */
static enum filling_end
put_right(struct filling *f, const struct finding *finding)
{
	const struct check *check = &f->q->definition->check[finding->check];
	int question = question_of(f, finding);
	enum filling_end end = FILLING_DONE;
	if (check->stage == CHECK_BUILTIN || check->questions < 2)
		return question < 0 ? FILLING_DONE : ask_again(f, question);
	for (size_t i = 0; i < check->questions && end == FILLING_DONE; i++) {
		question = check->question[i];
		if (!form_asks(&f->form, (size_t)question))
			continue;
		end = ask_again(f, question);
		if (rule_evaluate(check->rule, &f->form.evaluation) != TRUTH_TRUE)
			break;
	}
	return end;
}

static enum filling_end
visit_hard(struct filling *f)
{
	int number = 1;
	f->answers.seconds = filling_seconds(f); /* a check may ask how long it took */
	if (form_validate(&f->form, &judged) != VALIDATE_REJECTED)
		return FILLING_GOES_ON;
	putchar('\n');
	prompt_say(f->prompt, STYLE_STRONG, "", "",
	    filling_say(f, "Cần sửa trước khi gửi:", "To be put right before it can be sent:"));
	hard_finding(f, 0);
	prompt_say(f->prompt, STYLE_FAINT, "", "",
	    filling_say(f,
		"(Enter = sửa mục 1; số = sửa mục đó; mã câu = đến câu đó; :q = lưu và thoát)",
		"(Enter = the first; a number = that one; a question's code; :q = save and quit)"));
	enum pick pick = read_pick(f, "> ", &number);
	if (pick == PICK_QUIT)
		return FILLING_QUIT;
	if (pick == PICK_ENDED)
		return FILLING_ENDED;
	if (pick == PICK_QUESTION)
		return ask_again(f, number);
	const struct finding *finding =
	    pick == PICK_USUAL || pick == PICK_NUMBER ? hard_finding(f, number) : NULL;
	if (finding != NULL)
		return put_right(f, finding);
	say_wrong_pick(f);
	return FILLING_DONE;
}

/* ------------------------------------------------------------------------------- doubtful */

/* One doubt: a reason confirms it, "<" goes back to the answer. */
static enum filling_end
visit_doubt(struct filling *f, const struct finding *finding)
{
	char words[WORDING_BYTES];
	finding_line(f->client, f->q, finding, words);
	putchar('\n');
	prompt_say(f->prompt, STYLE_WARNING, "  ! ", "    ", words);
	prompt_say(f->prompt, STYLE_FAINT, "    ", "    ",
	    filling_say(f,
		"Nếu đúng, gõ lý do (đến 500 ký tự); < = sửa câu trả lời; :q = lưu và thoát",
		"If it is right, type the reason (up to 500 characters); < = change the answer; "
		":q = save and quit"));
	char *line = prompt_line(f->prompt, filling_say(f, "Lý do: ", "Reason: "), NULL);
	if (line == NULL)
		return FILLING_ENDED;
	enum filling_end end = FILLING_DONE;
	if (strcasecmp(line, ":q") == 0)
		end = FILLING_QUIT;
	else if (strcmp(line, "<") == 0)
		end = put_right(f, finding);
	else if (line[0] == ':')
		say_wrong_pick(f);
	else if (line[0] != '\0') {
		struct span reason = filling_keep(f, line);
		if (reason.n > 0 && form_confirm(&f->form, (size_t)finding->check, reason))
			filling_save(f, NULL);
		else
			prompt_say(f->prompt, STYLE_WARNING, "  ✗ ", "    ",
			    filling_say(f, "lý do cần từ 1 đến 500 ký tự",
				"a reason has 1 to 500 characters"));
	}
	free(line);
	return end;
}

static enum filling_end
visit_doubts(struct filling *f)
{
	if (form_validate(&f->form, &judged) != VALIDATE_UNCONFIRMED)
		return FILLING_GOES_ON;
	for (size_t i = 0; i < judged.findings.n; i++) {
		struct finding finding = judged.findings.finding[i];
		if (!is_hard(f, &finding) && !finding.confirmed)
			return visit_doubt(f, &finding);
	}
	return FILLING_GOES_ON;
}

/* ------------------------------------------------------------------------------- summary */

static void
show_summary(struct filling *f)
{
	const struct definition *d = f->q->definition;
	char words[WORDING_BYTES];
	char title[WORDING_BYTES];
	char before[40];
	int section = -1;
	putchar('\n');
	prompt_say(f->prompt, STYLE_STRONG, "", "", filling_say(f, "Câu trả lời", "The answers"));
	for (size_t i = 0; i < d->questions; i++) {
		if (f->answers.answer[i].state == ANSWER_BLANK)
			continue;
		if (d->question[i].section != section) {
			section = d->question[i].section;
			wording(f->client, f->q, d->section[section].title, title);
			prompt_say(f->prompt, STYLE_FAINT, "  ", "  ", title);
		}
		filling_answer_words(f, i, words, sizeof(words));
		snprintf(before, sizeof(before), "    %-8s ", d->question[i].code);
		prompt_say(f->prompt, STYLE_PLAIN, before, "             ", words);
	}
}

/* Reasons given for what was then changed say nothing any more. */
static void
forget_idle_reasons(struct filling *f)
{
	for (size_t i = f->answers.confirmations; i > 0; i--) {
		int check = f->answers.confirmed[i - 1].check;
		size_t k = 0;
		while (k < judged.findings.n && (judged.findings.finding[k].check != check ||
						    !judged.findings.finding[k].confirmed))
			k++;
		if (k == judged.findings.n)
			form_confirm(&f->form, (size_t)check, (struct span){0});
	}
}

static void
show_reasons(struct filling *f)
{
	char words[REASON_MAX_CHARS * 4 + 1];
	char before[40];
	if (f->answers.confirmations > 0)
		prompt_say(f->prompt, STYLE_FAINT, "  ", "  ", filling_say(f, "Lý do", "Reasons"));
	for (size_t i = 0; i < f->answers.confirmations; i++) {
		const struct confirmation *c = &f->answers.confirmed[i];
		snprintf(words, sizeof(words), "%.*s", (int)c->reason.n, c->reason.bytes);
		snprintf(
		    before, sizeof(before), "    %-8s ", f->q->definition->check[c->check].code);
		prompt_say(f->prompt, STYLE_PLAIN, before, "             ", words);
	}
}

static enum filling_end
ask_to_send(struct filling *f, bool *send)
{
	int question = 0;
	forget_idle_reasons(f);
	show_summary(f);
	show_reasons(f);
	putchar('\n');
	prompt_say(f->prompt, STYLE_STRONG, "", "",
	    filling_say(f, "Gửi những câu trả lời này?", "Send these answers?"));
	prompt_say(f->prompt, STYLE_FAINT, "", "",
	    filling_say(f, "(Enter = gửi; mã câu = sửa câu đó; :q = lưu và thoát)",
		"(Enter = send; a question's code = change it; :q = save and quit)"));
	switch (read_pick(f, "> ", &question)) {
	case PICK_USUAL:
		*send = true;
		return FILLING_DONE;
	case PICK_QUESTION:
		return ask_again(f, question);
	case PICK_QUIT:
		return FILLING_QUIT;
	case PICK_ENDED:
		return FILLING_ENDED;
	case PICK_NUMBER:
	case PICK_PASS:
	case PICK_WRONG:
		say_wrong_pick(f);
		break;
	}
	return FILLING_DONE;
}

enum filling_end
filling_review(struct filling *f)
{
	bool send = false;
	enum filling_end end = FILLING_DONE;
	while (!send && end == FILLING_DONE) {
		end = visit_missing(f);
		if (end == FILLING_GOES_ON)
			end = visit_hard(f);
		if (end == FILLING_GOES_ON)
			end = visit_doubts(f);
		if (end == FILLING_GOES_ON)
			end = ask_to_send(f, &send);
	}
	return end;
}
