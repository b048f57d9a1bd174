/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/checkpoint.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/recount.h"
#include "proto/digest.h"
#include "storage/layout.h"
#include "tests/support/state_oracle.h"
#include "tests/support/state_rig.h"

#define UNITS 60u

static struct state_rig rig;
static unsigned seed;
static uint8_t lived[32]; /* of the state before it was closed */
static char image[128];

static int
set_up(void **state)
{
	(void)state;
	seed = 23;
	state_rig_make(&rig);
	snprintf(image, sizeof(image), "%s/image", rig.folder);
	state_rig_two_rounds(&rig, UNITS);
	state_rig_some_staff(&rig);
	state_rig_chunk(&rig, state_rig_round(&rig, "three", "two"), 0, 9);
	state_rig_live(&rig, UNITS, 80, &seed);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	state_rig_free(&rig);
	return 0;
}

static void
write_checkpoint(void)
{
	struct checkpoint *copy = state_copy(rig.state);
	assert_non_null(copy);
	assert_true(checkpoint_write(copy, rig.checkpoint));
	checkpoint_free(copy);
}

/* Close, open with whatever stands at the checkpoint's place, and expect the same state. */
static void
reopen_and_compare(void)
{
	uint8_t now[32];
	oracle_digest(rig.state, image, lived);
	state_rig_close(&rig);
	state_rig_open(&rig, true);
	oracle_digest(rig.state, image, now);
	assert_memory_equal(lived, now, sizeof(now));
	uint64_t tax_code[UNITS];
	size_t compared;
	for (unsigned i = 0; i < UNITS; i++)
		tax_code[i] = state_rig_tax_code(i);
	for (uint32_t round = 0; round < 2; round++)
		assert_int_equal(oracle_rates(rig.state, round, tax_code, UNITS, &compared), 0);
}

static uint8_t *
read_file(const char *path, size_t *n)
{
	uint8_t *bytes = malloc(1 << 24);
	FILE *file = fopen(path, "rb");
	assert_true(bytes != NULL && file != NULL);
	*n = fread(bytes, 1, 1 << 24, file);
	fclose(file);
	return bytes;
}

static void
write_file(const char *path, const uint8_t *bytes, size_t n)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

/* The digest made to fit again, as somebody would who means it. */
static void
sign_file(uint8_t *bytes, size_t n)
{
	digest_sha256(&(struct digest_part){bytes, n - 32}, 1, bytes + n - 32);
	write_file(rig.checkpoint, bytes, n);
}

/* ------------------------------------------------------------------- whole ones */

static void
a_checkpoint_and_the_tail_make_the_state_that_lived(void **state)
{
	(void)state;
	write_checkpoint();
	reopen_and_compare(); /* no tail */
	assert_string_equal(rig.message, "");
	state_rig_live(&rig, UNITS, 60, &seed);
	state_rig_load(&rig, 2, UNITS, 9, true);
	state_rig_phase(&rig, 0, ENTRY_ROUND_CLOSED);
	reopen_and_compare();
	assert_string_equal(rig.message, "");
	state_rig_live(&rig, UNITS, 20, &seed);
	write_checkpoint(); /* in the place of the old one */
	reopen_and_compare();
	assert_string_equal(rig.message, "");
}

/* Enough that two threads count them at start. */
#define MANY 8200u

static void
a_round_of_many_units_comes_back_with_figures_equal_to_a_count(void **state)
{
	(void)state;
	uint64_t *tax_code = calloc(MANY, sizeof(*tax_code));
	size_t compared;
	assert_non_null(tax_code);
	for (unsigned i = 0; i < MANY; i++)
		tax_code[i] = state_rig_tax_code(i);
	uint32_t round = state_rig_round(&rig, "many", "two");
	state_rig_load(&rig, round, MANY, 1000, true);
	state_rig_phase(&rig, round, ENTRY_ROUND_OPENED);
	for (unsigned i = 0; i < MANY; i += 29)
		state_rig_answer(&rig, round, i, &seed);
	write_checkpoint();
	reopen_and_compare();
	assert_string_equal(rig.message, "");
	assert_int_equal(oracle_rates(rig.state, round, tax_code, MANY, &compared), 0);
	free(tax_code);
}

static void
without_a_checkpoint_nothing_is_said(void **state)
{
	(void)state;
	reopen_and_compare();
	assert_string_equal(rig.message, "");
}

static void
the_state_really_comes_from_the_checkpoint(void **state)
{
	(void)state;
	size_t n;
	write_checkpoint();
	uint8_t *bytes = read_file(rig.checkpoint, &n);
	/* A number of respondents that the log does not know, under a digest that fits. */
	struct checkpoint_round round;
	struct checkpoint_head head;
	memcpy(&head, bytes, sizeof(head));
	size_t at = sizeof(head) + sizeof(uint64_t) + head.accounts * sizeof(struct account) +
		    head.tokens * sizeof(struct token);
	memcpy(&round, bytes + at, sizeof(round));
	assert_string_equal(round.name, "one");
	round.responded = 12345;
	memcpy(bytes + at, &round, sizeof(round));
	sign_file(bytes, n);
	state_rig_close(&rig);
	state_rig_open(&rig, true);
	struct round_view view;
	assert_true(state_round(rig.state, "one", &view));
	assert_int_equal(view.responded, 12345);
	free(bytes);
}

static void
a_copy_stays_as_it_was_while_the_state_moves_on(void **state)
{
	(void)state;
	size_t n, m;
	struct checkpoint *copy = state_copy(rig.state);
	assert_true(checkpoint_write(copy, image));
	uint8_t *before = read_file(image, &n);
	state_rig_live(&rig, UNITS, 30, &seed);
	state_rig_load(&rig, 2, UNITS, 9, true);
	assert_true(checkpoint_write(copy, image));
	uint8_t *after = read_file(image, &m);
	assert_int_equal(n, m);
	assert_memory_equal(before, after, n);
	checkpoint_free(copy);
	free(before);
	free(after);
}

static void
what_cannot_be_written_leaves_the_old_one(void **state)
{
	(void)state;
	char path[160];
	struct checkpoint *copy = state_copy(rig.state);
	snprintf(path, sizeof(path), "%s/nowhere/state", rig.folder);
	assert_false(checkpoint_write(copy, path));
	checkpoint_free(copy);
}

static void
one_that_would_take_of_the_reserve_leaves_the_old_one(void **state)
{
	(void)state;
	size_t n, m;
	struct store_health health;
	struct checkpoint *copy = state_copy(rig.state);
	store_health(rig.store, &health);
	assert_true(health.reserve_bytes > 0);
	assert_int_equal(copy->reserve_bytes, health.reserve_bytes);
	assert_true(checkpoint_write(copy, image));
	uint8_t *before = read_file(image, &n);
	copy->fold.catalogue_last++; /* to be told from the old one */
	copy->reserve_bytes = UINT64_MAX;
	assert_false(checkpoint_write(copy, image));
	assert_int_equal(errno, ENOSPC);
	uint8_t *after = read_file(image, &m);
	assert_true(n == m && memcmp(before, after, n) == 0);
	copy->reserve_bytes = 1;
	assert_true(checkpoint_write(copy, image));
	checkpoint_free(copy);
	free(before);
	free(after);
}

/* ------------------------------------------------------------------- damaged, foreign */

static void
any_damaged_byte_is_seen_and_the_log_is_folded_instead(void **state)
{
	(void)state;
	size_t n;
	write_checkpoint();
	uint8_t *bytes = read_file(rig.checkpoint, &n);
	for (size_t at = 0; at < n; at += n / 12) {
		bytes[at] ^= 0x10;
		write_file(rig.checkpoint, bytes, n);
		bytes[at] ^= 0x10;
		reopen_and_compare();
		assert_ptr_equal(strstr(rig.message, "checkpoint not used: "), rig.message);
	}
	free(bytes);
}

static void
a_short_one_is_not_used_even_when_its_digest_fits(void **state)
{
	(void)state;
	size_t n;
	write_checkpoint();
	uint8_t *bytes = read_file(rig.checkpoint, &n);
	const size_t size[] = {0, 1, 31, 151, 152, 160, 200, 500, n / 2, n - 33, n - 1};
	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		uint8_t *cut = malloc(size[i] + 1);
		memcpy(cut, bytes, size[i]);
		if (size[i] >= 32)
			sign_file(cut, size[i]);
		else
			write_file(rig.checkpoint, cut, size[i]);
		free(cut);
		reopen_and_compare();
		assert_ptr_equal(strstr(rig.message, "checkpoint not used: "), rig.message);
	}
	free(bytes);
}

static void
another_version_or_another_log_is_not_used(void **state)
{
	(void)state;
	size_t n;
	write_checkpoint();
	uint8_t *bytes = read_file(rig.checkpoint, &n);
	const struct {
		size_t at;
		const char *words;
	} field[] = {
	    {offsetof(struct checkpoint_head, magic), "it is no checkpoint"},
	    {offsetof(struct checkpoint_head, product), "another version"},
	    {offsetof(struct checkpoint_head, version), "another version"},
	    {offsetof(struct checkpoint_head, byte_order), "another version"},
	    {offsetof(struct checkpoint_head, log) + 3, "another log"},
	};
	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		bytes[field[i].at] ^= 1;
		sign_file(bytes, n);
		bytes[field[i].at] ^= 1;
		reopen_and_compare();
		assert_non_null(strstr(rig.message, field[i].words));
	}
	free(bytes);
}

/* The files of the log, as somebody might copy them and put them back. */
struct backup {
	uint8_t *bytes[2];
	size_t n[2];
};
static const char *const backed_up[2] = {LAYOUT_DATA, LAYOUT_JOURNAL};

static void
back_up(struct backup *backup)
{
	for (int i = 0; i < 2; i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s/%s", rig.folder, backed_up[i]);
		backup->bytes[i] = read_file(path, &backup->n[i]);
		assert_true(backup->n[i] < 1 << 26);
	}
}

static void
put_back(struct backup *backup)
{
	for (int i = 0; i < 2; i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s/%s", rig.folder, backed_up[i]);
		write_file(path, backup->bytes[i], backup->n[i]);
		free(backup->bytes[i]);
	}
}

static void
one_ahead_of_the_log_is_not_used(void **state)
{
	(void)state;
	struct backup backup;
	state_rig_close(&rig);
	back_up(&backup);
	state_rig_open(&rig, false);
	oracle_digest(rig.state, image, lived);
	state_rig_live(&rig, UNITS, 10, &seed);
	write_checkpoint();
	state_rig_close(&rig);
	put_back(&backup);
	state_rig_open(&rig, true);
	assert_non_null(strstr(rig.message, "ahead of the log"));
	uint8_t now[32];
	oracle_digest(rig.state, image, now);
	assert_memory_equal(lived, now, sizeof(now));
}

static void
one_of_a_log_that_went_another_way_is_not_used(void **state)
{
	(void)state;
	struct backup backup;
	state_rig_close(&rig);
	back_up(&backup);
	state_rig_open(&rig, false);
	state_rig_live(&rig, UNITS, 10, &seed);
	write_checkpoint();
	state_rig_close(&rig);
	put_back(&backup); /* and life goes on past the checkpoint */
	state_rig_open(&rig, true);
	unsigned other = seed + 1;
	state_rig_live(&rig, UNITS, 30, &other);
	oracle_digest(rig.state, image, lived);
	reopen_and_compare();
	assert_non_null(strstr(rig.message, "its last entry is another"));
}

/* All that anyone may ask of the state. */
static void
ask_everything(void)
{
	struct unit_view unit;
	struct round_view view;
	struct rate_counts *counts = calloc(4096, sizeof(*counts));
	assert_non_null(counts);
	for (uint32_t round = 0; state_round_at(rig.state, round, &view); round++) {
		size_t cells = cells_count(state_cells(rig.state, round));
		assert_true(cells * view.definition->goals <= 4096);
		state_rates(rig.state, round, 0, cells, counts);
		for (unsigned i = 0; i < UNITS; i++)
			state_unit(rig.state, round, state_rig_tax_code(i), &unit);
	}
	free(counts);
	struct checkpoint *copy = state_copy(rig.state);
	struct recount_result result;
	assert_non_null(copy);
	recount_run(rig.store, copy, NULL, NULL, &result);
	recount_result_free(&result);
	checkpoint_free(copy);
}

static void
one_forged_in_any_byte_does_no_harm_in_memory(void **state)
{
	(void)state;
	size_t n, used = 0;
	state_rig_reopen(&rig, 0, 3, 77);
	write_checkpoint();
	uint8_t *bytes = read_file(rig.checkpoint, &n);
	for (unsigned i = 0; i < 250; i++) {
		seed = seed * 1103515245 + 12345;
		size_t at = (i < 100 ? i * 9 : seed >> 8) % (n - 32);
		uint8_t was = bytes[at];
		bytes[at] = (uint8_t)(i % 3 == 0 ? 0xFF : was ^ 1u << i % 8);
		sign_file(bytes, n);
		bytes[at] = was;
		state_rig_close(&rig);
		state_rig_open(&rig, true);
		used += rig.message[0] == '\0';
		ask_everything();
	}
	assert_true(used > 0 && used < 250);
	free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_checkpoint_and_the_tail_make_the_state_that_lived),
	    TEST(a_round_of_many_units_comes_back_with_figures_equal_to_a_count),
	    TEST(without_a_checkpoint_nothing_is_said),
	    TEST(the_state_really_comes_from_the_checkpoint),
	    TEST(a_copy_stays_as_it_was_while_the_state_moves_on),
	    TEST(what_cannot_be_written_leaves_the_old_one),
	    TEST(one_that_would_take_of_the_reserve_leaves_the_old_one),
	    TEST(any_damaged_byte_is_seen_and_the_log_is_folded_instead),
	    TEST(a_short_one_is_not_used_even_when_its_digest_fits),
	    TEST(another_version_or_another_log_is_not_used),
	    TEST(one_forged_in_any_byte_does_no_harm_in_memory),
	    TEST(one_ahead_of_the_log_is_not_used),
	    TEST(one_of_a_log_that_went_another_way_is_not_used),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
