/* SPDX-License-Identifier: Apache-2.0 */
/* The proof of the state: everything reckoned again from the log alone, without believing
 * checkpoint, memory or stored indicator bits, and compared with a copy of the state. Runs on the
 * worker, for as long as it takes; the writer goes on meanwhile. */
#ifndef KHAOSAT_COLLECTOR_RECOUNT_H
#define KHAOSAT_COLLECTOR_RECOUNT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/state.h"
#include "storage/store.h"

#define RECOUNT_LINES_MAX 1000
#define RECOUNT_LINE_BYTES 256

enum recount_status {
	RECOUNT_DONE, /* also with differences */
	RECOUNT_UNKNOWN_ROUND,
	RECOUNT_STORE, /* the log cannot be read: `line` 0 says where */
	RECOUNT_MEMORY,
	RECOUNT_STOPPED /* as it was told to; what it had found by then is not all */
};

struct recount_result {
	enum recount_status status;
	uint64_t last; /* entries 1 to last were read */
	uint64_t entries;
	uint64_t answers;                 /* evaluated again */
	uint64_t figures;                 /* compared: bits of answers, rows, counters */
	uint64_t differences;             /* all of them */
	char (*line)[RECOUNT_LINE_BYTES]; /* the first RECOUNT_LINES_MAX */
	size_t lines;
};

/* `copy` is from state_copy. With a round's name only its figures are compared, and only the
 * answers of it and of the rounds before it that it reads are evaluated. `is_stopping` is looked at
 * before each entry; NULL: never. `out` is always set; to be freed. */
void recount_run(struct store *store, const struct checkpoint *copy, const char *round_or_null,
    const atomic_bool *is_stopping, struct recount_result *out);
void recount_result_free(struct recount_result *result); /* what it holds */

#endif
