/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/digest.h"

#define NAME_BYTES 32
#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define LATEST "latest"
#define LATEST_NEW ".new-latest"
#define LOG_FILE_NEW ".new-khaosat-log"
#define LOG_LINE_BYTES (2 * FOLDER_LOG_BYTES + 1)

static void
run_name(uint32_t vintage, char out[NAME_BYTES])
{
	snprintf(out, NAME_BYTES, "v%04" PRIu32, vintage);
}

static void
new_name(uint32_t vintage, char out[NAME_BYTES])
{
	snprintf(out, NAME_BYTES, ".new-v%04" PRIu32, vintage);
}

static void
close_keeping_errno(int fd)
{
	int error = errno;
	close(fd);
	errno = error;
}

static bool
sync_parent(int folder)
{
	int parent = openat(folder, "..", OPEN_FOLDER);
	bool is_synced = parent >= 0 && fsync(parent) == 0;
	if (parent >= 0)
		close_keeping_errno(parent);
	return is_synced;
}

/* Open a folder in another, made if need be. A new one has its mode and its name is durable, or it
 * is not there: who comes next makes it anew. */
static int
make_step(int parent, const char *name, mode_t mode, int flags)
{
	bool is_new = mkdirat(parent, name, 0700) == 0;
	int fd = is_new || errno == EEXIST ? openat(parent, name, OPEN_FOLDER | flags) : -1;
	if (!is_new || (fd >= 0 && fchmod(fd, mode) == 0 && sync_parent(fd)))
		return fd;
	int error = errno;
	if (fd >= 0)
		close(fd);
	unlinkat(parent, name, AT_REMOVEDIR);
	errno = error;
	return -1;
}

static int
look_step(int parent, const char *name, mode_t mode, int flags)
{
	(void)mode;
	return openat(parent, name, OPEN_FOLDER | flags);
}

typedef int folder_step(int parent, const char *name, mode_t mode, int flags);

static int
walk(folder_step *step, const char *root, bool is_public, const char *round)
{
	mode_t mode = is_public ? 0755 : 0700;
	if (round[0] == '.') { /* hidden, or worse */
		errno = EINVAL;
		return -1;
	}
	int top = step(AT_FDCWD, root, 0755, 0);
	if (top < 0)
		return -1;
	int audience = step(top, is_public ? "public" : "internal", mode, O_NOFOLLOW);
	close_keeping_errno(top);
	if (audience < 0)
		return -1;
	int folder = step(audience, round, mode, O_NOFOLLOW);
	close_keeping_errno(audience);
	return folder;
}

int
folder_make(const char *root, bool is_public, const char *round)
{
	return walk(make_step, root, is_public, round);
}

int
folder_look(const char *root, bool is_public, const char *round)
{
	return walk(look_step, root, is_public, round);
}

/* ------------------------------------------------------------------- whose they are */

static bool
write_all(int fd, const char *bytes, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t more = write(fd, bytes + done, n - done);
		if (more <= 0)
			return false;
		done += (size_t)more;
	}
	return true;
}

static bool
write_line(int top, const char *line)
{
	int fd =
	    openat(top, LOG_FILE_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	bool is_written = write_all(fd, line, LOG_LINE_BYTES) && fsync(fd) == 0;
	close_keeping_errno(fd);
	return is_written && renameat(top, LOG_FILE_NEW, top, FOLDER_LOG_FILE) == 0 &&
	       fsync(top) == 0;
}

static bool
is_bare(int top)
{
	struct stat status;
	return fstatat(top, "public", &status, 0) != 0 && errno == ENOENT &&
	       fstatat(top, "internal", &status, 0) != 0 && errno == ENOENT;
}

static enum folder_claim
claim_nobodys(int top, const char *line, bool has_exports)
{
	if (has_exports && is_bare(top))
		return FOLDER_BARE;
	return write_line(top, line) ? FOLDER_OURS : FOLDER_FAILED;
}

static enum folder_claim
claim(int top, const char *line, bool has_exports)
{
	char found[LOG_LINE_BYTES + 1]; /* one more than it may have */
	int fd = openat(top, FOLDER_LOG_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? claim_nobodys(top, line, has_exports) : FOLDER_FAILED;
	ssize_t n = read(fd, found, sizeof(found));
	close_keeping_errno(fd);
	if (n < 0)
		return FOLDER_FAILED;
	return n == LOG_LINE_BYTES && memcmp(found, line, LOG_LINE_BYTES) == 0 ? FOLDER_OURS
									       : FOLDER_ANOTHERS;
}

enum folder_claim
folder_claim(const char *root, const uint8_t log[FOLDER_LOG_BYTES], bool has_exports)
{
	char line[LOG_LINE_BYTES];
	int top = (has_exports ? look_step : make_step)(AT_FDCWD, root, 0755, 0);
	if (top < 0)
		return has_exports && errno == ENOENT ? FOLDER_BARE : FOLDER_FAILED;
	digest_hex(log, FOLDER_LOG_BYTES, line);
	line[LOG_LINE_BYTES - 1] = '\n';
	enum folder_claim whose = claim(top, line, has_exports);
	close_keeping_errno(top);
	return whose;
}

/* ------------------------------------------------------------------- runs */

static DIR *
open_list(int folder, const char *name)
{
	int fd = openat(folder, name, OPEN_FOLDER | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL && fd >= 0)
		close_keeping_errno(fd);
	return dir;
}

/* A folder of files, and nothing else in it. */
static bool
remove_folder(int folder, const char *name)
{
	DIR *dir = open_list(folder, name);
	if (dir == NULL)
		return errno == ENOENT;
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
	return unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

int
folder_begin(int folder, uint32_t vintage)
{
	char name[NAME_BYTES];
	struct stat status;
	run_name(vintage, name);
	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	new_name(vintage, name);
	if (!remove_folder(folder, name) || mkdirat(folder, name, 0700) != 0)
		return -1;
	return openat(folder, name, OPEN_FOLDER | O_NOFOLLOW);
}

bool
folder_seal(int work, bool is_public)
{
	DIR *dir = open_list(work, ".");
	if (dir == NULL)
		return false;
	bool good = true;
	for (struct dirent *e; good && (e = readdir(dir)) != NULL;)
		if (e->d_name[0] != '.')
			good = fchmodat(work, e->d_name, is_public ? 0644 : 0600, 0) == 0;
	int error = errno;
	closedir(dir);
	errno = error;
	return good && fchmod(work, is_public ? 0755 : 0700) == 0 && fsync(work) == 0;
}

static bool
link_latest(int folder, const char *name)
{
	if (unlinkat(folder, LATEST_NEW, 0) != 0 && errno != ENOENT)
		return false;
	return symlinkat(name, folder, LATEST_NEW) == 0 &&
	       renameat(folder, LATEST_NEW, folder, LATEST) == 0 && fsync(folder) == 0;
}

bool
folder_point(int folder, uint32_t vintage)
{
	char name[NAME_BYTES], named[NAME_BYTES];
	run_name(vintage, name);
	ssize_t n = readlinkat(folder, LATEST, named, sizeof(named));
	bool is_named = n == (ssize_t)strlen(name) && memcmp(named, name, (size_t)n) == 0;
	return is_named || link_latest(folder, name);
}

bool
folder_publish(int folder, uint32_t vintage)
{
	char new[NAME_BYTES], name[NAME_BYTES];
	new_name(vintage, new);
	run_name(vintage, name);
	return renameat(folder, new, folder, name) == 0 && fsync(folder) == 0 &&
	       link_latest(folder, name);
}

void
folder_discard(int folder, uint32_t vintage)
{
	char name[NAME_BYTES];
	int error = errno;
	new_name(vintage, name);
	remove_folder(folder, name);
	errno = error;
}

bool
folder_has_none(int error)
{
	return error != ENOMEM && error != EMFILE && error != ENFILE && error != EIO;
}

int
folder_begun(int folder, uint32_t vintage)
{
	char name[NAME_BYTES];
	new_name(vintage, name);
	return openat(folder, name, OPEN_FOLDER | O_NOFOLLOW);
}

int
folder_run(int folder, uint32_t vintage)
{
	char name[NAME_BYTES];
	run_name(vintage, name);
	return openat(folder, name, OPEN_FOLDER | O_NOFOLLOW);
}

/* Its name goes first, so that no half of it is ever seen; what a crash left of it goes too. */
bool
folder_remove(int folder, uint32_t vintage)
{
	char name[NAME_BYTES], old[NAME_BYTES];
	run_name(vintage, name);
	new_name(vintage, old);
	bool is_there = renameat(folder, name, folder, old) == 0;
	if (!is_there && errno != ENOENT)
		return false;
	if (!remove_folder(folder, old))
		return false;
	errno = ENOENT;
	return is_there && fsync(folder) == 0;
}
