/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's file: made, opened, and what counts in it found. Any bytes may stand there: each
 * size is compared with the segment before it is used, and only whole records are believed. */
#include "storage/journal_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/layout.h"
#include "storage/lmdb_env.h"
#include "storage/xxh3.h"

#define ZEROS_BYTES (256u * 1024)

void
journal_digest(
    const uint8_t key[JOURNAL_KEY_BYTES], const uint8_t *record, size_t n, uint8_t out[16])
{
	const size_t head = sizeof(struct journal_record);
	const struct piece parts[] = {{key, JOURNAL_KEY_BYTES},
	    {record, offsetof(struct journal_record, digest)}, {record + head, n - head}};
	xxh3_digest(parts, sizeof(parts) / sizeof(parts[0]), out);
}

static void
head_digest(const struct journal_head *head, uint8_t out[16])
{
	const struct piece part = {(const uint8_t *)head, offsetof(struct journal_head, digest)};
	xxh3_digest(&part, 1, out);
}

/* ------------------------------------------------------------------- making it */

static bool
write_zeros(int fd, off_t from, off_t to)
{
	uint8_t *zeros = calloc(1, ZEROS_BYTES);
	if (zeros == NULL) {
		errno = ENOMEM;
		return false;
	}
	while (from < to) {
		size_t n = to - from < (off_t)ZEROS_BYTES ? (size_t)(to - from) : ZEROS_BYTES;
		ssize_t wrote = pwrite(fd, zeros, n, from);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			break;
		from += wrote;
	}
	int code = errno;
	free(zeros);
	errno = code;
	return from == to;
}

static bool
fill_file(int fd, const struct journal_head *head)
{
	off_t bytes = JOURNAL_BLOCK_BYTES + (off_t)head->segments * head->segment_bytes;
	return pwrite(fd, head, sizeof(*head), 0) == (ssize_t)sizeof(*head) &&
	       write_zeros(fd, sizeof(*head), bytes) && fsync(fd) == 0;
}

enum store_status
journal_create(int folder_fd, const uint8_t log_id[STORE_LOG_ID_BYTES], uint32_t segments,
    uint32_t segment_bytes, char *message)
{
	struct journal_head head = {.magic = JOURNAL_MAGIC,
	    .format = JOURNAL_FORMAT,
	    .segments = segments,
	    .segment_bytes = segment_bytes};
	memcpy(head.log_id, log_id, sizeof(head.log_id));
	if (getrandom(head.key, sizeof(head.key), 0) != (ssize_t)sizeof(head.key))
		return lmdb_fail(STORE_FAILED, LAYOUT_JOURNAL, EIO, message);
	head_digest(&head, head.digest);
	int fd = openat(folder_fd, LAYOUT_JOURNAL_NEW, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
	    LAYOUT_FILE_MODE);
	if (fd < 0)
		return lmdb_fail(STORE_FAILED, LAYOUT_JOURNAL_NEW, errno, message);
	bool made = fill_file(fd, &head);
	int code = errno;
	close(fd);
	if (made && renameat(folder_fd, LAYOUT_JOURNAL_NEW, folder_fd, LAYOUT_JOURNAL) == 0 &&
	    fsync(folder_fd) == 0)
		return STORE_OK;
	code = made ? errno : code;
	unlinkat(folder_fd, LAYOUT_JOURNAL_NEW, 0);
	return lmdb_fail(STORE_FAILED, LAYOUT_JOURNAL, code, message);
}

/* ------------------------------------------------------------------- records */

/* Its lengths add up to its bytes. */
static bool
has_sound_lengths(const uint8_t *bytes, const struct journal_record *head)
{
	uint64_t sum = sizeof(*head) + (uint64_t)head->count * sizeof(uint32_t);
	for (uint32_t i = 0; i < head->count && sum <= head->bytes; i++) {
		uint32_t length;
		memcpy(&length, bytes + sizeof(*head) + i * sizeof(length), sizeof(length));
		sum += length;
	}
	return sum == head->bytes;
}

bool
journal_record_at(const struct journal *journal, const uint8_t *bytes, uint32_t blocks,
    struct journal_record *out)
{
	struct journal_record head;
	uint8_t digest[16];
	memcpy(&head, bytes, sizeof(head));
	if (memcmp(head.magic, JOURNAL_MAGIC, sizeof(head.magic)) != 0 || head.first == 0 ||
	    head.count == 0 || head.first > UINT64_MAX - head.count || head.bytes < sizeof(head) ||
	    head.bytes > (uint64_t)blocks * JOURNAL_BLOCK_BYTES ||
	    head.count > (head.bytes - sizeof(head)) / sizeof(uint32_t))
		return false;
	journal_digest(journal->key, bytes, head.bytes, digest);
	if (memcmp(digest, head.digest, sizeof(digest)) != 0 || !has_sound_lengths(bytes, &head))
		return false;
	*out = head;
	return true;
}

static void
forget(struct segment *segment)
{
	segment->phase = SEGMENT_FREE;
	segment->n = segment->used_blocks = 0;
	segment->entry_bytes = 0;
}

/* Whole records that follow on each other, from the segment's start. */
static void
scan_segment(struct journal *journal, struct segment *segment)
{
	struct journal_record head;
	uint64_t expected = 0;
	forget(segment);
	while (segment->used_blocks < journal->segment_blocks &&
	       journal_record_at(journal, journal_block(journal, segment, segment->used_blocks),
		   journal->segment_blocks - segment->used_blocks, &head) &&
	       (segment->n == 0 || head.first == expected)) {
		segment->place[segment->n++] = (struct journal_place){
		    .first = head.first, .count = head.count, .block = segment->used_blocks};
		segment->used_blocks += journal_blocks(head.bytes);
		segment->entry_bytes += head.bytes - sizeof(head) - head.count * sizeof(uint32_t);
		expected = head.first + head.count;
	}
	if (segment->n > 0 && expected > journal->applied + 1)
		segment->phase = SEGMENT_FULL;
	else
		forget(segment);
}

/* The segment that goes on after `last`, the one that goes furthest. */
static struct segment *
segment_after(struct journal *journal, uint64_t last)
{
	struct segment *furthest = NULL;
	uint64_t reached = last;
	for (uint32_t i = 0; i < journal->segments; i++) {
		struct segment *segment = &journal->segment[i];
		if (segment->phase != SEGMENT_FULL)
			continue;
		const struct journal_place *end = &segment->place[segment->n - 1];
		if (segment->place[0].first <= last + 1 && end->first + end->count - 1 > reached) {
			furthest = segment;
			reached = end->first + end->count - 1;
		}
	}
	return furthest;
}

/* A whole record of a number that was not reached: what stood before it has gone bad. */
static bool
is_beyond(const struct journal *journal, const struct segment *segment, uint32_t block)
{
	struct journal_record head;
	const uint8_t *bytes = journal_block(journal, segment, block);
	memcpy(&head, bytes, sizeof(head)); /* first what costs no digest */
	return head.first + head.count > journal->last + 1 &&
	       journal_record_at(journal, bytes, journal->segment_blocks - block, &head);
}

static bool
has_gap(const struct journal *journal)
{
	for (uint32_t i = 0; i < journal->segments; i++)
		for (uint32_t block = 0; block < journal->segment_blocks; block++)
			if (is_beyond(journal, &journal->segment[i], block))
				return true;
	return false;
}

bool
journal_scan(struct journal *journal, char *message)
{
	struct segment *segment;
	for (uint32_t i = 0; i < journal->segments; i++)
		scan_segment(journal, &journal->segment[i]);
	journal->last = journal->applied;
	journal->pending_bytes = 0;
	bool is_used[JOURNAL_SEGMENTS_MAX] = {false};
	while ((segment = segment_after(journal, journal->last)) != NULL) {
		const struct journal_place *end = &segment->place[segment->n - 1];
		journal->last = end->first + end->count - 1;
		journal->pending_bytes += segment->entry_bytes;
		is_used[segment - journal->segment] = true;
	}
	/* What others go beyond would be applied after them. */
	for (uint32_t i = 0; i < journal->segments; i++)
		if (!is_used[i])
			forget(&journal->segment[i]);
	if (!has_gap(journal))
		return true;
	snprintf(message, STORAGE_MESSAGE_BYTES,
	    "%s: damaged: entries after number %" PRIu64 " are missing", LAYOUT_JOURNAL,
	    journal->last);
	return false;
}

/* ------------------------------------------------------------------- opening it */

static enum store_status
not_ours(const char *why, char *message)
{
	snprintf(message, STORAGE_MESSAGE_BYTES, "%s: %s", LAYOUT_JOURNAL, why);
	return STORE_NOT_OURS;
}

static enum store_status
check_head(const struct journal_head *head, off_t file_bytes, const uint8_t *log_id, char *message)
{
	uint8_t digest[16];
	head_digest(head, digest);
	if (memcmp(head->magic, JOURNAL_MAGIC, sizeof(head->magic)) != 0 ||
	    memcmp(head->digest, digest, sizeof(digest)) != 0)
		return not_ours("not a journal of ours, or damaged", message);
	if (head->format > JOURNAL_FORMAT) {
		not_ours("made by a newer version", message);
		return STORE_NEWER_FORMAT;
	}
	if (memcmp(head->log_id, log_id, sizeof(head->log_id)) != 0)
		return not_ours("it belongs to another log", message);
	if (head->format == 0 || head->segments < JOURNAL_SEGMENTS_MIN ||
	    head->segments > JOURNAL_SEGMENTS_MAX ||
	    head->segment_bytes < JOURNAL_SEGMENT_MIN_BYTES ||
	    head->segment_bytes > JOURNAL_SEGMENT_MAX_BYTES ||
	    head->segment_bytes % JOURNAL_BLOCK_BYTES != 0)
		return not_ours("its head makes no sense", message);
	if (file_bytes < JOURNAL_BLOCK_BYTES + (off_t)head->segments * head->segment_bytes)
		return not_ours("the file has lost its end", message);
	return STORE_OK;
}

static bool
make_room(struct journal *journal, const struct journal_head *head)
{
	memcpy(journal->key, head->key, sizeof(journal->key));
	journal->segments = head->segments;
	journal->segment_blocks = head->segment_bytes / JOURNAL_BLOCK_BYTES;
	journal->room = malloc(head->segment_bytes);
	bool has_room = journal->room != NULL;
	for (uint32_t i = 0; i < journal->segments; i++) {
		journal->segment[i].place =
		    calloc(journal->segment_blocks, sizeof(*journal->segment[i].place));
		has_room = has_room && journal->segment[i].place != NULL;
	}
	journal->map_bytes = JOURNAL_BLOCK_BYTES + (size_t)head->segments * head->segment_bytes;
	if (!has_room)
		errno = ENOMEM;
	return has_room;
}

static enum store_status
open_file(struct journal *journal, int folder_fd, const uint8_t *log_id, char *message)
{
	struct journal_head head;
	struct stat file;
	journal->fd = openat(folder_fd, LAYOUT_JOURNAL, O_RDWR | O_CLOEXEC);
	if (journal->fd < 0 && errno == ENOENT)
		return not_ours(
		    "is missing: what was accepted last may stand in it alone", message);
	if (journal->fd < 0 || fstat(journal->fd, &file) != 0)
		return lmdb_fail(STORE_FAILED, LAYOUT_JOURNAL, errno, message);
	ssize_t n = pread(journal->fd, &head, sizeof(head), 0);
	if (n < 0)
		return lmdb_fail(STORE_FAILED, LAYOUT_JOURNAL, errno, message);
	if (n != (ssize_t)sizeof(head))
		return not_ours("the file has lost its end", message);
	enum store_status status = check_head(&head, file.st_size, log_id, message);
	if (status != STORE_OK)
		return status;
	if (!make_room(journal, &head))
		return lmdb_fail(STORE_FAILED, LAYOUT_JOURNAL, errno, message);
	void *map =
	    mmap(NULL, journal->map_bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, journal->fd, 0);
	if (map == MAP_FAILED)
		return lmdb_fail(STORE_FAILED, LAYOUT_JOURNAL, errno, message);
	journal->map = map;
	return STORE_OK;
}

/* Who wrote the last record may have died before its sync, or been told that the sync failed: what
 * is read here may then stand in the system's memory alone. Written again and synced, it stands on
 * the disk. The records before it were synced before it was written. */
static enum store_status
settle_last(struct journal *journal, char *message)
{
	struct segment *segment = segment_after(journal, journal->last - 1);
	if (journal->last == journal->applied || segment == NULL)
		return STORE_OK;
	uint32_t block = segment->place[segment->n - 1].block;
	const uint8_t *record = journal_block(journal, segment, block);
	size_t n = (size_t)(segment->used_blocks - block) * JOURNAL_BLOCK_BYTES;
	memcpy(journal->room, record, n);
	if (pwrite(journal->fd, journal->room, n, (off_t)(record - journal->map)) != (ssize_t)n ||
	    fdatasync(journal->fd) != 0)
		return lmdb_fail(STORE_FAILED, LAYOUT_JOURNAL, errno, message);
	return STORE_OK;
}

enum store_status
journal_open(struct journal **out, int folder_fd, const uint8_t log_id[STORE_LOG_ID_BYTES],
    uint64_t applied, char *message)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	if (journal == NULL)
		return lmdb_fail(STORE_FAILED, LAYOUT_JOURNAL, ENOMEM, message);
	journal->fd = -1;
	journal->applied = journal->last = applied;
	pthread_mutex_init(&journal->lock, NULL);
	pthread_cond_init(&journal->work, NULL);
	pthread_cond_init(&journal->freed, NULL);
	enum store_status status = open_file(journal, folder_fd, log_id, message);
	if (status == STORE_OK && !journal_scan(journal, message))
		status = STORE_NOT_OURS;
	if (status == STORE_OK)
		status = settle_last(journal, message);
	if (status != STORE_OK) {
		journal_close(journal);
		return status;
	}
	journal_let_go(journal->map, journal->map_bytes);
	*out = journal;
	return STORE_OK;
}
