/* SPDX-License-Identifier: Apache-2.0 */
/* The register chunks taken in since start, by round and the client's own id, so that a chunk sent
 * again is stored once. Kept in memory only: a chunk means nothing until it is named by its number,
 * so one stored twice over a restart does no harm. Any thread. */
#ifndef KHAOSAT_COLLECTOR_CHUNKS_H
#define KHAOSAT_COLLECTOR_CHUNKS_H

#include <stdint.h>

#include "proto/limits.h"

struct chunks;

struct chunks *chunks_new(void);         /* NULL: out of memory */
void chunks_free(struct chunks *chunks); /* accepts NULL */

/* The entry's number, or 0. */
uint64_t chunks_find(struct chunks *chunks, uint64_t round, const uint8_t id[UUID_BYTES]);

/* Where memory is out the chunk is merely not remembered. */
void chunks_add(
    struct chunks *chunks, uint64_t round, const uint8_t id[UUID_BYTES], uint64_t number);

void chunks_forget(struct chunks *chunks, uint64_t round); /* its register is loaded */

#endif
