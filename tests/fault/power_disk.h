/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that forgets. Writes reach the files of one folder at once, for LMDB reads them through a
 * map; what they replaced is kept here until a sync makes them durable. When the power goes, each
 * sector, each size and each name falls back to any of the states it had since its last sync.
 *
 * The book lies in a file beside the folder, shared by one life of the program after the other, so
 * that a process can die and leave its unsynced writes to the next one. All of it is used under one
 * lock, power_shim.c's. What it cannot follow ends the process with DISK_EXIT_BLIND. */
#ifndef KHAOSAT_TESTS_FAULT_POWER_DISK_H
#define KHAOSAT_TESTS_FAULT_POWER_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define DISK_SECTOR 512
#define DISK_FILES_MAX 256
#define DISK_NAMES_MAX 32
#define DISK_NAME_BYTES 48
#define DISK_CHANGES_MAX 256
#define DISK_SIZES_MAX 4096
#define DISK_SECTORS_MAX ((size_t)1 << 17)
#define DISK_PATH_BYTES 256

#define DISK_EXIT_POWER 77 /* the power went; the folder is as the disk kept it */
#define DISK_EXIT_DEATH 78 /* the process died; what it wrote is still in the system's cache */
#define DISK_EXIT_BLIND 79 /* this library did not see a write, or has no room left */

#define DISK_FOLDER (-1) /* in place of a file: the folder itself */

/* A write replaced this. */
struct disk_sector {
	uint64_t time;
	uint64_t sector;
	int file;
	bool by_shrink; /* it was cut off with the file's end */
	bool is_lost;   /* by a mutant: no sync makes its successor durable */
	uint8_t old[DISK_SECTOR];
};

struct disk_size {
	uint64_t time;
	uint64_t old;
	int file;
};

/* A name made, removed or moved; "" where there is none. */
struct disk_change {
	uint64_t time;
	int file;
	char from[DISK_NAME_BYTES], to[DISK_NAME_BYTES];
};

struct disk_names {
	struct {
		char name[DISK_NAME_BYTES]; /* "": free */
		int file;
	} entry[DISK_NAMES_MAX];
};

struct disk {
	char folder[DISK_PATH_BYTES];
	char aside[DISK_PATH_BYTES]; /* the folder of this book and of a link to each file */
	uint64_t time;               /* counts what happens */
	int files;                   /* numbered from 1 */
	struct timespec changed[DISK_FILES_MAX]; /* as of the last write that was seen */
	struct disk_names names, durable_names;
	size_t changes, sizes, sectors; /* oldest first; what is here is not durable */
	struct disk_change change[DISK_CHANGES_MAX];
	struct disk_size size[DISK_SIZES_MAX];
	struct disk_sector sector[DISK_SECTORS_MAX];
};

/* A sync of bytes [from, to) of a file, of all that was written to it up to `time`. */
struct disk_sync {
	int file; /* 0: none */
	uint64_t from, to;
	uint64_t time;
};

/* Take up the book in `aside`, or begin one: then all that is in `folder` is durable. */
struct disk *disk_open(const char *folder, const char *aside);

/* 0: no such name. */
int disk_find(const struct disk_names *names, const char *name);
void disk_change_names(struct disk_names *names, const struct disk_change *change);
const char *disk_name_of(const struct disk *disk, int file);

/* The name in the folder that a path means; false: it lies elsewhere. */
bool disk_name(const struct disk *disk, int dir_fd, const char *path, char name[DISK_NAME_BYTES]);
bool disk_is_folder(const struct disk *disk, int fd);

/* After it was done. */
int disk_create(struct disk *disk, const char *name); /* the new file */
void disk_unlink(struct disk *disk, const char *name);
void disk_rename(struct disk *disk, const char *from, const char *to);

/* Before bytes [from, to) are written, or the file's end moves; and after either. */
void disk_write(struct disk *disk, int file, uint64_t from, uint64_t to);
void disk_shrink(struct disk *disk, int file, uint64_t size); /* keeps nothing where it grows */
void disk_note(struct disk *disk, int file, uint64_t size_before);
uint64_t disk_size(const struct disk *disk, int file);

void disk_settle(struct disk *disk, const struct disk_sync *sync); /* it is durable now */
void disk_lose(struct disk *disk, const struct disk_sync *sync);   /* and this never will be */

/* The power goes: rewrite the folder to what the disk may have kept, and begin a new book. */
void disk_cut(struct disk *disk, uint64_t seed);

/* The file's content whatever its name is now, open for reading and writing, for good: a closed
 * descriptor would take LMDB's lock along. */
int disk_descriptor(const struct disk *disk, int file);
void disk_path_aside(const struct disk *disk, int file, char path[DISK_PATH_BYTES]);

_Noreturn void disk_blind(const char *why, const char *what);

#endif
