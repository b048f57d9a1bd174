/* SPDX-License-Identifier: Apache-2.0 */
/* How the state changes: at start from checkpoint and log, then by every batch the store commits.
 */
#include "collector/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/checkpoint.h"
#include "collector/log.h"
#include "collector/state_parts.h"

static const char *
words_of(enum fold_status status)
{
	switch (status) {
	case FOLD_OK:
		return "fits";
	case FOLD_WANTS_REGISTER:
	case FOLD_BAD_REGISTER:
		return "loads a register whose chunks are not there or not good";
	case FOLD_BAD_ENTRY:
		return "does not fit the entries before it, or was made by a newer khaosatd";
	case FOLD_BAD_DEFINITION:
		return "holds a survey definition that this khaosatd does not accept";
	case FOLD_STORE:
		return "cannot be read";
	case FOLD_MEMORY:
		return "does not fit into memory";
	case FOLD_STOPPED: /* nobody does here */
		break;
	}
	return "";
}

/* ------------------------------------------------------------------- at start */

static enum store_status
store_status_of(enum fold_status status)
{
	switch (status) {
	case FOLD_OK:
		return STORE_OK;
	case FOLD_WANTS_REGISTER:
	case FOLD_BAD_REGISTER:
	case FOLD_BAD_ENTRY:
	case FOLD_BAD_DEFINITION:
		return STORE_NOT_OURS;
	case FOLD_STORE:
	case FOLD_MEMORY:
	case FOLD_STOPPED:
		return STORE_FAILED;
	}
	return STORE_FAILED;
}

static enum fold_status
fold_and_count(struct fold *fold, struct store *store)
{
	struct fold_reading reading = {.store = store, .trusted = true};
	enum fold_status status = fold_log(fold, &reading, store_last(store));
	for (size_t i = 0; i < fold->rounds && status == FOLD_OK; i++)
		if (!round_fill_counters(fold->round[i]))
			status = FOLD_MEMORY;
	return status;
}

enum store_status
state_fold(struct state *state, struct store *store, const char *checkpoint_path, char message[256])
{
	struct fold *fold = &state->fold;
	message[0] = '\0';
	state->store = store;
	bool from_checkpoint =
	    checkpoint_path != NULL && checkpoint_load(checkpoint_path, store, fold, message);
	enum fold_status status = fold_and_count(fold, store);
	if (status != FOLD_OK && from_checkpoint) { /* the log is the truth */
		snprintf(message, 256, "checkpoint not used: entry %" PRIu64 " %s", fold->last + 1,
		    words_of(status));
		fold_clear(fold);
		status = fold_and_count(fold, store);
	}
	if (status != FOLD_OK)
		snprintf(message, 256, "entry %" PRIu64 " %s", fold->last + 1, words_of(status));
	return store_status_of(status);
}

/* ------------------------------------------------------------------- batch by batch */

static uint64_t
last_of(void *context, uint64_t subject)
{
	struct state *state = context;
	return fold_last(&state->fold, subject); /* the writer's own thread: nobody else writes */
}

static void
fetch(void *context, uint64_t subject)
{
	struct state *state = context;
	fold_fetch(&state->fold, subject);
}

static enum fold_status
apply_job(struct state *state, const struct store_job *job)
{
	struct entry e;
	const uint8_t *payload = job->bytes + ENTRY_HEADER_BYTES;
	if (!entry_decode(job->bytes, job->n, false, &e))
		return FOLD_BAD_ENTRY;
	enum fold_status status = fold_apply(&state->fold, job->number, &e, payload);
	if (status != FOLD_WANTS_REGISTER || state->store == NULL)
		return status;
	/* Nobody staged these columns: the log has them. Slow, and readers wait. */
	struct fold_reading reading = {
	    .store = state->store, .trusted = true, .with_counters = true};
	status = fold_register(&state->fold, &reading, &e, payload);
	return status == FOLD_OK ? fold_apply(&state->fold, job->number, &e, payload) : status;
}

/* What is committed must be applied: a state that lacks an entry would answer wrongly for ever.
 * Dying is safe, since the next start folds the log anew. */
static void
die(uint64_t number, enum fold_status status)
{
	log_error("entry=%" PRIu64 " committed and %s", number, words_of(status));
	abort();
}

static void
apply(void *context, const struct store_job *const *jobs, size_t n)
{
	struct state *state = context;
	pthread_rwlock_wrlock(&state->lock);
	for (size_t i = 0; i < n; i++) {
		enum fold_status status = apply_job(state, jobs[i]);
		if (status != FOLD_OK)
			die(jobs[i]->number, status);
	}
	pthread_rwlock_unlock(&state->lock);
}

struct store_owner
state_owner(struct state *state)
{
	return (struct store_owner){
	    .last = last_of, .apply = apply, .fetch = fetch, .context = state};
}

bool
state_stage_columns(struct state *state, uint32_t round_index, struct columns *columns)
{
	struct staged staged = {0};
	pthread_rwlock_rdlock(&state->lock);
	struct round *round =
	    round_index < state->fold.rounds ? state->fold.round[round_index] : NULL;
	pthread_rwlock_unlock(&state->lock);
	if (round == NULL) {
		columns_release(columns);
		return false;
	}
	/* Rounds stay where they are, and their definitions never change: no lock while counting.
	 */
	if (!staged_make(&staged, round, columns, true))
		return false;
	struct staged old = staged; /* too late, where the round has a register by now */
	pthread_rwlock_wrlock(&state->lock);
	if (round->view.phase == ROUND_CREATED) {
		old = round->staged;
		round->staged = staged;
	}
	pthread_rwlock_unlock(&state->lock);
	staged_clear(&old);
	return true;
}
