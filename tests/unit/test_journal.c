/* SPDX-License-Identifier: Apache-2.0 */
/* The journal alone: what is found at the next open, after every kind of end. */
#include "storage/journal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/layout.h"
#include "tests/support/store_rig.h"

#define SEGMENTS 3u
#define SEGMENT_BYTES JOURNAL_SEGMENT_MIN_BYTES /* four blocks */
#define FILE_BYTES (JOURNAL_BLOCK_BYTES + SEGMENTS * SEGMENT_BYTES)
#define SECTOR_BYTES 512
#define WAIT_LIMIT_S 60

static const uint8_t log_id[STORE_LOG_ID_BYTES] = {2, 0, 2, 5};

struct scene {
	struct rig rig; /* for its folder */
	int folder_fd;
	struct journal *journal;
	char message[256];
};

static int
setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	assert_non_null(scene);
	rig_make(&scene->rig);
	scene->folder_fd = open(scene->rig.folder, O_RDONLY | O_DIRECTORY);
	assert_true(scene->folder_fd >= 0);
	assert_int_equal(
	    journal_create(scene->folder_fd, log_id, SEGMENTS, SEGMENT_BYTES, scene->message),
	    STORE_OK);
	*state = scene;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *scene = *state;
	journal_close(scene->journal);
	close(scene->folder_fd);
	rig_free(&scene->rig);
	free(scene);
	return 0;
}

static enum store_status
open_after(struct scene *scene, uint64_t applied)
{
	journal_close(scene->journal);
	scene->journal = NULL;
	return journal_open(&scene->journal, scene->folder_fd, log_id, applied, scene->message);
}

/* One record of `count` entries of n bytes each. */
static enum journal_status
append(struct scene *scene, size_t count, size_t n)
{
	struct rig_job *job[16];
	const struct store_job *list[16];
	assert_true(count <= 16);
	for (size_t i = 0; i < count; i++) {
		uint64_t number = journal_last(scene->journal) + 1 + i;
		job[i] = rig_job_new(0, 0, number, n);
		job[i]->job.number = number;
		list[i] = &job[i]->job;
	}
	enum journal_status status = journal_append(scene->journal, list, count, scene->message);
	for (size_t i = 0; i < count; i++)
		rig_job_free(job[i]);
	return status;
}

static void
assert_readable(struct scene *scene, uint64_t from, uint64_t to)
{
	struct journal_buffer buffer = {0};
	for (uint64_t number = from; number <= to; number++) {
		assert_int_equal(journal_read(scene->journal, number, &buffer), JOURNAL_FOUND);
		assert_true(rig_bytes_are_whole(buffer.bytes, buffer.n));
		assert_int_equal(rig_field(buffer.bytes, 2), number);
	}
	assert_int_equal(journal_read(scene->journal, to + 1, &buffer), JOURNAL_BEYOND);
	free(buffer.bytes);
}

/* The whole file, and back again. */
static uint8_t *
file_bytes(const struct scene *scene)
{
	uint8_t *bytes = malloc(FILE_BYTES);
	int fd = openat(scene->folder_fd, LAYOUT_JOURNAL, O_RDONLY);
	assert_non_null(bytes);
	assert_int_equal(pread(fd, bytes, FILE_BYTES, 0), FILE_BYTES);
	close(fd);
	return bytes;
}

static void
put_file(const struct scene *scene, const uint8_t *bytes, size_t n)
{
	int fd = openat(scene->folder_fd, LAYOUT_JOURNAL, O_WRONLY | O_TRUNC);
	assert_int_equal(pwrite(fd, bytes, n, 0), (ssize_t)n);
	close(fd);
}

static size_t
block_at(uint32_t segment, uint32_t block)
{
	return JOURNAL_BLOCK_BYTES + segment * SEGMENT_BYTES + block * JOURNAL_BLOCK_BYTES;
}

/* ------------------------------------------------------------------- a clock that is set */

int __real_clock_gettime(clockid_t which, struct timespec *out);
int __wrap_clock_gettime(clockid_t which, struct timespec *out);

/* The time of day as it was before somebody set it back by a day. */
int
__wrap_clock_gettime(clockid_t which, struct timespec *out)
{
	int code = __real_clock_gettime(which, out);
	if (which == CLOCK_REALTIME)
		out->tv_sec += 24 * 60 * 60;
	return code;
}

static void
a_clock_that_is_set_back_puts_off_no_further_try(void **state)
{
	struct scene *scene = *state;
	assert_int_equal(open_after(scene, 0), STORE_OK);
	alarm(WAIT_LIMIT_S);
	assert_true(journal_wait(scene->journal, 1));
	alarm(0);
}

/* ------------------------------------------------------------------- what is found again */

static void
what_was_appended_is_found_at_the_next_open(void **state)
{
	struct scene *scene = *state;
	assert_int_equal(open_after(scene, 0), STORE_OK);
	for (size_t n = 0; n < 7; n++)
		assert_int_equal(append(scene, 1 + n % 3, 100 + 400 * n), JOURNAL_OK);
	uint64_t last = journal_last(scene->journal);
	assert_int_equal(last, 13);
	for (int times = 0; times < 2; times++) {
		assert_readable(scene, 1, last);
		assert_int_equal(open_after(scene, 0), STORE_OK);
		assert_int_equal(journal_last(scene->journal), last);
	}
}

static void
what_the_engine_holds_is_passed_over(void **state)
{
	struct scene *scene = *state;
	struct journal_buffer buffer = {0};
	assert_int_equal(open_after(scene, 0), STORE_OK);
	assert_int_equal(append(scene, 5, 100), JOURNAL_OK);
	assert_int_equal(append(scene, 5, 100), JOURNAL_OK);
	assert_int_equal(open_after(scene, 7), STORE_OK);
	assert_int_equal(journal_last(scene->journal), 10);
	assert_int_equal(journal_read(scene->journal, 7, &buffer), JOURNAL_APPLIED);
	assert_readable(scene, 8, 10);
	struct journal_batch batch;
	assert_true(journal_take(scene->journal, &batch));
	assert_int_equal(batch.first, 8);
	assert_int_equal(batch.n, 3);
	assert_int_equal(rig_field(batch.piece[0].bytes, 2), 8);
	free(batch.piece);
	assert_int_equal(open_after(scene, 10), STORE_OK);
	assert_int_equal(journal_last(scene->journal), 10);
	assert_int_equal(journal_pending_bytes(scene->journal), 0);
	free(buffer.bytes);
}

static void
segments_are_used_again_and_what_they_held_no_longer_counts(void **state)
{
	struct scene *scene = *state;
	struct journal_batch batch;
	uint64_t applied = 0;
	assert_int_equal(open_after(scene, 0), STORE_OK);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 4; i++) /* a segment: the next record closes it */
			assert_int_equal(append(scene, 1 + (size_t)round % 2, 1500), JOURNAL_OK);
		if (round % 3 == 2) {
			uint64_t last = journal_last(scene->journal);
			assert_int_equal(open_after(scene, applied), STORE_OK);
			assert_int_equal(journal_last(scene->journal), last);
		}
		while (journal_last(scene->journal) - applied > 8) {
			assert_true(journal_take(scene->journal, &batch));
			assert_int_equal(batch.first, applied + 1);
			assert_int_equal(
			    rig_field(batch.piece[batch.n - 1].bytes, 2), applied + batch.n);
			applied += batch.n;
			free(batch.piece);
			journal_release(scene->journal);
		}
		assert_readable(scene, applied + 1, journal_last(scene->journal));
	}
	assert_true(applied > 100);
}

static void
what_no_segment_holds_is_too_large(void **state)
{
	struct scene *scene = *state;
	assert_int_equal(open_after(scene, 0), STORE_OK);
	assert_int_equal(append(scene, 1, SEGMENT_BYTES), JOURNAL_TOO_LARGE);
	assert_int_equal(journal_last(scene->journal), 0);
	size_t most = SEGMENT_BYTES - sizeof(struct journal_record) - sizeof(uint32_t);
	assert_int_equal(append(scene, 1, most), JOURNAL_OK);
	assert_int_equal(open_after(scene, 0), STORE_OK);
	assert_readable(scene, 1, 1);
}

/* ------------------------------------------------------------------- torn and damaged */

/* Three records: one block, two blocks, one block. */
static uint8_t *
three_records(struct scene *scene)
{
	assert_int_equal(open_after(scene, 0), STORE_OK);
	assert_int_equal(append(scene, 2, 1000), JOURNAL_OK);
	assert_int_equal(append(scene, 3, 2000), JOURNAL_OK);
	assert_int_equal(append(scene, 1, 3000), JOURNAL_OK);
	return file_bytes(scene);
}

static void
a_last_record_torn_anywhere_was_never_told_and_is_not_there(void **state)
{
	struct scene *scene = *state;
	uint8_t *whole = three_records(scene);
	uint8_t *torn = malloc(FILE_BYTES);
	size_t record = block_at(0, 3);
	assert_non_null(torn);
	for (size_t sector = 0; sector < 3000 + sizeof(struct journal_record);
	     sector += SECTOR_BYTES) {
		memcpy(torn, whole, FILE_BYTES);
		memset(torn + record + sector, 0, SECTOR_BYTES);
		put_file(scene, torn, FILE_BYTES);
		assert_int_equal(open_after(scene, 0), STORE_OK);
		assert_int_equal(journal_last(scene->journal), 5);
		assert_readable(scene, 1, 5);
		assert_int_equal(append(scene, 1, 200), JOURNAL_OK); /* the number is free */
		assert_int_equal(open_after(scene, 0), STORE_OK);
		assert_readable(scene, 1, 6);
	}
	free(torn);
	free(whole);
}

static void
one_bad_bit_before_the_last_record_is_damage_and_is_refused(void **state)
{
	struct scene *scene = *state;
	uint8_t *bytes = three_records(scene);
	static const size_t places[] = {0, 8, 16, 20, 24, 40, 48, 500, 4095};
	for (uint32_t block = 0; block < 3; block++)
		for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
			size_t at = block_at(0, block) + places[i];
			if (block == 0 && places[i] == 4095)
				continue; /* zeros behind the record, which nobody reads */
			if (block == 2 && places[i] == 4095)
				continue;
			bytes[at] ^= 1;
			put_file(scene, bytes, FILE_BYTES);
			assert_int_equal(open_after(scene, 0), STORE_NOT_OURS);
			assert_non_null(strstr(scene->message, "missing"));
			bytes[at] ^= 1;
		}
	put_file(scene, bytes, FILE_BYTES);
	assert_int_equal(open_after(scene, 0), STORE_OK);
	free(bytes);
}

static void
a_gap_after_the_engine_is_refused(void **state)
{
	struct scene *scene = *state;
	assert_int_equal(open_after(scene, 10), STORE_OK);
	assert_int_equal(append(scene, 2, 100), JOURNAL_OK);
	assert_int_equal(open_after(scene, 9), STORE_NOT_OURS); /* an older log put back */
	assert_non_null(strstr(scene->message, "9 are missing"));
	assert_int_equal(open_after(scene, 10), STORE_OK);
}

/* Record 9 of a journal of the same log, whole but for the key, which a firm cannot know. */
static void
forge_record(struct scene *scene, uint8_t out[JOURNAL_BLOCK_BYTES])
{
	assert_int_equal(open_after(scene, 8), STORE_OK);
	assert_int_equal(append(scene, 1, 100), JOURNAL_OK);
	uint8_t *bytes = file_bytes(scene);
	memcpy(out, bytes + block_at(0, 0), JOURNAL_BLOCK_BYTES);
	free(bytes);
	assert_int_equal(
	    journal_create(scene->folder_fd, log_id, SEGMENTS, SEGMENT_BYTES, scene->message),
	    STORE_OK);
}

static void
an_entry_that_holds_a_record_where_a_block_begins_is_an_entry(void **state)
{
	struct scene *scene = *state;
	uint8_t forged[JOURNAL_BLOCK_BYTES];
	forge_record(scene, forged);
	free(three_records(scene));
	struct rig_job *job = rig_job_new(0, 0, 7, 3 * JOURNAL_BLOCK_BYTES);
	size_t at = JOURNAL_BLOCK_BYTES - sizeof(struct journal_record) - sizeof(uint32_t);
	memcpy(job->bytes + at, forged, sizeof(forged));
	job->job.number = 7;
	assert_int_equal(journal_append(scene->journal, (const struct store_job *[]){&job->job}, 1,
			     scene->message),
	    JOURNAL_OK);
	uint8_t *bytes = file_bytes(scene);
	assert_memory_equal(bytes + block_at(1, 1), forged, sizeof(forged));
	assert_int_equal(open_after(scene, 0), STORE_OK);
	assert_int_equal(journal_last(scene->journal), 7);
	rig_job_free(job);
	free(bytes);
}

/* ------------------------------------------------------------------- files that are not it */

static void
a_head_with_one_bad_bit_is_refused(void **state)
{
	struct scene *scene = *state;
	uint8_t *bytes = three_records(scene);
	for (size_t at = 0; at < sizeof(struct journal_head); at++) {
		bytes[at] ^= 4;
		put_file(scene, bytes, FILE_BYTES);
		assert_int_not_equal(open_after(scene, 0), STORE_OK);
		assert_null(scene->journal);
		bytes[at] ^= 4;
	}
	free(bytes);
}

static void
a_file_that_lost_its_end_or_belongs_to_another_log_is_refused(void **state)
{
	struct scene *scene = *state;
	static const uint8_t other[STORE_LOG_ID_BYTES] = {1};
	uint8_t *bytes = three_records(scene);
	for (size_t n = 0; n < FILE_BYTES; n += 1000) {
		put_file(scene, bytes, n);
		assert_int_equal(open_after(scene, 0), STORE_NOT_OURS);
	}
	put_file(scene, bytes, FILE_BYTES);
	assert_int_equal(journal_open(&scene->journal, scene->folder_fd, other, 0, scene->message),
	    STORE_NOT_OURS);
	assert_non_null(strstr(scene->message, "another log"));
	free(bytes);
}

static void
a_journal_that_is_gone_is_not_made_anew_in_silence(void **state)
{
	struct scene *scene = *state;
	struct rig *rig = &scene->rig;
	struct store_options options = rig_options(rig);
	assert_int_equal(unlinkat(scene->folder_fd, LAYOUT_JOURNAL, 0), 0); /* of no log */
	rig_run(rig);
	assert_int_equal(rig_put(rig, 0, 0, 100, NULL), STORE_ACCEPTED);
	rig_close(rig);
	assert_int_equal(unlinkat(scene->folder_fd, LAYOUT_JOURNAL, 0), 0);
	assert_int_equal(rig_open(rig, &options), STORE_NOT_OURS);
	assert_non_null(strstr(rig->message, "missing"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_clock_that_is_set_back_puts_off_no_further_try),
	    TEST(what_was_appended_is_found_at_the_next_open),
	    TEST(what_the_engine_holds_is_passed_over),
	    TEST(segments_are_used_again_and_what_they_held_no_longer_counts),
	    TEST(what_no_segment_holds_is_too_large),
	    TEST(a_last_record_torn_anywhere_was_never_told_and_is_not_there),
	    TEST(one_bad_bit_before_the_last_record_is_damage_and_is_refused),
	    TEST(a_gap_after_the_engine_is_refused),
	    TEST(an_entry_that_holds_a_record_where_a_block_begins_is_an_entry),
	    TEST(a_head_with_one_bad_bit_is_refused),
	    TEST(a_file_that_lost_its_end_or_belongs_to_another_log_is_refused),
	    TEST(a_journal_that_is_gone_is_not_made_anew_in_silence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
