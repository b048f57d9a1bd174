/* SPDX-License-Identifier: Apache-2.0 */
/* A batch goes into the journal, in one write and one sync, and into the engine when its segment is
 * full. One too large for a segment, as a survey definition may be, goes straight into the engine
 * after all that stands before it. */
#include "storage/entries.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "storage/engine_lmdb.h"
#include "storage/journal.h"
#include "storage/lmdb_env.h"

#define RETRY_MS 250

struct entries {
	struct engine *engine;
	struct journal *journal;
	pthread_t applier;
	bool is_started;
	entries_broken *broken;
	void *context;
};

/* ------------------------------------------------------------------- opening */

/* The engine says that a journal has been made only after that is so, and before it is used. */
static enum store_status
open_journal(struct entries *entries, const struct store_options *options, char *message)
{
	enum store_status status = STORE_OK;
	int folder = engine_folder(entries->engine);
	const uint8_t *log_id = engine_log_id(entries->engine);
	if (!engine_has_journal(entries->engine)) {
		status = journal_create(folder, log_id, options->journal_segments,
		    options->journal_segment_bytes, message);
		if (status == STORE_OK)
			status = engine_note_journal(entries->engine, message);
	}
	if (status == STORE_OK)
		status = journal_open(
		    &entries->journal, folder, log_id, engine_last(entries->engine), message);
	return status;
}

enum store_status
entries_open(struct entries **out, const struct store_options *options, char *message)
{
	struct entries *entries = calloc(1, sizeof(*entries));
	if (entries == NULL)
		return lmdb_fail(STORE_FAILED, options->folder, ENOMEM, message);
	enum store_status status = engine_open(
	    &entries->engine, options->folder, options->log_id, options->map_max_bytes, message);
	if (status == STORE_OK)
		status = open_journal(entries, options, message);
	if (status != STORE_OK) {
		entries_close(entries);
		return status;
	}
	*out = entries;
	return STORE_OK;
}

uint64_t
entries_last(const struct entries *entries)
{
	return journal_last(entries->journal);
}

const uint8_t *
entries_log_id(const struct entries *entries)
{
	return engine_log_id(entries->engine);
}

uint64_t
entries_free_bytes(struct entries *entries)
{
	uint64_t free_bytes = engine_free_bytes(entries->engine);
	uint64_t pending = journal_pending_bytes(entries->journal);
	return free_bytes > pending ? free_bytes - pending : 0;
}

uint64_t
entries_journal_bytes(struct entries *entries)
{
	return journal_pending_bytes(entries->journal);
}

uint64_t
entries_journal_room(const struct entries *entries)
{
	return journal_room_bytes(entries->journal);
}

bool
entries_are_there(const struct entries *entries)
{
	return engine_is_there(entries->engine) && journal_is_there(entries->journal);
}

struct engine_map
entries_map(const struct entries *entries)
{
	return engine_map(entries->engine);
}

/* ------------------------------------------------------------------- the applier */

/* False: it is of no use to go on. */
static bool
apply(struct entries *entries, const struct journal_batch *batch)
{
	char message[STORAGE_MESSAGE_BYTES];
	enum engine_status status = ENGINE_FULL; /* want of memory passes like want of space */
	if (batch->piece != NULL)
		status = engine_append(entries->engine, batch->piece, batch->n, message);
	switch (status) {
	case ENGINE_OK:
		journal_release(entries->journal);
		return true;
	case ENGINE_FULL:
		return journal_wait(entries->journal, RETRY_MS);
	case ENGINE_BROKEN:
		break;
	}
	journal_give_up(entries->journal);
	entries->broken(entries->context, message);
	return false;
}

static void *
run(void *argument)
{
	struct entries *entries = argument;
	struct journal_batch batch;
	bool goes_on = true;
	while (goes_on && journal_take(entries->journal, &batch)) {
		goes_on = apply(entries, &batch);
		free(batch.piece);
	}
	return NULL;
}

bool
entries_start(struct entries *entries, entries_broken *broken, void *context)
{
	entries->broken = broken;
	entries->context = context;
	entries->is_started = pthread_create(&entries->applier, NULL, run, entries) == 0;
	return entries->is_started;
}

void
entries_close(struct entries *entries)
{
	if (entries == NULL)
		return;
	if (entries->is_started) {
		journal_end(entries->journal);
		pthread_join(entries->applier, NULL);
	}
	journal_close(entries->journal);
	engine_close(entries->engine);
	free(entries);
}

/* ------------------------------------------------------------------- appending */

static enum entries_status
append_to_engine(
    struct entries *entries, const struct store_job *const *jobs, size_t n, char *message)
{
	enum engine_status status = ENGINE_FULL;
	if (journal_drain(entries->journal) != JOURNAL_OK)
		return ENTRIES_FULL;
	struct piece *piece = calloc(n, sizeof(*piece));
	for (size_t i = 0; piece != NULL && i < n; i++)
		piece[i] = (struct piece){jobs[i]->bytes, jobs[i]->n};
	if (piece != NULL)
		status = engine_append(entries->engine, piece, n, message);
	free(piece);
	if (status == ENGINE_OK)
		journal_skip_to(entries->journal, jobs[n - 1]->number);
	return status == ENGINE_OK     ? ENTRIES_OK
	       : status == ENGINE_FULL ? ENTRIES_FULL
				       : ENTRIES_BROKEN;
}

enum entries_status
entries_append(
    struct entries *entries, const struct store_job *const *jobs, size_t n, char *message)
{
	switch (journal_append(entries->journal, jobs, n, message)) {
	case JOURNAL_OK:
		return ENTRIES_OK;
	case JOURNAL_FULL:
		return ENTRIES_FULL;
	case JOURNAL_TOO_LARGE:
		return append_to_engine(entries, jobs, n, message);
	case JOURNAL_BROKEN:
		break;
	}
	return ENTRIES_BROKEN;
}

/* ------------------------------------------------------------------- reading */

enum reading {
	READ_ALL,     /* up to `to`, or the visitor's word */
	READ_APPLIED, /* the next one is in the engine by now */
	READ_FAILED
};

static enum reading
read_journal(struct entries *entries, uint64_t *next, uint64_t to, store_visit *visit,
    void *context, struct journal_buffer *buffer)
{
	for (; *next <= to; (*next)++) {
		switch (journal_read(entries->journal, *next, buffer)) {
		case JOURNAL_FOUND:
			if (!visit(context, *next, buffer->bytes, buffer->n))
				return READ_ALL;
			break;
		case JOURNAL_APPLIED:
			return READ_APPLIED;
		case JOURNAL_BEYOND:
		case JOURNAL_MEMORY:
			return READ_FAILED;
		}
	}
	return READ_ALL;
}

enum store_status
entries_read(struct entries *entries, uint64_t from, uint64_t to, store_visit *visit, void *context)
{
	struct journal_buffer buffer = {0};
	enum reading reading = READ_APPLIED;
	bool is_in_engine = false; /* the journal has said so of `next` */
	uint64_t next = from;
	while (reading == READ_APPLIED && next <= to) {
		uint64_t before = next;
		if (engine_read(entries->engine, &next, to, visit, context) != ENGINE_OK ||
		    (is_in_engine && next == before))
			reading = READ_FAILED;
		else if (next <= to)
			reading = read_journal(entries, &next, to, visit, context, &buffer);
		is_in_engine = true;
	}
	free(buffer.bytes);
	return reading == READ_FAILED ? STORE_FAILED : STORE_OK;
}

enum store_status
entries_check(struct entries *entries, store_differs *differs, void *context)
{
	return engine_check(entries->engine, differs, context) == ENGINE_OK ? STORE_OK
									    : STORE_FAILED;
}
