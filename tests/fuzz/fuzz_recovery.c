/* SPDX-License-Identifier: Apache-2.0 */
/* A log's folder made by any bytes, within what LMDB itself bears: meta records and packs of any
 * content, of either data format, keys of other sizes and flags, with a journal, a foreign one or
 * none. It is opened, or refused with a reason. What is opened reads from the first entry to the
 * last or says that it cannot, takes one more, and has that after the next open. */
#include "storage/store.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/journal.h"
#include "storage/layout.h"
#include "storage/mailbox.h"
#include "storage/pack.h"
#include "tests/support/must.h"

#define MAP_BYTES (4u << 20)
#define PACK_ENTRIES_MAX 4
#define MESSAGE_BYTES 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const uint8_t log_id[STORE_LOG_ID_BYTES] = "a log of tests";
static char folder[64];
static int folder_fd = -1;

struct input {
	const uint8_t *at, *end;
};

static uint8_t
next(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* ------------------------------------------------------------------- the folder */

static void
empty_folder(void)
{
	static const char *const name[] = {
	    LAYOUT_DATA, "lock.mdb", LAYOUT_LOCK, LAYOUT_JOURNAL, LAYOUT_JOURNAL_NEW};
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		unlinkat(folder_fd, name[i], 0);
}

static void
remove_folder(void)
{
	empty_folder();
	rmdir(folder);
}

static void
make_folder(void)
{
	if (folder_fd >= 0)
		return;
	const char *below = getenv("TMPDIR");
	snprintf(folder, sizeof(folder), "%.40s/khaosat-fuzz-XXXXXX", below ? below : "/tmp");
	must(mkdtemp(folder) != NULL);
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(folder_fd >= 0 && atexit(remove_folder) == 0);
}

/* ------------------------------------------------------------------- made of the input */

static MDB_val
raw(struct input *in, size_t most)
{
	size_t n = next(in) % (most + 1), left = (size_t)(in->end - in->at);
	MDB_val value = {n < left ? n : left, (void *)(uintptr_t)in->at};
	in->at += value.mv_size;
	return value;
}

/* What should stand there, or anything. */
static void
put_meta(MDB_txn *txn, MDB_dbi meta, struct input *in)
{
	static const char *const name[] = {
	    LAYOUT_META_FORMAT, LAYOUT_META_LOG_ID, LAYOUT_META_CREATED, LAYOUT_META_JOURNAL};
	unsigned which = next(in) % 4, how = next(in);
	uint8_t format[4] = {(uint8_t)(how % 4), 0, 0, 0};
	MDB_val key = {strlen(name[which]), (void *)(uintptr_t)name[which]};
	MDB_val value = {sizeof(format), format};
	if (which > 0)
		value = (MDB_val){sizeof(log_id), (void *)(uintptr_t)log_id};
	if (how >= 192)
		value = raw(in, 32);
	mdb_put(txn, meta, &key, &value, 0);
}

static MDB_val
some_pack(struct input *in, uint8_t *out)
{
	static const uint8_t bytes[256] = "an entry";
	struct piece piece[PACK_ENTRIES_MAX];
	size_t size, n = 1 + next(in) % PACK_ENTRIES_MAX;
	for (size_t i = 0; i < n; i++)
		piece[i] = (struct piece){bytes, next(in)};
	must(pack_plan(piece, n, &size) == n);
	pack_fill(out, piece, n);
	if (next(in) % 4 == 0) /* and then something in it changes */
		out[next(in) % size] ^= next(in);
	return (MDB_val){size - (next(in) % 8 == 0), out};
}

static void
put_entries(MDB_txn *txn, MDB_dbi log, struct input *in, uint64_t *number)
{
	uint8_t pack[(1 + PACK_ENTRIES_MAX) * 4 + PACK_ENTRIES_MAX * 256];
	unsigned how = next(in) % 8;
	*number += next(in) % 5;
	uint64_t at = how == 7 ? next(in) : *number;
	MDB_val key = {how == 6 ? sizeof(uint32_t) : sizeof(at), &at};
	MDB_val value = how == 0 ? raw(in, 64) : some_pack(in, pack);
	mdb_put(txn, log, &key, &value, 0);
}

static void
fill(MDB_txn *txn, struct input *in)
{
	MDB_dbi meta, packs, old;
	uint64_t number = 1;
	unsigned which = next(in);
	unsigned flags = MDB_CREATE | (which % 16 == 15 ? 0 : MDB_INTEGERKEY);
	must(mdb_dbi_open(txn, LAYOUT_META_DATABASE, MDB_CREATE, &meta) == 0);
	bool has_packs = which & 16, has_old = which & 32;
	if (has_packs)
		must(mdb_dbi_open(txn, LAYOUT_PACKS_DATABASE, flags, &packs) == 0);
	if (has_old)
		must(mdb_dbi_open(txn, LAYOUT_LOG_DATABASE, flags, &old) == 0);
	while (in->at < in->end) {
		unsigned what = next(in) % 8;
		if (what < 3)
			put_meta(txn, meta, in);
		else if (what < 7 && has_packs)
			put_entries(txn, packs, in, &number);
		else if (has_old)
			put_entries(txn, old, in, &number);
	}
}

static void
make_log(struct input *in)
{
	MDB_env *env;
	MDB_txn *txn;
	must(mdb_env_create(&env) == 0 && mdb_env_set_maxdbs(env, 4) == 0);
	must(mdb_env_set_mapsize(env, MAP_BYTES) == 0);
	must(mdb_env_open(env, folder, MDB_NOSYNC, 0600) == 0);
	must(mdb_txn_begin(env, NULL, 0, &txn) == 0);
	fill(txn, in);
	must(mdb_txn_commit(txn) == 0);
	mdb_env_close(env);
}

static void
make_journal(unsigned how)
{
	static const uint8_t other[STORE_LOG_ID_BYTES] = "another log";
	char message[MESSAGE_BYTES];
	if (how % 4 == 0)
		return;
	must(journal_create(folder_fd, how % 4 == 1 ? other : log_id, JOURNAL_SEGMENTS_MIN,
		 JOURNAL_SEGMENT_MIN_BYTES, message) == STORE_OK);
}

/* ------------------------------------------------------------------- what must be */

static enum store_status
open_store(struct store **store)
{
	char message[MESSAGE_BYTES] = "";
	struct store_options options = store_defaults;
	options.folder = folder;
	options.disk_reserve_bytes = 0;
	options.map_max_bytes = MAP_BYTES;
	options.journal_segments = JOURNAL_SEGMENTS_MIN;
	options.journal_segment_bytes = JOURNAL_SEGMENT_MIN_BYTES;
	enum store_status status = store_open(&options, store, message);
	must(status != STORE_IN_USE && (status == STORE_OK || message[0] != '\0'));
	return status;
}

static volatile uint8_t sum; /* each byte is read, so that a sanitizer sees one too many */

static bool
on_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	uint64_t *seen = context;
	must(number == ++*seen);
	for (size_t i = 0; i < n; i++)
		sum ^= bytes[i];
	return true;
}

static void
expect_reads(struct store *store)
{
	uint64_t seen = 0, last = store_last(store);
	enum store_status status = store_read(store, 1, 0, on_entry, &seen);
	must(status == STORE_OK ? seen == last : status == STORE_FAILED && seen < last);
	must(store_read(store, last + 1, last + 1, on_entry, &last) == STORE_FAILED);
}

static uint64_t
last_of(void *context, uint64_t subject)
{
	(void)context;
	(void)subject;
	return 0;
}

static void
apply(void *context, const struct store_job *const *jobs, size_t n)
{
	(void)context;
	(void)jobs;
	(void)n;
}

static uint64_t
append_one(struct store *store)
{
	static const struct store_owner owner = {.last = last_of, .apply = apply};
	static const uint8_t bytes[] = "one more";
	struct mailbox box;
	must(mailbox_open(&box) && store_start(store, &owner));
	struct store_job job = {.bytes = bytes, .n = sizeof(bytes), .reply = &box};
	store_submit(store, &job);
	must(mailbox_wait(&box) == &job.mail && job.outcome == STORE_ACCEPTED);
	store_close(store);
	mailbox_close(&box);
	return job.number;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct store *store;
	struct input in = {data, data + n};
	make_folder();
	empty_folder();
	unsigned journal = next(&in);
	make_log(&in);
	make_journal(journal);
	if (open_store(&store) != STORE_OK)
		return 0;
	expect_reads(store);
	uint64_t last = store_last(store), number = append_one(store);
	must(number == last + 1 && open_store(&store) == STORE_OK && store_last(store) == number);
	store_close(store);
	return 0;
}
