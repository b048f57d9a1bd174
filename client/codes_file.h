/* SPDX-License-Identifier: Apache-2.0 */
/* Access codes as they are made, by the client and nowhere else, and the file they stand in:
 * `tax_code,name,access_code`. One thread. */
#ifndef KHAOSAT_CLIENT_CODES_FILE_H
#define KHAOSAT_CLIENT_CODES_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/code.h"

#define CODE_RANDOM_BYTES 10
#define CODES_RANDOM_BATCH 250

/* Where random bytes come from, many at a time. Begin with zeros; wipe it at the end. */
struct codes_random {
	uint8_t bytes[CODES_RANDOM_BATCH];
	size_t left;
};

/* A new code as it is printed, and the hash of it that the collector gets. */
void codes_make(struct codes_random *random, const char *round, const char *tax_code,
    char printed[CODE_PRINTED_BYTES], uint8_t hash[CODE_HASH_BYTES]);

/* The header; then a row with a new code, its name kept from being a formula. Errors stay in the
 * stream. */
void codes_file_begin(FILE *codes);
void codes_file_row(FILE *codes, struct codes_random *random, const char *round,
    const char *tax_code, const char *name, size_t n, uint8_t hash[CODE_HASH_BYTES]);

#endif
