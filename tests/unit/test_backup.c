/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a backup: what is written is read back, whatever the pieces it comes in; whatever is
 * missing or changed is seen. */
#include "proto/backup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/digest.h"

#define ENTRIES 3
#define FILE_MAX_BYTES 4096

static const size_t payload_bytes[ENTRIES] = {0, 1, 300};
static const struct backup_header header = {
    .log_id = "the id of a log", .created_ms = 1764129600123, .last = ENTRIES};

struct file {
	uint8_t bytes[FILE_MAX_BYTES];
	size_t n, room;
};

static bool
put(void *context, const void *bytes, size_t n)
{
	struct file *file = context;
	if (n > file->room - file->n)
		return false;
	memcpy(file->bytes + file->n, bytes, n);
	file->n += n;
	return true;
}

static void
make_entry(unsigned i, uint8_t *out)
{
	for (size_t at = 0; at < ENTRY_HEADER_BYTES + payload_bytes[i]; at++)
		out[at] = (uint8_t)(at * 7 + i);
}

/* False: there was no room. */
static bool
write_file(struct file *file, size_t room)
{
	struct backup_writer w = {.put = put, .context = file};
	uint8_t entry[1024];
	file->n = 0;
	file->room = room;
	bool good = backup_begin(&w, &header);
	for (unsigned i = 0; good && i < ENTRIES; i++) {
		make_entry(i, entry);
		good = backup_put(&w, entry, entry + ENTRY_HEADER_BYTES, payload_bytes[i]);
	}
	good = good && backup_finish(&w);
	if (good)
		assert_int_equal(w.bytes, file->n);
	backup_clear(&w);
	return good;
}

/* What reading bytes[0..n) comes to, given so many at a time, each on a heap of its exact size.
 * BACKUP_END: all of it is a backup; BACKUP_PARTIAL: it ended early. */
static enum backup_status
read_file(const uint8_t *bytes, size_t n, size_t step, struct backup_reader *r)
{
	enum backup_status status = BACKUP_PARTIAL;
	struct backup_piece piece;
	size_t at = 0, given = 0;
	assert_true(backup_reader_init(r));
	while (status < BACKUP_FOREIGN && (status != BACKUP_PARTIAL || given < n)) {
		if (status == BACKUP_PARTIAL)
			given = n - given < step ? n : given + step;
		uint8_t *copy = malloc(given - at + (given == at));
		assert_non_null(copy);
		memcpy(copy, bytes + at, given - at);
		status = backup_read(r, copy, given - at, &piece);
		if (status < BACKUP_PARTIAL)
			at += piece.used;
		free(copy);
	}
	bool ended = r->stage == BACKUP_BEHIND_END && status == BACKUP_PARTIAL && at == n;
	backup_reader_clear(r);
	return ended ? BACKUP_END : status;
}

static void
what_is_written_is_read_back(void **state)
{
	(void)state;
	struct file file;
	struct backup_reader r;
	struct backup_piece piece;
	uint8_t entry[1024];
	assert_true(write_file(&file, FILE_MAX_BYTES));
	assert_true(backup_reader_init(&r));
	assert_int_equal(backup_read(&r, file.bytes, file.n, &piece), BACKUP_HEADER);
	assert_int_equal(r.header.format, BACKUP_FORMAT);
	assert_memory_equal(r.header.log_id, header.log_id, BACKUP_LOG_ID_BYTES);
	assert_int_equal(r.header.created_ms, header.created_ms);
	assert_int_equal(r.header.last, ENTRIES);
	size_t at = piece.used;
	for (unsigned i = 0; i < ENTRIES; i++) {
		assert_int_equal(
		    backup_read(&r, file.bytes + at, file.n - at, &piece), BACKUP_ENTRY);
		make_entry(i, entry);
		assert_int_equal(r.entries, i + 1);
		assert_int_equal(piece.entry_bytes, ENTRY_HEADER_BYTES + payload_bytes[i]);
		assert_memory_equal(piece.entry, entry, piece.entry_bytes);
		at += piece.used;
	}
	assert_int_equal(backup_read(&r, file.bytes + at, file.n - at, &piece), BACKUP_END);
	assert_int_equal(at + piece.used, file.n);
	backup_reader_clear(&r);
}

static void
its_bytes_are_those_of_the_page(void **state)
{
	(void)state;
	struct file file;
	uint8_t digest[SHA256_BYTES];
	assert_true(write_file(&file, FILE_MAX_BYTES));
	assert_memory_equal(file.bytes, "KHAOSATB\1\0\0\0\0\0\0\0the id of a log\0", 32);
	assert_memory_equal(file.bytes + 32, "\x7b\x72\x51\xbe\x9a\1\0\0\3\0\0\0\0\0\0\0", 16);
	assert_memory_equal(file.bytes + 64, "\xc8\0\0\0", 4); /* 200: no payload */
	assert_int_equal(file.n, 64 + 3 * (4 + 200) + 301 + 40);
	assert_memory_equal(file.bytes + file.n - 40, "\3\0\0\0\0\0\0\0", 8);
	digest_sha256(&(struct digest_part){file.bytes, file.n - 32}, 1, digest);
	assert_memory_equal(file.bytes + file.n - 32, digest, sizeof(digest));
}

static void
one_byte_at_a_time_equals_all_at_once(void **state)
{
	(void)state;
	struct file file;
	struct backup_reader r;
	assert_true(write_file(&file, FILE_MAX_BYTES));
	for (size_t step = 1; step <= file.n; step += step < 9 ? 1 : 97) {
		assert_int_equal(read_file(file.bytes, file.n, step, &r), BACKUP_END);
		assert_int_equal(r.entries, ENTRIES);
	}
}

static void
every_prefix_is_refused(void **state)
{
	(void)state;
	struct file file;
	struct backup_reader r;
	assert_true(write_file(&file, FILE_MAX_BYTES));
	for (size_t n = 0; n < file.n; n++)
		assert_int_equal(read_file(file.bytes, n, n, &r), BACKUP_PARTIAL);
}

static void
every_flipped_bit_is_seen(void **state)
{
	(void)state;
	struct file file;
	struct backup_reader r;
	assert_true(write_file(&file, FILE_MAX_BYTES));
	for (size_t bit = 0; bit < 8 * file.n; bit++) {
		file.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		enum backup_status status = read_file(file.bytes, file.n, file.n, &r);
		assert_true(status >= BACKUP_PARTIAL);
		assert_int_equal(status == BACKUP_FOREIGN, bit < 64);
		file.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void
what_stands_behind_its_end_is_refused(void **state)
{
	(void)state;
	struct file file;
	struct backup_reader r;
	assert_true(write_file(&file, FILE_MAX_BYTES));
	file.bytes[file.n] = 0;
	assert_int_equal(read_file(file.bytes, file.n + 1, file.n + 1, &r), BACKUP_DAMAGED);
}

static void
a_newer_format_is_told_from_damage(void **state)
{
	(void)state;
	struct file file;
	struct backup_reader r;
	assert_true(write_file(&file, FILE_MAX_BYTES));
	file.bytes[8] = BACKUP_FORMAT + 1;
	assert_int_equal(read_file(file.bytes, 12, 12, &r), BACKUP_NEWER);
	assert_int_equal(r.header.format, BACKUP_FORMAT + 1);
	file.bytes[8] = 0;
	assert_int_equal(read_file(file.bytes, file.n, file.n, &r), BACKUP_DAMAGED);
}

static void
an_entry_of_no_possible_length_is_damage_at_once(void **state)
{
	(void)state;
	static const uint8_t lengths[][4] = {
	    {199, 0, 0, 0}, {0xC9, 0, 0x40, 0}, {0xFF, 0xFF, 0xFF, 0xFF}, {0, 0, 0, 0}};
	struct file file;
	struct backup_reader r;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		assert_true(write_file(&file, FILE_MAX_BYTES));
		memcpy(file.bytes + BACKUP_HEADER_BYTES, lengths[i], 4);
		assert_int_equal(
		    read_file(file.bytes, BACKUP_HEADER_BYTES + 4, 4, &r), BACKUP_DAMAGED);
	}
}

static void
a_backup_of_an_empty_log_is_one(void **state)
{
	(void)state;
	struct file file = {.room = FILE_MAX_BYTES};
	struct backup_reader r;
	struct backup_writer w = {.put = put, .context = &file};
	struct backup_header empty = header;
	empty.last = 0;
	assert_true(backup_begin(&w, &empty) && backup_finish(&w));
	backup_clear(&w);
	assert_int_equal(file.n, BACKUP_HEADER_BYTES + BACKUP_TRAILER_BYTES);
	assert_int_equal(read_file(file.bytes, file.n, file.n, &r), BACKUP_END);
}

static void
wherever_the_bytes_find_no_room_the_writer_says_so(void **state)
{
	(void)state;
	struct file file;
	assert_true(write_file(&file, FILE_MAX_BYTES));
	size_t whole = file.n;
	for (size_t room = 0; room < whole; room++)
		assert_false(write_file(&file, room));
	assert_true(write_file(&file, whole));
}

static void
a_digest_in_parts_is_that_of_the_whole(void **state)
{
	(void)state;
	uint8_t bytes[200], whole[SHA256_BYTES], parts[SHA256_BYTES];
	memset(bytes, 'x', sizeof(bytes));
	digest_sha256(&(struct digest_part){bytes, sizeof(bytes)}, 1, whole);
	for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
		struct digest *digest = digest_new();
		assert_non_null(digest);
		digest_add(digest, bytes, cut);
		digest_add(digest, bytes + cut, sizeof(bytes) - cut);
		digest_end(digest, parts);
		digest_free(digest);
		assert_memory_equal(whole, parts, sizeof(whole));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read_back),
	    cmocka_unit_test(its_bytes_are_those_of_the_page),
	    cmocka_unit_test(one_byte_at_a_time_equals_all_at_once),
	    cmocka_unit_test(every_prefix_is_refused),
	    cmocka_unit_test(every_flipped_bit_is_seen),
	    cmocka_unit_test(what_stands_behind_its_end_is_refused),
	    cmocka_unit_test(a_newer_format_is_told_from_damage),
	    cmocka_unit_test(an_entry_of_no_possible_length_is_damage_at_once),
	    cmocka_unit_test(a_backup_of_an_empty_log_is_one),
	    cmocka_unit_test(wherever_the_bytes_find_no_room_the_writer_says_so),
	    cmocka_unit_test(a_digest_in_parts_is_that_of_the_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
