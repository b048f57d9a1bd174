/* SPDX-License-Identifier: Apache-2.0 */
/* Segments go round: free -> open (the writer appends) -> full (waits for the applier) -> free.
 *
 *   append: put the record together -> write -> sync -> list it -> the caller may acknowledge
 *
 * The lock is held over the lists and over copying one entry out, never over a write or a sync. A
 * reader finds the bytes in the map, where they stay until their segment is released. */
#include "storage/journal_parts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "storage/lmdb_env.h"

const uint8_t *
journal_block(const struct journal *journal, const struct segment *segment, uint32_t block)
{
	size_t index = (size_t)(segment - journal->segment);
	return journal->map + (1 + index * journal->segment_blocks + block) * JOURNAL_BLOCK_BYTES;
}

uint64_t
journal_last(const struct journal *journal)
{
	return journal->last; /* the writer's to change, and it asks; others ask the store */
}

uint64_t
journal_pending_bytes(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	uint64_t bytes = journal->pending_bytes;
	pthread_mutex_unlock(&journal->lock);
	return bytes;
}

bool
journal_is_there(const struct journal *journal)
{
	return file_has_name(journal->fd);
}

uint64_t
journal_room_bytes(const struct journal *journal)
{
	return (uint64_t)journal->segments * journal->segment_blocks * JOURNAL_BLOCK_BYTES;
}

/* ------------------------------------------------------------------- appending */

static void
close_segment_locked(struct journal *journal)
{
	if (journal->open == NULL || journal->open->n == 0)
		return;
	journal->open->phase = SEGMENT_FULL;
	journal->open = NULL;
	pthread_cond_signal(&journal->work);
}

static struct segment *
free_segment_locked(struct journal *journal)
{
	for (uint32_t i = 0; i < journal->segments; i++)
		if (journal->segment[i].phase == SEGMENT_FREE)
			return &journal->segment[i];
	return NULL;
}

/* Wait while the applier is at work on what is wanted. */
static bool
is_waiting_of_use_locked(struct journal *journal)
{
	if (journal->is_stuck || journal->has_given_up)
		return false;
	pthread_cond_wait(&journal->freed, &journal->lock);
	return true;
}

/* An open segment with so many blocks left, or NULL: there is none and none will come soon. */
static struct segment *
segment_for(struct journal *journal, uint32_t blocks)
{
	pthread_mutex_lock(&journal->lock);
	if (journal->open != NULL && journal->segment_blocks - journal->open->used_blocks < blocks)
		close_segment_locked(journal);
	while (journal->open == NULL) {
		journal->open = free_segment_locked(journal);
		if (journal->open != NULL)
			journal->open->phase = SEGMENT_OPEN;
		else if (!is_waiting_of_use_locked(journal))
			break;
	}
	struct segment *segment = journal->open;
	pthread_mutex_unlock(&journal->lock);
	return segment;
}

/* Into the writer's room; returns how many bytes, without the zeros that follow. */
static size_t
put_together(struct journal *journal, const struct store_job *const *jobs, size_t n, size_t bytes)
{
	struct journal_record head = {.magic = JOURNAL_MAGIC,
	    .first = journal->last + 1,
	    .count = (uint32_t)n,
	    .bytes = (uint32_t)bytes};
	uint8_t *at = journal->room + sizeof(head);
	for (size_t i = 0; i < n; i++, at += sizeof(uint32_t))
		memcpy(at, &(uint32_t){(uint32_t)jobs[i]->n}, sizeof(uint32_t));
	for (size_t i = 0; i < n; i++) {
		assert(jobs[i]->number == head.first + i);
		if (jobs[i]->n > 0)
			memcpy(at, jobs[i]->bytes, jobs[i]->n);
		at += jobs[i]->n;
	}
	memcpy(journal->room, &head, sizeof(head));
	journal_digest(journal->key, journal->room, bytes, head.digest);
	memcpy(journal->room, &head, sizeof(head));
	size_t padded = (size_t)journal_blocks(bytes) * JOURNAL_BLOCK_BYTES;
	memset(journal->room + bytes, 0, padded - bytes);
	return padded;
}

/* 0, or errno. What a failed write leaves behind is no whole record, and is written over. */
static int
write_all(struct journal *journal, off_t at, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t wrote =
		    pwrite(journal->fd, journal->room + done, n - done, at + (off_t)done);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return wrote < 0 ? errno : ENOSPC;
		done += (size_t)wrote;
	}
	return 0;
}

static enum journal_status
write_record(struct journal *journal, const struct segment *segment, size_t n, char *message)
{
	const uint8_t *place = journal_block(journal, segment, segment->used_blocks);
	int code = write_all(journal, (off_t)(place - journal->map), n);
	if (code != 0) {
		lmdb_fail(STORE_FAILED, "journal: write", code, message);
		return lmdb_is_full(code) ? JOURNAL_FULL : JOURNAL_BROKEN;
	}
	if (fdatasync(journal->fd) == 0)
		return JOURNAL_OK;
	lmdb_fail(STORE_FAILED, "journal: sync", errno, message);
	return JOURNAL_BROKEN;
}

static void
list_record(struct journal *journal, struct segment *segment, size_t n, size_t bytes)
{
	uint64_t entry_bytes = bytes - sizeof(struct journal_record) - n * sizeof(uint32_t);
	pthread_mutex_lock(&journal->lock);
	segment->place[segment->n++] = (struct journal_place){
	    .first = journal->last + 1, .count = (uint32_t)n, .block = segment->used_blocks};
	segment->used_blocks += journal_blocks(bytes);
	segment->entry_bytes += entry_bytes;
	journal->pending_bytes += entry_bytes;
	journal->last += n;
	pthread_mutex_unlock(&journal->lock);
}

static size_t
record_bytes(const struct store_job *const *jobs, size_t n)
{
	size_t bytes = sizeof(struct journal_record) + n * sizeof(uint32_t);
	for (size_t i = 0; i < n; i++)
		bytes += jobs[i]->n;
	return bytes;
}

enum journal_status
journal_append(
    struct journal *journal, const struct store_job *const *jobs, size_t n, char *message)
{
	size_t bytes = record_bytes(jobs, n);
	if (bytes > (size_t)journal->segment_blocks * JOURNAL_BLOCK_BYTES)
		return JOURNAL_TOO_LARGE;
	struct segment *segment = segment_for(journal, journal_blocks(bytes));
	if (segment == NULL)
		return JOURNAL_FULL;
	size_t padded = put_together(journal, jobs, n, bytes);
	enum journal_status status = write_record(journal, segment, padded, message);
	if (status == JOURNAL_OK)
		list_record(journal, segment, n, bytes);
	return status;
}

enum journal_status
journal_drain(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	close_segment_locked(journal);
	while (journal->applied < journal->last && is_waiting_of_use_locked(journal))
		continue;
	bool is_drained = journal->applied == journal->last;
	pthread_mutex_unlock(&journal->lock);
	return is_drained ? JOURNAL_OK : JOURNAL_FULL;
}

void
journal_skip_to(struct journal *journal, uint64_t last)
{
	pthread_mutex_lock(&journal->lock);
	assert(journal->applied == journal->last);
	journal->applied = journal->last = last;
	pthread_mutex_unlock(&journal->lock);
}

/* ------------------------------------------------------------------- the applier */

static struct segment *
oldest_full_locked(struct journal *journal)
{
	struct segment *oldest = NULL;
	for (uint32_t i = 0; i < journal->segments; i++) {
		struct segment *segment = &journal->segment[i];
		if (segment->phase == SEGMENT_FULL &&
		    (oldest == NULL || segment->place[0].first < oldest->place[0].first))
			oldest = segment;
	}
	return oldest;
}

static uint64_t
last_of(const struct segment *segment)
{
	const struct journal_place *place = &segment->place[segment->n - 1];
	return place->first + place->count - 1;
}

/* The entries of a record from number `from` on; returns how many. */
static size_t
list_entries(const uint8_t *record, uint64_t from, struct piece *out)
{
	struct journal_record head;
	memcpy(&head, record, sizeof(head));
	const uint8_t *lengths = record + sizeof(head);
	const uint8_t *bytes = lengths + head.count * sizeof(uint32_t);
	size_t n = 0;
	for (uint32_t i = 0; i < head.count; i++) {
		uint32_t length;
		memcpy(&length, lengths + i * sizeof(length), sizeof(length));
		if (head.first + i >= from)
			out[n++] = (struct piece){bytes, length};
		bytes += length;
	}
	return n;
}

bool
journal_take(struct journal *journal, struct journal_batch *out)
{
	struct segment *segment;
	pthread_mutex_lock(&journal->lock);
	while ((segment = oldest_full_locked(journal)) == NULL && !journal->is_ended)
		pthread_cond_wait(&journal->work, &journal->lock);
	uint64_t from = journal->applied + 1;
	pthread_mutex_unlock(&journal->lock);
	if (segment == NULL)
		return false;
	/* A full segment is changed by nobody but us. */
	*out = (struct journal_batch){.first = from};
	out->piece = calloc(last_of(segment) + 1 - from, sizeof(*out->piece));
	for (uint32_t i = 0; out->piece != NULL && i < segment->n; i++)
		out->n += list_entries(journal_block(journal, segment, segment->place[i].block),
		    from, out->piece + out->n);
	return true;
}

void
journal_release(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	struct segment *segment = oldest_full_locked(journal);
	journal->applied = last_of(segment);
	journal->pending_bytes -= segment->entry_bytes;
	segment->phase = SEGMENT_FREE;
	segment->n = segment->used_blocks = 0;
	segment->entry_bytes = 0;
	journal->is_stuck = false;
	pthread_cond_signal(&journal->freed);
	pthread_mutex_unlock(&journal->lock);
	journal_let_go(journal_block(journal, segment, 0),
	    (size_t)journal->segment_blocks * JOURNAL_BLOCK_BYTES);
}

bool
journal_wait(struct journal *journal, unsigned int milliseconds)
{
	struct timespec until; /* by a clock that nobody sets */
	clock_gettime(CLOCK_MONOTONIC, &until);
	uint64_t ns = (uint64_t)until.tv_nsec + (uint64_t)milliseconds * 1000000;
	until.tv_sec += (time_t)(ns / 1000000000);
	until.tv_nsec = (long)(ns % 1000000000);
	pthread_mutex_lock(&journal->lock);
	journal->is_stuck = true;
	pthread_cond_signal(&journal->freed);
	if (!journal->is_ended)
		pthread_cond_clockwait(&journal->work, &journal->lock, CLOCK_MONOTONIC, &until);
	bool may_try = !journal->is_ended;
	pthread_mutex_unlock(&journal->lock);
	return may_try;
}

void
journal_give_up(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	journal->has_given_up = true;
	pthread_cond_signal(&journal->freed);
	pthread_mutex_unlock(&journal->lock);
}

void
journal_end(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	close_segment_locked(journal);
	journal->is_ended = true;
	pthread_cond_signal(&journal->work);
	pthread_mutex_unlock(&journal->lock);
}

/* ------------------------------------------------------------------- reading */

static const struct journal_place *
place_of_locked(const struct journal *journal, uint64_t number, const struct segment **out)
{
	for (uint32_t i = 0; i < journal->segments; i++) {
		const struct segment *segment = &journal->segment[i];
		if (segment->n == 0 || number < segment->place[0].first ||
		    number > last_of(segment))
			continue;
		uint32_t low = 0, high = segment->n; /* the last place with first <= number */
		while (high - low > 1) {
			uint32_t middle = low + (high - low) / 2;
			if (segment->place[middle].first <= number)
				low = middle;
			else
				high = middle;
		}
		*out = segment;
		return &segment->place[low];
	}
	return NULL;
}

static bool
copy_entry(const uint8_t *record, uint64_t number, struct journal_buffer *out)
{
	struct journal_record head;
	memcpy(&head, record, sizeof(head));
	const uint8_t *lengths = record + sizeof(head);
	const uint8_t *bytes = lengths + head.count * sizeof(uint32_t);
	uint32_t length = 0;
	for (uint64_t i = head.first; i <= number; i++, lengths += sizeof(length)) {
		bytes += length;
		memcpy(&length, lengths, sizeof(length));
	}
	if (length > out->room) {
		uint8_t *grown = realloc(out->bytes, length);
		if (grown == NULL)
			return false;
		out->bytes = grown;
		out->room = length;
	}
	if (length > 0)
		memcpy(out->bytes, bytes, length);
	out->n = length;
	return true;
}

enum journal_found
journal_read(struct journal *journal, uint64_t number, struct journal_buffer *out)
{
	enum journal_found found = JOURNAL_FOUND;
	const struct segment *segment = NULL;
	pthread_mutex_lock(&journal->lock);
	if (number <= journal->applied) {
		found = JOURNAL_APPLIED;
	} else if (number > journal->last) {
		found = JOURNAL_BEYOND;
	} else {
		const struct journal_place *place = place_of_locked(journal, number, &segment);
		assert(place != NULL);
		if (!copy_entry(journal_block(journal, segment, place->block), number, out))
			found = JOURNAL_MEMORY;
	}
	pthread_mutex_unlock(&journal->lock);
	return found;
}

void
journal_close(struct journal *journal)
{
	if (journal == NULL)
		return;
	for (uint32_t i = 0; i < journal->segments; i++)
		free(journal->segment[i].place);
	if (journal->map != NULL)
		munmap((void *)(uintptr_t)journal->map, journal->map_bytes);
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal->room);
	pthread_cond_destroy(&journal->work);
	pthread_cond_destroy(&journal->freed);
	pthread_mutex_destroy(&journal->lock);
	free(journal);
}
