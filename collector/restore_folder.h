/* SPDX-License-Identifier: Apache-2.0 */
/* The folder that a backup is read into: it has a temporary name, and whoever reads holds flock on
 * it. A process that was killed lets go of its own, so that the next one which makes a folder in
 * the same place finds it held by nobody and removes it: a folder of that form of name, the same
 * user's, with nothing in it but the files of a log. Where the file system knows no such lock
 * nothing is removed. Main thread. */
#ifndef KHAOSAT_COLLECTOR_RESTORE_FOLDER_H
#define KHAOSAT_COLLECTOR_RESTORE_FOLDER_H

#include <limits.h>
#include <stdbool.h>

struct restore_folder {
	char path[PATH_MAX]; /* "": there is none */
	int fd;              /* holds it; -1 */
};

/* "STEM" and six characters, mode 0700, made and held, after leftovers of such names were removed.
 * False: errno. */
bool restore_folder_make(const char *stem, struct restore_folder *out);

/* With what is in it, if it still has its name; lets go of it. */
void restore_folder_end(struct restore_folder *folder);

#endif
