/* SPDX-License-Identifier: Apache-2.0 */
/* Files as the client needs them: read whole, written so that after a power cut there is the old
 * file, the new one, or none, never half of one. Any thread. On false or NULL, errno says why. */
#ifndef KHAOSAT_CLIENT_FILE_H
#define KHAOSAT_CLIENT_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* The whole file, to be freed by the caller, with a NUL behind its n bytes. NULL with errno EFBIG
 * when it holds more than max_bytes. Not only regular files: "/dev/stdin" too. */
char *file_read(const char *path, size_t max_bytes, size_t *n);

/* Replace or create: temporary name in the same folder, fsync, rename, fsync of the folder. Where
 * the disk has no modes, the file has that of its mount. */
bool file_write(const char *path, const void *bytes, size_t n, mode_t mode);

/* The same as a stream: begin it under a temporary name in the same folder, mode 0600, which is
 * written to `temporary`; then end it, or abandon it. Both close the stream and clear `temporary`:
 * after them no file of that name is there. */
FILE *file_begin(const char *path, char temporary[PATH_MAX]);
bool file_end(FILE *stream, char temporary[PATH_MAX], const char *path);
void file_abandon(FILE *stream, char temporary[PATH_MAX]);

/* Create a file that must not exist yet (errno EEXIST), mode 0600, to be written as a stream and
 * ended with file_finish. */
FILE *file_create(const char *path);

/* Flush, fsync, close, and fsync the folder. Closes the stream in any case. */
bool file_finish(FILE *stream, const char *path);

/* Rename within one file system, then fsync both folders. Replaces `to`. */
bool file_move(const char *from, const char *to);

/* Unlink, then fsync the folder. */
bool file_remove(const char *path);

/* Make a folder and what is missing above it, each with `mode`; fine when it is there. */
bool file_make_folder(const char *path, mode_t mode);

/* fsync the folder that `path` stands in. */
bool file_sync_folder(const char *path);

#endif
