/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as each JSON file that the client reads back: a submission, an item of the spool, a
 * receipt. A submission's text comes out in normal form C and encodes to answers that decode; an
 * item goes to JSON and back; a receipt that verifies does so in both languages, holds no other
 * words than its header's, and is written again with the same words. */
#include "client/submission_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/receipt.h"
#include "survey/text.h"
#include "tests/support/mini_survey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* ------------------------------------------------------------------- a submission */

static void
expect_normal(const json_t *value)
{
	if (json_is_string(value)) {
		const char *text = json_string_value(value);
		assert(text_check(text, strlen(text), SIZE_MAX, true) != TEXT_NOT_NFC);
	}
	for (size_t i = 0; i < json_array_size(value); i++)
		expect_normal(json_array_get(value, i));
	void *at = json_object_iter((json_t *)(uintptr_t)value);
	for (; at; at = json_object_iter_next((json_t *)(uintptr_t)value, at))
		expect_normal(json_object_iter_value(at));
}

static void
expect_answers(const struct definition *d, struct submission_file *file)
{
	static struct answers answers, decoded;
	static struct findings findings, found;
	static struct answers_json_errors errors;
	const char *reason = NULL;
	errors.n = 0;
	if (!submission_file_encode(file, d, LANGUAGE_EN, &answers, &findings, &errors)) {
		assert(errors.n > 0);
		return;
	}
	const struct outgoing *o = &file->outgoing;
	enum answers_status status = answers_decode(
	    d, MINI_REF_YEAR, o->answers, o->answers_bytes, &decoded, &found, &reason);
	assert(o->answers && status == ANSWERS_OK);
}

static void
try_submission(const struct definition *d, const char *text, size_t n)
{
	static struct answers_json_errors errors, vi;
	struct submission_file file, again;
	errors.n = vi.n = 0;
	bool good = submission_file_parse(text, n, LANGUAGE_EN, &file, &errors);
	bool good_vi = submission_file_parse(text, n, LANGUAGE_VI, &again, &vi);
	assert(good == good_vi && errors.n == vi.n && good == (errors.n == 0));
	if (!good)
		return;
	expect_normal(file.object);
	assert(memcmp(file.outgoing.instance_id, again.outgoing.instance_id, UUID_BYTES) == 0);
	expect_answers(d, &file);
	submission_file_clear(&file);
	submission_file_clear(&again);
}

/* ------------------------------------------------------------------- what the client kept */

static void
try_item(const json_t *object)
{
	struct outgoing o, again;
	if (!outgoing_from_json(object, &o))
		return;
	assert(o.answers_bytes <= ANSWERS_MAX_BYTES);
	json_t *json = outgoing_to_json(&o, true);
	bool good = json && outgoing_from_json(json, &again);
	assert(good && outgoing_same(&o, &again));
	assert(memcmp(o.instance_id, again.instance_id, UUID_BYTES) == 0);
	assert(strcmp(o.access_code, again.access_code) == 0 && o.channel == again.channel);
	assert(strcmp(o.survey_id, again.survey_id) == 0);
	outgoing_name_by_content(&o);
	outgoing_name_by_content(&again);
	assert(memcmp(o.instance_id, again.instance_id, UUID_BYTES) == 0);
	outgoing_clear(&again);
	outgoing_clear(&o);
	json_decref(json);
}

/* The receipt made anew of its own header says the same words. */
static void
expect_receipt_again(const json_t *receipt, const struct entry *e)
{
	uint8_t header[ENTRY_HEADER_BYTES], log[UUID_BYTES] = {0};
	const char *round = json_string_value(json_object_get(receipt, "round"));
	Khaosat__V1__Receipt message = KHAOSAT__V1__RECEIPT__INIT;
	entry_encode(e, header);
	message.log = (ProtobufCBinaryData){sizeof(log), log};
	message.header = (ProtobufCBinaryData){sizeof(header), header};
	message.number = 1;
	json_t *again = receipt_to_json(round ? round : "r", &message, NULL, 0);
	assert(again);
	static const char *const word[] = {"kind", "tax_code", "revision", "accepted_at",
	    "instance_id", "corrects", "answers_sha256", "answers_bytes"};
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		const json_t *value = json_object_get(again, word[i]);
		assert(!value || json_equal(value, json_object_get(receipt, word[i])));
	}
	json_decref(again);
}

static void
try_receipt(const json_t *object)
{
	struct entry e, same;
	bool has_answers, has;
	char problem[RECEIPT_PROBLEM_BYTES] = "", vi[RECEIPT_PROBLEM_BYTES] = "";
	bool good = receipt_verify(object, &e, &has_answers, LANGUAGE_EN, problem);
	bool good_vi = receipt_verify(object, &same, &has, LANGUAGE_VI, vi);
	assert(good == good_vi && good == (problem[0] == '\0') && good == (vi[0] == '\0'));
	if (good)
		expect_receipt_again(object, &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct definition *d;
	if (!d)
		d = mini_survey();
	try_submission(d, (const char *)data, n);
	json_t *object = json_loadb((const char *)data, n, JSON_REJECT_DUPLICATES, NULL);
	if (object) {
		try_item(object);
		try_receipt(object);
	}
	json_decref(object);
	return 0;
}
