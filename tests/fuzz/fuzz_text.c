/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as text. What is well is UTF-8 without control characters in the form that utf8proc
 * alone makes of it, cut anywhere between characters and joined to itself by a blank; what is only
 * not in form C is well once it is brought there; what is quoted is well and fits. */
#include "survey/text.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t
chars_of(const char *text, size_t n)
{
	size_t chars = 0;
	for (size_t i = 0; i < n; i++)
		chars += ((unsigned char)text[i] & 0xC0) != 0x80;
	return chars;
}

static void
expect_well(const char *text, size_t n)
{
	char *nfc = text_to_nfc(text);
	assert(nfc && strlen(nfc) == n && memcmp(nfc, text, n) == 0);
	free(nfc);
	size_t chars = chars_of(text, n);
	assert(text_check(text, n, chars, true) == TEXT_OK);
	assert(chars == 0 || text_check(text, n, chars - 1, true) == TEXT_TOO_LONG);
	char *twice = malloc(2 * n + 1);
	assert(twice);
	memcpy(twice, text, n);
	twice[n] = ' ';
	memcpy(twice + n + 1, text, n);
	assert(text_check(twice, 2 * n + 1, SIZE_MAX, true) == TEXT_OK);
	free(twice);
}

static void
expect_repaired(const char *text)
{
	char *nfc = text_to_nfc(text);
	assert(nfc && strcmp(nfc, text) != 0);
	assert(text_check(nfc, strlen(nfc), SIZE_MAX, true) == TEXT_OK);
	free(nfc);
}

static void
expect_quoted(const char *bytes, size_t n, size_t cap)
{
	char *out = malloc(cap);
	assert(out);
	size_t length = text_quote(out, cap, bytes, n);
	assert(length < cap && strlen(out) == length);
	enum text_status status = text_check(out, length, SIZE_MAX, false);
	assert(status == TEXT_OK || status == TEXT_NOT_NFC);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 8192)
		return 0;
	char *text = malloc(n + 1);
	assert(text);
	memcpy(text, data, n);
	text[n] = '\0';
	enum text_status single = text_check((const char *)data, n, SIZE_MAX, false);
	enum text_status status = text_check((const char *)data, n, SIZE_MAX, true);
	assert(single == status || single == TEXT_CONTROL);
	switch (status) {
	case TEXT_OK:
		expect_well(text, n);
		break;
	case TEXT_NOT_NFC:
		expect_repaired(text);
		break;
	case TEXT_UTF8:
	case TEXT_CONTROL:
	case TEXT_TOO_LONG:
	case TEXT_MEMORY:
		break;
	}
	expect_quoted((const char *)data, n, 4 + (n > 0 ? data[0] % 80 : 0));
	free(text);
	return 0;
}
