/* SPDX-License-Identifier: Apache-2.0 */
/* Vietnamese tax codes (Circular 105/2020/TT-BTC): ten digits with a check digit, or these, a
 * hyphen and a suffix 001 to 999 of a dependent unit. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_TAXCODE_H
#define KHAOSAT_SURVEY_TAXCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAXCODE_TEXT_BYTES 15 /* "0123456789-001" and its end */

enum taxcode_status {
	TAXCODE_OK,
	TAXCODE_FORM, /* not ten digits, or ten, a hyphen and three */
	TAXCODE_CHECK /* check digit wrong, or a number that is never issued */
};

/* A tax code as one integer: the ten digits * 1000 + suffix, suffix 0 for none. Blanks and dots in
 * the text are dropped; thirteen digits without hyphen are taken as ten and three. */
enum taxcode_status taxcode_parse(const char *text, uint64_t *out);

void taxcode_print(uint64_t tax_code, char out[TAXCODE_TEXT_BYTES]);

static inline bool
taxcode_is_dependent(uint64_t tax_code)
{
	return tax_code % 1000 != 0;
}

/* The check digit of nine digits, or 10 where no number is issued. */
unsigned taxcode_check_digit(const uint8_t digits[9]);

#endif
