/* SPDX-License-Identifier: Apache-2.0 */
/* Where respondents' contacts stand in the erasable environment. Pure; any thread. */
#ifndef KHAOSAT_COLLECTOR_CONTACT_H
#define KHAOSAT_COLLECTOR_CONTACT_H

#include <stdint.h>

#define CONTACT_KEY_BYTES 16
#define CONTACT_ROUND_BYTES 8 /* the keys of a round begin so */

/* The number of the entry that created the round, then the tax code, big-endian. The value is a
 * Contact message without round and tax code. */
void contact_key(uint64_t round, uint64_t tax_code, uint8_t out[CONTACT_KEY_BYTES]);

#endif
