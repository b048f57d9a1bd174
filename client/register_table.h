/* SPDX-License-Identifier: Apache-2.0 */
/* A whole register as it will be sent: judged rows, encoded one behind the other, about 120 bytes a
 * unit; then an access code for each. One owner, one thread. */
#ifndef KHAOSAT_CLIENT_REGISTER_TABLE_H
#define KHAOSAT_CLIENT_REGISTER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/limits.h"
#include "survey/definition.h"
#include "survey/register.h"

struct register_table_row {
	uint64_t tax_code;
	uint64_t line; /* in the file */
	size_t at;     /* where its bytes begin */
	size_t n;      /* bytes, without the code's hash */
	uint8_t code_hash[CODE_HASH_BYTES];
};

struct register_table {
	struct register_table_row *row;
	size_t rows, rows_cap;
	uint8_t *bytes;
	size_t used, cap;
};

/* Append a row that was judged without a hard problem. False: out of memory. */
bool register_table_add(
    struct register_table *t, uint64_t line, const struct register_text *text, uint64_t tax_code);

/* Append a row that will not be sent, so that its tax code is known; a table with such a row only
 * serves register_table_twice. False: out of memory. */
bool register_table_note(struct register_table *t, uint64_t line, uint64_t tax_code);

/* Call `on_twice` for every row but the first of each tax code, with the line of the first. False:
 * out of memory. */
bool register_table_twice(const struct register_table *t,
    void (*on_twice)(void *user, uint64_t line, uint64_t first_line, uint64_t tax_code),
    void *user);

/* Make each unit's access code: `tax_code,name,access_code` to `codes`, its hash into the row. The
 * codes themselves are nowhere else. False: the stream could not be written. */
bool register_table_make_codes(struct register_table *t, const char *round, FILE *codes);

/* Encode rows from `first` on, with their hashes, as many as fit a chunk, into buf[0 .. cap).
 * Returns how many; *n is their bytes. */
size_t register_table_chunk(
    const struct register_table *t, size_t first, uint8_t *buf, size_t cap, size_t *n);

void register_table_clear(struct register_table *t);

#endif
