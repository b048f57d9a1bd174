/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a CSV file of many units' answers. As many rows come as were counted, in the order
 * of their lines, or the file is refused with a reason; a good row's answers decode; a row printed
 * as CSV under the header reads as the same row. */
#include "client/bulk_csv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/mini_survey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A file in memory, under a name that can be opened. */
static int
file_of(const void *bytes, size_t n, char path[32])
{
	int fd = memfd_create("bulk", MFD_CLOEXEC);
	assert(fd >= 0);
	ssize_t put = write(fd, bytes, n);
	assert(put == (ssize_t)n);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static void
expect_decoded(const struct definition *d, const struct outgoing *o)
{
	static struct answers answers;
	static struct findings findings;
	const char *reason = NULL;
	enum answers_status status = answers_decode(
	    d, MINI_REF_YEAR, o->answers, o->answers_bytes, &answers, &findings, &reason);
	assert(o->answers && status == ANSWERS_OK);
}

/* The row printed below the header is the same row in a file of its own. */
static void
expect_row_again(const struct definition *d, struct bulk_csv *csv, const struct bulk_row *row)
{
	char path[32], *text, *header = bulk_csv_header_text(csv), *line = bulk_csv_row_text(csv);
	struct bulk_csv_error error;
	struct bulk_row again;
	assert(header && line);
	int length = asprintf(&text, "%s\r\n%s\r\n", header, line);
	assert(length > 0);
	int fd = file_of(text, (size_t)length, path);
	struct bulk_csv *alone = bulk_csv_open(path, d, LANGUAGE_VI, &error);
	assert(alone && bulk_csv_rows(alone) == 1);
	enum bulk_csv_status status = bulk_csv_next(alone, &again, &error);
	assert(status == BULK_CSV_ROW && again.has_instance_id == row->has_instance_id);
	assert(outgoing_same(&row->outgoing, &again.outgoing));
	assert(strcmp(row->outgoing.access_code, again.outgoing.access_code) == 0);
	outgoing_clear(&again.outgoing);
	bulk_csv_close(alone);
	close(fd);
	free(text);
	free(header);
	free(line);
}

static void
read_rows(const struct definition *d, struct bulk_csv *csv)
{
	struct bulk_csv_error error;
	struct bulk_row row;
	enum bulk_csv_status status;
	unsigned long line = 1;
	uint64_t rows = 0;
	while ((status = bulk_csv_next(csv, &row, &error)) != BULK_CSV_END) {
		rows++;
		assert((status == BULK_CSV_ROW ? row.line : error.line) > line);
		line = status == BULK_CSV_ROW ? row.line : error.line;
		if (status == BULK_CSV_BAD_ROW) {
			assert(error.reason[0] != '\0');
			continue;
		}
		expect_decoded(d, &row.outgoing);
		expect_row_again(d, csv, &row);
		outgoing_clear(&row.outgoing);
	}
	assert(rows == bulk_csv_rows(csv));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct definition *d;
	struct bulk_csv_error error = {.reason = ""};
	char path[32];
	if (!d)
		d = mini_survey();
	int fd = file_of(data, n, path);
	struct bulk_csv *csv = bulk_csv_open(path, d, LANGUAGE_EN, &error);
	if (csv)
		read_rows(d, csv);
	else
		assert(error.reason[0] != '\0');
	bulk_csv_close(csv);
	close(fd);
	return 0;
}
