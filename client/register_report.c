/* SPDX-License-Identifier: Apache-2.0 */
#include "client/register_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/findings_print.h"
#include "client/width.h"
#include "survey/taxcode.h"
#include "survey/text.h"

#define TEXT_MAX_CHARS 300 /* of a name or an address, as register_judge has it */

void
register_report_begin(struct register_report *r, const struct client *client,
    struct definition *definition, const char *reference_date, int ref_year)
{
	*r = (struct register_report){.client = client};
	r->questionnaire.definition = definition;
	r->questionnaire.ref_year = ref_year;
	snprintf(r->questionnaire.reference_date, sizeof(r->questionnaire.reference_date), "%s",
	    reference_date);
}

/* Count one more; true when it is to be printed, after its place has been. */
static bool
begin_line(struct register_report *r, bool hard, uint64_t line, const char *column)
{
	const struct client *client = r->client;
	uint64_t n = hard ? ++r->hard : ++r->soft;
	if (n > REGISTER_REPORT_MAX)
		return false;
	if (!hard)
		fputs(client_say(client, "lưu ý, ", "note, "), stderr);
	fprintf(stderr, client_say(client, "dòng %" PRIu64, "line %" PRIu64), line);
	if (column[0] != '\0')
		fprintf(stderr, client_say(client, ", cột %s", ", column %s"), column);
	fputs(": ", stderr);
	return true;
}

/* ------------------------------------------------------------------------------- judged rows */

/* The rule that the bytes of a text break; NULL when it is none of those: empty, or another check.
 */
static const char *
broken_text_rule(const struct client *client, const struct cell *cell)
{
	enum text_status status = text_check(cell->bytes, cell->n, TEXT_MAX_CHARS, false);
	if (cell->n == 0 || status == TEXT_OK)
		return NULL;
	return client_say(client, text_rule_vi(status), text_rule_en(status));
}

void
register_report_problem(struct register_report *r, uint64_t line, const struct register_text *text,
    const struct register_problem *problem)
{
	const struct client *client = r->client;
	const struct check *check = &r->questionnaire.definition->check[problem->check];
	if (!begin_line(r, check->hard, line, register_column_name[problem->column]))
		return;
	const char *rule = broken_text_rule(client, &text->cell[problem->column]);
	if (text->cell[problem->column].n == 0)
		fputs(client_say(client, "ô trống ", "empty cell "), stderr);
	else
		fprintf(
		    stderr, client_say(client, "giá trị \"%s\" ", "value \"%s\" "), problem->value);
	char words[WORDING_BYTES];
	if (problem->words != NULL)
		snprintf(words, sizeof(words), "%s", client_text(client, *problem->words));
	else
		wording(client, &r->questionnaire, check->message, words);
	fprintf(stderr, "[%s]: %s", check->code, words);
	if (rule != NULL)
		fprintf(stderr, " (%s)", rule);
	fputc('\n', stderr);
}

void
register_report_design(
    struct register_report *r, uint64_t line, const struct register_problem *problem)
{
	const struct check *check = &r->questionnaire.definition->check[problem->check];
	if (begin_line(r, true, line, register_column_name[problem->column]))
		fprintf(stderr,
		    client_say(r->client, "giá trị \"%s\" [%s]: %s\n", "value \"%s\" [%s]: %s\n"),
		    problem->value, check->code, client_text(r->client, *problem->words));
}

void
register_report_twice(
    struct register_report *r, uint64_t line, uint64_t first_line, uint64_t tax_code)
{
	const struct definition *d = r->questionnaire.definition;
	const struct check *check = &d->check[d->builtin[BUILTIN_DUPLICATE_UNIT]];
	char printed[TAXCODE_TEXT_BYTES];
	taxcode_print(tax_code, printed);
	if (begin_line(r, true, line, register_column_name[REGISTER_TAX_CODE]))
		fprintf(stderr,
		    client_say(r->client, "giá trị \"%s\" [%s]: %s (đã có ở dòng %" PRIu64 ")\n",
			"value \"%s\" [%s]: %s (it is in line %" PRIu64 " too)\n"),
		    printed, check->code, client_text(r->client, check->message), first_line);
}

/* ------------------------------------------------------------------------------- the file */

const char *
register_csv_words(const struct client *client, enum register_csv_problem problem)
{
	switch (problem) {
	case REGISTER_CSV_READ:
		return client_say(client, "không đọc được tệp", "the file cannot be read");
	case REGISTER_CSV_EMPTY:
		return client_say(client, "tệp rỗng, thiếu dòng tiêu đề",
		    "the file is empty, a header is needed");
	case REGISTER_CSV_COLUMN_UNKNOWN:
		return client_say(
		    client, "không có cột tên này", "there is no column of this name");
	case REGISTER_CSV_COLUMN_TWICE:
		return client_say(client, "cột này có hai lần", "this column is there twice");
	case REGISTER_CSV_COLUMN_MISSING:
		return client_say(client, "thiếu cột bắt buộc", "this required column is missing");
	case REGISTER_CSV_SEMICOLONS:
		return client_say(client,
		    "các cột phải cách nhau bằng dấu phẩy, không phải chấm phẩy",
		    "the columns must be apart by commas, not semicolons");
	case REGISTER_CSV_UTF16:
		return client_say(client, "tệp là UTF-16; hãy lưu lại dạng CSV UTF-8",
		    "the file is UTF-16; save it as CSV UTF-8");
	case REGISTER_CSV_QUOTES:
		return client_say(client, "sai dấu nháy kép trong dòng, phần sau chưa được đọc",
		    "quotes are wrong in this row, what follows was not read");
	case REGISTER_CSV_CELLS:
		return client_say(client, "số ô khác số cột của tiêu đề, có",
		    "not as many cells as the header has columns, there are");
	case REGISTER_CSV_TOO_LARGE:
		return client_say(client,
		    "dòng quá dài, có lẽ thiếu dấu nháy kép đóng; phần sau chưa được đọc",
		    "the row is too long, perhaps a quote is not closed; what follows was not "
		    "read");
	}
	return "";
}

void
register_report_csv(struct register_report *r, uint64_t line, const char *column,
    enum register_csv_problem problem, const char *value)
{
	if (begin_line(r, true, line, column))
		fprintf(stderr, "%s%s%s\n", register_csv_words(r->client, problem),
		    value[0] != '\0' ? " " : "", value);
}

void
register_report_end(const struct register_report *r)
{
	if (r->hard > REGISTER_REPORT_MAX)
		fprintf(stderr,
		    client_say(r->client, "... và %" PRIu64 " lỗi nữa\n",
			"... and %" PRIu64 " more errors\n"),
		    r->hard - REGISTER_REPORT_MAX);
	if (r->soft > REGISTER_REPORT_MAX)
		fprintf(stderr,
		    client_say(r->client, "... và %" PRIu64 " lưu ý nữa\n",
			"... and %" PRIu64 " more notes\n"),
		    r->soft - REGISTER_REPORT_MAX);
}

/* ------------------------------------------------------------------------------- the collector */

static void
print_problem(const struct client *client, const struct register_table *table,
    const Khaosat__V1__RegisterProblem *p)
{
	uint64_t line = p->row >= 1 && p->row <= table->rows ? table->row[p->row - 1].line : p->row;
	fprintf(stderr,
	    client_say(client, "dòng %" PRIu64 ", cột %s: giá trị \"%s\" [%s]: %s\n",
		"line %" PRIu64 ", column %s: value \"%s\" [%s]: %s\n"),
	    line, p->column, p->value, p->check, client_say(client, p->message_vi, p->message_en));
}

static void
print_population(const struct client *client, const Khaosat__V1__PopulationCount *p)
{
	fputs("  ", stdout);
	width_print(stdout, p->goal, 18);
	printf(client_say(client, "N = %" PRIu64 ", chưa rõ %" PRIu64,
		   "N = %" PRIu64 ", unknown %" PRIu64),
	    p->n, p->n_unknown);
	for (size_t i = 0; i < p->n_blame; i++)
		printf(client_say(client, "%s cột %s trống ở %" PRIu64 " đơn vị",
			   p->blame[i]->units == 1 ? "%s column %s is empty for %" PRIu64 " unit"
						   : "%s column %s is empty for %" PRIu64 " units"),
		    i == 0 ? ":" : ",", p->blame[i]->column, p->blame[i]->units);
	putchar('\n');
}

void
register_report_loaded(const struct register_report *r, const struct register_table *table,
    const Khaosat__V1__RegisterLoaded *loaded)
{
	/* Notes were printed when the file was judged. */
	for (size_t i = 0; i < loaded->n_problem; i++)
		if (loaded->problem[i]->severity == KHAOSAT__V1__SEVERITY__HARD)
			print_problem(r->client, table, loaded->problem[i]);
	if (loaded->units == 0)
		return;
	printf(client_say(r->client, "đã nạp %" PRIu64 " đơn vị\n",
		   loaded->units == 1 ? "%" PRIu64 " unit loaded\n" : "%" PRIu64 " units loaded\n"),
	    loaded->units);
	if (loaded->strata > 0)
		printf(
		    client_say(r->client, "mẫu: %" PRIu64 " đơn vị được chọn, %" PRIu32 " tầng\n",
			"sample: %" PRIu64 " units drawn, %" PRIu32 " strata\n"),
		    loaded->drawn, loaded->strata);
	for (size_t i = 0; i < loaded->n_population; i++)
		print_population(r->client, loaded->population[i]);
}
