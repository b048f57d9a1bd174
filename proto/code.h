/* SPDX-License-Identifier: Apache-2.0 */
/* Access codes of units: 80 random bits in Crockford's base 32, 16 characters, printed in groups of
 * four with hyphens. What the collector keeps is a hash (khaosat.proto, ACCESS CODES). Pure but for
 * the random source; any thread. */
#ifndef KHAOSAT_PROTO_CODE_H
#define KHAOSAT_PROTO_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

#define CODE_CHARS 16
#define CODE_PRINTED_BYTES 20 /* "XXXX-XXXX-XXXX-XXXX" and its end */

/* Bring what a person typed to its one form: blanks and hyphens dropped, upper case, O to 0, I and
 * L to 1. False when that does not leave 16 characters of the alphabet. */
bool code_canonical(const char *typed, char out[CODE_CHARS + 1]);

/* Turn ten random bytes into a code as it is printed. */
void code_print(const uint8_t random[10], char out[CODE_PRINTED_BYTES]);

/* The first 16 bytes of SHA-256(round 00 tax_code 00 code). `tax_code` as text, ten digits or ten,
 * a hyphen and three; `code` canonical. */
void code_hash(const char *round, const char *tax_code, const char code[CODE_CHARS + 1],
    uint8_t out[CODE_HASH_BYTES]);

/* Whether two hashes are the same, in the same time whatever they are. */
bool code_hash_is_same(const uint8_t a[CODE_HASH_BYTES], const uint8_t b[CODE_HASH_BYTES]);

#endif
