/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/backup.h"

#include <assert.h>
#include <string.h>

#include "proto/digest.h"

#define MAGIC "KHAOSATB"

/* Offsets of the header and of the trailer, as in backup.h. */
enum offset {
	AT_MAGIC = 0,
	AT_FORMAT = 8,
	AT_LOG_ID = 16,
	AT_CREATED = 32,
	AT_LAST = 40,
	AT_COUNT = 0,
	AT_DIGEST = 8
};

static void
put_number(uint8_t *p, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t
get_number(const uint8_t *p, unsigned bytes)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)p[i] << (8 * i);
	return value;
}

/* ------------------------------------------------------------------- writing */

static bool
write_bytes(struct backup_writer *w, const void *bytes, size_t n)
{
	digest_add(w->digest, bytes, n);
	w->bytes += n;
	return w->put(w->context, bytes, n);
}

bool
backup_begin(struct backup_writer *w, const struct backup_header *header)
{
	uint8_t out[BACKUP_HEADER_BYTES] = {0};
	w->digest = digest_new();
	w->last = header->last;
	w->entries = 0;
	w->bytes = 0;
	if (w->digest == NULL)
		return false;
	memcpy(out + AT_MAGIC, MAGIC, strlen(MAGIC));
	put_number(out + AT_FORMAT, BACKUP_FORMAT, 4);
	memcpy(out + AT_LOG_ID, header->log_id, sizeof(header->log_id));
	put_number(out + AT_CREATED, (uint64_t)header->created_ms, 8);
	put_number(out + AT_LAST, header->last, 8);
	return write_bytes(w, out, sizeof(out));
}

bool
backup_put(struct backup_writer *w, const uint8_t head[ENTRY_HEADER_BYTES], const uint8_t *payload,
    size_t n)
{
	uint8_t length[BACKUP_LENGTH_BYTES];
	assert(w->entries < w->last && n <= FRAME_STAFF_MAX_BYTES);
	put_number(length, ENTRY_HEADER_BYTES + n, sizeof(length));
	w->entries++;
	return write_bytes(w, length, sizeof(length)) && write_bytes(w, head, ENTRY_HEADER_BYTES) &&
	       (n == 0 || write_bytes(w, payload, n));
}

bool
backup_finish(struct backup_writer *w)
{
	uint8_t out[BACKUP_TRAILER_BYTES];
	assert(w->entries == w->last);
	put_number(out + AT_COUNT, w->last, 8);
	digest_add(w->digest, out, AT_DIGEST);
	digest_end(w->digest, out + AT_DIGEST);
	w->bytes += sizeof(out);
	return w->put(w->context, out, sizeof(out));
}

void
backup_clear(struct backup_writer *w)
{
	digest_free(w->digest);
	w->digest = NULL;
}

/* ------------------------------------------------------------------- reading */

bool
backup_reader_init(struct backup_reader *r)
{
	*r = (struct backup_reader){.digest = digest_new()};
	return r->digest != NULL;
}

void
backup_reader_clear(struct backup_reader *r)
{
	digest_free(r->digest);
	r->digest = NULL;
}

/* What is wrong is said as soon as the bytes that say it are there. */
static enum backup_status
read_header(struct backup_reader *r, const uint8_t *bytes, size_t n, struct backup_piece *out)
{
	size_t magic = n < strlen(MAGIC) ? n : strlen(MAGIC);
	if (memcmp(bytes, MAGIC, magic) != 0)
		return BACKUP_FOREIGN;
	if (n < AT_FORMAT + 4)
		return BACKUP_PARTIAL;
	r->header.format = (uint32_t)get_number(bytes + AT_FORMAT, 4);
	if (r->header.format > BACKUP_FORMAT)
		return BACKUP_NEWER;
	if (r->header.format < BACKUP_FORMAT)
		return BACKUP_DAMAGED;
	if (n < BACKUP_HEADER_BYTES)
		return BACKUP_PARTIAL;
	memcpy(r->header.log_id, bytes + AT_LOG_ID, sizeof(r->header.log_id));
	r->header.created_ms = (int64_t)get_number(bytes + AT_CREATED, 8);
	r->header.last = get_number(bytes + AT_LAST, 8);
	digest_add(r->digest, bytes, BACKUP_HEADER_BYTES);
	r->stage = BACKUP_AT_ENTRIES;
	*out = (struct backup_piece){.used = BACKUP_HEADER_BYTES};
	return BACKUP_HEADER;
}

static enum backup_status
read_entry(struct backup_reader *r, const uint8_t *bytes, size_t n, struct backup_piece *out)
{
	if (n < BACKUP_LENGTH_BYTES)
		return BACKUP_PARTIAL;
	size_t length = (size_t)get_number(bytes, BACKUP_LENGTH_BYTES);
	if (length < ENTRY_HEADER_BYTES || length > BACKUP_ENTRY_MAX_BYTES)
		return BACKUP_DAMAGED;
	if (n - BACKUP_LENGTH_BYTES < length)
		return BACKUP_PARTIAL;
	*out = (struct backup_piece){
	    .entry = bytes + BACKUP_LENGTH_BYTES,
	    .entry_bytes = length,
	    .used = BACKUP_LENGTH_BYTES + length,
	};
	digest_add(r->digest, bytes, out->used);
	r->entries++;
	return BACKUP_ENTRY;
}

static enum backup_status
read_trailer(struct backup_reader *r, const uint8_t *bytes, size_t n, struct backup_piece *out)
{
	uint8_t digest[SHA256_BYTES];
	if (n < BACKUP_TRAILER_BYTES)
		return BACKUP_PARTIAL;
	digest_add(r->digest, bytes, AT_DIGEST);
	digest_end(r->digest, digest);
	if (get_number(bytes + AT_COUNT, 8) != r->header.last ||
	    memcmp(bytes + AT_DIGEST, digest, sizeof(digest)) != 0)
		return BACKUP_DAMAGED;
	r->stage = BACKUP_BEHIND_END;
	*out = (struct backup_piece){.used = BACKUP_TRAILER_BYTES};
	return BACKUP_END;
}

enum backup_status
backup_read(struct backup_reader *r, const uint8_t *bytes, size_t n, struct backup_piece *out)
{
	if (n == 0)
		return BACKUP_PARTIAL;
	switch (r->stage) {
	case BACKUP_AT_HEADER:
		return read_header(r, bytes, n, out);
	case BACKUP_AT_ENTRIES:
		return r->entries < r->header.last ? read_entry(r, bytes, n, out)
						   : read_trailer(r, bytes, n, out);
	case BACKUP_BEHIND_END:
		break;
	}
	return BACKUP_DAMAGED;
}
