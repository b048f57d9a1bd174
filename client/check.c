/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat check: what the collector would say of a file, without the collector. */
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/findings_print.h"
#include "client/submission_file.h"
#include "client/submitting.h"

#define OPTION_REGISTER_ROW 0x6000

static const struct option options[] = {
    UNIT_LONG_OPTIONS,
    SUBMITTING_LONG_OPTIONS,
    {"register-row", required_argument, NULL, OPTION_REGISTER_ROW},
    {0},
};

/* The row given, the row kept, or a row of unknowns. */
static bool
find_unit(
    const struct submitting *s, const char *tax_code, const char *columns, struct unit_state *unit)
{
	char error[SURVEY_ERROR_BYTES];
	if (columns != NULL) {
		if (unit_state_parse(&s->questionnaire, tax_code, columns, unit, error))
			return true;
		client_error("%s", error);
		return false;
	}
	if (unit_state_load(s->client, &s->questionnaire, tax_code, unit))
		return true;
	unit_state_unknown(tax_code, unit);
	client_error("%s", client_say(s->client,
			       "lưu ý: chưa biết đơn vị này trong danh sách; điều kiện theo ngành, "
			       "loại, quy mô chưa "
			       "xét được (--register-row)",
			       "note: the unit's register row is not known here; what depends on "
			       "sector, kind or size "
			       "cannot be judged (--register-row)"));
	return true;
}

/* NONE beside others is encoded as it stands, so the checks find it too; DK is not. */
static void
drop_what_comes_again(
    const struct definition *d, const struct answers *answers, struct findings *findings)
{
	size_t kept = 0;
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->finding[i];
		int none = f->question < 0 ? -1 : d->question[f->question].none_choice;
		if (none < 0 || (answers->answer[f->question].mask >> none & 1) == 0)
			findings->finding[kept++] = *f;
	}
	findings->total -= findings->n - kept;
	findings->n = kept;
}

static int
check_answers(
    struct submitting *s, const char *path, const char *columns, struct submission_file *file)
{
	static struct answers answers; /* large, and one thread */
	static struct findings findings;
	struct answers_json_errors errors = {0};
	struct unit_state unit;
	size_t hard;
	size_t soft;
	memset(&answers, 0, sizeof(answers));
	memset(&findings, 0, sizeof(findings));
	bool ok = submission_file_encode(
	    file, s->questionnaire.definition, s->client->language, &answers, &findings, &errors);
	for (size_t i = 0; i < errors.n; i++)
		client_error("%s: %s: %s", path, errors.error[i].path, errors.error[i].reason);
	if (ok)
		drop_what_comes_again(s->questionnaire.definition, &answers, &findings);
	findings_print(s->client, &s->questionnaire, &findings, stdout, &hard, &soft);
	if (!ok)
		return EXIT_REJECTED;
	if (!find_unit(s, file->outgoing.tax_code, columns, &unit))
		return EXIT_USAGE;
	int result = submitting_check(s, &unit, &file->outgoing);
	return hard > 0 ? EXIT_REJECTED : result;
}

static int
check_file(struct submitting *s, const char *path, const char *columns)
{
	struct answers_json_errors errors = {0};
	struct submission_file file;
	if (!submission_file_read(path, s->client->language, &file, &errors)) {
		for (size_t i = 0; i < errors.n; i++)
			client_error("%s: %s%s%s", path, errors.error[i].path,
			    errors.error[i].path[0] == '\0' ? "" : ": ", errors.error[i].reason);
		return EXIT_FAILED;
	}
	struct outgoing *o = &file.outgoing;
	if (o->tax_code[0] == '\0')
		strcpy(o->tax_code, s->options.tax_code);
	int result = EXIT_FAILED;
	if (submitting_questionnaire(s, o->round[0] != '\0' ? o->round : s->options.round))
		result = submitting_fits(s, path, o) ? check_answers(s, path, columns, &file)
						     : EXIT_FAILED;
	if (result == EXIT_DONE)
		printf(client_say(s->client, "%s: không có lỗi\n", "%s: no errors\n"), path);
	submission_file_clear(&file);
	return result;
}

static int
run(struct client *client, int argc, char **argv)
{
	struct submitting s = {.client = client};
	const char *columns = NULL;
	int option;
	while ((option = client_option(client, argc, argv, options)) != -1) {
		if (option == OPTION_REGISTER_ROW)
			columns = optarg;
		else if (option == '?' || !submitting_take(&s, option, optarg))
			return EXIT_USAGE;
	}
	if (argc == optind)
		return client_usage(client, &command_check, "%s",
		    client_say(client, "cần tệp JSON", "a JSON file is needed"));
	int result = EXIT_DONE;
	for (int i = optind; i < argc; i++)
		result = submitting_worse(result, check_file(&s, argv[i], columns));
	submitting_clear(&s);
	return result;
}

const struct command command_check = {
    .name = "check",
    .usage = "[--survey FILE [--reference-date D]] [--register-row column=value,...] FILE.json...",
    .summary_vi = "kiểm tra tệp câu trả lời, không cần kết nối",
    .summary_en = "check a file of answers without the collector",
    .run = run,
};
