/* SPDX-License-Identifier: Apache-2.0 */
/* Register rows as they came, names and addresses with them: the columns hold codes only, so the
 * text is read back from the log: from the chunks, or, of a row that was changed, from the entry
 * that changed it. Any thread. */
#ifndef KHAOSAT_COLLECTOR_ROW_TEXT_H
#define KHAOSAT_COLLECTOR_ROW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/khaosat.pb-c.h"
#include "storage/store.h"

/* Rows of one chunk (one row 0, where it is an entry that changed it), `row` ascending, without
 * their code hashes; each to be freed with khaosat__v1__register_row__free_unpacked. False: not all
 * could be read, and what is missing is NULL. */
bool row_text_read(struct store *store, uint64_t chunk, const uint32_t *row, size_t n,
    Khaosat__V1__RegisterRow **out);

/* One row as a RegisterRows message of its own, with its code hash where it came with one; to be
 * freed. NULL: it cannot be read, or memory is out. */
uint8_t *row_text_copy(struct store *store, uint64_t chunk, uint32_t row, size_t *n);

#endif
