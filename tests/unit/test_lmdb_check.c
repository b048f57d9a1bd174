/* SPDX-License-Identifier: Apache-2.0 */
/* The two files of LMDB, with one bit after the other changed: what is not refused opens, is read
 * to its end and takes more, or says that it cannot; no process ends by a signal. */
#include "storage/lmdb_check.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/erasable.h"
#include "storage/layout.h"
#include "tests/support/store_rig.h"

#define PAGE_BYTES 4096u
#define META_BYTES 152u
#define HEAD_BYTES META_BYTES /* of any page: where numbers of others stand mostly */
#define VALUES 120
#define STRIDE 29u /* of bits looked at beyond the meta pages; prime, so that all kinds come */
/* Of the files that are not refused one in so many is opened: changed in a page's head, elsewhere.
 */
#define HEAD_OPENED_OF 37u
#define OPENED_OF 499u

/* What stands in a meta page that something rests on; all else are counts, what LMDB does not look
 * at, and which of the two is newer. */
static const struct place {
	size_t from, to;
	uint8_t bits;
	bool is_of_newer; /* in the other one nothing rests on it */
} places[] = {
    {0, 8, 0xff, false},    /* page number */
    {10, 12, 0xff, false},  /* kind */
    {16, 24, 0xff, false},  /* magic, version */
    {40, 44, 0xff, false},  /* page size */
    {44, 45, 0x7e, false},  /* free pages: flags */
    {46, 48, 0xff, true},   /* depth */
    {72, 88, 0xff, true},   /* entries, root */
    {92, 93, 0x7e, false},  /* names: flags */
    {94, 96, 0xff, true},   /* depth */
    {120, 136, 0xff, true}, /* entries, root */
};
#define TRANSACTION 144u

static int
set_up(void **state)
{
	struct rig *rig = malloc(sizeof(*rig));
	assert_non_null(rig);
	rig_make(rig);
	*state = rig;
	return 0;
}

static int
tear_down(void **state)
{
	rig_free(*state);
	free(*state);
	return 0;
}

static void
path_of(const struct rig *rig, const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", rig->folder, name);
}

/* Entries in packs of one page and of several. */
static void
make_log(struct rig *rig)
{
	rig_run(rig);
	for (int i = 0; i < 12; i++)
		assert_int_equal(
		    rig_put(rig, 0, 0, i % 3 == 0 ? RIG_JOURNAL_SEGMENT_BYTES : 300, NULL),
		    STORE_ACCEPTED);
	rig_close(rig);
}

static void
put_value(struct erasable *e, int i, size_t n)
{
	static const char text[9000];
	char key[16];
	snprintf(key, sizeof(key), "key %d", i);
	assert_int_equal(erasable_put(e, key, strlen(key), text, n), STORE_OK);
}

/* Values in leaves under a branch and on pages of their own, and pages that are free. */
static void
make_contacts(struct rig *rig)
{
	struct erasable *e;
	assert_int_equal(erasable_open(rig->folder, &e, rig->message), STORE_OK);
	for (int i = 0; i < VALUES; i++)
		put_value(e, i, i % 50 == 0 ? 9000 : 200);
	for (int i = 0; i < VALUES; i += 10)
		put_value(e, i, 0);
	erasable_close(e);
}

/* ------------------------------------------------------------------- in a process of its own */

static bool
on_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	unsigned *sum = context;
	(void)number;
	while (n > 0)
		*sum += bytes[--n];
	return true;
}

static void
use_log(struct rig *rig)
{
	struct store_options options = rig_options(rig);
	unsigned sum = 0;
	if (store_open(&options, &rig->store, rig->message) != STORE_OK)
		return;
	store_read(rig->store, 1, store_last(rig->store), on_entry, &sum);
	store_close(rig->store);
}

static bool
on_value(void *context, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t n)
{
	return key_bytes > 0 && on_entry(context, key[0], value, n);
}

static void
use_contacts(struct rig *rig)
{
	struct erasable *e;
	unsigned sum = 0;
	if (erasable_open(rig->folder, &e, rig->message) != STORE_OK)
		return;
	erasable_each(e, "", 0, on_value, &sum);
	for (int i = 0; i < 3; i++) {
		char key[16];
		snprintf(key, sizeof(key), "key %d", i);
		erasable_put(
		    e, key, strlen(key), rig->folder, i % 2 == 0 ? 0 : sizeof(rig->folder));
	}
	erasable_close(e);
}

static void
use_apart(struct rig *rig, void (*use)(struct rig *rig), size_t bit)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		use(rig);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("bit %zu: status %d", bit, status);
}

/* ------------------------------------------------------------------- */

struct file {
	char path[128];
	uint8_t *bytes;
	size_t n;
	int fd;
};

static void
open_file(const struct rig *rig, const char *name, struct file *out)
{
	struct stat status;
	path_of(rig, name, out->path);
	out->fd = open(out->path, O_RDWR | O_CLOEXEC);
	assert_true(out->fd >= 0 && fstat(out->fd, &status) == 0);
	out->n = (size_t)status.st_size;
	out->bytes = malloc(out->n);
	assert_non_null(out->bytes);
	assert_int_equal(pread(out->fd, out->bytes, out->n, 0), out->n);
}

static void
write_back(const struct file *f)
{
	assert_int_equal(pwrite(f->fd, f->bytes, f->n, 0), f->n);
	assert_int_equal(ftruncate(f->fd, (off_t)f->n), 0);
}

static void
close_file(struct file *f)
{
	close(f->fd);
	free(f->bytes);
}

static void
flip(const struct file *f, size_t bit, bool is_flipped)
{
	uint8_t byte = f->bytes[bit / 8];
	if (is_flipped)
		byte ^= (uint8_t)(1u << bit % 8);
	assert_int_equal(pwrite(f->fd, &byte, 1, (off_t)(bit / 8)), 1);
}

static size_t
next_bit(size_t bit)
{
	size_t page = bit / 8 / PAGE_BYTES, at = bit / 8 % PAGE_BYTES;
	if (page > 1)
		return bit + STRIDE;
	return at < META_BYTES ? bit + 1 : (page + 1) * PAGE_BYTES * 8;
}

static void
change_every_bit(struct rig *rig, const char *name, void (*use)(struct rig *rig))
{
	struct file f;
	char why[LMDB_CHECK_WHY_BYTES] = "";
	size_t sound[2] = {0}, damaged = 0;
	open_file(rig, name, &f);
	assert_int_equal(lmdb_check_file(f.path, why), LMDB_CHECK_SOUND);
	for (size_t bit = 0; bit < f.n * 8; bit = next_bit(bit)) {
		flip(&f, bit, true);
		enum lmdb_check found = lmdb_check_file(f.path, why);
		assert_int_not_equal(found, LMDB_CHECK_FAILED);
		bool is_head = bit / 8 % PAGE_BYTES < HEAD_BYTES;
		if (found == LMDB_CHECK_DAMAGED)
			damaged += bit / 8 >= 2 * PAGE_BYTES;
		else if (sound[is_head]++ % (is_head ? HEAD_OPENED_OF : OPENED_OF) == 0) {
			use_apart(rig, use, bit);
			write_back(&f);
		}
		flip(&f, bit, false);
	}
	assert_true(damaged > 50);
	close_file(&f);
}

static void
no_changed_bit_of_the_log_ends_a_process(void **state)
{
	make_log(*state);
	change_every_bit(*state, LAYOUT_DATA, use_log);
}

static void
no_changed_bit_of_the_contacts_ends_a_process(void **state)
{
	make_contacts(*state);
	change_every_bit(*state, LAYOUT_CONTACTS, use_contacts);
}

static bool
is_second_newer(const struct file *f)
{
	uint64_t transaction[2];
	memcpy(&transaction[0], f->bytes + TRANSACTION, 8);
	memcpy(&transaction[1], f->bytes + PAGE_BYTES + TRANSACTION, 8);
	return transaction[0] < transaction[1];
}

static void
expect_refused(struct rig *rig, const struct file *f, size_t bit)
{
	struct erasable *e = NULL;
	flip(f, bit, true);
	enum store_status status = erasable_open(rig->folder, &e, rig->message);
	if (status != STORE_NOT_OURS || strstr(rig->message, f->path) == NULL)
		fail_msg("bit %zu: %d %s", bit, (int)status, rig->message);
	flip(f, bit, false);
}

static void
each_changed_bit_that_something_rests_on_is_refused_by_the_name_of_the_file(void **state)
{
	struct rig *rig = *state;
	struct file f;
	make_contacts(rig);
	open_file(rig, LAYOUT_CONTACTS, &f);
	bool is_second = is_second_newer(&f);
	for (size_t page = 0; page < 2; page++)
		for (const struct place *p = places; p < places + sizeof(places) / sizeof(*p); p++)
			for (size_t bit = p->from * 8; bit < p->to * 8; bit++)
				if ((!p->is_of_newer || page == is_second) &&
				    (p->bits >> bit % 8 & 1) != 0)
					expect_refused(rig, &f, page * PAGE_BYTES * 8 + bit);
	close_file(&f);
}

static uint64_t
number_at(const uint8_t *at, size_t n)
{
	uint64_t value = 0;
	memcpy(&value, at, n); /* little-endian */
	return value;
}

static void
expect_damaged(const struct file *f, size_t from, size_t to)
{
	char why[LMDB_CHECK_WHY_BYTES];
	for (size_t bit = from * 8; bit < to * 8; bit++) {
		flip(f, bit, true);
		if (lmdb_check_file(f->path, why) != LMDB_CHECK_DAMAGED)
			fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
		flip(f, bit, false);
	}
}

/* Number and kind of a page, where its nodes begin, of each node flags and length of the key; and
 * the length of the value, but that its last bit may make no difference. */
static void
expect_structure_damaged(const struct file *f, uint64_t page, bool is_of_names)
{
	size_t at = (size_t)page * PAGE_BYTES;
	size_t places_end = at + (size_t)number_at(f->bytes + at + 12, 2);
	expect_damaged(f, at, at + 8);
	expect_damaged(f, at + 10, places_end);
	for (size_t place = at + 16; place < places_end; place += 2) {
		size_t node = at + (size_t)number_at(f->bytes + place, 2);
		expect_damaged(f, node + 1, node + 4);
		if (!is_of_names) /* where a tree has become a value, who opens it says so */
			expect_damaged(f, node + 4, node + 6);
		expect_damaged(f, node + 6, node + 8);
	}
}

static uint64_t
root_of_values(const struct file *f, uint64_t names)
{
	const uint8_t *page = f->bytes + names * PAGE_BYTES;
	const uint8_t *name =
	    memmem(page, PAGE_BYTES, LAYOUT_VALUES_DATABASE, strlen(LAYOUT_VALUES_DATABASE));
	assert_non_null(name);
	return number_at(name + strlen(LAYOUT_VALUES_DATABASE) + 40, 8);
}

static void
each_changed_bit_of_a_page_that_leads_on_is_refused(void **state)
{
	struct rig *rig = *state;
	struct file f;
	make_contacts(rig);
	open_file(rig, LAYOUT_CONTACTS, &f);
	size_t newer = is_second_newer(&f) ? PAGE_BYTES : 0;
	uint64_t names = number_at(f.bytes + newer + 128, 8), values = root_of_values(&f, names);
	assert_int_equal(number_at(f.bytes + names * PAGE_BYTES + 10, 2), 2);  /* a leaf */
	assert_int_equal(number_at(f.bytes + values * PAGE_BYTES + 10, 2), 1); /* a branch */
	expect_structure_damaged(&f, names, true);
	expect_structure_damaged(&f, values, false);
	const uint8_t *branch = f.bytes + values * PAGE_BYTES;
	expect_structure_damaged(&f, number_at(branch + number_at(branch + 16, 2), 6), false);
	close_file(&f);
}

static void
a_file_that_was_emptied_or_is_none_is_left_to_lmdb(void **state)
{
	struct rig *rig = *state;
	struct file f;
	char why[LMDB_CHECK_WHY_BYTES];
	make_contacts(rig);
	open_file(rig, LAYOUT_CONTACTS, &f);
	assert_int_equal(ftruncate(f.fd, META_BYTES - 1), 0);
	assert_int_equal(lmdb_check_file(f.path, why), LMDB_CHECK_SOUND);
	assert_int_equal(ftruncate(f.fd, 0), 0);
	assert_int_equal(lmdb_check_file(f.path, why), LMDB_CHECK_SOUND);
	assert_int_equal(lmdb_check_file("/nowhere/at/all", why), LMDB_CHECK_FAILED);
	close_file(&f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(no_changed_bit_of_the_log_ends_a_process),
	    TEST(no_changed_bit_of_the_contacts_ends_a_process),
	    TEST(each_changed_bit_that_something_rests_on_is_refused_by_the_name_of_the_file),
	    TEST(each_changed_bit_of_a_page_that_leads_on_is_refused),
	    TEST(a_file_that_was_emptied_or_is_none_is_left_to_lmdb),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
