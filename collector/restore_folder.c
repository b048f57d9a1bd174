/* SPDX-License-Identifier: Apache-2.0 */
/* Making and removing may meet: between a folder's making and its being held another process may
 * take it for a leftover. Whoever holds a folder that has no name any more, or cannot hold the one
 * he has just made, makes another. */
#include "collector/restore_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/log.h"
#include "storage/layout.h"

#define RANDOM_CHARS "XXXXXX"
#define RANDOM_N (sizeof(RANDOM_CHARS) - 1)
#define ATTEMPTS 100

#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* ------------------------------------------------------------------- removing */

static bool
is_file_of_a_log(const char *name)
{
	static const char *const names[] = {LAYOUT_DATA, LAYOUT_DATA LAYOUT_NEW, LAYOUT_LOCK,
	    LAYOUT_JOURNAL, LAYOUT_JOURNAL_NEW, "lock.mdb"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Calls `visit` for each name; false as soon as it is. Takes no descriptor over. */
static bool
each_name(int folder, bool (*visit)(int folder, const char *name))
{
	int fd = openat(folder, ".", OPEN_FOLDER);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	bool good = dir != NULL;
	if (dir == NULL && fd >= 0)
		close(fd);
	for (const struct dirent *file; good && (file = readdir(dir)) != NULL;)
		good = visit(folder, file->d_name);
	if (dir != NULL)
		closedir(dir);
	return good;
}

static bool
judge_name(int folder, const char *name)
{
	(void)folder;
	return is_file_of_a_log(name);
}

static bool
remove_name(int folder, const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || unlinkat(folder, name, 0) == 0;
}

/* Held by nobody else, the user's own, and nothing but what a restore leaves. */
static bool
is_leftover(int folder)
{
	struct stat status;
	return flock(folder, LOCK_EX | LOCK_NB) == 0 && fstat(folder, &status) == 0 &&
	       status.st_uid == geteuid() && (status.st_mode & 0777) == 0700 &&
	       each_name(folder, judge_name);
}

static void
remove_if_left(int parent, const char *name)
{
	int folder = openat(parent, name, OPEN_FOLDER);
	if (folder < 0)
		return;
	if (is_leftover(folder) && each_name(folder, remove_name) &&
	    unlinkat(parent, name, AT_REMOVEDIR) == 0)
		log_notice("removed what a killed restore had left folder=%s", name);
	close(folder);
}

static bool
has_form(const char *name, const char *stem)
{
	static const char chars[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = strlen(stem);
	return strlen(name) == n + RANDOM_N && strncmp(name, stem, n) == 0 &&
	       strspn(name + n, chars) == RANDOM_N;
}

static void
remove_leftovers(const char *stem)
{
	char parent[PATH_MAX], base[PATH_MAX];
	snprintf(parent, sizeof(parent), "%s", stem);
	snprintf(base, sizeof(base), "%s", stem);
	DIR *dir = opendir(dirname(parent));
	const char *name = basename(base);
	if (dir == NULL)
		return;
	for (const struct dirent *file; (file = readdir(dir)) != NULL;)
		if (has_form(file->d_name, name))
			remove_if_left(dirfd(dir), file->d_name);
	closedir(dir);
}

/* ------------------------------------------------------------------- making */

/* False: it is somebody else's now, or gone. */
static bool
hold(struct restore_folder *folder)
{
	struct stat status;
	folder->fd = open(folder->path, OPEN_FOLDER);
	if (folder->fd < 0)
		return false;
	bool is_taken = flock(folder->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	if (!is_taken && fstat(folder->fd, &status) == 0 && status.st_nlink > 0)
		return true;
	close(folder->fd);
	folder->fd = -1;
	return false;
}

bool
restore_folder_make(const char *stem, struct restore_folder *out)
{
	*out = (struct restore_folder){.fd = -1};
	remove_leftovers(stem);
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		int n = snprintf(out->path, sizeof(out->path), "%s" RANDOM_CHARS, stem);
		if (n < 0 || (size_t)n >= sizeof(out->path)) {
			errno = ENAMETOOLONG;
			break;
		}
		if (mkdtemp(out->path) == NULL)
			break;
		if (hold(out))
			return true;
	}
	int why = errno;
	out->path[0] = '\0';
	errno = why;
	return false;
}

void
restore_folder_end(struct restore_folder *folder)
{
	if (folder->path[0] != '\0' && folder->fd >= 0) {
		each_name(folder->fd, remove_name);
		rmdir(folder->path);
	}
	if (folder->fd >= 0)
		close(folder->fd);
	*folder = (struct restore_folder){.fd = -1};
}
