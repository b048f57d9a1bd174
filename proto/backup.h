/* SPDX-License-Identifier: Apache-2.0 */
/* A backup: the log, entries 1 to some last one, as one file. The log is the truth and only grows,
 * so the file is a copy of the state at that entry whatever is written meanwhile, depends on no
 * engine, byte order or page size, and is always compact. It is read and written as a stream.
 * Contacts of respondents are not in it: what must be forgettable is not in the log. Integers are
 * little-endian.
 *
 *   header     offset size
 *                   0    8  "KHAOSATB"
 *                   8    4  format, 1. A reader refuses a higher one
 *                  12    4  0
 *                  16   16  the log's id, as in receipts
 *                  32    8  when the backup began, milliseconds since 1970-01-01 UTC
 *                  40    8  number of the last entry, S; 0: an empty log
 *                  48   16  zeros
 *   S times         0    4  n, 200 to 4,194,504
 *                   4    n  the entry: its header (khaosat.proto, ENTRY HEADER), its payload
 *   trailer         0    8  S once more
 *                   8   32  SHA-256 of all that stands before it
 *
 * Nothing stands behind the trailer. Pure; any thread, one reader or writer belongs to one. */
#ifndef KHAOSAT_PROTO_BACKUP_H
#define KHAOSAT_PROTO_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/entry.h"
#include "proto/limits.h"

#define BACKUP_FORMAT 1u
#define BACKUP_LOG_ID_BYTES 16
#define BACKUP_HEADER_BYTES 64
#define BACKUP_LENGTH_BYTES 4
#define BACKUP_TRAILER_BYTES 40
#define BACKUP_ENTRY_MAX_BYTES (ENTRY_HEADER_BYTES + FRAME_STAFF_MAX_BYTES)

struct digest;

struct backup_header {
	uint32_t format;
	uint8_t log_id[BACKUP_LOG_ID_BYTES];
	int64_t created_ms;
	uint64_t last;
};

/* ------------------------------------------------------------------- writing */

struct backup_writer {
	/* Where the bytes go; false: they cannot, and the backup is given up. */
	bool (*put)(void *context, const void *bytes, size_t n);
	void *context;
	/* ------------------------------------------------ the writer's own */
	struct digest *digest;
	uint64_t last, entries;
	uint64_t bytes; /* put so far */
};

/* The header; its format is set here. False, as from the others: put said so, or there is no
 * memory. */
bool backup_begin(struct backup_writer *w, const struct backup_header *header);
/* The next entry, in two parts; at most `last` of them. n: of the payload. */
bool backup_put(struct backup_writer *w, const uint8_t head[ENTRY_HEADER_BYTES],
    const uint8_t *payload, size_t n);
/* The trailer, all entries having been put. */
bool backup_finish(struct backup_writer *w);
void backup_clear(struct backup_writer *w); /* in every case */

/* ------------------------------------------------------------------- reading */

enum backup_status {
	BACKUP_HEADER,  /* the reader's `header` is set */
	BACKUP_ENTRY,   /* one more entry; its number is the reader's `entries` */
	BACKUP_END,     /* the trailer, and its digest fits */
	BACKUP_PARTIAL, /* wait for more bytes; at the file's end: it is cut short */
	BACKUP_FOREIGN, /* no backup of ours */
	BACKUP_NEWER,   /* of a newer format; `header.format` is set */
	BACKUP_DAMAGED
};

struct backup_piece {
	const uint8_t *entry; /* BACKUP_ENTRY: points into the bytes read */
	size_t entry_bytes;
	size_t used; /* what to drop from the buffer */
};

struct backup_reader {
	struct backup_header header;
	uint64_t entries; /* read so far */
	/* ------------------------------------------------ the reader's own */
	enum backup_stage { BACKUP_AT_HEADER, BACKUP_AT_ENTRIES, BACKUP_BEHIND_END } stage;
	struct digest *digest;
};

bool backup_reader_init(struct backup_reader *r); /* false: out of memory */
void backup_reader_clear(struct backup_reader *r);

/* Look for one piece at the start of bytes[0..n). `out` is written on the first three statuses
 * only; after one of the last three the reader is of no more use. A piece needs at most
 * BACKUP_LENGTH_BYTES + BACKUP_ENTRY_MAX_BYTES. Entries are to be believed only after BACKUP_END.
 * Behind it the least byte is BACKUP_DAMAGED. */
enum backup_status backup_read(
    struct backup_reader *r, const uint8_t *bytes, size_t n, struct backup_piece *out);

#endif
