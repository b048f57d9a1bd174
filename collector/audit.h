/* SPDX-License-Identifier: Apache-2.0 */
/* What an entry of the log did, in words: who, when, to what, and for each thing that it changed
 * how that was before and after. Entries say so themselves, in their headers and payloads; names of
 * accounts and rounds are the state's. Nothing is told of contacts, codes, passwords and tokens but
 * that they were there, and of answers those that the office edited. One thread. */
#ifndef KHAOSAT_COLLECTOR_AUDIT_H
#define KHAOSAT_COLLECTOR_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/arena.h"
#include "collector/roster.h"
#include "collector/state.h"
#include "proto/khaosat.pb-c.h"
#include "survey/validate.h"

#define AUDIT_CHANGES_MAX (REGISTER_COLUMNS + 8)

struct audit {
	struct state *state;
	struct store *store;
	struct validation *scratch;
	struct roster staff;
	struct arena arena; /* of what is told */
	struct round_view round;
	/* of the entry that is being told */
	struct entry e;
	uint64_t number;
	Khaosat__V1__Act *act;
	Khaosat__V1__CellChange change[AUDIT_CHANGES_MAX];
	size_t n;
	bool is_spent; /* memory is; what was told is not whole */
};

/* Whether it is one of staff, of a firm, or of the clock in their stead; or a grant, whoever made
 * it. */
bool audit_is_act(const struct entry *e);
/* Whether its payload is needed. */
bool audit_reads_payload(enum entry_kind kind);

/* False: out of memory. `scratch` is a loan until audit_close. */
bool audit_open(
    struct audit *a, struct state *state, struct store *store, struct validation *scratch);
void audit_close(struct audit *a); /* and what was told is gone */

/* A whole entry, or its header alone where its payload is not needed. Not from within store_read.
 * False: it is no entry. */
bool audit_tell(
    struct audit *a, uint64_t number, const uint8_t *bytes, size_t n, Khaosat__V1__Act *out);
size_t audit_bytes(const struct audit *a); /* so much memory has been taken */

#endif
