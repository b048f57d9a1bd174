/* SPDX-License-Identifier: Apache-2.0 */
#include "client/log_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES                                                                               \
	(2 * (size_t)BACKUP_ENTRY_MAX_BYTES) /* hardly ever used but for its beginning */
/* At a time: what the kernel copies here is still in the processor's cache when it is looked at.
 * With eight megabytes it was not, and that took a fifth of all time. */
#define READ_BYTES ((size_t)128 << 10)

_Static_assert(BUFFER_BYTES > BACKUP_LENGTH_BYTES + BACKUP_ENTRY_MAX_BYTES, "a piece has room");

struct reading {
	int fd;
	uint8_t *bytes;
	size_t from, to; /* what is not used yet */
	struct backup_reader reader;
	uint64_t entries; /* of the second reading */
	log_file_visit *visit;
	void *context;
	struct backup_header *header;
};

/* More bytes behind those that wait. */
static enum log_file_status
fill(struct reading *r)
{
	if (r->from > 0)
		memmove(r->bytes, r->bytes + r->from, r->to - r->from);
	r->to -= r->from;
	r->from = 0;
	size_t room = BUFFER_BYTES - r->to;
	ssize_t n;
	do
		n = read(r->fd, r->bytes + r->to, room < READ_BYTES ? room : READ_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return LOG_FILE_IO;
	r->to += (size_t)n;
	return n > 0 ? LOG_FILE_OK : LOG_FILE_BAD;
}

/* LOG_FILE_OK: there is more. */
static enum log_file_status
take(struct reading *r, bool *is_end)
{
	struct backup_piece piece;
	switch (backup_read(&r->reader, r->bytes + r->from, r->to - r->from, &piece)) {
	case BACKUP_PARTIAL:
		return fill(r);
	case BACKUP_HEADER:
		*r->header = r->reader.header;
		break;
	case BACKUP_ENTRY:
		if (!r->visit(r->context, r->reader.entries, piece.entry, piece.entry_bytes))
			return LOG_FILE_STOPPED;
		break;
	case BACKUP_END:
		*is_end = true;
		return LOG_FILE_OK;
	case BACKUP_FOREIGN:
	case BACKUP_NEWER:
	case BACKUP_DAMAGED:
		return LOG_FILE_BAD;
	}
	r->from += piece.used;
	return LOG_FILE_OK;
}

/* An entry of a file that is known to be whole; that its length is in bounds is asked all the same.
 */
static enum log_file_status
take_again(struct reading *r)
{
	const uint8_t *at = r->bytes + r->from;
	if (r->to - r->from < BACKUP_LENGTH_BYTES)
		return fill(r);
	size_t n = at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
	if (n < ENTRY_HEADER_BYTES || n > BACKUP_ENTRY_MAX_BYTES)
		return LOG_FILE_BAD;
	if (r->to - r->from < BACKUP_LENGTH_BYTES + n)
		return fill(r);
	r->from += BACKUP_LENGTH_BYTES + n;
	bool goes_on = r->visit(r->context, ++r->entries, at + BACKUP_LENGTH_BYTES, n);
	return goes_on ? LOG_FILE_OK : LOG_FILE_STOPPED;
}

enum log_file_status
log_file_read_again(
    FILE *file, log_file_visit *visit, void *context, const struct backup_header *header)
{
	struct reading r = {.fd = fileno(file), .visit = visit, .context = context};
	enum log_file_status status = LOG_FILE_OK;
	if (lseek(r.fd, BACKUP_HEADER_BYTES, SEEK_SET) != BACKUP_HEADER_BYTES)
		return LOG_FILE_IO;
	r.bytes = malloc(BUFFER_BYTES);
	if (r.bytes == NULL)
		return LOG_FILE_MEMORY;
	while (status == LOG_FILE_OK && r.entries < header->last)
		status = take_again(&r);
	free(r.bytes);
	return status;
}

enum log_file_status
log_file_read(FILE *file, log_file_visit *visit, void *context, struct backup_header *header)
{
	struct reading r = {
	    .fd = fileno(file), .visit = visit, .context = context, .header = header};
	enum log_file_status status = LOG_FILE_OK;
	bool is_end = false;
	if (lseek(r.fd, 0, SEEK_SET) != 0)
		return LOG_FILE_IO;
	r.bytes = malloc(BUFFER_BYTES);
	if (r.bytes == NULL || !backup_reader_init(&r.reader)) {
		free(r.bytes);
		return LOG_FILE_MEMORY;
	}
	while (status == LOG_FILE_OK && !is_end)
		status = take(&r, &is_end);
	backup_reader_clear(&r.reader);
	free(r.bytes);
	return status;
}
