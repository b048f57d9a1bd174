/* SPDX-License-Identifier: Apache-2.0 */
/* What the log says, folded up: the plain structure behind the state (which adds a lock), behind
 * the copies of it that become checkpoints, and behind a recount. No lock and no thread of its own.
 *
 *   fold -> definitions, compiled, with the cells of their rates
 *        -> rounds -> columns   the register, shared with copies
 *                     head[]    a row for each of its rows: what the unit's entries changed
 *                     keys      of the few units that have others than the register's code, or
 *                               have granted firms
 *                     notes     of the few units whose row was changed, or is to be
 *                     counters  NULL while a log is being folded; filled at its end
 *      -> staff: accounts and tokens */
#ifndef KHAOSAT_COLLECTOR_FOLD_H
#define KHAOSAT_COLLECTOR_FOLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/case_state.h"
#include "collector/columns.h"
#include "collector/counters.h"
#include "collector/keys.h"
#include "collector/roster.h"
#include "collector/row_note.h"
#include "collector/state.h"
#include "proto/entry.h"
#include "storage/store.h"
#include "survey/cells.h"
#include "survey/definition.h"

/* What the entries of a unit changed, in 32 bytes. Written to checkpoints as it is. An entry every
 * microsecond would take nine years to pass 48 bits; a unit has 1,100 entries at most. */
struct unit_head {
	struct indicator_bits bits;
	uint64_t last : 48, revision : 16;
	uint64_t head : 48;
	uint64_t is_reopened : 1; /* look in the round's reopenings */
	uint64_t set_case : 4;    /* enum case_state; CASE_NONE: it follows from the rest */
	uint64_t has_keys : 1;    /* look in the round's keys */
	uint64_t has_note : 1;    /* look in the round's notes */
	uint64_t reserved : 9;    /* 0 */
};

#define HEAD_NUMBER_MAX ((UINT64_C(1) << 48) - 1)
#define HEAD_REVISION_MAX 0xFFFFu

struct reopening { /* of few units; sorted by row. Written to checkpoints as it is */
	int64_t until_ms;
	uint32_t row;
	uint32_t reserved; /* 0 */
};

struct pending_chunk { /* not loaded yet. Written to checkpoints as it is */
	uint8_t id[UUID_BYTES];
	uint64_t number;
};

struct definition_record {
	uint64_t number;
	struct definition *definition;
	struct cells *cells;
};

/* What a register's columns need beside them, made aside so that loading only swaps pointers. */
struct staged {
	struct columns *columns; /* NULL: nothing is staged */
	struct unit_head *head;
	struct counters *counters;
};

struct round {
	struct round_view view;
	const struct cells *cells;
	struct columns *columns; /* NULL: no register yet */
	struct unit_head *head;
	struct counters *counters;
	struct reopening *reopening;
	size_t reopenings;
	struct keys keys;
	struct row_notes notes;
	struct pending_chunk *pending;
	size_t pendings, pending_room;
	struct export_record *export;
	size_t exports;
	struct staged staged;
};

struct fold {
	uint64_t last, catalogue_last;
	struct definition_record *definition;
	size_t definitions, definition_room;
	bool borrows; /* a copy: what the records point to belongs to the state */
	struct round **round;
	size_t rounds, round_room;
	struct roster staff;
};

enum fold_status {
	FOLD_OK,
	FOLD_WANTS_REGISTER, /* nothing changed: stage the columns (fold_register), then again */
	FOLD_BAD_ENTRY,      /* it does not fit what came before it, or its payload is none */
	FOLD_BAD_DEFINITION, /* this program does not accept the definition */
	FOLD_BAD_REGISTER,
	FOLD_STORE,
	FOLD_MEMORY,
	FOLD_STOPPED /* as fold_log was told to */
};

void fold_clear(struct fold *fold); /* what it holds; empty afterwards */
/* A copy that shares columns and borrows definitions; nothing staged goes with it. False: out of
 * memory. */
bool fold_copy(const struct fold *fold, struct fold *out);

const struct definition_record *fold_definition(const struct fold *fold, uint64_t number);
enum fold_status fold_add_definition(
    struct fold *fold, uint64_t number, const uint8_t *json, size_t n);
struct round *fold_round(
    const struct fold *fold, uint64_t number); /* by its entry's number; or NULL */
struct round *fold_round_named(const struct fold *fold, const char *name);
struct round *fold_round_new(
    struct fold *fold); /* appended, empty, its index set. NULL: out of memory */
uint64_t fold_last(const struct fold *fold, uint64_t subject);
void fold_fetch(const struct fold *fold, uint64_t subject); /* from memory: it will be wanted */

/* A unit in the round before this one; NULL: no such round, no such unit, or it has not answered.
 */
const struct unit_head *fold_earlier(const struct fold *fold, const struct round *round,
    uint64_t tax_code, const struct round **earlier);

/* What has become of it, and what it counts as, which points into it. */
enum case_state unit_case(const struct unit_head *h);
struct standing unit_standing(const struct unit_head *h);
/* It has answered and is in scope. */
bool unit_responds(const struct unit_head *h);

int64_t round_reopened_until(const struct round *round, uint32_t row);
/* The row's, or NULL. */
const struct row_note *round_note(const struct round *round, uint32_t row);
bool round_fill_counters(struct round *round); /* from its rows. False: out of memory */

/* A row for each unit, all zero. NULL: out of memory. */
struct unit_head *heads_new(uint32_t units);

/* Make what belongs beside columns. Takes the columns in every case. */
bool staged_make(
    struct staged *staged, const struct round *round, struct columns *columns, bool with_counters);
void staged_clear(struct staged *staged);

/* Fold in one entry; numbers come without a gap. Nothing changes unless FOLD_OK. */
enum fold_status fold_apply(
    struct fold *fold, uint64_t number, const struct entry *e, const uint8_t *payload);

/* One row out of a RegisterRows message that holds no other. False: it is none, or register_judge
 * refuses it. */
bool fold_read_row(const struct round *round, const uint8_t *rows, size_t n,
    struct register_row *out, struct register_problems *problems);

/* ------------------------------------------------------------------- from a log */

struct fold_reading {
	struct store *store;
	bool trusted;       /* registers are not judged again */
	bool with_counters; /* stage counters with columns */
	/* Looks at each entry before it is folded in, and may correct its bits. NULL: none. */
	void (*look)(void *context, uint64_t number, struct entry *e, const uint8_t *payload);
	/* An entry that cannot be folded in: passed over when this returns true. NULL: the end. */
	bool (*refuse)(void *context, uint64_t number, enum fold_status status);
	void *context;
	const atomic_bool *is_stopping; /* looked at before each entry. NULL: never */
};

/* Build and stage the columns that a REGISTER_LOADED entry asks for. */
enum fold_status fold_register(struct fold *fold, const struct fold_reading *reading,
    const struct entry *e, const uint8_t *payload);

/* Entries fold->last + 1 to `to`. When it ends early, fold->last is the last one folded in. */
enum fold_status fold_log(struct fold *fold, const struct fold_reading *reading, uint64_t to);

#endif
