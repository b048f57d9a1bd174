/* SPDX-License-Identifier: Apache-2.0 */
/* A rename is on disk only once the folder is: each change of a name ends with an fsync of the
 * folder that holds it. */
#include "client/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_FIRST_BYTES 65536

/* Close without losing the errno that the caller is to see. */
static void
close_quietly(int fd)
{
	int saved = errno;
	close(fd);
	errno = saved;
}

/* Room for one byte more than n and the end. */
static bool
has_room(char **buf, size_t *cap, size_t n)
{
	if (n + 1 < *cap)
		return true;
	size_t more = *cap == 0 ? READ_FIRST_BYTES : *cap * 2;
	char *grown = realloc(*buf, more);
	if (grown == NULL)
		return false;
	*buf = grown;
	*cap = more;
	return true;
}

/* Read into *buf, which grows, up to the end or one step beyond max. */
static bool
read_all(int fd, size_t max, char **buf, size_t *n)
{
	size_t cap = 0;
	ssize_t got = 1;
	while (got != 0 && *n <= max) {
		if (!has_room(buf, &cap, *n))
			return false;
		got = read(fd, *buf + *n, cap - *n - 1);
		if (got < 0 && errno != EINTR)
			return false;
		*n += got > 0 ? (size_t)got : 0;
	}
	if (*n > max) {
		errno = EFBIG;
		return false;
	}
	(*buf)[*n] = '\0';
	return true;
}

char *
file_read(const char *path, size_t max_bytes, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	char *buf = NULL;
	size_t got = 0;
	bool read_it = read_all(fd, max_bytes, &buf, &got);
	close_quietly(fd);
	if (!read_it) {
		free(buf);
		return NULL;
	}
	*n = got;
	return buf;
}

static bool
write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, bytes, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		bytes += put;
		n -= (size_t)put;
	}
	return true;
}

bool
file_sync_folder(const char *path)
{
	char copy[PATH_MAX];
	if ((size_t)snprintf(copy, sizeof(copy), "%s", path) >= sizeof(copy)) {
		errno = ENAMETOOLONG;
		return false;
	}
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool synced = fsync(fd) == 0;
	close_quietly(fd);
	return synced;
}

/* A disk without modes, as FAT's sticks are, gives each file its own and refuses others. */
static bool
set_mode(int fd, mode_t mode)
{
	return fchmod(fd, mode) == 0 || errno == EPERM || errno == ENOTSUP || errno == ENOSYS;
}

/* Write and sync an open file, then give it its name. */
static bool
write_and_name(
    int fd, const char *temporary, const char *path, const void *bytes, size_t n, mode_t mode)
{
	bool good = set_mode(fd, mode) && write_all(fd, bytes, n) && fsync(fd) == 0;
	if (good) {
		good = close(fd) == 0 && rename(temporary, path) == 0;
	} else {
		close_quietly(fd);
	}
	if (!good) {
		int saved = errno;
		unlink(temporary);
		errno = saved;
		return false;
	}
	return file_sync_folder(path);
}

static int
make_temporary(const char *path, char temporary[PATH_MAX])
{
	if ((size_t)snprintf(temporary, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return mkostemp(temporary, O_CLOEXEC);
}

bool
file_write(const char *path, const void *bytes, size_t n, mode_t mode)
{
	char temporary[PATH_MAX];
	int fd = make_temporary(path, temporary);
	return fd >= 0 && write_and_name(fd, temporary, path, bytes, n, mode);
}

static void
remove_temporary(char temporary[PATH_MAX])
{
	int saved = errno;
	unlink(temporary);
	temporary[0] = '\0';
	errno = saved;
}

FILE *
file_begin(const char *path, char temporary[PATH_MAX])
{
	int fd = make_temporary(path, temporary);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (stream != NULL)
		return stream;
	if (fd >= 0) {
		close_quietly(fd);
		remove_temporary(temporary);
	}
	temporary[0] = '\0';
	return NULL;
}

bool
file_end(FILE *stream, char temporary[PATH_MAX], const char *path)
{
	bool good = ferror(stream) == 0 && fflush(stream) == 0 && fsync(fileno(stream)) == 0;
	int saved = errno;
	if (fclose(stream) != 0 && good) {
		saved = errno;
		good = false;
	}
	errno = saved;
	if (!good || rename(temporary, path) != 0) {
		remove_temporary(temporary);
		return false;
	}
	temporary[0] = '\0';
	return file_sync_folder(path);
}

void
file_abandon(FILE *stream, char temporary[PATH_MAX])
{
	fclose(stream);
	remove_temporary(temporary);
}

FILE *
file_create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return NULL;
	FILE *stream = fdopen(fd, "w");
	if (stream == NULL)
		close_quietly(fd);
	return stream;
}

bool
file_finish(FILE *stream, const char *path)
{
	bool good = ferror(stream) == 0 && fflush(stream) == 0 && fsync(fileno(stream)) == 0;
	int saved = errno;
	if (fclose(stream) != 0 && good)
		return false;
	if (!good) {
		errno = saved;
		return false;
	}
	return file_sync_folder(path);
}

bool
file_move(const char *from, const char *to)
{
	return rename(from, to) == 0 && file_sync_folder(to) && file_sync_folder(from);
}

bool
file_remove(const char *path)
{
	return unlink(path) == 0 && file_sync_folder(path);
}

static bool
make_one(const char *path, mode_t mode)
{
	struct stat st;
	if (mkdir(path, mode) == 0)
		return file_sync_folder(path);
	if (errno != EEXIST)
		return false;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	errno = ENOTDIR;
	return false;
}

bool
file_make_folder(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return false;
	}
	for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!make_one(part, mode))
			return false;
		*slash = '/';
	}
	return make_one(part, mode);
}
