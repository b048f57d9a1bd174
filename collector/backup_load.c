/* SPDX-License-Identifier: Apache-2.0 */
/* Two loads take turns: while the store commits the jobs of one, the other is read and parsed. A
 * job's bytes stay where they were read. Nothing is to be believed before the trailer is there, so
 * the caller keeps the folder out of sight until then.
 *
 *   file -> bytes of a load -> pieces -> jobs that point into them -> store -> box -> load is free
 */
#include "collector/backup_load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOAD_BYTES ((size_t)8 << 20) /* more than any piece */
#define LOAD_JOBS (LOAD_BYTES / (BACKUP_LENGTH_BYTES + ENTRY_HEADER_BYTES) + 1)
#define MIB (1024u * 1024u)

_Static_assert(LOAD_BYTES > BACKUP_LENGTH_BYTES + BACKUP_ENTRY_MAX_BYTES, "a load holds any piece");
_Static_assert(BACKUP_LOG_ID_BYTES == STORE_LOG_ID_BYTES, "a log keeps its id");

struct load {
	uint8_t *bytes;        /* LOAD_BYTES */
	size_t n, used;        /* read; parsed */
	struct store_job *job; /* LOAD_JOBS; their bytes point into `bytes` */
	size_t jobs;           /* made of these bytes */
	size_t waiting;        /* of them, not yet back */
};

struct loading {
	const struct backup_source *source;
	struct store_options options;
	struct backup_reader reader;
	struct store *store;
	struct mailbox box;
	struct load load[2];
	uint8_t *bytes; /* of both, as */
	struct store_job *job;
	bool at_end; /* of the file */
	enum store_outcome outcome;
	char *message;
};

static bool __attribute__((format(printf, 2, 3))) refuse(struct loading *l, const char *format, ...)
{
	va_list arguments;
	int n = snprintf(l->message, BACKUP_MESSAGE_BYTES, "%.200s: ", l->source->name);
	va_start(arguments, format);
	vsnprintf(l->message + n, BACKUP_MESSAGE_BYTES - (size_t)n, format, arguments);
	va_end(arguments);
	return false;
}

/* ------------------------------------------------------------------- the store */

static uint64_t
no_last(void *context, uint64_t subject)
{
	(void)context;
	(void)subject;
	return 0;
}

static void
no_apply(void *context, const struct store_job *const *jobs, size_t n)
{
	(void)context;
	(void)jobs;
	(void)n;
}

/* What the file holds will need about as much again, over what is to stay free. */
static bool
has_space(struct loading *l)
{
	struct stat file;
	struct store_health health;
	store_health(l->store, &health);
	if (fstat(l->source->fd, &file) != 0 || !S_ISREG(file.st_mode) || health.free_bytes == 0)
		return true; /* nothing is known; the store looks too */
	uint64_t needed = (uint64_t)file.st_size + l->options.disk_reserve_bytes;
	return needed <= health.free_bytes ||
	       refuse(l,
		   "%" PRIu64 " MiB are needed in %.120s, the disk reserve among them, and %" PRIu64
		   " are free",
		   needed / MIB + 1, l->options.folder, health.free_bytes / MIB);
}

static bool
open_store(struct loading *l)
{
	static const struct store_owner nobody = {.last = no_last, .apply = no_apply};
	char message[256] = "";
	l->options.log_id = l->reader.header.log_id;
	if (store_open(&l->options, &l->store, message) != STORE_OK)
		return refuse(l, "%.200s", message);
	return store_start(l->store, &nobody) ? has_space(l) : refuse(l, "no thread to write with");
}

static bool
refuse_outcome(struct loading *l)
{
	struct store_health health;
	store_health(l->store, &health);
	if (l->outcome == STORE_FULL)
		return refuse(l,
		    "the disk of %.120s is full, or down to its reserve: %" PRIu64 " MiB are free",
		    l->options.folder, health.free_bytes / MIB);
	return refuse(l, "%.120s: %.200s", l->options.folder,
	    *health.failure != '\0' ? health.failure : "it could not be written");
}

/* Until the jobs of this load are back. False: something was not stored. */
static bool
await(struct loading *l, const struct load *load)
{
	while (load->waiting > 0) {
		for (struct mail *mail = mailbox_wait(&l->box), *next; mail != NULL; mail = next) {
			struct store_job *job = (struct store_job *)mail;
			next = mail->next;
			l->load[(size_t)(job - l->job) / LOAD_JOBS].waiting--;
			if (job->outcome != STORE_ACCEPTED && l->outcome == STORE_ACCEPTED)
				l->outcome = job->outcome;
		}
	}
	return l->outcome == STORE_ACCEPTED || refuse_outcome(l);
}

/* ------------------------------------------------------------------- bytes to jobs */

/* Begin with what the other load could not use, a piece cut short; then read until it is full. */
static bool
fill(struct loading *l, struct load *load, const struct load *other)
{
	load->n = other->n - other->used;
	memcpy(load->bytes, other->bytes + other->used, load->n);
	load->used = 0;
	load->jobs = 0;
	while (load->n < LOAD_BYTES && !l->at_end) {
		ssize_t got = read(l->source->fd, load->bytes + load->n, LOAD_BYTES - load->n);
		if (*l->source->ended)
			return refuse(l, "interrupted");
		if (got < 0 && errno != EINTR)
			return refuse(l, "%s", strerror(errno));
		load->n += got > 0 ? (size_t)got : 0;
		l->at_end = got == 0;
	}
	return true;
}

static void
submit(struct loading *l, struct load *load, const struct backup_piece *piece)
{
	struct store_job *job = &load->job[load->jobs++];
	*job = (struct store_job){.bytes = piece->entry, .n = piece->entry_bytes, .reply = &l->box};
	load->waiting++;
	store_submit(l->store, job);
}

static bool
refuse_end(struct loading *l)
{
	const struct backup_reader *r = &l->reader;
	switch (r->stage) {
	case BACKUP_AT_HEADER:
		return refuse(l, "cut short: it ends within its header");
	case BACKUP_AT_ENTRIES:
		break;
	case BACKUP_BEHIND_END:
		return true; /* as it should */
	}
	return refuse(l, "cut short: it ends behind entry %" PRIu64 " of %" PRIu64, r->entries,
	    r->header.last);
}

static bool
refuse_damaged(struct loading *l)
{
	const struct backup_reader *r = &l->reader;
	switch (r->stage) {
	case BACKUP_AT_HEADER:
		return refuse(l, "damaged: its header cannot be read");
	case BACKUP_AT_ENTRIES:
		break;
	case BACKUP_BEHIND_END:
		return refuse(l, "damaged: something stands behind its end");
	}
	if (r->entries < r->header.last)
		return refuse(l, "damaged: behind entry %" PRIu64 " of %" PRIu64 " stands none",
		    r->entries, r->header.last);
	return refuse(l, "damaged: its SHA-256 does not fit");
}

static bool
parse(struct loading *l, struct load *load)
{
	struct backup_piece piece;
	for (;; load->used += piece.used) {
		switch (backup_read(
		    &l->reader, load->bytes + load->used, load->n - load->used, &piece)) {
		case BACKUP_HEADER:
			if (!open_store(l))
				return false;
			break;
		case BACKUP_ENTRY:
			submit(l, load, &piece);
			break;
		case BACKUP_END:
			break;
		case BACKUP_PARTIAL:
			return !l->at_end || refuse_end(l);
		case BACKUP_FOREIGN:
			return refuse(l, "not a backup of khaosat");
		case BACKUP_NEWER:
			return refuse(l,
			    "made by a newer khaosat: its format is %" PRIu32
			    ", this khaosatd reads %u",
			    l->reader.header.format, BACKUP_FORMAT);
		case BACKUP_DAMAGED:
			return refuse_damaged(l);
		}
	}
}

/* The file ends only behind a trailer that fits, or parse has refused it. */
static bool
load_all(struct loading *l)
{
	for (unsigned turn = 0; !l->at_end; turn = 1 - turn) {
		struct load *load = &l->load[turn];
		if (!await(l, load) || !fill(l, load, &l->load[1 - turn]) || !parse(l, load))
			return false;
	}
	return await(l, &l->load[0]) && await(l, &l->load[1]);
}

/* ------------------------------------------------------------------- begin and end */

static bool
begin(struct loading *l)
{
	l->bytes = malloc(2 * LOAD_BYTES);
	l->job = malloc(2 * LOAD_JOBS * sizeof(*l->job));
	if (!backup_reader_init(&l->reader) || l->bytes == NULL || l->job == NULL)
		return refuse(l, "out of memory");
	for (size_t i = 0; i < 2; i++)
		l->load[i] = (struct load){
		    .bytes = l->bytes + i * LOAD_BYTES, .job = l->job + i * LOAD_JOBS};
	l->options.queue_max_jobs = 2 * LOAD_JOBS;
	l->options.batch_max_jobs = LOAD_JOBS;
	return true;
}

bool
backup_load(const struct backup_source *source, const struct store_options *options,
    struct backup_header *header, char message[BACKUP_MESSAGE_BYTES])
{
	struct loading l = {.source = source, .options = *options, .message = message};
	if (!mailbox_open(&l.box))
		return refuse(&l, "%s", strerror(errno));
	bool good = begin(&l) && load_all(&l);
	store_close(l.store); /* every job has come back */
	mailbox_close(&l.box);
	*header = l.reader.header;
	backup_reader_clear(&l.reader);
	free(l.bytes);
	free(l.job);
	return good;
}
