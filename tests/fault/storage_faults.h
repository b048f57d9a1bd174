/* SPDX-License-Identifier: Apache-2.0 */
/* The calls storage/ makes to LMDB and to the system, each of which can be told to fail. Linked
 * with one -Wl,--wrap=NAME a call (tests/storage.cmake lists them). */
#ifndef KHAOSAT_TESTS_FAULT_STORAGE_FAULTS_H
#define KHAOSAT_TESTS_FAULT_STORAGE_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

enum fault_call {
	FAULT_NONE,
	/* LMDB; they return the code */
	FAULT_ENV_CREATE,
	FAULT_ENV_OPEN,
	FAULT_ENV_SYNC,
	FAULT_ENV_INFO,
	FAULT_TXN_BEGIN,
	FAULT_TXN_COMMIT,       /* nothing is committed */
	FAULT_TXN_COMMIT_AFTER, /* it is committed, and yet reported as failed */
	FAULT_DBI_OPEN,
	FAULT_STAT,
	FAULT_GET,
	FAULT_PUT,
	FAULT_DEL,
	FAULT_CURSOR_OPEN,
	FAULT_CURSOR_GET,
	FAULT_ENV_COPY,
	/* the system; they set errno */
	FAULT_FLOCK,
	FAULT_FSYNC,
	FAULT_FDATASYNC,
	FAULT_FDATASYNC_AFTER, /* it is synced, and yet reported as failed */
	FAULT_PWRITE,          /* nothing is written */
	FAULT_PWRITE_SHORT,    /* half is, and the rest fails */
	FAULT_PREAD,
	FAULT_OPENAT,
	FAULT_MMAP,
	FAULT_RENAME,
	FAULT_STATX,
	FAULT_GETRANDOM,
	FAULT_CALLOC,
	FAULT_MALLOC,
	FAULT_REALLOC,
	FAULT_CALLS
};

#define FAULT_DEATH 0x7fffffff /* as a code: the process is killed there */

void fault_arm(enum fault_call call, unsigned int nth, int code);       /* the nth, from 1, once */
void fault_arm_for(enum fault_call call, unsigned int times, int code); /* the next `times` calls */
bool fault_disarm(void); /* whether it came to pass */

/* From now on want of memory is for other threads than the first, until fault_disarm. */
void fault_spare_first_thread(void);

/* After a commit that was made to fail, writing transactions are refused, as LMDB does after a meta
 * page it could not write. Until fault_disarm. */
void fault_panic_after_commit(void);

void fault_free_space(long long bytes); /* what the file system says; negative: the truth */

extern size_t fault_first_map_bytes; /* asked for at the first attempt since the last fault_arm */
extern size_t fault_last_map_bytes;

#endif
