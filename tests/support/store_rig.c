/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/store_rig.h"

#include <assert.h>
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
rig_make(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	const char *base = getenv("TMPDIR");
	snprintf(rig->folder, sizeof(rig->folder), "%.40s/khaosat-XXXXXX", base ? base : "/tmp");
	bool made = mkdtemp(rig->folder) != NULL && mailbox_open(&rig->box);
	assert(made);
}

static void
remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	assert(dir != NULL);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(folder);
}

void
rig_free(struct rig *rig)
{
	rig_close(rig);
	mailbox_close(&rig->box);
	remove_folder(rig->folder);
}

int
rig_setup(void **state)
{
	struct rig *rig = malloc(sizeof(*rig));
	assert(rig != NULL);
	rig_make(rig);
	*state = rig;
	return 0;
}

int
rig_teardown(void **state)
{
	rig_free(*state);
	free(*state);
	return 0;
}

struct store_options
rig_options(const struct rig *rig)
{
	struct store_options options = store_defaults;
	options.folder = rig->folder;
	options.disk_reserve_bytes = 0;
	options.journal_segments = RIG_JOURNAL_SEGMENTS;
	options.journal_segment_bytes = RIG_JOURNAL_SEGMENT_BYTES;
	return options;
}

enum store_status
rig_open(struct rig *rig, const struct store_options *options)
{
	assert(rig->store == NULL);
	rig->message[0] = '\0';
	return store_open(options, &rig->store, rig->message);
}

enum store_status
rig_open_again(struct rig *rig)
{
	struct store_options options = rig_options(rig);
	return rig_open(rig, &options);
}

/* ------------------------------------------------------------------- the owner */

static void
on_fetch(void *context, uint64_t subject)
{
	struct rig *rig = context;
	if (subject < RIG_SUBJECTS)
		rig->fetched[subject] = true;
}

static uint64_t
on_last(void *context, uint64_t subject)
{
	struct rig *rig = context;
	assert(subject >= RIG_SUBJECTS || rig->fetched[subject]);
	return subject < RIG_SUBJECTS ? atomic_load(&rig->last[subject]) : 0;
}

static void
apply_one(struct rig *rig, uint64_t number, const uint8_t *bytes, size_t n)
{
	uint64_t subject = n >= RIG_HEAD_BYTES ? rig_field(bytes, 0) : 0;
	if (subject < RIG_SUBJECTS)
		atomic_store(&rig->last[subject], number);
}

static void
on_apply(void *context, const struct store_job *const *jobs, size_t n)
{
	struct rig *rig = context;
	for (size_t i = 0; i < n; i++) {
		assert(jobs[i]->outcome == STORE_ACCEPTED);
		apply_one(rig, jobs[i]->number, jobs[i]->bytes, jobs[i]->n);
	}
	rig->applied += n;
	if (n > rig->largest_batch)
		rig->largest_batch = n;
}

static bool
on_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	apply_one(context, number, bytes, n);
	return true;
}

void
rig_fold(struct rig *rig)
{
	for (size_t i = 0; i < RIG_SUBJECTS; i++)
		atomic_store(&rig->last[i], 0);
	rig->applied = 0;
	enum store_status status = store_read(rig->store, 1, 0, on_entry, rig);
	assert(status == STORE_OK);
}

bool
rig_start(struct rig *rig)
{
	const struct store_owner owner = {
	    .last = on_last, .apply = on_apply, .fetch = on_fetch, .context = rig};
	return store_start(rig->store, &owner);
}

void
rig_close(struct rig *rig)
{
	store_close(rig->store);
	rig->store = NULL;
}

void
rig_run(struct rig *rig)
{
	struct store_options options = rig_options(rig);
	if (rig_open(rig, &options) != STORE_OK) {
		fprintf(stderr, "%s\n", rig->message);
		abort();
	}
	rig_fold(rig);
	bool started = rig_start(rig);
	assert(started);
}

/* ------------------------------------------------------------------- jobs */

void
rig_fill(uint8_t *bytes, size_t n, uint64_t subject, uint64_t last, uint64_t serial)
{
	assert(n >= RIG_HEAD_BYTES);
	const uint64_t head[3] = {subject, last, serial};
	memcpy(bytes, head, RIG_HEAD_BYTES);
	uint64_t x = subject * 31 + last * 17 + serial + n;
	for (size_t i = RIG_HEAD_BYTES; i < n; i++) {
		x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		bytes[i] = (uint8_t)(x >> 56);
	}
}

uint64_t
rig_field(const uint8_t *bytes, unsigned int at)
{
	uint64_t value;
	memcpy(&value, bytes + sizeof(value) * at, sizeof(value));
	return value;
}

bool
rig_bytes_are_whole(const uint8_t *bytes, size_t n)
{
	if (n < RIG_HEAD_BYTES)
		return false;
	uint8_t *expected = malloc(n);
	assert(expected != NULL);
	rig_fill(expected, n, rig_field(bytes, 0), rig_field(bytes, 1), rig_field(bytes, 2));
	bool same = memcmp(expected, bytes, n) == 0;
	free(expected);
	return same;
}

struct rig_job *
rig_job_new(uint64_t subject, uint64_t last, uint64_t serial, size_t n)
{
	struct rig_job *job = calloc(1, sizeof(*job));
	assert(job != NULL);
	job->bytes = malloc(n);
	assert(job->bytes != NULL);
	rig_fill(job->bytes, n, subject, last, serial);
	job->job.bytes = job->bytes;
	job->job.n = n;
	job->job.condition[0] =
	    (struct store_condition){.subject = subject, .last = last, .advances = true};
	return job;
}

void
rig_job_free(struct rig_job *job)
{
	free(job->bytes);
	free(job);
}

void
rig_await(struct rig *rig, struct rig_job **jobs, size_t n)
{
	size_t got = 0;
	while (got < n) {
		for (struct mail *mail = mailbox_wait(&rig->box); mail != NULL; mail = mail->next) {
			assert(got < n);
			jobs[got++] = (struct rig_job *)mail;
		}
	}
}

enum store_outcome
rig_put(struct rig *rig, uint64_t subject, uint64_t last, size_t n, uint64_t *number)
{
	struct rig_job *job = rig_job_new(subject, last, 0, n);
	job->job.reply = &rig->box;
	store_submit(rig->store, &job->job);
	rig_await(rig, &job, 1);
	enum store_outcome outcome = job->job.outcome;
	if (number != NULL)
		*number = job->job.number;
	rig_job_free(job);
	return outcome;
}

#define PATIENCE 500
#define TRY_AGAIN_MS 20

enum store_outcome
rig_put_patiently(struct rig *rig, uint64_t subject, uint64_t last, size_t n)
{
	enum store_outcome outcome = STORE_FULL;
	for (int i = 0; outcome == STORE_FULL && i < PATIENCE; i++) {
		if (i > 0)
			poll(NULL, 0, TRY_AGAIN_MS);
		outcome = rig_put(rig, subject, last, n, NULL);
	}
	return outcome;
}
