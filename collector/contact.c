/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/contact.h"

static void
put_big_endian(uint8_t *out, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(value >> (56 - 8 * i));
}

void
contact_key(uint64_t round, uint64_t tax_code, uint8_t out[CONTACT_KEY_BYTES])
{
	put_big_endian(out, round);
	put_big_endian(out + CONTACT_ROUND_BYTES, tax_code);
}
