/* SPDX-License-Identifier: Apache-2.0 */
/* The power goes. The process may still have threads that run, so its files are left as they are
 * and others, with what the disk kept, are put in their place. */
#include "tests/fault/power_disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)1 << 16)

static uint64_t
draw(uint64_t *seed)
{
	uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* How likely a disk is to have written something already, in eighths: 0 nothing, 8 all of it. */
static unsigned int
draw_diligence(uint64_t *seed)
{
	static const unsigned int eighths[] = {0, 1, 1, 4, 7, 8};
	return eighths[draw(seed) % 6];
}

/* Which of the states 0 (durable) to `last` (as it stands) it is in, low <= it <= high <= last. */
static size_t
draw_state(uint64_t *seed, unsigned int diligence, size_t low, size_t high)
{
	if (draw(seed) % 8 < diligence)
		return high;
	return diligence == 0 ? low : low + draw(seed) % (high - low + 1);
}

/* ------------------------------------------------------------------- what was not seen */

/* The tables of LMDB's readers are written through a map and worth nothing afterwards. */
static bool
is_lock(const char *name)
{
	return strstr(name, "lock") != NULL;
}

static void
check_file(const struct disk *disk, int dir_fd, const char *name)
{
	int file = disk_find(&disk->names, name);
	char path[DISK_PATH_BYTES];
	struct stat here, ours;
	if (file == 0)
		disk_blind("a file came unseen", name);
	disk_path_aside(disk, file, path);
	if (fstatat(dir_fd, name, &here, 0) != 0 || stat(path, &ours) != 0 ||
	    here.st_ino != ours.st_ino)
		disk_blind("a file was replaced unseen", name);
	const struct timespec *seen = &disk->changed[file];
	if (!is_lock(name) &&
	    (here.st_mtim.tv_sec != seen->tv_sec || here.st_mtim.tv_nsec != seen->tv_nsec))
		disk_blind("a file was written to unseen", name);
}

static void
check_folder(const struct disk *disk)
{
	DIR *dir = opendir(disk->folder);
	if (dir == NULL)
		disk_blind("cannot read", disk->folder);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.')
			check_file(disk, dirfd(dir), entry->d_name);
	closedir(dir);
}

/* ------------------------------------------------------------------- one file */

static void
copy_range(int from_fd, int to_fd, off_t at, off_t end)
{
	static uint8_t bytes[COPY_BYTES];
	while (at < end) {
		size_t n = end - at < (off_t)COPY_BYTES ? (size_t)(end - at) : COPY_BYTES;
		ssize_t got = pread(from_fd, bytes, n, at);
		if (got <= 0 || pwrite(to_fd, bytes, (size_t)got, at) != got)
			disk_blind("cannot copy", "");
		at += got;
	}
}

/* A copy that has the same holes. */
static void
copy_content(int from_fd, int to_fd)
{
	off_t end = lseek(from_fd, 0, SEEK_END);
	off_t hole;
	for (off_t at = 0; (at = lseek(from_fd, at, SEEK_DATA)) >= 0 && at < end; at = hole) {
		hole = lseek(from_fd, at, SEEK_HOLE);
		copy_range(from_fd, to_fd, at, hole);
	}
}

/* The size the disk kept, and the time up to which what happened to it counts. */
static uint64_t
choose_size(
    const struct disk *disk, int file, uint64_t *seed, unsigned int diligence, uint64_t *until)
{
	size_t last = 0;
	for (size_t i = 0; i < disk->sizes; i++)
		last += disk->size[i].file == file;
	size_t state = draw_state(seed, diligence, 0, last);
	*until = UINT64_MAX;
	for (size_t i = 0; i < disk->sizes; i++) {
		if (disk->size[i].file != file || state-- > 0)
			continue;
		*until = disk->size[i].time;
		return disk->size[i].old;
	}
	return disk_size(disk, file);
}

/* What a sector held before each of kept[0..n), oldest first, and holds now: states 0 to n. What
 * was cut off is gone if the cut counts, and is there if it does not. */
static size_t
choose_state(const struct disk_sector *const *kept, size_t n, uint64_t *seed,
    unsigned int diligence, uint64_t until)
{
	size_t low = 0, high = n;
	for (size_t i = 0; i < n; i++) {
		if (kept[i]->by_shrink && kept[i]->time < until)
			low = i + 1;
		if ((kept[i]->by_shrink && kept[i]->time >= until) || kept[i]->is_lost)
			high = i < high ? i : high;
	}
	return low < high ? draw_state(seed, diligence, low, high) : high;
}

static int
by_sector(const void *a, const void *b)
{
	const struct disk_sector *x = *(const struct disk_sector *const *)a;
	const struct disk_sector *y = *(const struct disk_sector *const *)b;
	if (x->sector != y->sector)
		return x->sector < y->sector ? -1 : 1;
	return x < y ? -1 : 1;
}

static void
fall_back(const struct disk *disk, int file, int fd, uint64_t *seed)
{
	static const struct disk_sector *kept[DISK_SECTORS_MAX];
	size_t n = 0;
	unsigned int diligence = draw_diligence(seed);
	uint64_t until;
	uint64_t size = choose_size(disk, file, seed, diligence, &until);
	for (size_t i = 0; i < disk->sectors; i++)
		if (disk->sector[i].file == file)
			kept[n++] = &disk->sector[i];
	qsort(kept, n, sizeof(kept[0]), by_sector);
	for (size_t i = 0, next; i < n; i = next) {
		for (next = i; next < n && kept[next]->sector == kept[i]->sector; next++)
			;
		size_t state = i + choose_state(kept + i, next - i, seed, diligence, until);
		off_t at = (off_t)(kept[i]->sector * DISK_SECTOR);
		if (state < next && pwrite(fd, kept[state]->old, DISK_SECTOR, at) != DISK_SECTOR)
			disk_blind("cannot write", disk_name_of(disk, file));
	}
	if (ftruncate(fd, (off_t)size) != 0)
		disk_blind("cannot cut", disk_name_of(disk, file));
}

/* ------------------------------------------------------------------- the folder */

/* By its name aside, with "out-" before it. */
static void
aside_path(const struct disk *disk, const char *name, char path[DISK_PATH_BYTES])
{
	snprintf(path, DISK_PATH_BYTES, "%.150s/out-%.48s", disk->aside, name);
}

static void
make_file(const struct disk *disk, const char *name, int file, uint64_t *seed)
{
	char path[DISK_PATH_BYTES];
	aside_path(disk, name, path);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		disk_blind("cannot make", path);
	copy_content(disk_descriptor(disk, file), fd);
	fall_back(disk, file, fd, seed);
	close(fd);
}

static void
make_files(const struct disk *disk, const struct disk_names *kept, uint64_t *seed)
{
	for (size_t i = 0; i < DISK_NAMES_MAX; i++)
		if (kept->entry[i].name[0] != '\0')
			make_file(disk, kept->entry[i].name, kept->entry[i].file, seed);
}

static void
replace_files(const struct disk *disk, const struct disk_names *kept)
{
	char from[DISK_PATH_BYTES], to[DISK_PATH_BYTES];
	for (size_t i = 0; i < DISK_NAMES_MAX; i++) {
		snprintf(to, sizeof(to), "%.200s/%.48s", disk->folder, disk->names.entry[i].name);
		if (disk->names.entry[i].name[0] != '\0' && unlink(to) != 0)
			disk_blind("cannot remove", to);
	}
	for (size_t i = 0; i < DISK_NAMES_MAX; i++) {
		aside_path(disk, kept->entry[i].name, from);
		snprintf(to, sizeof(to), "%.200s/%.48s", disk->folder, kept->entry[i].name);
		if (kept->entry[i].name[0] != '\0' && rename(from, to) != 0)
			disk_blind("cannot put in place", to);
	}
	for (int file = 1; file <= disk->files; file++) {
		disk_path_aside(disk, file, from);
		if (unlink(from) != 0)
			disk_blind("cannot remove", from);
	}
}

void
disk_cut(struct disk *disk, uint64_t seed)
{
	check_folder(disk);
	struct disk_names kept = disk->durable_names;
	unsigned int diligence = draw_diligence(&seed);
	for (size_t i = 0; i < disk->changes; i++)
		if (draw(&seed) % 8 < diligence)
			disk_change_names(&kept, &disk->change[i]);
	make_files(disk, &kept, &seed);
	replace_files(disk, &kept);
	disk->time = 0; /* a new book */
	disk->files = 0;
	memset(&disk->names, 0, sizeof(disk->names));
	disk->changes = disk->sizes = disk->sectors = 0;
}
