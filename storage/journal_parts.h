/* SPDX-License-Identifier: Apache-2.0 */
/* What journal.c and journal_scan.c share: the journal in memory. */
#ifndef KHAOSAT_STORAGE_JOURNAL_PARTS_H
#define KHAOSAT_STORAGE_JOURNAL_PARTS_H

#include <pthread.h>
#include <sys/mman.h>

#include "storage/journal.h"

/* Where a record stands in the file. */
struct journal_place {
	uint64_t first;
	uint32_t count;
	uint32_t block; /* of its segment */
};

enum segment_phase {
	SEGMENT_FREE, /* holds nothing that counts */
	SEGMENT_OPEN, /* the writer appends to it */
	SEGMENT_FULL  /* waits for the applier */
};

struct segment {
	enum segment_phase phase;
	uint32_t used_blocks;
	uint32_t n;                  /* records */
	struct journal_place *place; /* room for one a block */
	uint64_t entry_bytes;
};

struct journal {
	int fd;
	const uint8_t *map; /* the whole file, read-only */
	size_t map_bytes;
	uint8_t key[JOURNAL_KEY_BYTES];
	uint32_t segments;
	uint32_t segment_blocks;
	uint8_t *room;        /* the writer's: one segment, in which records are put together */
	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t work;  /* for the applier: a segment is full, or the end */
	pthread_cond_t freed; /* for the writer: a segment is free, or none will be */
	struct segment segment[JOURNAL_SEGMENTS_MAX];
	struct segment *open; /* NULL: none, the next append takes a free one */
	uint64_t last;
	uint64_t applied;
	uint64_t pending_bytes;
	bool is_stuck; /* the engine refused the oldest segment */
	bool has_given_up;
	bool is_ended;
};

const uint8_t *journal_block(
    const struct journal *journal, const struct segment *segment, uint32_t block);

/* The record at a block of the map, checked whole, within `blocks` blocks. */
bool journal_record_at(const struct journal *journal, const uint8_t *bytes, uint32_t blocks,
    struct journal_record *out);

/* Of the key and the record with its digest field left out. */
void journal_digest(
    const uint8_t key[JOURNAL_KEY_BYTES], const uint8_t *record, size_t n, uint8_t out[16]);

/* Fill the segments' places with what counts, set last. False: damage, said in message. */
bool journal_scan(struct journal *journal, char *message);

/* What was read of the map need not stay mapped: it is read again when it is wanted. */
static inline void
journal_let_go(const uint8_t *from, size_t n)
{
	madvise((void *)(uintptr_t)from, n, MADV_DONTNEED);
}

static inline uint32_t
journal_blocks(size_t bytes)
{
	return (uint32_t)((bytes + JOURNAL_BLOCK_BYTES - 1) / JOURNAL_BLOCK_BYTES);
}

#endif
