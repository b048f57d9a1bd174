/* SPDX-License-Identifier: Apache-2.0 */
#include "client/bulk_csv.h"

#include <csv.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/bulk_cell.h"
#include "client/csv_reader.h"
#include "client/uuid.h"
#include "client/words.h"
#include "survey/text.h"

enum column_kind {
	COLUMN_TAX_CODE,
	COLUMN_ACCESS_CODE,
	COLUMN_INSTANCE_ID,
	COLUMN_CORRECTS,
	COLUMN_SECONDS,
	COLUMN_QUESTION,
	COLUMN_OTHER,
	COLUMN_CONFIRM,
	COLUMN_IGNORED
};

struct csv_column {
	enum column_kind kind;
	int index; /* question or check */
	char name[BULK_COLUMN_BYTES];
};

struct bulk_csv {
	const struct definition *d;
	enum language language;
	struct csv_reader *reader;
	struct csv_column *column;
	size_t columns;
	uint64_t rows, read; /* in the file as it was opened; of them, so far */
	struct answers answers;
	char **normalised; /* texts of this row in normal form C, one for each column or NULL */
};

static bool fail(struct bulk_csv_error *error, unsigned long line, const char *column,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

static bool
fail(struct bulk_csv_error *error, unsigned long line, const char *column, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	error->line = line;
	snprintf(error->column, sizeof(error->column), "%s", column);
	vsnprintf(error->reason, sizeof(error->reason), format, args);
	va_end(args);
	return false;
}

/* ------------------------------------------------------------------------------- header */

/* Why a header cell names no column: most often the whole file is not what it should be. */
static bool
fail_column(
    const struct bulk_csv *csv, const char *name, size_t n, size_t at, struct bulk_csv_error *error)
{
	char shown[BULK_COLUMN_BYTES];
	if (n >= 2 && (memcmp(name, "\xff\xfe", 2) == 0 || memcmp(name, "\xfe\xff", 2) == 0))
		return fail(error, 1, "", "%s",
		    words_say(csv->language, "tệp là UTF-16; hãy lưu lại dạng CSV UTF-8",
			"the file is UTF-16; save it as CSV UTF-8"));
	if (memchr(name, ';', n) != NULL)
		return fail(error, 1, "", "%s",
		    words_say(csv->language,
			"các cột phải cách nhau bằng dấu phẩy, không phải chấm phẩy",
			"the columns must be apart by commas, not semicolons"));
	text_quote(shown, sizeof(shown), name, n);
	return fail(error, 1, shown,
	    words_say(csv->language, "cột %zu không có trong bảng hỏi này",
		"column %zu is not one of this questionnaire"),
	    at);
}

static bool
understand_column(const struct definition *d, const char *name, struct csv_column *c)
{
	static const struct {
		const char *name;
		enum column_kind kind;
	} fixed[] = {{"tax_code", COLUMN_TAX_CODE}, {"access_code", COLUMN_ACCESS_CODE},
	    {"instance_id", COLUMN_INSTANCE_ID}, {"corrects", COLUMN_CORRECTS},
	    {"seconds", COLUMN_SECONDS}};
	snprintf(c->name, sizeof(c->name), "%s", name);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (strcmp(fixed[i].name, name) == 0) {
			c->kind = fixed[i].kind;
			return true;
		}
	if (strncmp(name, "rejected_", 9) == 0) {
		c->kind = COLUMN_IGNORED;
		return true;
	}
	if (strncmp(name, "confirm.", 8) == 0) {
		c->kind = COLUMN_CONFIRM;
		c->index = definition_find_check(d, name + 8, strlen(name + 8));
		return c->index >= 0 && !d->check[c->index].hard;
	}
	size_t n = strcspn(name, ".");
	c->kind = name[n] == '\0' ? COLUMN_QUESTION : COLUMN_OTHER;
	c->index = definition_find_question(d, name, n);
	if (c->index < 0 || d->question[c->index].type == QUESTION_LIST)
		return false;
	return c->kind == COLUMN_QUESTION ||
	       (strcmp(name + n, ".other") == 0 && d->question[c->index].other_choice >= 0);
}

static int
find_kind(const struct bulk_csv *csv, enum column_kind kind, int index)
{
	for (size_t i = 0; i < csv->columns; i++)
		if (csv->column[i].kind == kind && csv->column[i].index == index)
			return (int)i;
	return -1;
}

static bool
read_header(struct bulk_csv *csv, struct bulk_csv_error *error)
{
	size_t cells = csv_reader_cells(csv->reader);
	csv->column = calloc(cells, sizeof(*csv->column));
	csv->normalised = calloc(cells, sizeof(*csv->normalised));
	if (csv->column == NULL || csv->normalised == NULL)
		return fail(error, 0, "", "%s", words_errno(csv->language, ENOMEM));
	for (size_t i = 0; i < cells; i++) {
		size_t n;
		struct csv_column c = {0};
		const char *name = csv_reader_cell(csv->reader, i, &n);
		if (n >= BULK_COLUMN_BYTES || memchr(name, '\0', n) != NULL ||
		    !understand_column(csv->d, name, &c))
			return fail_column(csv, name, n, i + 1, error);
		if (c.kind != COLUMN_IGNORED && find_kind(csv, c.kind, c.index) >= 0)
			return fail(error, 1, name, "%s",
			    words_say(
				csv->language, "cột có hai lần", "the column is there twice"));
		csv->column[csv->columns++] = c;
	}
	if (find_kind(csv, COLUMN_TAX_CODE, 0) < 0)
		return fail(error, 1, "tax_code", "%s",
		    words_say(csv->language, "thiếu cột này", "the column is missing"));
	return true;
}

/* ------------------------------------------------------------------------------- opening */

static bool
explain(const struct bulk_csv *csv, enum csv_status status, struct bulk_csv_error *error)
{
	unsigned long line = csv_reader_line(csv->reader);
	switch (status) {
	case CSV_QUOTES:
		return fail(error, line, "", "%s",
		    words_say(csv->language, "dấu ngoặc kép không đúng, hoặc không đóng",
			"a quotation mark where none may be, or one that is never closed"));
	case CSV_TOO_LARGE:
		return fail(error, line, "",
		    words_say(csv->language, "dòng dài hơn %u byte; thiếu dấu ngoặc kép?",
			"a row longer than %u bytes; is a quotation mark missing?"),
		    BULK_RECORD_MAX_BYTES);
	case CSV_READ:
		return fail(error, 0, "", "%s", words_errno(csv->language, errno));
	case CSV_MEMORY:
		return fail(error, 0, "", "%s", words_errno(csv->language, ENOMEM));
	case CSV_END:
	case CSV_RECORD:
		break;
	}
	return fail(error, 0, "", "%s", words_say(csv->language, "tệp rỗng", "the file is empty"));
}

static bool
open_reader(struct bulk_csv *csv, const char *path, struct bulk_csv_error *error)
{
	csv_reader_free(csv->reader);
	csv->reader = NULL;
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return fail(error, 0, "", "%s", words_errno(csv->language, errno));
	csv->reader = csv_reader_new(stream, BULK_RECORD_MAX_BYTES);
	return csv->reader != NULL || fail(error, 0, "", "%s", words_errno(csv->language, ENOMEM));
}

/* Open the file and read the record that is the header. */
static bool
open_at_header(struct bulk_csv *csv, const char *path, struct bulk_csv_error *error)
{
	if (!open_reader(csv, path, error))
		return false;
	enum csv_status status = csv_reader_next(csv->reader);
	return status == CSV_RECORD || explain(csv, status, error);
}

/* Read the whole file once: every record must be whole. */
static bool
count_rows(struct bulk_csv *csv, struct bulk_csv_error *error)
{
	enum csv_status status;
	while ((status = csv_reader_next(csv->reader)) == CSV_RECORD)
		csv->rows++;
	return status == CSV_END || explain(csv, status, error);
}

struct bulk_csv *
bulk_csv_open(const char *path, const struct definition *d, enum language language,
    struct bulk_csv_error *error)
{
	struct bulk_csv *csv = calloc(1, sizeof(*csv));
	if (csv == NULL) {
		fail(error, 0, "", "%s", words_errno(language, ENOMEM));
		return NULL;
	}
	csv->d = d;
	csv->language = language;
	/* The header first: a file of another kind is told by it, not by its quotes. */
	if (!open_at_header(csv, path, error) || !read_header(csv, error) ||
	    !count_rows(csv, error) || !open_at_header(csv, path, error)) {
		bulk_csv_close(csv);
		return NULL;
	}
	return csv;
}

static void
forget_texts(struct bulk_csv *csv)
{
	for (size_t i = 0; i < csv->columns; i++) {
		free(csv->normalised[i]);
		csv->normalised[i] = NULL;
	}
}

void
bulk_csv_close(struct bulk_csv *csv)
{
	if (csv == NULL)
		return;
	csv_reader_free(csv->reader);
	if (csv->normalised != NULL)
		forget_texts(csv);
	free(csv->normalised);
	free(csv->column);
	free(csv);
}

uint64_t
bulk_csv_rows(const struct bulk_csv *csv)
{
	return csv->rows;
}

bool
bulk_csv_has_codes(const struct bulk_csv *csv)
{
	return find_kind(csv, COLUMN_ACCESS_CODE, 0) >= 0;
}

/* ------------------------------------------------------------------------------- rows */

static bool
take_uuid(const struct bulk_csv *csv, const char *text, uint8_t out[UUID_BYTES],
    char reason[BULK_REASON_BYTES])
{
	if (uuid_parse(text, out))
		return true;
	snprintf(reason, BULK_REASON_BYTES, "%s",
	    words_say(csv->language, "không phải UUID", "not a UUID"));
	return false;
}

static bool
take_unit(const struct bulk_csv *csv, const struct csv_column *c, const char *text,
    struct bulk_row *row, char reason[BULK_REASON_BYTES])
{
	uint64_t tax_code;
	if (c->kind == COLUMN_TAX_CODE) {
		if (taxcode_parse(text, &tax_code) == TAXCODE_OK) {
			taxcode_print(tax_code, row->outgoing.tax_code);
			return true;
		}
		char shown[64];
		text_quote(shown, sizeof(shown), text, strlen(text));
		snprintf(reason, BULK_REASON_BYTES, "%s: %s",
		    words_say(csv->language,
			"mã số thuế không hợp lệ (10 chữ số có số kiểm tra, hoặc thêm -001 đến "
			"-999)",
			"not a tax code (10 digits with a check digit, or these and -001 to "
			"-999)"),
		    shown);
		return false;
	}
	if (code_canonical(text, row->outgoing.access_code))
		return true;
	snprintf(reason, BULK_REASON_BYTES, "%s",
	    words_say(csv->language, "không phải mã truy cập 16 ký tự",
		"not an access code of 16 characters"));
	return false;
}

/* The line ends of Windows inside a cell. */
static void
drop_carriage_returns(char *text)
{
	char *to = text;
	for (; *text != '\0'; text++)
		if (text[0] != '\r' || text[1] != '\n')
			*to++ = *text;
	*to = '\0';
}

/* Text in normal form C with LF between lines: as it stands, or a copy kept until the next row. */
static bool
normalise(struct bulk_csv *csv, size_t i, struct span *text, char reason[BULK_REASON_BYTES])
{
	bool plain = true;
	for (uint32_t k = 0; k < text->n; k++)
		plain = plain && (unsigned char)text->bytes[k] < 0x80 && text->bytes[k] != '\r';
	if (plain)
		return true;
	csv->normalised[i] = text_to_nfc(text->bytes);
	if (csv->normalised[i] == NULL) {
		snprintf(reason, BULK_REASON_BYTES, "%s",
		    words_say(csv->language, "không phải UTF-8", "not UTF-8"));
		return false;
	}
	drop_carriage_returns(csv->normalised[i]);
	*text = (struct span){csv->normalised[i], (uint32_t)strlen(csv->normalised[i])};
	return true;
}

static bool
take_cell(struct bulk_csv *csv, size_t i, struct span text, struct bulk_row *row,
    char reason[BULK_REASON_BYTES])
{
	const struct csv_column *c = &csv->column[i];
	struct bulk_cell_errors errors = {csv->language, reason};
	switch (c->kind) {
	case COLUMN_TAX_CODE:
	case COLUMN_ACCESS_CODE:
		return take_unit(csv, c, text.bytes, row, reason);
	case COLUMN_INSTANCE_ID:
		row->has_instance_id = true;
		return take_uuid(csv, text.bytes, row->outgoing.instance_id, reason);
	case COLUMN_CORRECTS:
		row->outgoing.corrects = true;
		return take_uuid(csv, text.bytes, row->outgoing.deprecated_id, reason);
	case COLUMN_SECONDS:
		return bulk_cell_seconds(text.bytes, &csv->answers.seconds, &errors);
	case COLUMN_QUESTION:
		return normalise(csv, i, &text, reason) &&
		       bulk_cell_answer(&csv->d->question[c->index], text,
			   &csv->answers.answer[c->index], &errors);
	case COLUMN_OTHER:
		if (!normalise(csv, i, &text, reason))
			return false;
		csv->answers.answer[c->index].text = text;
		return true;
	case COLUMN_CONFIRM:
		if (!normalise(csv, i, &text, reason))
			return false;
		csv->answers.confirmed[csv->answers.confirmations++] =
		    (struct confirmation){.check = (int16_t)c->index, .reason = text};
		return true;
	case COLUMN_IGNORED:
		break;
	}
	return true;
}

static bool
take_row(struct bulk_csv *csv, struct bulk_row *row, struct bulk_csv_error *error)
{
	size_t cells = csv_reader_cells(csv->reader);
	char reason[BULK_REASON_BYTES];
	if (cells != csv->columns)
		return fail(error, row->line, "",
		    words_say(csv->language, "dòng có %zu ô, tiêu đề có %zu",
			"the row has %zu cells, the header %zu"),
		    cells, csv->columns);
	for (size_t i = 0; i < cells; i++) {
		size_t n;
		const char *text = csv_reader_cell(csv->reader, i, &n);
		if (n == 0 || csv->column[i].kind == COLUMN_IGNORED)
			continue;
		if (memchr(text, '\0', n) != NULL)
			return fail(error, row->line, csv->column[i].name, "%s",
			    words_say(csv->language, "có ký tự NUL", "holds a NUL"));
		if (!take_cell(csv, i, (struct span){text, (uint32_t)n}, row, reason))
			return fail(error, row->line, csv->column[i].name, "%s", reason);
	}
	if (row->outgoing.tax_code[0] == '\0')
		return fail(
		    error, row->line, "tax_code", "%s", words_say(csv->language, "trống", "empty"));
	row->outgoing.answers = answers_encode(csv->d, &csv->answers, &row->outgoing.answers_bytes);
	return row->outgoing.answers != NULL ||
	       fail(error, row->line, "",
		   words_say(csv->language, "câu trả lời dài hơn %d byte",
		       "the answers are longer than %d bytes"),
		   ANSWERS_BYTES_MAX);
}

enum bulk_csv_status
bulk_csv_next(struct bulk_csv *csv, struct bulk_row *row, struct bulk_csv_error *error)
{
	forget_texts(csv);
	*row = (struct bulk_row){0};
	memset(&csv->answers, 0, sizeof(csv->answers));
	csv->answers.seconds = -1;
	/* No more than the first pass has seen whole, though the file may have changed since. */
	if (csv->read++ >= csv->rows)
		return BULK_CSV_END;
	if (csv_reader_next(csv->reader) != CSV_RECORD)
		return BULK_CSV_CHANGED;
	row->line = csv_reader_line(csv->reader);
	if (take_row(csv, row, error))
		return BULK_CSV_ROW;
	free(row->outgoing.answers);
	row->outgoing.answers = NULL;
	return BULK_CSV_BAD_ROW;
}

/* ------------------------------------------------------------------------------- as text */

static void
put_cell(FILE *to, bool first, const char *text, size_t n)
{
	if (!first)
		fputc(',', to);
	if (n > 0 && (memchr(text, ',', n) != NULL || memchr(text, '"', n) != NULL ||
			 memchr(text, '\n', n) != NULL || memchr(text, '\r', n) != NULL ||
			 text[0] == ' ' || text[n - 1] == ' '))
		csv_fwrite(to, text, n);
	else
		fwrite(text, 1, n, to);
}

char *
bulk_csv_header_text(const struct bulk_csv *csv)
{
	char *text = NULL;
	size_t n;
	bool first = true;
	FILE *to = open_memstream(&text, &n);
	if (to == NULL)
		return NULL;
	for (size_t i = 0; i < csv->columns; i++)
		if (csv->column[i].kind != COLUMN_IGNORED) {
			put_cell(to, first, csv->column[i].name, strlen(csv->column[i].name));
			first = false;
		}
	fclose(to);
	return text;
}

char *
bulk_csv_row_text(const struct bulk_csv *csv)
{
	char *text = NULL;
	size_t n;
	bool first = true;
	FILE *to = open_memstream(&text, &n);
	if (to == NULL)
		return NULL;
	for (size_t i = 0; i < csv->columns; i++) {
		size_t bytes = 0;
		const char *cell = i < csv_reader_cells(csv->reader)
				       ? csv_reader_cell(csv->reader, i, &bytes)
				       : "";
		if (csv->column[i].kind == COLUMN_IGNORED)
			continue;
		put_cell(to, first, cell, bytes);
		first = false;
	}
	fclose(to);
	return text;
}
