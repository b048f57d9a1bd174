/* SPDX-License-Identifier: Apache-2.0 */
/* The log: a dense sequence of entries, numbered from 1, append-only, never changed. THE CONTRACT:
 * STORE_ACCEPTED means that the entry, and every entry before it, is on stable storage; nothing
 * else says so, and it is said only after the batch's write has been synced.
 *
 * Any thread submits and reads. One writer thread belongs to the store: it takes all that waits,
 * judges each job's conditions in order, commits the batch with one sync (storage/entries.h), lets
 * the owner of the state apply it, then posts each job back. Entries are opaque bytes here
 * (proto/entry.h). */
#ifndef KHAOSAT_STORAGE_STORE_H
#define KHAOSAT_STORAGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/histogram.h"
#include "storage/mailbox.h"

#define STORE_CONDITIONS_MAX 4
#define STORE_LOG_ID_BYTES 16
#define STORE_DATA_FORMAT 2 /* an older one is brought up to it at open, a newer one refused */

struct store;

/* A job is made against the state its maker saw: each condition names a subject (a unit, a round:
 * an opaque number, 0 for none) and the number of the last entry of that subject. When another
 * entry of the subject has been committed or stands earlier in the batch, the job has moved. */
struct store_condition {
	uint64_t subject;
	uint64_t last;
	bool advances; /* this entry becomes the subject's last */
};

enum store_outcome {
	STORE_ACCEPTED,   /* durable; `number` is set */
	STORE_MOVED,      /* a condition no longer holds; what it rests on is durable: look again */
	STORE_FULL,       /* disk or map full, or below the reserve: nothing stored, try later */
	STORE_OVERLOADED, /* too much is waiting: nothing stored, try later */
	STORE_UNAVAILABLE /* the commit failed, not known whether stored; accepting has stopped */
};

/* What travels through the store's queue: a job or a call. The store's own. */
struct store_item {
	struct mail mail; /* first */
	bool is_call;
};

/* One entry under way. The caller fills everything above the line and owns `bytes`, which must stay
 * until the job comes back; the store owns the job from store_submit until it stands in `reply`. */
struct store_job {
	union { /* first */
		struct mail mail;
		struct store_item item;
	};
	const uint8_t *bytes;
	size_t n;
	struct store_condition condition[STORE_CONDITIONS_MAX];
	struct mailbox *reply; /* where the job is posted back: the loop that asked */
	/* ------------------------------------------------------------------ */
	enum store_outcome outcome;
	uint64_t number;
};

/* The owner of the state. All are called on the writer thread, or on that of a store_flush in its
 * stead, never on two at once. */
struct store_owner {
	/* Number of the last applied entry of a subject; 0: none. */
	uint64_t (*last)(void *context, uint64_t subject);
	/* After the commit, before any result is posted: jobs[0..n), all accepted, in order, their
	 * numbers set. Subjects that advanced are in their conditions. Must not fail. */
	void (*apply)(void *context, const struct store_job *const *jobs, size_t n);
	/* A subject that `last` will be asked for in a moment, and `apply` perhaps: time to have
	 * what is known of it fetched from memory. NULL: no need. */
	void (*fetch)(void *context, uint64_t subject);
	void *context;
};

struct store_options {
	const char *folder;    /* exists; what is made in it stands in storage/layout.h */
	const uint8_t *log_id; /* STORE_LOG_ID_BYTES for a log that is made anew; NULL: random */
	/* Below so much free space: STORE_FULL; 0: no reserve. For the rest 0 means the default. */
	uint64_t disk_reserve_bytes;
	/* Waiting; over it STORE_OVERLOADED at once. One job always gets in when none waits. */
	size_t queue_max_jobs;
	size_t queue_max_bytes;
	size_t batch_max_jobs;
	size_t batch_max_bytes; /* and at most half a segment; a larger job is a batch of its own */
	uint64_t map_max_bytes; /* the log ends there: STORE_FULL. Address space, not memory */
	/* Of a journal that is made anew: 2 to 64 segments, each of 16 KiB to 64 MiB in whole
	 * blocks of 4096. */
	uint32_t journal_segments;
	uint32_t journal_segment_bytes;
};

/* folder, log_id NULL; 256 MiB; 65536; 256 MiB; 1024; 512 KiB; 1 TiB, halved while it is refused;
 * 32 segments of 1 MiB: while the engine syncs one of them the journal's own sync waits for the
 * disk, and a larger one is felt by every hundredth submission. */
extern const struct store_options store_defaults;

/* A reserve that suits the disk: the smaller of `most_bytes` and a twentieth of the file system on
 * which the folder, which exists, lies. */
uint64_t store_reserve(const char *folder, uint64_t most_bytes);

enum store_status {
	STORE_OK,
	STORE_NEWER_FORMAT, /* made by a newer khaosatd */
	STORE_NOT_OURS,     /* not a khaosat store, or damaged */
	STORE_IN_USE,       /* another process has it open */
	STORE_FAILED        /* the operating system's or the engine's word is in the message */
};

/* Open or create, the folder's name durable too. Does not start the writer. On failure `message`
 * says why, for people. */
enum store_status store_open(
    const struct store_options *options, struct store **out, char message[256]);

/* Start the writer; the owner's state must by now hold all entries up to store_last. */
bool store_start(struct store *store, const struct store_owner *owner);

/* Hand over one job. The outcome comes back by job->reply in every case, never by this call, and in
 * the order of submission for jobs of one subject (STORE_OVERLOADED overtakes: that job never stood
 * in the order). May be called before store_start, and then waits for it. Any thread. */
void store_submit(struct store *store, struct store_job *job);

/* The same for a thread that has more to hand over at once, without waking the writer: store_flush
 * must follow, on the same thread and soon. Not before store_start. */
void store_submit_later(struct store *store, struct store_job *job);

/* Have what waits committed. A single job, while the writer is idle, by this thread before it
 * returns (true: its outcome is in its mailbox): no other thread need wake for it, which takes as
 * long as half a sync. All else by the writer. */
bool store_flush(struct store *store);

/* Run a function on the writer thread between two batches, in order with the jobs submitted before
 * it, whose results have been posted: for copying the state at a known number. The function may
 * free the call. It runs also when the store is full or unavailable. Any thread. */
struct store_call {
	union { /* first */
		struct mail mail;
		struct store_item item;
	};
	void (*call)(void *argument, uint64_t last);
	void *argument;
};
void store_call(struct store *store, struct store_call *call);

uint64_t store_last(const struct store *store); /* number of the last durable entry; 0: none */
const uint8_t *store_log_id(const struct store *store); /* 16 bytes, set at creation */

/* Walk entries from `from` to `to` (inclusive; 0: the last) in order, within one snapshot. The
 * bytes are a loan for the call, aligned to nothing. The visitor returns false to stop. STORE_OK
 * also when it stopped and when the range is empty; STORE_FAILED where an entry is missing (one
 * beyond the last too) or cannot be read. Any thread; the writer goes on meanwhile. */
typedef bool store_visit(void *context, uint64_t number, const uint8_t *bytes, size_t n);
enum store_status store_read(
    struct store *store, uint64_t from, uint64_t to, store_visit *visit, void *context);

/* Hold what stands in the log's file against the digests that were made when it was put there, and
 * name what differs, some entries at a time. Entries that versions before digests put there have
 * none, and what the journal holds was looked at when it was opened. STORE_FAILED: the log cannot
 * be read. Any thread; reads all of the file. */
typedef void store_differs(void *context, uint64_t first, uint64_t last);
enum store_status store_check(struct store *store, store_differs *differs, void *context);

#define STORE_LOOK_MS 100 /* at the most until it is noticed that a file was removed */

struct store_health {
	bool accepting; /* false after STORE_UNAVAILABLE, for good */
	bool full;      /* the last batch was refused for want of space */
	bool map_full;  /* the log has no address space left: it takes a start with more */
	bool removed;   /* a file of the log has no name any more: nothing is accepted, for what it
			   holds ends with this process */
	uint64_t last;
	uint64_t free_bytes; /* of the file system; 0 also where it does not say */
	uint64_t reserve_bytes;
	uint64_t journal_bytes, journal_room_bytes; /* of entries not in the engine yet */
	uint64_t map_bytes, map_room_bytes; /* of address space that the log takes, and has */
	uint64_t waiting_jobs;
	uint64_t batches;  /* committed since start */
	uint64_t entries;  /* likewise */
	char failure[256]; /* why it stopped accepting, for the log; "" while it accepts */
};
void store_health(struct store *store, struct store_health *out);

/* Of each batch that was committed; goes on counting while it is read. */
struct store_meter {
	struct histogram batch_entries;
	struct histogram commit_us; /* to stable storage */
};
const struct store_meter *store_meter(const struct store *store);

/* Finish what waits, stop the writer, sync, close. Nobody submits or reads any more when it is
 * called. Every job has come back when it returns (STORE_OVERLOADED if the writer was never
 * started), and no mailbox is touched after it. Accepts NULL. */
void store_close(struct store *store);

#endif
