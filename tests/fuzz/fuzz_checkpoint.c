/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a checkpoint of a real log, under a head that fits it and with the right digest: a
 * digest is no signature. It is not used, with a reason and a state equal to the log's, or it is
 * used and every reader bears the state, which is copied, written, and loads to the same file
 * again. */
#include "collector/checkpoint.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/digest.h"
#include "tests/support/state_rig.h"

#define UNITS 6
#define STEPS 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct state_rig rig;

static void
free_rig(void)
{
	state_rig_free(&rig);
}

static void
make_rig(void)
{
	unsigned seed = 7;
	atexit(free_rig);
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	state_rig_live(&rig, UNITS, STEPS, &seed);
}

/* ------------------------------------------------------------------- the file */

/* The head but for its numbers, which are the input's own; the last entry within the log. */
static void
fit_head(struct checkpoint_head *h)
{
	struct checkpoint_head fits = {.magic = CHECKPOINT_MAGIC,
	    .product = KHAOSAT_VERSION,
	    .version = CHECKPOINT_VERSION,
	    .byte_order = CHECKPOINT_BYTE_ORDER,
	    .last = h->last % (store_last(rig.store) + 1),
	    .catalogue_last = h->catalogue_last,
	    .definitions = h->definitions,
	    .rounds = h->rounds,
	    .staff_last = h->staff_last,
	    .accounts = h->accounts,
	    .tokens = h->tokens};
	memcpy(fits.log, store_log_id(rig.store), sizeof(fits.log));
	bool read = checkpoint_digest_entry(rig.store, fits.last, fits.last_entry);
	assert(read);
	*h = fits;
}

static int
file_of(const uint8_t *data, size_t n, char path[32])
{
	struct checkpoint_head head = {.last = 0};
	uint8_t digest[SHA256_BYTES];
	size_t head_bytes = n < sizeof(head) ? n : sizeof(head);
	memcpy(&head, data, head_bytes);
	fit_head(&head);
	const struct digest_part part[] = {
	    {&head, sizeof(head)}, {data + head_bytes, n - head_bytes}, {digest, sizeof(digest)}};
	digest_sha256(part, 2, digest);
	int fd = memfd_create("checkpoint", MFD_CLOEXEC);
	assert(fd >= 0);
	for (size_t i = 0; i < 3; i++) {
		ssize_t put = write(fd, part[i].bytes, part[i].n);
		assert(put == (ssize_t)part[i].n);
	}
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

/* ------------------------------------------------------------------- the state */

static void
read_rates(struct state *state, const struct round_view *round)
{
	const struct cells *cells = state_cells(state, round->index);
	struct rate_counts *counts =
	    calloc(cells_count(cells) * round->definition->goals + 1, sizeof(*counts));
	assert(counts);
	state_rates(state, round->index, 0, cells_count(cells), counts);
	free(counts);
}

static void
read_round(struct state *state, const struct round_view *round)
{
	static const uint8_t chunk_id[UUID_BYTES] = {1};
	struct store_owner owner = state_owner(state);
	struct unit_view unit;
	for (unsigned serial = 0; serial <= UNITS; serial++) {
		uint64_t tax_code = state_rig_tax_code(serial);
		state_unit(state, round->index, tax_code, &unit);
		owner.last(owner.context, state_unit_subject(round->index, tax_code));
	}
	owner.last(owner.context, state_round_subject(round->index));
	state_chunk(state, round->index, chunk_id);
	if (round->phase != ROUND_CREATED)
		read_rates(state, round);
}

static void
read_state(struct state *state)
{
	struct round_view round, named;
	for (uint32_t i = 0; i < state_rounds(state); i++) {
		bool found = state_round_at(state, i, &round);
		assert(found && round.index == i);
		state_round(state, round.name, &named);
		read_round(state, &round);
	}
}

/* Writing what was loaded and loading that comes to the same bytes. */
static void
expect_written_again(struct state *state)
{
	char message[256];
	struct checkpoint *copy = state_copy(state), loaded = {.fold = {.last = 0}};
	assert(copy);
	bool written = checkpoint_write(copy, rig.checkpoint);
	bool good = checkpoint_load(rig.checkpoint, rig.store, &loaded.fold, message);
	assert(written && good);
	assert(loaded.fold.last == copy->fold.last && loaded.fold.rounds == copy->fold.rounds);
	assert(loaded.fold.definitions == copy->fold.definitions);
	fold_clear(&loaded.fold);
	checkpoint_free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char path[32], message[256] = "";
	if (!rig.store)
		make_rig();
	int fd = file_of(data, n, path);
	struct state *state = state_new();
	assert(state);
	enum store_status status = state_fold(state, rig.store, path, message);
	assert(status == STORE_OK && state_last(state) == store_last(rig.store));
	read_state(state);
	if (message[0] == '\0')
		expect_written_again(state);
	state_free(state);
	close(fd);
	return 0;
}
