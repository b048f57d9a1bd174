/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB believes its pages: a changed bit in one ends the process by a signal, or has it write over
 * pages that are in use. So whoever opens an environment has the file's structure looked at first:
 * both meta pages, and every page of every tree that the newer one reaches. What keys and values
 * hold is not looked at, so a sound file may still hold changed bytes. Only storage/ includes this.
 */
#ifndef KHAOSAT_STORAGE_LMDB_CHECK_H
#define KHAOSAT_STORAGE_LMDB_CHECK_H

enum lmdb_check {
	LMDB_CHECK_SOUND,   /* or of another format than LMDB 0.9's: LMDB refuses that itself */
	LMDB_CHECK_DAMAGED, /* `why` says where, in a few words */
	LMDB_CHECK_FAILED   /* errno: it could not be looked at */
};

#define LMDB_CHECK_WHY_BYTES 64

/* The data file `path`, which nobody writes meanwhile. Reads all pages of trees, and of each large
 * value the first. */
enum lmdb_check lmdb_check_file(const char *path, char why[LMDB_CHECK_WHY_BYTES]);

#endif
