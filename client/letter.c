/* SPDX-License-Identifier: Apache-2.0 */
/* letter: a page for each unit of a file of codes. The register is read row by row and each letter
 * written as its row passes; only the codes are held. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/letter_codes.h"
#include "client/letter_page.h"
#include "client/local_time.h"
#include "client/register_csv.h"
#include "client/register_report.h"
#include "client/rounds.h"
#include "client/words.h"

#define COMMUNES_MAX 512
#define COMMUNE_MAX_CHARS 16

/* A file of letters that is open. */
struct sheet {
	char commune[COMMUNE_MAX_CHARS + 1];
	char path[PATH_MAX];
	FILE *file;
};

struct letters {
	const struct client *client;
	const char *round_asked, *codes_file, *register_file, *output, *deadline;
	bool by_commune;
	uint64_t per_file; /* 0: all in one */
	struct letter_form form;
	char deadline_text[LOCAL_DATE_BYTES];
	struct letter_codes codes;
	struct sheet *sheet;
	size_t sheets;
	uint64_t written, in_sheet, files;
	bool has_failed; /* said why */
};

/* ------------------------------------------------------------------------------- files */

static void
fail(struct letters *l, const char *path, int error)
{
	if (!l->has_failed)
		client_error("%s: %s", path, words_errno(l->client->language, error));
	l->has_failed = true;
}

/* "letters.html" and "18073": "letters-18073.html". */
static void
name_sheet(const struct letters *l, const char *part, char out[PATH_MAX])
{
	const char *dot = strrchr(l->output, '.'), *slash = strrchr(l->output, '/');
	size_t stem = dot != NULL && (slash == NULL || dot > slash + 1) ? (size_t)(dot - l->output)
									: strlen(l->output);
	if (part[0] == '\0')
		snprintf(out, PATH_MAX, "%s", l->output);
	else
		snprintf(out, PATH_MAX, "%.*s-%s%s", (int)stem, l->output, part, l->output + stem);
}

static struct sheet *
open_sheet(struct letters *l, const char *commune, const char *part)
{
	if (l->sheets == COMMUNES_MAX) {
		fail(l, l->output, EMFILE);
		return NULL;
	}
	struct sheet *sheet = &l->sheet[l->sheets];
	name_sheet(l, part, sheet->path);
	snprintf(sheet->commune, sizeof(sheet->commune), "%s", commune);
	sheet->file = file_create(sheet->path);
	if (sheet->file == NULL) {
		fail(l, sheet->path, errno);
		return NULL;
	}
	letter_page_begin(sheet->file, &l->form);
	l->sheets++;
	l->files++;
	return sheet;
}

static void
close_sheets(struct letters *l)
{
	for (size_t i = 0; i < l->sheets; i++) {
		struct sheet *sheet = &l->sheet[i];
		letter_page_end(sheet->file);
		bool good = !ferror(sheet->file);
		if (!file_finish(sheet->file, sheet->path) || !good)
			fail(l, sheet->path, good ? errno : EIO);
	}
	l->sheets = 0;
}

static struct sheet *
sheet_by_number(struct letters *l)
{
	char part[24] = "";
	if (l->sheets > 0 && (l->per_file == 0 || l->in_sheet < l->per_file))
		return &l->sheet[0];
	close_sheets(l);
	l->in_sheet = 0;
	if (l->per_file > 0)
		snprintf(part, sizeof(part), "%04" PRIu64, l->files + 1);
	return l->has_failed ? NULL : open_sheet(l, "", part);
}

/* A commune's code becomes part of a name: letters and digits, or it counts as unknown. */
static struct sheet *
sheet_by_commune(struct letters *l, struct cell cell)
{
	char commune[COMMUNE_MAX_CHARS + 1] = "unknown";
	size_t n = 0;
	while (n < cell.n && n < COMMUNE_MAX_CHARS &&
	       strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
		   cell.bytes[n]) != NULL &&
	       cell.bytes[n] != '\0')
		n++;
	if (n > 0 && n == cell.n)
		snprintf(commune, sizeof(commune), "%.*s", (int)n, cell.bytes);
	for (size_t i = 0; i < l->sheets; i++)
		if (strcmp(l->sheet[i].commune, commune) == 0)
			return &l->sheet[i];
	return open_sheet(l, commune, commune);
}

/* ------------------------------------------------------------------------------- rows */

static void
on_row(void *user, uint64_t line, const struct register_text *text)
{
	struct letters *l = user;
	char tax_text[TAXCODE_TEXT_BYTES + 8];
	const struct cell *cell = text->cell;
	uint64_t tax_code;
	(void)line;
	snprintf(tax_text, sizeof(tax_text), "%.*s", (int)cell[REGISTER_TAX_CODE].n,
	    cell[REGISTER_TAX_CODE].bytes);
	if (l->has_failed || taxcode_parse(tax_text, &tax_code) != TAXCODE_OK)
		return; /* a unit that it hides is missed at the end */
	struct letter_code *code = letter_codes_find(&l->codes, tax_code);
	if (code == NULL || code->is_used)
		return;
	struct sheet *sheet =
	    l->by_commune ? sheet_by_commune(l, cell[REGISTER_COMMUNE]) : sheet_by_number(l);
	if (sheet == NULL)
		return;
	taxcode_print(tax_code, tax_text);
	const struct letter letter = {
	    cell[REGISTER_NAME], cell[REGISTER_ADDRESS], tax_text, code->code};
	code->is_used = true;
	l->in_sheet++;
	l->written++;
	if (!letter_page(sheet->file, &l->form, &letter))
		fail(l, l->form.link, E2BIG);
	client_progress(l->client, client_say(l->client, "thư", "letters"), l->written, l->codes.n);
}

static void
on_problem(void *user, uint64_t line, const char *column, enum register_csv_problem problem,
    const char *value)
{
	struct letters *l = user;
	client_error(client_say(l->client, "%s dòng %" PRIu64 "%s%s: %s%s%s",
			 "%s line %" PRIu64 "%s%s: %s%s%s"),
	    l->register_file, line, column[0] != '\0' ? ", " : "", column,
	    register_csv_words(l->client, problem), value[0] != '\0' ? " " : "", value);
	l->has_failed = true;
}

static void
say_missed(struct letters *l)
{
	char text[TAXCODE_TEXT_BYTES];
	for (size_t i = 0; i < l->codes.n; i++) {
		if (l->codes.code[i].is_used)
			continue;
		taxcode_print(l->codes.code[i].tax_code, text);
		client_error(client_say(l->client, "%s: có mã nhưng không có trong %s, chưa có thư",
				 "%s: it has a code but is not in %s, so there is no letter"),
		    text, l->register_file);
		l->has_failed = true;
	}
}

static int
write_letters(struct letters *l)
{
	FILE *from = fopen(l->register_file, "r");
	l->sheet = calloc(COMMUNES_MAX, sizeof(*l->sheet));
	if (from == NULL || l->sheet == NULL) {
		client_error("%s: %s", l->register_file, words_errno(l->client->language, errno));
		if (from != NULL)
			fclose(from);
		return EXIT_FAILED;
	}
	const struct register_csv_reader reader = {on_row, on_problem, l};
	register_csv_read(from, &reader);
	fclose(from);
	close_sheets(l);
	if (!l->has_failed)
		say_missed(l);
	printf(client_say(l->client, "%" PRIu64 " thư trong %" PRIu64 " tệp\n",
		   "letters: %" PRIu64 ", in files: %" PRIu64 "\n"),
	    l->written, l->files);
	return l->has_failed ? EXIT_FAILED : EXIT_DONE;
}

/* ------------------------------------------------------------------------------- the command */

/* The last day on which the round takes answers. False: none is known. */
static bool
find_deadline(struct letters *l, const struct round_found *round)
{
	char time[LOCAL_TIME_BYTES];
	if (l->deadline != NULL) {
		local_date_print(l->deadline, true, l->deadline_text);
	} else if (round->closes_ms > 0) {
		local_time_print(round->closes_ms - 1, true, time);
		snprintf(l->deadline_text, sizeof(l->deadline_text), "%.*s",
		    (int)strcspn(time, " "), time);
	} else {
		client_error(
		    "%s", client_say(l->client, "đợt chưa có ngày đóng: cần --deadline",
			      "the round has no day on which it closes: --deadline is needed"));
		return false;
	}
	l->form.deadline = l->deadline_text;
	return true;
}

/* The round's full name and the survey's title, from the collector. */
static int
make(struct letters *l)
{
	int exit_code = EXIT_FAILED;
	struct round_found round;
	struct definition *definition = NULL;
	if (!letter_codes_read(l->client, l->codes_file, &l->codes))
		return EXIT_FAILED;
	struct connection *c = connection_begin(l->client, &exit_code);
	if (c == NULL)
		return exit_code;
	if (rounds_find(l->client, c, l->round_asked, &round, &exit_code))
		definition = rounds_definition(l->client, c, round.name, &exit_code);
	connection_close(c);
	if (definition == NULL)
		return exit_code;
	if (!find_deadline(l, &round)) {
		definition_free(definition);
		return EXIT_USAGE;
	}
	l->form.round = round.name;
	l->form.subject = definition->title.vi;
	exit_code = write_letters(l);
	definition_free(definition);
	return exit_code;
}

static bool
is_number(const char *text, uint64_t *out)
{
	char *end;
	*out = strtoull(text, &end, 10);
	return text[0] >= '1' && text[0] <= '9' && *end == '\0' && *out <= 1000000;
}

static bool
is_link(const char *link)
{
	bool is_web = strncmp(link, "https://", 8) == 0 || strncmp(link, "http://", 7) == 0;
	return is_web && strlen(link) <= LETTER_LINK_MAX_BYTES &&
	       strpbrk(link, "# \"<>\t\r\n") == NULL;
}

static const char **
text_option(struct letters *l, int option)
{
	struct letter_form *f = &l->form;
	const struct {
		int option;
		const char **value;
	} options[] = {{'r', &l->round_asked}, {'c', &l->codes_file}, {'g', &l->register_file},
	    {'o', &l->output}, {'d', &l->deadline}, {'f', &f->office}, {'s', &f->superior},
	    {'n', &f->number}, {'p', &f->place}, {'i', &f->signer}, {'t', &f->contact},
	    {'l', &f->link}};
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].option == option)
			return options[i].value;
	return NULL;
}

static int
take_options(struct client *client, int argc, char **argv, struct letters *l)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"codes", required_argument, NULL, 'c'}, {"register", required_argument, NULL, 'g'},
	    {"output", required_argument, NULL, 'o'}, {"deadline", required_argument, NULL, 'd'},
	    {"office", required_argument, NULL, 'f'}, {"superior", required_argument, NULL, 's'},
	    {"number", required_argument, NULL, 'n'}, {"place", required_argument, NULL, 'p'},
	    {"signer", required_argument, NULL, 'i'}, {"contact", required_argument, NULL, 't'},
	    {"link", required_argument, NULL, 'l'}, {"per-file", required_argument, NULL, 'N'},
	    {"by-commune", no_argument, NULL, 'C'}, {NULL, 0, NULL, 0}};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		const char **text = text_option(l, o);
		if (text != NULL)
			*text = optarg;
		else if (o == 'C')
			l->by_commune = true;
		else if (o != 'N')
			return EXIT_USAGE;
		else if (!is_number(optarg, &l->per_file))
			return client_usage(client, &command_letter, "--per-file %s", optarg);
	}
	if (argc != optind || l->codes_file == NULL || l->register_file == NULL ||
	    l->output == NULL || l->form.link == NULL || l->form.office[0] == '\0' ||
	    (l->by_commune && l->per_file > 0))
		return client_usage(client, &command_letter, "%s",
		    client_say(client,
			"cần --codes, --register, --link, --office và --output; --per-file hoặc "
			"--by-commune, không cả hai",
			"--codes, --register, --link, --office and --output are needed; "
			"--per-file or --by-commune, not both"));
	if (!is_link(l->form.link))
		return client_usage(client, &command_letter,
		    client_say(client, "--link %s: phải là địa chỉ https://, không có #",
			"--link %s: must be an address https:// without #"),
		    l->form.link);
	if (l->deadline != NULL && !local_date_is_good(l->deadline))
		return client_usage(client, &command_letter,
		    client_say(client, "--deadline %s: phải là một ngày, 2026-03-31",
			"--deadline %s: must be a day, 2026-03-31"),
		    l->deadline);
	return EXIT_DONE;
}

static int
run_letter(struct client *client, int argc, char **argv)
{
	struct letters l = {.client = client,
	    .form = {.office = "",
		.superior = "",
		.number = "",
		.place = "",
		.signer = "",
		.contact = ""}};
	int exit_code = take_options(client, argc, argv, &l);
	if (exit_code != EXIT_DONE)
		return exit_code;
	exit_code = make(&l);
	letter_codes_clear(&l.codes);
	free(l.sheet);
	return exit_code;
}

const struct command command_letter = {"letter",
    "[--round R] --codes FILE --register FILE.csv --link URL --office NAME "
    "--output FILE.html [--deadline D] [--superior NAME] [--number N] [--place NAME] [--signer "
    "TITLE] "
    "[--contact TEXT] [--per-file N | --by-commune]",
    "thư có mã truy cập và mã QR, mỗi đơn vị một trang A4",
    "letters with access code and QR code, a page A4 a unit", run_letter};
