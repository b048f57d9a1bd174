/* SPDX-License-Identifier: Apache-2.0 */
/* Register rows as they came, names and addresses with them: the columns hold codes only, so the
 * text is read back from the chunks in the log. Any thread. */
#ifndef KHAOSAT_COLLECTOR_ROW_TEXT_H
#define KHAOSAT_COLLECTOR_ROW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/khaosat.pb-c.h"
#include "storage/store.h"

/* Rows of one chunk, `row` ascending, without their code hashes; each to be freed with
 * khaosat__v1__register_row__free_unpacked. False: not all could be read, and what is missing is
 * NULL. */
bool row_text_read(struct store *store, uint64_t chunk, const uint32_t *row, size_t n,
    Khaosat__V1__RegisterRow **out);

#endif
