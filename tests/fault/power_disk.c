/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fault/power_disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEEP_AT_ONCE 128

_Noreturn void
disk_blind(const char *why, const char *what)
{
	dprintf(STDERR_FILENO, "power shim: %s: %s (%s)\n", why, what, strerror(errno));
	_exit(DISK_EXIT_BLIND);
}

/* ------------------------------------------------------------------- names */

int
disk_find(const struct disk_names *names, const char *name)
{
	for (size_t i = 0; i < DISK_NAMES_MAX; i++)
		if (name[0] != '\0' && strcmp(names->entry[i].name, name) == 0)
			return names->entry[i].file;
	return 0;
}

const char *
disk_name_of(const struct disk *disk, int file)
{
	for (size_t i = 0; i < DISK_NAMES_MAX; i++)
		if (disk->names.entry[i].name[0] != '\0' && disk->names.entry[i].file == file)
			return disk->names.entry[i].name;
	return "";
}

static void
remove_name(struct disk_names *names, const char *name, int file)
{
	for (size_t i = 0; i < DISK_NAMES_MAX; i++)
		if (strcmp(names->entry[i].name, name) == 0 && names->entry[i].file == file)
			names->entry[i].name[0] = '\0';
}

static void
set_name(struct disk_names *names, const char *name, int file)
{
	remove_name(names, name, disk_find(names, name));
	for (size_t i = 0; i < DISK_NAMES_MAX; i++) {
		if (names->entry[i].name[0] != '\0')
			continue;
		snprintf(names->entry[i].name, DISK_NAME_BYTES, "%s", name);
		names->entry[i].file = file;
		return;
	}
	disk_blind("too many names", name);
}

void
disk_change_names(struct disk_names *names, const struct disk_change *change)
{
	if (change->from[0] != '\0')
		remove_name(names, change->from, change->file);
	if (change->to[0] != '\0')
		set_name(names, change->to, change->file);
}

static void
change_names(struct disk *disk, const char *from, const char *to, int file)
{
	if (disk->changes == DISK_CHANGES_MAX)
		disk_blind("too many changes of names", to);
	struct disk_change *change = &disk->change[disk->changes++];
	*change = (struct disk_change){.time = ++disk->time, .file = file};
	snprintf(change->from, sizeof(change->from), "%s", from);
	snprintf(change->to, sizeof(change->to), "%s", to);
	disk_change_names(&disk->names, change);
}

/* ------------------------------------------------------------------- files */

void
disk_path_aside(const struct disk *disk, int file, char path[DISK_PATH_BYTES])
{
	snprintf(path, DISK_PATH_BYTES, "%.200s/%d", disk->aside, file);
}

static int descriptor[DISK_FILES_MAX]; /* of this process; 0: not yet open */

int
disk_descriptor(const struct disk *disk, int file)
{
	char path[DISK_PATH_BYTES];
	if (descriptor[file] > 0)
		return descriptor[file];
	disk_path_aside(disk, file, path);
	descriptor[file] = open(path, O_RDWR | O_CLOEXEC);
	if (descriptor[file] <= 0)
		disk_blind("cannot open", path);
	return descriptor[file];
}

static void
close_descriptors(void)
{
	for (int file = 1; file < DISK_FILES_MAX; file++) {
		if (descriptor[file] > 0)
			close(descriptor[file]);
		descriptor[file] = 0;
	}
}

/* A link aside keeps the content of a file that has lost its name. */
static int
adopt(struct disk *disk, const char *name)
{
	char path[2 * DISK_PATH_BYTES], link_path[DISK_PATH_BYTES];
	if (disk->files + 1 == DISK_FILES_MAX || strlen(name) >= DISK_NAME_BYTES)
		disk_blind("too many files, or too long a name", name);
	int file = ++disk->files;
	snprintf(path, sizeof(path), "%s/%s", disk->folder, name);
	disk_path_aside(disk, file, link_path);
	struct stat st;
	if (link(path, link_path) != 0 || stat(path, &st) != 0)
		disk_blind("cannot follow", path);
	disk->changed[file] = st.st_mtim;
	return file;
}

static void
adopt_all(struct disk *disk)
{
	DIR *dir = opendir(disk->folder);
	if (dir == NULL)
		disk_blind("cannot read", disk->folder);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.')
			set_name(&disk->names, entry->d_name, adopt(disk, entry->d_name));
	closedir(dir);
	disk->durable_names = disk->names;
}

struct disk *
disk_open(const char *folder, const char *aside)
{
	char path[DISK_PATH_BYTES];
	snprintf(path, sizeof(path), "%.200s/book", aside);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(struct disk)) != 0)
		disk_blind("cannot open", path);
	struct disk *disk = mmap(NULL, sizeof(*disk), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (disk == MAP_FAILED)
		disk_blind("cannot map", path);
	close(fd);
	if (disk->time > 0)
		return disk;
	disk->time = 1;
	close_descriptors(); /* of an earlier book */
	snprintf(disk->folder, sizeof(disk->folder), "%s", folder);
	snprintf(disk->aside, sizeof(disk->aside), "%s", aside);
	adopt_all(disk);
	return disk;
}

bool
disk_is_folder(const struct disk *disk, int fd)
{
	struct stat st, folder;
	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && stat(disk->folder, &folder) == 0 &&
	       st.st_ino == folder.st_ino && st.st_dev == folder.st_dev;
}

bool
disk_name(const struct disk *disk, int dir_fd, const char *path, char name[DISK_NAME_BYTES])
{
	char parent[4096] = ".";
	const char *slash = strrchr(path, '/');
	if (slash != NULL)
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path + 1), path);
	const char *last = slash == NULL ? path : slash + 1;
	struct stat st, folder;
	if (fstatat(dir_fd, parent, &st, 0) != 0 || stat(disk->folder, &folder) != 0 ||
	    st.st_ino != folder.st_ino || st.st_dev != folder.st_dev)
		return false;
	if (strlen(last) >= DISK_NAME_BYTES)
		disk_blind("too long a name", last);
	strcpy(name, last);
	return strcmp(name, "") != 0 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

int
disk_create(struct disk *disk, const char *name)
{
	int file = adopt(disk, name);
	change_names(disk, "", name, file);
	return file;
}

void
disk_unlink(struct disk *disk, const char *name)
{
	change_names(disk, name, "", disk_find(&disk->names, name));
}

void
disk_rename(struct disk *disk, const char *from, const char *to)
{
	change_names(disk, from, to, disk_find(&disk->names, from));
}

/* ------------------------------------------------------------------- contents */

uint64_t
disk_size(const struct disk *disk, int file)
{
	struct stat st;
	if (fstat(disk_descriptor(disk, file), &st) != 0)
		disk_blind("cannot stat", disk_name_of(disk, file));
	return (uint64_t)st.st_size;
}

/* Sectors [first, first + n), n at most KEEP_AT_ONCE. Beyond the end: zeros. */
static void
keep_run(struct disk *disk, int file, uint64_t first, size_t n, bool by_shrink)
{
	uint8_t bytes[KEEP_AT_ONCE][DISK_SECTOR];
	ssize_t got = pread(
	    disk_descriptor(disk, file), bytes, n * DISK_SECTOR, (off_t)(first * DISK_SECTOR));
	if (got < 0)
		disk_blind("cannot read", disk_name_of(disk, file));
	memset((uint8_t *)bytes + got, 0, n * DISK_SECTOR - (size_t)got);
	for (size_t i = 0; i < n; i++) {
		if (disk->sectors == DISK_SECTORS_MAX)
			disk_blind("too much is not synced", disk_name_of(disk, file));
		struct disk_sector *kept = &disk->sector[disk->sectors++];
		kept->time = disk->time;
		kept->sector = first + i;
		kept->file = file;
		kept->by_shrink = by_shrink;
		kept->is_lost = false;
		memcpy(kept->old, bytes[i], DISK_SECTOR);
	}
}

static void
keep_sectors(struct disk *disk, int file, uint64_t from, uint64_t to, bool by_shrink)
{
	uint64_t end = (to + DISK_SECTOR - 1) / DISK_SECTOR;
	for (uint64_t first = from / DISK_SECTOR; first < end; first += KEEP_AT_ONCE) {
		size_t n = end - first < KEEP_AT_ONCE ? (size_t)(end - first) : KEEP_AT_ONCE;
		keep_run(disk, file, first, n, by_shrink);
	}
}

void
disk_write(struct disk *disk, int file, uint64_t from, uint64_t to)
{
	disk->time++;
	if (from < to)
		keep_sectors(disk, file, from, to, false);
}

void
disk_shrink(struct disk *disk, int file, uint64_t size)
{
	uint64_t old = disk_size(disk, file);
	disk->time++;
	if (size < old)
		keep_sectors(disk, file, size, old, true);
}

void
disk_note(struct disk *disk, int file, uint64_t size_before)
{
	struct stat st;
	if (fstat(disk_descriptor(disk, file), &st) != 0)
		disk_blind("cannot stat", disk_name_of(disk, file));
	disk->changed[file] = st.st_mtim;
	if ((uint64_t)st.st_size == size_before)
		return;
	if (disk->sizes == DISK_SIZES_MAX)
		disk_blind("too many sizes", disk_name_of(disk, file));
	disk->size[disk->sizes++] =
	    (struct disk_size){.time = disk->time, .old = size_before, .file = file};
}

/* ------------------------------------------------------------------- syncs */

static bool
covers(const struct disk_sync *sync, const struct disk_sector *kept)
{
	return kept->file == sync->file && kept->time <= sync->time &&
	       kept->sector >= sync->from / DISK_SECTOR && kept->sector * DISK_SECTOR < sync->to;
}

static void
settle_sectors(struct disk *disk, const struct disk_sync *sync)
{
	size_t left = 0;
	for (size_t i = 0; i < disk->sectors; i++) {
		if (covers(sync, &disk->sector[i]) && !disk->sector[i].is_lost)
			continue;
		if (left != i)
			disk->sector[left] = disk->sector[i];
		left++;
	}
	disk->sectors = left;
}

/* A size is synced with the bytes that it gives access to. */
static void
settle_sizes(struct disk *disk, const struct disk_sync *sync)
{
	bool needed = false;
	for (size_t i = 0; i < disk->sizes; i++)
		needed |= disk->size[i].file == sync->file && disk->size[i].time <= sync->time &&
			  disk->size[i].old < sync->to;
	size_t left = 0;
	for (size_t i = 0; i < disk->sizes; i++)
		if (!needed || disk->size[i].file != sync->file || disk->size[i].time > sync->time)
			disk->size[left++] = disk->size[i];
	disk->sizes = left;
}

static void
settle_names(struct disk *disk, uint64_t time)
{
	size_t left = 0;
	for (size_t i = 0; i < disk->changes; i++) {
		if (disk->change[i].time <= time)
			disk_change_names(&disk->durable_names, &disk->change[i]);
		else
			disk->change[left++] = disk->change[i];
	}
	disk->changes = left;
}

void
disk_settle(struct disk *disk, const struct disk_sync *sync)
{
	if (sync->file == DISK_FOLDER) {
		settle_names(disk, sync->time);
	} else if (sync->file != 0) {
		settle_sectors(disk, sync);
		settle_sizes(disk, sync);
	}
}

void
disk_lose(struct disk *disk, const struct disk_sync *sync)
{
	for (size_t i = 0; i < disk->sectors; i++)
		if (covers(sync, &disk->sector[i]))
			disk->sector[i].is_lost = true;
}
