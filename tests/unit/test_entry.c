/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct entry
sample(void)
{
	struct entry e = {.kind = ENTRY_CORRECTION,
	    .channel = 3,
	    .actor = 0x01020304,
	    .time_ms = 1767225600123,
	    .round = 0x1112131415161718,
	    .tax_code = 3090000014000,
	    .definition = 7,
	    .previous = 41,
	    .replaced = 40,
	    .revision = 2,
	    .payload_bytes = 5,
	    .key = 9,
	    .argument_ms = -1};
	memset(e.instance_id, 0xA1, sizeof(e.instance_id));
	memset(e.deprecated_id, 0xA2, sizeof(e.deprecated_id));
	memset(e.digest, 0xA3, sizeof(e.digest));
	memset(e.bits, 0xA4, sizeof(e.bits));
	return e;
}

static void
a_header_reads_back_as_it_was_written(void **state)
{
	(void)state;
	struct entry e = sample(), back;
	uint8_t bytes[ENTRY_HEADER_BYTES + 5] = {0}, again[ENTRY_HEADER_BYTES];
	entry_encode(&e, bytes);
	assert_true(entry_decode(bytes, sizeof(bytes), false, &back));
	entry_encode(&back, again);
	assert_memory_equal(bytes, again, ENTRY_HEADER_BYTES);
	assert_int_equal(back.kind, ENTRY_CORRECTION);
	assert_true(back.tax_code == e.tax_code && back.argument_ms == -1 && back.round == e.round);
	assert_memory_equal(back.digest, e.digest, SHA256_BYTES);
}

/* The offsets that khaosat.proto promises to strangers. */
static void
the_layout_is_the_published_one(void **state)
{
	(void)state;
	struct entry e = sample();
	uint8_t b[ENTRY_HEADER_BYTES];
	entry_encode(&e, b);
	assert_int_equal(b[0], 1);
	assert_int_equal(b[1], 0);
	assert_int_equal(b[2], ENTRY_CORRECTION);
	assert_int_equal(b[3], 3);
	assert_memory_equal(b + 4, "\4\3\2\1", 4);
	assert_memory_equal(b + 16, "\x18\x17\x16\x15\x14\x13\x12\x11", 8);
	assert_int_equal(b[32], 7);
	assert_int_equal(b[40], 41);
	assert_int_equal(b[48], 40);
	assert_int_equal(b[56], 2);
	assert_int_equal(b[60], 5);
	assert_int_equal(b[64], 0xA1);
	assert_int_equal(b[80], 0xA2);
	assert_int_equal(b[96], 0xA3);
	assert_int_equal(b[128], 0xA4);
	assert_int_equal(b[143], 0xA4);
	assert_int_equal(b[144], 9);
	for (unsigned i = 145; i < 192; i++)
		assert_int_equal(b[i], 0);
	assert_int_equal(b[192], 0xFF);
}

static void
what_is_not_a_whole_entry_is_refused(void **state)
{
	(void)state;
	struct entry e = sample(), back = {.revision = 77};
	uint8_t bytes[ENTRY_HEADER_BYTES + 5] = {0};
	entry_encode(&e, bytes);
	for (size_t n = 0; n < sizeof(bytes); n++) {
		uint8_t *exact = malloc(n + !n);
		assert_non_null(exact);
		memcpy(exact, bytes, n);
		assert_false(entry_decode(exact, n, false, &back));
		free(exact);
	}
	assert_int_equal(back.revision, 77);
	assert_true(entry_decode(bytes, ENTRY_HEADER_BYTES, true, &back));
	bytes[2] = 0;
	assert_false(entry_decode(bytes, sizeof(bytes), false, &back));
	bytes[2] = 255;
	assert_false(entry_decode(bytes, sizeof(bytes), false, &back));
	bytes[2] = ENTRY_CODE_REVOKED;
	bytes[0] = 2;
	assert_false(entry_decode(bytes, sizeof(bytes), false, &back));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_header_reads_back_as_it_was_written),
	    cmocka_unit_test(the_layout_is_the_published_one),
	    cmocka_unit_test(what_is_not_a_whole_entry_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
