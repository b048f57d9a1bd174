/* SPDX-License-Identifier: Apache-2.0 */
/* libcsv calls back when a record is whole but does not say where in the input that was. So it is
 * fed one physical line at a time: then a record that has become whole ended on that line. */
#include "client/csv_reader.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 65536

struct cell_place {
	size_t at, n;
};

struct csv_reader {
	FILE *stream;
	struct csv_parser parser;
	size_t record_max_bytes;
	char chunk[CHUNK_BYTES];
	size_t chunk_at, chunk_n;
	bool at_start, at_end;
	unsigned long line;      /* of the next byte to be fed */
	bool after_cr;           /* its line has been counted: a LF now is of the same end */
	unsigned long next_line; /* where the next record begins */
	unsigned long record_line;
	size_t record_bytes;
	bool is_whole; /* a record has just been completed */
	bool is_empty; /* an empty line has, or the LF of a CRLF */
	bool no_memory;
	char *text; /* the cells, each with a NUL behind it */
	size_t text_n, text_cap;
	struct cell_place *cell;
	size_t cells, cell_cap;
};

struct csv_reader *
csv_reader_new(FILE *stream, size_t record_max_bytes)
{
	struct csv_reader *r = calloc(1, sizeof(*r));
	if (r == NULL || csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
		free(r);
		fclose(stream);
		return NULL;
	}
	/* It grows by this much at a time, copying: its own 128 bytes make a long cell quadratic.
	 */
	csv_set_blk_size(&r->parser, CHUNK_BYTES);
	r->stream = stream;
	r->record_max_bytes = record_max_bytes;
	r->at_start = true;
	r->line = r->next_line = 1;
	return r;
}

void
csv_reader_free(struct csv_reader *reader)
{
	if (reader == NULL)
		return;
	csv_free(&reader->parser);
	fclose(reader->stream);
	free(reader->text);
	free(reader->cell);
	free(reader);
}

/* Room for `more` items behind n of `cap`; false: out of memory, and the array is as it was. */
static bool
grow(void **array, size_t *cap, size_t n, size_t more, size_t size)
{
	if (n + more <= *cap)
		return true;
	size_t wanted = *cap == 0 ? 64 : *cap;
	while (wanted < n + more)
		wanted *= 2;
	void *grown = realloc(*array, wanted * size);
	if (grown == NULL)
		return false;
	*array = grown;
	*cap = wanted;
	return true;
}

static void
on_cell(void *bytes, size_t n, void *arg)
{
	struct csv_reader *r = arg;
	void *text = r->text;
	void *cell = r->cell;
	bool ok = grow(&text, &r->text_cap, r->text_n, n + 1, 1);
	r->text = text;
	ok = ok && grow(&cell, &r->cell_cap, r->cells, 1, sizeof(*r->cell));
	r->cell = cell;
	if (!ok) {
		r->no_memory = true;
		return;
	}
	if (n > 0)
		memcpy(r->text + r->text_n, bytes, n);
	r->text[r->text_n + n] = '\0';
	r->cell[r->cells++] = (struct cell_place){r->text_n, n};
	r->text_n += n + 1;
}

/* Every end of a line outside quotes: with no cells before it, it was an empty one. */
static void
on_record(int terminator, void *arg)
{
	struct csv_reader *r = arg;
	(void)terminator;
	r->is_whole = r->cells > 0;
	r->is_empty = r->cells == 0;
	r->record_line = r->next_line;
}

/* Fill the chunk. False: error; at the end `at_end` is set. */
static bool
refill(struct csv_reader *r)
{
	r->chunk_at = 0;
	r->chunk_n = fread(r->chunk, 1, CHUNK_BYTES, r->stream);
	if (r->chunk_n < CHUNK_BYTES && ferror(r->stream))
		return false;
	r->at_end = r->chunk_n == 0;
	if (r->at_start && r->chunk_n >= 3 && memcmp(r->chunk, "\xef\xbb\xbf", 3) == 0)
		r->chunk_at = 3;
	r->at_start = false;
	return true;
}

/* Lines end with LF, CRLF or CR alone. */
static void
count_line(struct csv_reader *r, const char *fed, size_t n)
{
	if (n == 0)
		return;
	bool ends_cr = fed[n - 1] == '\r';
	bool is_rest = n == 1 && r->after_cr; /* of a CRLF */
	if (ends_cr || (fed[n - 1] == '\n' && !is_rest))
		r->line++;
	r->after_cr = ends_cr;
}

/* Feed what is left of the chunk, at most to the end of the line. False: bad quotes. */
static bool
feed_line(struct csv_reader *r)
{
	const char *from = r->chunk + r->chunk_at;
	size_t n = r->chunk_n - r->chunk_at;
	for (size_t i = 0; i < n; i++)
		if (from[i] == '\n' || from[i] == '\r')
			n = i + 1;
	bool ok = csv_parse(&r->parser, from, n, on_cell, on_record, r) == n;
	r->chunk_at += n;
	r->record_bytes += n;
	count_line(r, from, n);
	return ok;
}

static enum csv_status
step(struct csv_reader *r)
{
	if (r->chunk_at == r->chunk_n) {
		if (!refill(r))
			return CSV_READ;
		if (r->at_end) {
			if (csv_fini(&r->parser, on_cell, on_record, r) != 0)
				return CSV_QUOTES;
			if (!r->is_whole)
				return CSV_END;
		}
	}
	if (!r->at_end && !feed_line(r))
		return csv_error(&r->parser) == CSV_EPARSE ? CSV_QUOTES : CSV_MEMORY;
	if (r->record_bytes > r->record_max_bytes)
		return CSV_TOO_LARGE;
	return r->no_memory ? CSV_MEMORY : CSV_RECORD;
}

enum csv_status
csv_reader_next(struct csv_reader *r)
{
	r->is_whole = false;
	r->text_n = r->cells = r->record_bytes = 0;
	if (r->at_end)
		return CSV_END;
	r->record_line = r->next_line;
	while (!r->is_whole) {
		enum csv_status status = step(r);
		if (status != CSV_RECORD)
			return status;
		if (r->is_empty) {
			r->is_empty = false;
			r->next_line = r->line;
			r->record_bytes = 0;
		}
	}
	r->next_line = r->line;
	return CSV_RECORD;
}

size_t
csv_reader_cells(const struct csv_reader *reader)
{
	return reader->cells;
}

const char *
csv_reader_cell(const struct csv_reader *reader, size_t i, size_t *n)
{
	*n = reader->cell[i].n;
	return reader->text + reader->cell[i].at;
}

unsigned long
csv_reader_line(const struct csv_reader *reader)
{
	return reader->record_line;
}
