/* SPDX-License-Identifier: Apache-2.0 */
/* Almost all text here is Vietnamese or English: such letters are known to be in normal form by
 * their number alone, so that the tables of utf8proc are asked only about the rest. */
#include "survey/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#define NFC_OPTIONS (UTF8PROC_STABLE | UTF8PROC_COMPOSE)
#define RUN_CHARS 128

/* Starters that stay as they are in form C and never join what stands before them: Latin up to
 * U+02FF, Latin Extended Additional (the Vietnamese letters), dashes, quotation marks, ellipsis.
 * The test asks utf8proc about each. */
static bool
is_settled(int32_t c)
{
	return c < 0x300 || (c >= 0x1E00 && c <= 0x1EFF) || (c >= 0x2010 && c <= 0x2027);
}

static bool
is_control(int32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

static inline bool
is_tail(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

/* One character, in *c; its bytes, or 0 where it is not valid UTF-8. Those of Vietnamese are read
 * here: up to U+07FF, and what begins with E1, where each pair of further bytes is a character. */
static inline size_t
next_char(const char *bytes, size_t n, int32_t *c)
{
	const unsigned char *b = (const unsigned char *)bytes;
	if (b[0] < 0x80) {
		*c = b[0];
		return 1;
	}
	if (n >= 2 && b[0] >= 0xC2 && b[0] <= 0xDF && is_tail(b[1])) {
		*c = (b[0] & 0x1F) << 6 | (b[1] & 0x3F);
		return 2;
	}
	if (n >= 3 && b[0] == 0xE1 && is_tail(b[1]) && is_tail(b[2])) {
		*c = 0x1000 | (b[1] & 0x3F) << 6 | (b[2] & 0x3F);
		return 3;
	}
	utf8proc_ssize_t used =
	    utf8proc_iterate((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)n, c);
	return used > 0 ? (size_t)used : 0;
}

/* Is this run of valid UTF-8 what form C makes of it? `buffer` has room for `room` characters. */
static enum text_status
run_in_buffer(const char *bytes, size_t n, utf8proc_int32_t *buffer, size_t room, size_t *needed)
{
	utf8proc_ssize_t length = utf8proc_decompose((const utf8proc_uint8_t *)bytes,
	    (utf8proc_ssize_t)n, buffer, (utf8proc_ssize_t)room, NFC_OPTIONS);
	if (length < 0)
		return TEXT_NOT_NFC;
	*needed = (size_t)length;
	if (*needed > room)
		return TEXT_MEMORY;
	length = utf8proc_normalize_utf32(buffer, length, NFC_OPTIONS);
	for (utf8proc_ssize_t i = 0; i < length; i++) {
		int32_t c;
		size_t used = n > 0 ? next_char(bytes, n, &c) : 0;
		if (used == 0 || c != buffer[i])
			return TEXT_NOT_NFC;
		bytes += used;
		n -= used;
	}
	return n == 0 ? TEXT_OK : TEXT_NOT_NFC;
}

static enum text_status
check_run(const char *bytes, size_t n)
{
	utf8proc_int32_t small[RUN_CHARS];
	size_t needed = 0;
	enum text_status status = run_in_buffer(bytes, n, small, RUN_CHARS, &needed);
	if (status != TEXT_MEMORY)
		return status;
	utf8proc_int32_t *large = malloc(needed * sizeof(*large));
	if (!large)
		return TEXT_MEMORY;
	status = run_in_buffer(bytes, n, large, needed, &needed);
	free(large);
	return status;
}

/* Whether form C would take the run apart or put it in another order. It makes the work of
 * check_run proportional to its length: utf8proc sorts marks that are out of order by exchanging
 * neighbours. */
static bool
is_disordered(const char *bytes, size_t n)
{
	utf8proc_propval_t before = 0;
	while (n > 0) {
		int32_t c;
		utf8proc_int32_t alone[8];
		size_t needed, used = next_char(bytes, n, &c);
		utf8proc_propval_t class = utf8proc_get_property(c)->combining_class;
		if (class != 0 && class < before)
			return true;
		if (run_in_buffer(bytes, used, alone, 8, &needed) != TEXT_OK)
			return true;
		before = class;
		bytes += used;
		n -= used;
	}
	return false;
}

/* Valid UTF-8, checked run by run: a run is a settled character and the others that follow it. */
static enum text_status
check_nfc(const char *bytes, size_t n)
{
	size_t run = 0;
	bool settled = true;
	for (size_t i = 0, used; i <= n; i += used) {
		int32_t c = 0;
		used = i < n ? next_char(bytes + i, n - i, &c) : 1;
		if (!is_settled(c)) {
			settled = false;
			continue;
		}
		if (!settled) {
			enum text_status status = is_disordered(bytes + run, i - run)
						      ? TEXT_NOT_NFC
						      : check_run(bytes + run, i - run);
			if (status != TEXT_OK)
				return status;
		}
		run = i;
		settled = true;
	}
	return TEXT_OK;
}

/* Whether all eight bytes are plain: printable ASCII. The difference sets the highest bit of a byte
 * below 0x20, the sum that of 0x7F; what they carry into the next byte only comes out of one that
 * is not plain itself. */
static inline bool
are_plain(const char *bytes)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t word;
	memcpy(&word, bytes, sizeof(word));
	return (((word - 0x20 * each) | (word + each) | word) & 0x80 * each) == 0;
}

/* The bytes of a Vietnamese or other Latin letter with a mark, U+00C0 to U+02FF or U+1E00 to
 * U+1EFF: settled and no control character; 0 where it is another. */
static inline size_t
marked_letter(const char *bytes, size_t n)
{
	const unsigned char *b = (const unsigned char *)bytes;
	if (n >= 2 && b[0] >= 0xC3 && b[0] <= 0xCB && is_tail(b[1]))
		return 2;
	bool is_latin = n >= 3 && b[0] == 0xE1 && (b[1] & 0xFC) == 0xB8 && is_tail(b[2]);
	return is_latin ? 3 : 0;
}

enum text_status
text_check(const char *bytes, size_t n, size_t max_chars, bool multiline)
{
	size_t i = 0, used, tails = 0;
	bool settled = true;
	while (n - i >= 8 && are_plain(bytes + i))
		i += 8;
	for (; i < n; i += used, tails += used - 1) {
		int32_t c;
		used = bytes[i] >= 0x20 && bytes[i] < 0x7F ? 1 : marked_letter(bytes + i, n - i);
		if (used > 0) /* nearly always */
			continue;
		used = next_char(bytes + i, n - i, &c);
		if (used == 0)
			return TEXT_UTF8;
		if (is_control(c) && !(multiline && c == '\n'))
			return TEXT_CONTROL;
		settled = settled && is_settled(c);
	}
	if (n - tails > max_chars)
		return TEXT_TOO_LONG;
	return settled ? TEXT_OK : check_nfc(bytes, n);
}

/* Line and paragraph separators and the marks that turn the direction of writing. */
static bool
is_misleading(int32_t c)
{
	return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
	       (c >= 0x2066 && c <= 0x2069);
}

#define ESCAPE_BYTES 8

/* For a character, or for a byte that is none. */
static size_t
write_escape(char out[ESCAPE_BYTES], bool character, unsigned value)
{
	return (size_t)snprintf(out, ESCAPE_BYTES, character ? "\\u%04x" : "\\x%02x", value);
}

size_t
text_quote(char *out, size_t cap, const char *bytes, size_t n)
{
	static const char ellipsis[] = "…";
	size_t length = 0, last = 0; /* `last`: as far as it may go if more follows */
	while (n > 0) {
		int32_t c;
		char escape[ESCAPE_BYTES];
		size_t used = next_char(bytes, n, &c), piece_n = used;
		const char *piece = bytes;
		if (used == 0 || is_control(c) || is_misleading(c)) {
			piece_n = write_escape(
			    escape, used > 0, used ? (unsigned)c : (unsigned char)bytes[0]);
			piece = escape;
		}
		if (length + piece_n >= cap) {
			memcpy(out + last, ellipsis, sizeof(ellipsis));
			return last + sizeof(ellipsis) - 1;
		}
		memcpy(out + length, piece, piece_n);
		length += piece_n;
		if (length + sizeof(ellipsis) <= cap)
			last = length;
		used = used ? used : 1;
		bytes += used;
		n -= used;
	}
	out[length] = '\0';
	return length;
}

const char *
text_rule_en(enum text_status status)
{
	switch (status) {
	case TEXT_OK:
		return "valid text";
	case TEXT_UTF8:
		return "must be valid UTF-8";
	case TEXT_CONTROL:
		return "must not hold control characters";
	case TEXT_NOT_NFC:
		return "must be in Unicode normal form C";
	case TEXT_TOO_LONG:
		return "is too long";
	case TEXT_MEMORY:
		return "could not be checked: memory is out";
	}
	return "";
}

const char *
text_rule_vi(enum text_status status)
{
	switch (status) {
	case TEXT_OK:
		return "văn bản hợp lệ";
	case TEXT_UTF8:
		return "phải là UTF-8 hợp lệ";
	case TEXT_CONTROL:
		return "không được chứa ký tự điều khiển";
	case TEXT_NOT_NFC:
		return "phải ở dạng chuẩn Unicode NFC (dựng sẵn)";
	case TEXT_TOO_LONG:
		return "quá dài";
	case TEXT_MEMORY:
		return "chưa kiểm tra được: hết bộ nhớ";
	}
	return "";
}

char *
text_to_nfc(const char *utf8)
{
	return (char *)utf8proc_NFC((const utf8proc_uint8_t *)utf8);
}
