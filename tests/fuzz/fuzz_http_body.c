/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a body over HTTP: JSON for one of the messages that are read, or CSV of the
 * register. What is taken is the message's protobuf, which is written as JSON, read again, and the
 * same. */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/http_csv.h"
#include "collector/pbjson.h"
#include "proto/khaosat.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const ProtobufCMessageDescriptor *const messages[] = {
    &khaosat__v1__register_rows__descriptor,
    &khaosat__v1__submit__descriptor,
    &khaosat__v1__get_rates__descriptor,
    &khaosat__v1__reopen_unit__descriptor,
    &khaosat__v1__contact__descriptor,
};
#define MESSAGES (sizeof(messages) / sizeof(messages[0]))

/* NULL: not JSON, or not this message. */
static ProtobufCMessage *
read_message(const ProtobufCMessageDescriptor *d, const uint8_t *text, size_t n)
{
	struct bytes out = {0};
	struct pbjson_error error = {0};
	ProtobufCMessage *message = NULL;
	json_t *json = json_loadb(
	    (const char *)text, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
	if (json != NULL && pbjson_read(d, json, NULL, &out, &error)) {
		message = protobuf_c_message_unpack(d, NULL, out.n, out.at);
		assert(message != NULL);
	} else {
		assert(json == NULL || (error.rule != NULL && *error.rule != '\0'));
	}
	json_decref(json);
	bytes_free(&out);
	return message;
}

static void
there_and_back(ProtobufCMessage *message)
{
	struct bytes text = {0}, again_text = {0};
	pbjson_write(&text, message);
	ProtobufCMessage *again = read_message(message->descriptor, text.at, text.n);
	assert(again != NULL);
	pbjson_write(&again_text, again);
	assert(text.n == again_text.n && memcmp(text.at, again_text.at, text.n) == 0);
	protobuf_c_message_free_unpacked(again, NULL);
	bytes_free(&text);
	bytes_free(&again_text);
}

static void
try_csv(const uint8_t *text, size_t n)
{
	struct bytes rows = {0};
	struct http_csv_error error = {0};
	char *copy = malloc(n + !n);
	assert(copy);
	memcpy(copy, text, n);
	if (http_csv_rows(copy, n, &rows, &error)) {
		ProtobufCMessage *message =
		    protobuf_c_message_unpack(messages[0], NULL, rows.n, rows.at);
		assert(message != NULL); /* its text is judged later */
		protobuf_c_message_free_unpacked(message, NULL);
	} else {
		assert(error.rule != NULL && error.where[0] != '\0');
	}
	free(copy);
	bytes_free(&rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0 || n > 4096)
		return 0;
	if (data[0] % (MESSAGES + 1) == MESSAGES) {
		try_csv(data + 1, n - 1);
		return 0;
	}
	ProtobufCMessage *message =
	    read_message(messages[data[0] % (MESSAGES + 1)], data + 1, n - 1);
	if (message == NULL)
		return 0;
	there_and_back(message);
	protobuf_c_message_free_unpacked(message, NULL);
	return 0;
}
