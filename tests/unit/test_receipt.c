/* SPDX-License-Identifier: Apache-2.0 */
#include "client/receipt.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/delivery.h"
#include "tests/support/client_rig.h"

static struct client_rig rig;
static struct outgoing sent;
static uint8_t header[ENTRY_HEADER_BYTES];
static uint8_t log_id[UUID_BYTES] = {1};
static Khaosat__V1__Receipt receipt;
static char problem[RECEIPT_PROBLEM_BYTES];

static int
set_up(void **state)
{
	(void)state;
	client_rig_open(&rig);
	sent = client_rig_outgoing("3000123455", "the answers");
	client_rig_header(&sent, 2, header);
	khaosat__v1__receipt__init(&receipt);
	receipt.log = (ProtobufCBinaryData){UUID_BYTES, log_id};
	receipt.number = 41;
	receipt.header = (ProtobufCBinaryData){ENTRY_HEADER_BYTES, header};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	outgoing_clear(&sent);
	client_rig_close(&rig);
	return 0;
}

static json_t *
as_json(void)
{
	json_t *object = receipt_to_json("r1", &receipt, sent.answers, sent.answers_bytes);
	assert_non_null(object);
	return object;
}

static void
a_receipt_says_what_its_header_says(void **state)
{
	(void)state;
	json_t *object = as_json();
	struct entry e;
	bool has_answers;
	assert_string_equal(json_string_value(json_object_get(object, "kind")), "submission");
	assert_string_equal(json_string_value(json_object_get(object, "tax_code")), "3000123455");
	assert_string_equal(
	    json_string_value(json_object_get(object, "accepted_at")), "2026-01-01T00:00:00.123Z");
	assert_int_equal(json_integer_value(json_object_get(object, "revision")), 2);
	assert_null(json_object_get(object, "access_code"));
	assert_true(receipt_verify(object, &e, &has_answers, LANGUAGE_VI, problem));
	assert_true(has_answers);
	assert_int_equal(e.revision, 2);
	json_decref(object);
}

/* Whichever word is changed, it is named. */
static void
a_forged_word_is_found(void **state)
{
	(void)state;
	static const char *const words[] = {"kind", "tax_code", "accepted_at", "instance_id",
	    "answers_sha256", "answers_hex", "header", "log"};
	struct entry e;
	bool has_answers;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		json_t *object = as_json();
		assert_non_null(json_object_get(object, words[i]));
		json_object_set_new(object, words[i], json_string("00"));
		assert_false(receipt_verify(object, &e, &has_answers, LANGUAGE_VI, problem));
		assert_memory_equal(problem, words[i], strlen(words[i]));
		json_decref(object);
	}
	json_t *object = as_json();
	json_object_set_new(object, "revision", json_integer(3));
	assert_false(receipt_verify(object, &e, &has_answers, LANGUAGE_VI, problem));
	json_decref(object);
	assert_false(receipt_verify(NULL, &e, &has_answers, LANGUAGE_VI, problem));
}

static void
a_receipt_without_the_answers_can_be_verified_too(void **state)
{
	(void)state;
	json_t *object = receipt_to_json("r1", &receipt, NULL, 0);
	struct entry e;
	bool has_answers = true;
	assert_true(receipt_verify(object, &e, &has_answers, LANGUAGE_VI, problem));
	assert_false(has_answers);
	json_decref(object);
}

static void
the_newest_receipt_of_a_unit_is_found(void **state)
{
	(void)state;
	char *path;
	assert_null(receipt_newest(&rig.client, "r1", "3000123455"));
	for (uint64_t number = 8; number < 12; number++) {
		receipt.number = number;
		assert_true(receipt_write(
		    &rig.client, "r1", &receipt, sent.answers, sent.answers_bytes, &path));
		free(path);
	}
	json_t *newest = receipt_newest(&rig.client, "r1", "3000123455");
	assert_int_equal(json_integer_value(json_object_get(newest, "number")), 11);
	json_decref(newest);
	assert_null(receipt_newest(&rig.client, "r1", "3000246908"));
	assert_int_equal(client_rig_files(&rig, "receipts"), 4);
}

static void
a_receipt_fits_only_what_it_is_for(void **state)
{
	(void)state;
	assert_true(delivery_receipt_fits(&sent, &receipt));
	assert_false(delivery_receipt_fits(&sent, NULL));
	sent.answers[0] ^= 1;
	assert_false(delivery_receipt_fits(&sent, &receipt));
	sent.answers[0] ^= 1;
	sent.instance_id[3] ^= 1;
	assert_false(delivery_receipt_fits(&sent, &receipt));
	sent.instance_id[3] ^= 1;
	sent.corrects = true;
	assert_false(delivery_receipt_fits(&sent, &receipt));
	sent.corrects = false;
	strcpy(sent.tax_code, "3000246908");
	assert_false(delivery_receipt_fits(&sent, &receipt));
	strcpy(sent.tax_code, "3000123455");
	receipt.header.len--;
	assert_false(delivery_receipt_fits(&sent, &receipt));
}

static void
a_header_that_is_none_makes_no_receipt(void **state)
{
	(void)state;
	char *path;
	header[0] = 9;
	assert_null(receipt_to_json("r1", &receipt, NULL, 0));
	assert_false(receipt_write(&rig.client, "r1", &receipt, NULL, 0, &path));
	assert_int_equal(errno, EBADMSG);
}

static void
a_round_that_would_leave_the_folder_is_refused(void **state)
{
	(void)state;
	char *path;
	assert_false(receipt_write(&rig.client, "../r1", &receipt, NULL, 0, &path));
	assert_false(receipt_write(&rig.client, "", &receipt, NULL, 0, &path));
	assert_int_equal(client_rig_files(&rig, "receipts"), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_receipt_says_what_its_header_says),
	    TEST(a_forged_word_is_found),
	    TEST(a_receipt_without_the_answers_can_be_verified_too),
	    TEST(the_newest_receipt_of_a_unit_is_found),
	    TEST(a_receipt_fits_only_what_it_is_for),
	    TEST(a_header_that_is_none_makes_no_receipt),
	    TEST(a_round_that_would_leave_the_folder_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
