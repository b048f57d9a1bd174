/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: one file of equal segments, written beforehand, in which a batch becomes durable
 * with one sync. Segments that are full are moved into the engine behind the acknowledgement and
 * then used again; what the engine does not hold yet is found here at the next open. The format is
 * the rest of this comment, in the machine's own byte order:
 *
 *   block 0     struct journal_head; the file is as long as it says
 *   segments    each a whole number of blocks of 4096 bytes, filled with records from its start
 *   record      begins at a block: struct journal_record, then uint32_t length[count] of its
 *               entries, then their bytes one after the other, then zeros up to the next block
 *
 * A record is whole when its digest is right; a block once acknowledged is not written again before
 * the engine holds its entries. Numbers only grow: in a segment, the first record that is not whole
 * or does not follow on ends what counts, for what comes after it is an older use of the segment or
 * a batch that nobody was told of. Records that the engine holds already are passed over. A whole
 * record beyond a gap means damage, and is refused.
 *
 * One thread at a time, that which commits, appends; another, the applier, takes segments and
 * releases them; any thread reads. */
#ifndef KHAOSAT_STORAGE_JOURNAL_H
#define KHAOSAT_STORAGE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/pack.h"
#include "storage/store.h"

#define JOURNAL_BLOCK_BYTES 4096u
#define JOURNAL_SEGMENTS_MIN 2u
#define JOURNAL_SEGMENTS_MAX 64u
#define JOURNAL_SEGMENT_MIN_BYTES (4 * JOURNAL_BLOCK_BYTES)
#define JOURNAL_SEGMENT_MAX_BYTES (64u << 20)
#define JOURNAL_MAGIC "khaosatJ"
#define JOURNAL_FORMAT 1u
#define JOURNAL_KEY_BYTES 16

struct journal_head {
	char magic[8];
	uint32_t format;
	uint32_t segments;
	uint32_t segment_bytes;
	uint32_t reserved;
	uint8_t log_id[STORE_LOG_ID_BYTES];
	uint8_t
	    key[JOURNAL_KEY_BYTES]; /* random, told to nobody: no submission can hold a record */
	uint8_t digest[16];         /* XXH3, 128 bits, of what stands above */
};

struct journal_record {
	char magic[8];
	uint64_t first; /* number of its first entry */
	uint32_t count;
	uint32_t bytes;     /* of the record, without the zeros at its end */
	uint8_t digest[16]; /* XXH3, 128 bits, of the key and all other bytes of the record */
};

struct journal;

/* Make the file, zeros but for its head, and its name durable; replaces one that is there. */
enum store_status journal_create(int folder_fd, const uint8_t log_id[STORE_LOG_ID_BYTES],
    uint32_t segments, uint32_t segment_bytes, char *message);

/* Open and find what the engine, whose last entry is `applied`, does not hold. Changes nothing. */
enum store_status journal_open(struct journal **out, int folder_fd,
    const uint8_t log_id[STORE_LOG_ID_BYTES], uint64_t applied, char *message);
void journal_close(struct journal *journal); /* accepts NULL */

uint64_t journal_last(const struct journal *journal);       /* number of the last durable entry */
uint64_t journal_pending_bytes(struct journal *journal);    /* of entries not in the engine yet */
uint64_t journal_room_bytes(const struct journal *journal); /* all segments */
bool journal_is_there(const struct journal *journal); /* its file still has a name. Any thread */

/* ------------------------------------------------------------------- whoever commits */

enum journal_status {
	JOURNAL_OK,
	JOURNAL_FULL, /* the engine takes nothing now, or the disk nothing: nothing was stored */
	JOURNAL_TOO_LARGE, /* for any segment: nothing was stored */
	JOURNAL_BROKEN     /* not known whether it was stored; appends no more */
};

/* Append jobs[0..n) as one record, numbered from journal_last + 1. JOURNAL_OK: on stable storage.
 * Waits for a segment to be released when all are full. */
enum journal_status journal_append(
    struct journal *journal, const struct store_job *const *jobs, size_t n, char *message);

/* Let the applier have what is there, and wait until it has it all. JOURNAL_FULL: not all of it. */
enum journal_status journal_drain(struct journal *journal);

/* The engine has taken entries past the journal; it was drained. */
void journal_skip_to(struct journal *journal, uint64_t last);

/* ------------------------------------------------------------------- the applier */

struct journal_batch {
	uint64_t first; /* number of the first one */
	size_t n;
	struct piece *piece; /* n of them, lent until the segment is released; the array is the
				caller's, to be freed. NULL: no memory */
};

/* The oldest segment that is full, by its entries. Waits for one; false when journal_end was called
 * and none is left. */
bool journal_take(struct journal *journal, struct journal_batch *out);

void journal_release(struct journal *journal); /* the engine holds that segment's entries, synced */

/* The engine would not take it: whoever waits for room is told. Waits a while; false when
 * journal_end was called, and there is no time to try again. */
bool journal_wait(struct journal *journal, unsigned int milliseconds);

/* The engine will take nothing ever again. */
void journal_give_up(struct journal *journal);

/* No more appends: hand over what is there, and let journal_take come to an end. */
void journal_end(struct journal *journal);

/* ------------------------------------------------------------------- reading */

enum journal_found {
	JOURNAL_FOUND,
	JOURNAL_APPLIED, /* the engine holds it */
	JOURNAL_BEYOND,  /* there is no such entry */
	JOURNAL_MEMORY
};

/* Copy one entry into a buffer of the caller's, which is made larger as needed and freed by him. */
struct journal_buffer {
	uint8_t *bytes;
	size_t n, room;
};
enum journal_found journal_read(
    struct journal *journal, uint64_t number, struct journal_buffer *out);

#endif
