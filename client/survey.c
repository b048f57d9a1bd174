/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat survey check, survey show: a questionnaire file judged, and one put in words, with every
 * rule in the notation of statisticians. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/findings_print.h"
#include "client/submitting.h"
#include "client/words.h"
#include "survey/ddi.h"
#include "survey/rule.h"

#define DEFINITION_MAX_BYTES (4u * 1024 * 1024)

/* ------------------------------------------------------------------------------- check */

static int
check_file(const struct client *client, const char *path)
{
	static struct definition_problems problems; /* large, and one thread */
	size_t n;
	char *json = file_read(path, DEFINITION_MAX_BYTES, &n);
	if (json == NULL) {
		client_error("%s: %s", path, words_errno(client->language, errno));
		return EXIT_FAILED;
	}
	problems.n = 0;
	struct definition *d = definition_load(json, n, &problems);
	free(json);
	for (size_t i = 0; i < problems.n; i++) {
		const struct definition_problem *p = &problems.problem[i];
		printf("%s: %s%s%s\n", path, p->path, p->path[0] != '\0' ? ": " : "", p->reason);
	}
	if (d == NULL)
		return EXIT_FAILED;
	printf(
	    client_say(client,
		"hợp lệ: %s phiên bản %u, %zu câu hỏi, %zu kiểm tra, %zu chỉ tiêu, %zu mục tiêu\n",
		"ok: %s version %u, %zu questions, %zu checks, %zu indicators, %zu goals\n"),
	    d->id, d->version, d->questions, d->checks, d->indicators, d->goals);
	definition_free(d);
	return EXIT_DONE;
}

static int
run_check(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{0}};
	if (client_option(client, argc, argv, options) != -1)
		return EXIT_USAGE;
	if (argc == optind)
		return client_usage(client, &command_survey_check, "%s",
		    client_say(client, "cần tệp bảng hỏi", "a questionnaire file is needed"));
	int result = EXIT_DONE;
	for (int i = optind; i < argc; i++)
		if (check_file(client, argv[i]) != EXIT_DONE)
			result = EXIT_FAILED;
	return result;
}

/* ------------------------------------------------------------------------------- show */

struct showing {
	const struct client *client;
	const struct questionnaire *q;
};

static const char *
text(const struct showing *s, struct label label)
{
	static char out[WORDING_BYTES]; /* one thread; used before the next call */
	wording(s->client, s->q, label, out);
	return out;
}

/* A rule after a few words, on its own line. */
static void
show_rule(const struct showing *s, const char *before, const struct rule *rule)
{
	if (rule == NULL)
		return;
	size_t n = rule_print(s->q->definition, rule, NULL, 0);
	char *out = malloc(n + 1);
	if (out == NULL)
		return;
	rule_print(s->q->definition, rule, out, n + 1);
	printf("%s%s\n", before, out);
	free(out);
}

static void
show_heading(const struct showing *s, const char *vi, const char *en)
{
	printf("\n== %s ==\n", client_say(s->client, vi, en));
}

static const char *
type_word(const struct client *client, const struct question *q)
{
	switch (q->type) {
	case QUESTION_TEXT:
		return client_say(client, "chữ", "text");
	case QUESTION_INT:
		return client_say(client, "số nguyên", "integer");
	case QUESTION_MONEY:
		return client_say(client, "triệu đồng", "million VND");
	case QUESTION_PCT:
		return q->tenths ? client_say(client, "% (một số lẻ)", "% (one decimal)") : "%";
	case QUESTION_SINGLE:
		return client_say(client, "một lựa chọn", "one choice");
	case QUESTION_MULTI:
		return client_say(client, "nhiều lựa chọn", "several choices");
	case QUESTION_TRI:
		return client_say(client, "có/không", "yes/no");
	case QUESTION_LIST:
		return client_say(client, "gồm các phần", "in parts");
	}
	return "";
}

static void
show_question(const struct showing *s, const struct question *q)
{
	printf("\n%s%s  %s\n     (%s%s%s%s)\n", q->list >= 0 ? "   " : "", q->code,
	    text(s, q->label), type_word(s->client, q),
	    q->core       ? client_say(s->client, ", cốt lõi", ", core")
	    : q->required ? client_say(s->client, ", cần trả lời", ", required")
			  : "",
	    q->admits_dk ? ", DK = " : "",
	    q->admits_dk ? client_text(s->client, s->q->definition->dk) : "");
	if (q->list < 0)
		show_rule(s, client_say(s->client, "     khi: ", "     when: "), q->relevance);
	if (q->type == QUESTION_TRI)
		return;
	for (size_t i = 0; i < q->choices; i++)
		printf("     %-10s %s\n", q->choice[i].code, text(s, q->choice[i].label));
}

static void
show_sections(const struct showing *s)
{
	const struct definition *d = s->q->definition;
	for (size_t i = 0; i < d->sections; i++) {
		const struct section *section = &d->section[i];
		printf("\n== %s. %s ==\n", section->code, text(s, section->title));
		if (client_text(s->client, section->note)[0] != '\0')
			printf("%s\n", text(s, section->note));
		show_rule(s, client_say(s->client, "khi: ", "when: "), section->relevance);
		for (size_t k = 0; k < section->questions; k++)
			show_question(s, &d->question[section->first_question + k]);
	}
}

static void
show_indicators(const struct showing *s)
{
	const struct definition *d = s->q->definition;
	show_heading(s, "Chỉ tiêu", "Indicators");
	for (size_t i = 0; i < d->indicators; i++) {
		printf("%-14s %s\n", d->indicator[i].code, text(s, d->indicator[i].label));
		show_rule(s, "    = ", d->indicator[i].rule);
	}
	show_heading(s, "Điểm", "Scores");
	for (size_t i = 0; i < d->scores; i++) {
		printf("%-14s %s\n", d->score[i].code, text(s, d->score[i].label));
		for (size_t k = 0; k < d->score[i].items; k++) {
			printf("  %2zu. %s\n", k + 1, text(s, d->score[i].item_label[k]));
			show_rule(s, "      = ", d->score[i].item[k]);
		}
	}
}

static void
show_checks(const struct showing *s)
{
	const struct definition *d = s->q->definition;
	show_heading(s, "Kiểm tra", "Checks");
	for (size_t i = 0; i < d->checks; i++) {
		const struct check *check = &d->check[i];
		printf("%-6s %s%s: %s\n", check->code,
		    check->hard ? client_say(s->client, "bắt buộc", "hard")
				: client_say(s->client, "xác nhận", "soft"),
		    check->stage == CHECK_REGISTER
			? client_say(s->client, ", danh sách", ", register")
			: "",
		    text(s, check->message));
		show_rule(s, "    = ", check->rule);
	}
}

static void
show_goals(const struct showing *s)
{
	const struct definition *d = s->q->definition;
	show_heading(s, "Tổng thể", "Populations");
	for (size_t i = 0; i < d->populations; i++) {
		printf("%-14s %s\n", d->population[i].code, text(s, d->population[i].label));
		show_rule(s, "    = ", d->population[i].rule);
	}
	show_heading(s, "Mục tiêu", "Goals");
	for (size_t i = 0; i < d->goals; i++) {
		const struct goal *goal = &d->goal[i];
		printf("%-14s %s\n    %s / %s %s %u %%, %s %s\n", goal->code, text(s, goal->name),
		    d->indicator[goal->indicator].code, d->population[goal->population].code,
		    goal->strict ? ">" : "≥", goal->threshold_pct,
		    client_say(s->client, "hạn", "by"), goal->deadline);
	}
}

static bool
show(const struct submitting *submitting)
{
	const struct client *client = submitting->client;
	const struct questionnaire *q = &submitting->questionnaire;
	const struct showing s = {client, q};
	printf("%s\n", text(&s, q->definition->title));
	printf("%s %s %u\n", q->definition->id, client_say(client, "phiên bản", "version"),
	    q->definition->version);
	printf("\n%s\n", text(&s, q->definition->statement));
	show_sections(&s);
	show_indicators(&s);
	show_checks(&s);
	show_goals(&s);
	return true;
}

/* A file, or the questionnaire of a round: the collector's, else the one kept. */
static int
run_on_questionnaire(struct client *client, int argc, char **argv, const struct command *command,
    bool (*print)(const struct submitting *s))
{
	static const struct option options[] = {UNIT_LONG_OPTIONS, SUBMITTING_LONG_OPTIONS, {0}};
	struct submitting s = {.client = client};
	int option;
	while ((option = client_option(client, argc, argv, options)) != -1)
		if (option == '?' || !submitting_take(&s, option, optarg))
			return EXIT_USAGE;
	if (argc > optind)
		s.survey_file = argv[optind++];
	if (!client_is_end(client, command, argc, argv))
		return EXIT_USAGE;
	if (s.survey_file == NULL)
		submitting_connect(&s);
	bool ok = submitting_questionnaire(&s, s.options.round);
	if (ok)
		ok = print(&s);
	int unreachable = s.survey_file == NULL && s.connection == NULL;
	submitting_clear(&s);
	return ok ? EXIT_DONE : unreachable ? EXIT_UNREACHABLE : EXIT_FAILED;
}

static int
run_show(struct client *client, int argc, char **argv)
{
	return run_on_questionnaire(client, argc, argv, &command_survey_show, show);
}

/* Of a file without a date it is of no round, and its wordings stay as they are. */
static bool
print_codebook(const struct submitting *s)
{
	const struct questionnaire *q = &s->questionnaire;
	bool is_dated = s->survey_file == NULL || s->reference_date != NULL;
	const struct ddi_about about = {.ref_year = q->ref_year,
	    .reference_date = is_dated ? q->reference_date : NULL,
	    .round = q->round[0] != '\0' ? q->round : NULL};
	struct growing text = {0};
	ddi_write(q->definition, &about, &text);
	bool good = !text.has_failed && fwrite(text.bytes, 1, text.n, stdout) == text.n;
	free(text.bytes);
	return good;
}

static int
run_codebook(struct client *client, int argc, char **argv)
{
	return run_on_questionnaire(client, argc, argv, &command_survey_codebook, print_codebook);
}

const struct command command_survey_check = {
    .name = "survey check",
    .usage = "FILE...",
    .summary_vi = "kiểm tra một bảng hỏi: chỗ nào sai và vì sao",
    .summary_en = "check a questionnaire: what is wrong, and where",
    .run = run_check,
};

const struct command command_survey_show = {
    .name = "survey show",
    .usage = "[FILE [--reference-date D] | --round R]",
    .summary_vi = "in bảng hỏi, chỉ tiêu, kiểm tra và mục tiêu",
    .summary_en = "print the questions, indicators, checks and goals",
    .run = run_show,
};

const struct command command_survey_codebook = {
    .name = "survey codebook",
    .usage = "[FILE [--reference-date D] | --round R]",
    .summary_vi = "in bảng hỏi dạng DDI-Codebook 2.5 (XML), mỗi cột dữ liệu vi mô một biến",
    .summary_en =
	"print the questionnaire as DDI-Codebook 2.5 (XML), a variable a column of its microdata",
    .run = run_codebook,
};
