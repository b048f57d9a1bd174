/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/taxcode.h"

#include <string.h>

/* Circular 105/2020/TT-BTC: weights of the first nine digits. */
static const uint8_t weight[9] = {31, 29, 23, 19, 17, 13, 7, 5, 3};

unsigned
taxcode_check_digit(const uint8_t digits[9])
{
	unsigned sum = 0;
	for (unsigned i = 0; i < 9; i++)
		sum += (unsigned)weight[i] * digits[i];
	return 10 - sum % 11;
}

/* Gather the digits: ten, or ten and three with at most one hyphen between them. 0 when it is
 * neither. */
static size_t
digits_of(const char *text, uint8_t digits[13])
{
	size_t n = 0;
	bool hyphen = false;
	for (; *text != '\0'; text++) {
		if (*text == ' ' || *text == '.')
			continue;
		if (*text == '-' && n == 10 && !hyphen) {
			hyphen = true;
			continue;
		}
		if (*text < '0' || *text > '9' || n == 13)
			return 0;
		digits[n++] = (uint8_t)(*text - '0');
	}
	return (n == 10 && !hyphen) || n == 13 ? n : 0;
}

static uint64_t
number_of(const uint8_t *digits, size_t n)
{
	uint64_t value = 0;
	for (size_t i = 0; i < n; i++)
		value = value * 10 + digits[i];
	return value;
}

enum taxcode_status
taxcode_parse(const char *text, uint64_t *out)
{
	uint8_t digits[13];
	size_t n = digits_of(text, digits);
	if (n == 0)
		return TAXCODE_FORM;
	/* N3 to N9 all zero and the suffix 000 are never issued; nor is a remainder of 0. */
	if (number_of(digits + 2, 7) == 0 || taxcode_check_digit(digits) != digits[9])
		return TAXCODE_CHECK;
	uint64_t suffix = n == 13 ? number_of(digits + 10, 3) : 0;
	if (n == 13 && suffix == 0)
		return TAXCODE_CHECK;
	*out = number_of(digits, 10) * 1000 + suffix;
	return TAXCODE_OK;
}

void
taxcode_print(uint64_t tax_code, char out[TAXCODE_TEXT_BYTES])
{
	uint64_t main = tax_code / 1000, suffix = tax_code % 1000;
	for (unsigned i = 10; i-- > 0; main /= 10)
		out[i] = (char)('0' + main % 10);
	out[10] = '\0';
	if (suffix == 0)
		return;
	out[10] = '-';
	for (unsigned i = 14; i-- > 11; suffix /= 10)
		out[i] = (char)('0' + suffix % 10);
	out[14] = '\0';
}
