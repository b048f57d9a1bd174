/* SPDX-License-Identifier: Apache-2.0 */
/* The disk that forgets, by itself: what each cut may leave, over many seeds. */
#include "tests/fault/power_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SEEDS 60
#define BYTES 4096

struct place {
	char base[64], folder[80], aside[80];
	struct disk *disk;
};

static void
empty_folder(const char *path)
{
	DIR *dir = opendir(path);
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.')
			assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
	closedir(dir);
}

static int
setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	const char *base = getenv("TMPDIR"); /* memory by choice: nothing here is to last */
	if (base == NULL)
		base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	assert_non_null(place);
	snprintf(place->base, sizeof(place->base), "%.40s/power-XXXXXX", base);
	assert_non_null(mkdtemp(place->base));
	snprintf(place->folder, sizeof(place->folder), "%s/data", place->base);
	snprintf(place->aside, sizeof(place->aside), "%s/aside", place->base);
	assert_int_equal(mkdir(place->folder, 0700), 0);
	assert_int_equal(mkdir(place->aside, 0700), 0);
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;
	empty_folder(place->folder);
	empty_folder(place->aside);
	rmdir(place->folder);
	rmdir(place->aside);
	rmdir(place->base);
	free(place);
	return 0;
}

/* ------------------------------------------------------------------- what a program does */

static int
open_at(const struct place *place, const char *name, int flags)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", place->folder, name);
	return open(path, flags, 0600);
}

static void
write_at(struct place *place, int file, int letter, uint64_t from, size_t n)
{
	uint8_t bytes[BYTES];
	uint64_t size = disk_size(place->disk, file);
	memset(bytes, letter, n);
	disk_write(place->disk, file, from, from + n);
	assert_int_equal(
	    pwrite(disk_descriptor(place->disk, file), bytes, n, (off_t)from), (ssize_t)n);
	disk_note(place->disk, file, size);
}

static void
cut_at(struct place *place, int file, uint64_t size)
{
	uint64_t old = disk_size(place->disk, file);
	disk_shrink(place->disk, file, size);
	assert_int_equal(ftruncate(disk_descriptor(place->disk, file), (off_t)size), 0);
	disk_note(place->disk, file, old);
}

static void
sync_all(struct place *place, int file)
{
	disk_settle(place->disk, &(struct disk_sync){file, 0, UINT64_MAX, place->disk->time});
}

static int
make(struct place *place, const char *name)
{
	close(open_at(place, name, O_RDWR | O_CREAT));
	return disk_create(place->disk, name);
}

static void
move(struct place *place, const char *from, const char *to)
{
	char from_path[160], to_path[160];
	snprintf(from_path, sizeof(from_path), "%s/%s", place->folder, from);
	snprintf(to_path, sizeof(to_path), "%s/%s", place->folder, to);
	assert_int_equal(rename(from_path, to_path), 0);
	disk_rename(place->disk, from, to);
}

/* One durable file of a page of 'a'. */
static int
begin(struct place *place)
{
	empty_folder(place->folder);
	empty_folder(place->aside);
	place->disk = disk_open(place->folder, place->aside);
	int file = make(place, "file");
	write_at(place, file, 'a', 0, BYTES);
	sync_all(place, file);
	sync_all(place, DISK_FOLDER);
	return file;
}

struct found {
	ssize_t n; /* -1: there is no such file */
	uint8_t bytes[2 * BYTES];
};

static void
look(const struct place *place, const char *name, struct found *found)
{
	int fd = open_at(place, name, O_RDONLY);
	found->n = fd < 0 ? -1 : read(fd, found->bytes, sizeof(found->bytes));
	if (fd >= 0)
		close(fd);
}

static void
cut(struct place *place, uint64_t seed, struct found *found)
{
	disk_cut(place->disk, seed);
	munmap(place->disk, sizeof(*place->disk));
	look(place, "file", found);
}

/* The letter that bytes [from, to) all are; else 0. */
static int
letter(const struct found *found, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (found->bytes[i] != found->bytes[from])
			return 0;
	return found->bytes[from];
}

static int
sector(const struct found *found, size_t i)
{
	return letter(found, i * DISK_SECTOR, (i + 1) * DISK_SECTOR);
}

/* ------------------------------------------------------------------- contents */

static void
what_was_synced_stays(void **state)
{
	struct found found;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		int file = begin(*state);
		write_at(*state, file, 'b', 0, BYTES);
		sync_all(*state, file);
		cut(*state, seed, &found);
		assert_int_equal(found.n, BYTES);
		assert_int_equal(letter(&found, 0, BYTES), 'b');
	}
}

static void
what_was_not_synced_stays_or_goes_by_sectors(void **state)
{
	unsigned int old = 0, new = 0, torn = 0;
	struct found found;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		int file = begin(*state);
		write_at(*state, file, 'b', 0, BYTES);
		cut(*state, seed, &found);
		assert_int_equal(found.n, BYTES);
		for (size_t i = 0; i < BYTES / DISK_SECTOR; i++)
			assert_true(sector(&found, i) == 'a' || sector(&found, i) == 'b');
		int whole = letter(&found, 0, BYTES);
		old += whole == 'a';
		new += whole == 'b';
		torn += whole == 0;
	}
	assert_true(old > 0 && new > 0 && torn > 0);
}

static void
a_later_write_may_stay_where_an_earlier_one_goes(void **state)
{
	unsigned int turned = 0, between = 0;
	struct found found;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		int file = begin(*state);
		write_at(*state, file, 'b', 0, DISK_SECTOR);
		write_at(*state, file, 'c', DISK_SECTOR, DISK_SECTOR);
		write_at(*state, file, 'd', DISK_SECTOR, DISK_SECTOR);
		cut(*state, seed, &found);
		turned += sector(&found, 0) == 'a' && sector(&found, 1) == 'd';
		between += sector(&found, 1) == 'c';
	}
	assert_true(turned > 0 && between > 0);
}

static void
a_synced_write_makes_no_other_durable(void **state)
{
	unsigned int gone = 0;
	struct found found;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct place *place = *state;
		int file = begin(place);
		write_at(place, file, 'b', 0, BYTES);
		write_at(place, file, 'c', DISK_SECTOR, 100);
		disk_settle(place->disk,
		    &(struct disk_sync){file, DISK_SECTOR, DISK_SECTOR + 100, place->disk->time});
		cut(place, seed, &found);
		assert_int_equal(letter(&found, DISK_SECTOR, DISK_SECTOR + 100), 'c');
		gone += sector(&found, 0) == 'a';
	}
	assert_true(gone > 0);
}

static void
a_file_grows_with_or_without_its_content(void **state)
{
	unsigned int shorter = 0, hollow = 0, full = 0;
	struct found found;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		int file = begin(*state);
		write_at(*state, file, 'b', BYTES, BYTES);
		cut(*state, seed, &found);
		assert_int_equal(letter(&found, 0, BYTES), 'a');
		shorter += found.n == BYTES;
		hollow += found.n == 2 * BYTES && sector(&found, 8) == 0;
		full += found.n == 2 * BYTES && letter(&found, BYTES, 2 * BYTES) == 'b';
	}
	assert_true(shorter > 0 && hollow > 0 && full > 0);
}

static void
a_file_that_was_cut_off_keeps_all_of_the_old_or_none(void **state)
{
	unsigned int old = 0, empty = 0, new = 0;
	struct found found;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		int file = begin(*state);
		cut_at(*state, file, 0);
		write_at(*state, file, 'b', 0, 100);
		cut(*state, seed, &found);
		assert_true(found.n == BYTES || found.n == 0 || found.n == 100);
		if (found.n == BYTES)
			assert_int_equal(letter(&found, 0, BYTES), 'a');
		if (found.n == 100)
			assert_int_not_equal(letter(&found, 0, 100), 'a');
		old += found.n == BYTES;
		empty += found.n == 0;
		new += found.n == 100;
	}
	assert_true(old > 0 && empty > 0 && new > 0);
}

static void
what_a_dead_process_left_can_still_go(void **state)
{
	unsigned int old = 0, new = 0;
	struct found found;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct place *place = *state;
		int file = begin(place);
		write_at(place, file, 'b', 0, BYTES);
		munmap(place->disk, sizeof(*place->disk));
		place->disk = disk_open(place->folder, place->aside);
		cut(place, seed, &found);
		old += letter(&found, 0, BYTES) == 'a';
		new += letter(&found, 0, BYTES) == 'b';
	}
	assert_true(old > 0 && new > 0);
}

/* ------------------------------------------------------------------- names */

/* A file of 'b' takes the place of the one of 'a'. */
static void
replace(struct place *place, bool syncs_folder)
{
	begin(place);
	int file = make(place, "file.new");
	write_at(place, file, 'b', 0, BYTES);
	sync_all(place, file);
	move(place, "file.new", "file");
	if (syncs_folder)
		sync_all(place, DISK_FOLDER);
}

static void
a_file_that_was_replaced_is_the_old_or_the_new_one(void **state)
{
	unsigned int old = 0, new = 0;
	struct found found;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		replace(*state, false);
		cut(*state, seed, &found);
		assert_int_equal(found.n, BYTES);
		old += letter(&found, 0, BYTES) == 'a';
		new += letter(&found, 0, BYTES) == 'b';
	}
	assert_true(old > 0 && new > 0 && old + new == SEEDS);
}

static void
a_synced_folder_keeps_its_names(void **state)
{
	struct found found;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		replace(*state, true);
		cut(*state, seed, &found);
		assert_int_equal(found.n, BYTES);
		assert_int_equal(letter(&found, 0, BYTES), 'b');
		look(*state, "file.new", &found);
		assert_int_equal(found.n, -1);
	}
}

static void
a_new_file_may_go_even_when_its_content_was_synced(void **state)
{
	unsigned int gone = 0, there = 0;
	struct found found;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		begin(*state);
		sync_all(*state, make(*state, "other"));
		cut(*state, seed, &found);
		look(*state, "other", &found);
		gone += found.n < 0;
		there += found.n == 0;
	}
	assert_true(gone > 0 && there > 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(what_was_synced_stays),
	    TEST(what_was_not_synced_stays_or_goes_by_sectors),
	    TEST(a_later_write_may_stay_where_an_earlier_one_goes),
	    TEST(a_synced_write_makes_no_other_durable),
	    TEST(a_file_grows_with_or_without_its_content),
	    TEST(a_file_that_was_cut_off_keeps_all_of_the_old_or_none),
	    TEST(what_a_dead_process_left_can_still_go),
	    TEST(a_file_that_was_replaced_is_the_old_or_the_new_one),
	    TEST(a_synced_folder_keeps_its_names),
	    TEST(a_new_file_may_go_even_when_its_content_was_synced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
