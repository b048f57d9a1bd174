/* SPDX-License-Identifier: Apache-2.0 */
/* Text as it may be stored: valid UTF-8 in normal form C without control characters. The one door
 * to utf8proc. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_TEXT_H
#define KHAOSAT_SURVEY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum text_status {
	TEXT_OK,
	TEXT_UTF8,    /* not valid UTF-8 (surrogates, overlong forms, over U+10FFFF included) */
	TEXT_CONTROL, /* a control character (Cc), an embedded NUL among them */
	TEXT_NOT_NFC,
	TEXT_TOO_LONG, /* more than max_chars code points */
	TEXT_MEMORY
};

/* `multiline` allows LF. */
enum text_status text_check(const char *bytes, size_t n, size_t max_chars, bool multiline);

/* The rule that a status names, in English and Vietnamese, for messages. */
const char *text_rule_en(enum text_status status);
const char *text_rule_vi(enum text_status status);

/* Copy whatever was received so that it can be printed: control and direction characters and bytes
 * that are not UTF-8 as escapes (\u001b, \xff), shortened at a character boundary with an ellipsis.
 * Always ended; `cap` is at least 4. Returns the bytes written without the end. */
size_t text_quote(char *out, size_t cap, const char *bytes, size_t n);

/* Normal form C of NUL-terminated UTF-8, to be freed by the caller; NULL when it is not valid UTF-8
 * or memory is out. For clients only: the collector repairs nothing. */
char *text_to_nfc(const char *utf8);

#endif
