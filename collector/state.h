/* SPDX-License-Identifier: Apache-2.0 */
/* What the log says, folded up in memory: definitions, rounds, and for each round columns with one
 * row a unit, and counters from which rates are read. Behind one read-write lock of its own. Only
 * the store's owner callbacks change it, on whichever thread has just committed (one at a time),
 * or, at start, the one thread there is. Loops and the worker read copies. Definitions are
 * immutable and live as long as the state, so pointers to them may be kept that long. */
#ifndef KHAOSAT_COLLECTOR_STATE_H
#define KHAOSAT_COLLECTOR_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/case_state.h"
#include "collector/payload_export.h"
#include "collector/roster.h"
#include "proto/entry.h"
#include "proto/limits.h"
#include "storage/store.h"
#include "survey/cells.h"
#include "survey/definition.h"
#include "survey/kleene.h"
#include "survey/rates.h"
#include "survey/register.h"

struct state;
struct columns;  /* collector/columns.h */
struct counters; /* collector/counters.h */

struct checkpoint;

struct state *state_new(void); /* NULL: out of memory */
void state_free(struct state *state);

/* ------------------------------------------------------------------- subjects of conditions */

#define SUBJECT_CATALOGUE 1                         /* definitions and the list of rounds */
#define SUBJECT_STAFF 2                             /* accounts and tokens */
uint64_t state_round_subject(uint32_t round_index); /* the round's own entries */
uint64_t state_unit_subject(uint32_t round_index, uint64_t tax_code);
uint64_t state_exports_subject(uint32_t round_index); /* its exports */

/* ------------------------------------------------------------------- reading, any thread */

enum round_phase { ROUND_CREATED = 1, ROUND_LOADED = 2, ROUND_OPEN = 3, ROUND_CLOSED = 4 };

struct round_view {
	char name[ROUND_NAME_MAX + 1];
	enum round_phase phase;
	uint32_t index;  /* in order of creation */
	uint64_t number; /* entry that created it */
	uint64_t last;   /* last entry of the round's own subject */
	uint64_t definition_number;
	const struct definition *definition;
	char reference_date[11]; /* YYYY-MM-DD */
	int ref_year;
	int64_t opened_ms, closes_ms, closed_ms;
	char earlier[ROUND_NAME_MAX + 1]; /* or "" */
	uint64_t earlier_number;          /* 0: none */
	uint64_t units, responded;        /* units out of scope are no respondents */
	uint64_t drawn;                   /* of units: all of them, but in a sample, */
	uint32_t strata;                  /* which has strata; 0: a census */
	uint64_t out_of_scope;
};

bool state_round(struct state *state, const char *name, struct round_view *out);
/* By the entry that created it. */
bool state_round_numbered(struct state *state, uint64_t number, struct round_view *out);
size_t state_rounds(struct state *state); /* how many; indices 0 .. n-1 */
bool state_round_at(struct state *state, uint32_t index, struct round_view *out);

/* All of them, oldest first, to be freed. False: out of memory, or no such round. */
bool state_exports(
    struct state *state, uint32_t round_index, struct export_record **out, size_t *n);

struct definition_view {
	uint64_t number;
	const struct definition *definition;
};
bool state_definition(
    struct state *state, const char *id, uint32_t version, struct definition_view *out);
bool state_definition_numbered(struct state *state, uint64_t number, struct definition_view *out);
uint64_t state_catalogue_last(struct state *state);

/* All accounts and tokens at one instant, to be cleared. False: out of memory. */
bool state_staff(struct state *state, struct roster *out);
/* Who comes with a token of this id. False: nobody any more. */
struct token_view {
	uint32_t account;
	enum role role;      /* the lesser of the token's and the account's */
	uint64_t staff_last; /* the last entry of SUBJECT_STAFF when it was so */
	char account_name[ACCOUNT_NAME_MAX + 1];
};
bool state_token(
    struct state *state, const uint8_t id[TOKEN_ID_BYTES], int64_t now_ms, struct token_view *out);
/* A firm that has not been removed, by its account's name or, where that is NULL, its number. */
struct firm_view {
	uint32_t account;
	uint64_t staff_last; /* as in token_view */
	char name[ACCOUNT_NAME_MAX + 1];
};
bool state_firm(struct state *state, const char *name, uint32_t account, struct firm_view *out);
/* The name of any account, also of one that was removed; "": there never was one. */
void state_account_name(struct state *state, uint32_t account, char out[ACCOUNT_NAME_MAX + 1]);
/* The log knows a token or a password of this id, over or not. */
bool state_has_secret(struct state *state, const uint8_t id[UUID_BYTES]);

/* A row, copied out. */
struct unit_view {
	struct register_row row;
	uint8_t code_hash[CODE_HASH_BYTES]; /* zeros: no code opens it */
	unsigned subcodes;
	struct {
		uint8_t hash[CODE_HASH_BYTES];
		uint64_t number;
	} subcode[SUBCODES_MAX];
	unsigned grants; /* firms that act for it */
	struct {
		uint32_t firm; /* its account */
		uint64_t number;
	} grant[GRANTS_MAX];
	uint64_t code_number; /* entry that issued or revoked it; 0: it came with the register */
	uint64_t last;        /* the unit's last entry of any kind in this round; 0: none */
	uint64_t head;        /* number of the head; 0: not a respondent */
	uint32_t revision;    /* of the head, or of the last one withdrawn; 0: none yet */
	struct indicator_bits bits; /* of the head */
	enum case_state state;      /* what has become of it */
	enum case_state set_case;   /* what an operator has set; or CASE_NONE */
	int64_t reopened_until_ms;  /* 0: not reopened */
	bool has_earlier;
	struct indicator_bits earlier_bits; /* of its head in the earlier round */
	const struct definition *earlier_definition;
	uint64_t
	    earlier_subject; /* the unit in the earlier round, there yet or not; 0: no such round */
	uint64_t earlier_last; /* its last entry there; 0: none */
	uint64_t chunk; /* entry number of the chunk its register row came in, or of the entry
			   that changed it last (row_text.h) */
	uint32_t row_in_chunk;
	uint64_t proposed; /* its last proposal to change the row; 0: none */
	uint64_t decided;  /* what ended that proposal, or one before it: lower, where it is open */
};
/* False: the register has none of this code, or it was not drawn, so that it is not asked. */
bool state_unit(
    struct state *state, uint32_t round_index, uint64_t tax_code, struct unit_view *out);
/* The same in a round of that name, and the round. False also: there is no such round. */
bool state_round_unit(struct state *state, const char *name, uint64_t tax_code,
    struct round_view *round, struct unit_view *unit);

/* The first units from row `from` on that have granted the firm, in the order of the register; how
 * many, and where to go on, or 0 at the end. */
size_t state_granted(struct state *state, uint32_t round_index, uint32_t firm, uint32_t from,
    size_t most, uint64_t *tax_code, uint32_t *next);
/* How many units have granted each firm: units[account - ACCOUNT_FIRST] of so many accounts. */
void state_count_grants(
    struct state *state, uint32_t round_index, uint32_t *units, size_t accounts);

/* Some of the rows from `from` on, of units that are asked: those in one of these states, of this
 * commune and zone. */
struct row_filter {
	bool state[CASES + 1]; /* by enum case_state */
	bool by_commune, by_zone;
	int16_t commune, zone; /* as in register_row */
};
struct row_found {
	uint32_t row;
	struct unit_view unit;
};
/* Looks at a slice of rows at a time, so that nobody waits long. Returns how many were found, and
 * where to go on, or 0 at the end. */
size_t state_find_rows(struct state *state, uint32_t round_index, const struct row_filter *filter,
    uint32_t from, size_t most, struct row_found *out, uint32_t *next);

/* The rows with an open proposal from `from` on, at most so many; likewise. */
size_t state_find_proposals(struct state *state, uint32_t round_index, uint32_t from, size_t most,
    struct row_found *out, uint32_t *next);

/* Units that met a goal in one of two rounds and did not in the other (changes.h), a slice of rows
 * at a time. Both rounds have registers; rows are those of `now`. Returns how many. */
struct mover;
struct state_movers {
	uint32_t before, now; /* indices */
	size_t goal;          /* of `now` */
	uint32_t from;
};
struct movers_found {
	uint32_t next; /* where to go on; 0: at the end */
	uint64_t last; /* entry that was the last one then */
};
size_t state_find_movers(struct state *state, const struct state_movers *asked, struct mover *out,
    size_t most, struct movers_found *found);

/* Counts of every goal of the round's definition in the cells [first, first + count), copied at one
 * instant: out[cell * goals + goal]. `out` has room for count * definition->goals. Returns the
 * number of the last entry counted. Reads counters only, never rows. */
uint64_t state_rates(
    struct state *state, uint32_t round_index, size_t first, size_t count, struct rate_counts *out);
/* Units as counters_cases has them in the cells [first, first + count), likewise: out[cell]. */
uint64_t state_cases(struct state *state, uint32_t round_index, size_t first, size_t count,
    uint64_t (*out)[CASE_COUNTS]);
/* A copy of all counters of the round, for estimates; to be freed with counters_free. NULL: out of
 * memory, or no register yet. */
struct counters *state_counters(struct state *state, uint32_t round_index, uint64_t *last);
const struct cells *state_cells(struct state *state, uint32_t round_index);

uint64_t state_last(struct state *state); /* number of the last entry applied */

/* Entry number of the register chunk that the client named so, or 0. Known until the round's
 * register is loaded, over restarts too. */
uint64_t state_chunk(struct state *state, uint32_t round_index, const uint8_t chunk_id[UUID_BYTES]);

/* ------------------------------------------------------------------- changing, whoever commits */

/* For store_start: `last` and `apply` of this state. */
struct store_owner state_owner(struct state *state);

/* Hand over columns that were built for a round, so that applying its REGISTER_LOADED entry (made
 * from the same chunks) only swaps them in. Takes ownership in every case, replaces what was staged
 * before. False: out of memory, nothing is staged. Any thread. */
bool state_stage_columns(struct state *state, uint32_t round_index, struct columns *columns);

/* Bring a new state up to the last entry of the log, before the store's writer is started. The
 * indicator bits in the entries are taken as they are. A checkpoint is used when `checkpoint_path`
 * is given and it is whole and fits this log; one that is damaged or ahead of the log is ignored
 * with a word in `message`. Counters are computed once, at the end. */
enum store_status state_fold(
    struct state *state, struct store *store, const char *checkpoint_path, char message[256]);

/* ------------------------------------------------------------------- checkpoints and recounts */

/* Copy what a checkpoint holds; on the writer thread (store_call), quickly. NULL: out of memory, or
 * the last entry cannot be read. */
struct checkpoint *state_copy(struct state *state);
/* Write it: temporary name, fsync, rename, fsync of the folder; on the worker. What the store keeps
 * free of the disk is left free: ENOSPC. False: errno says why, and the old one is still there. */
bool checkpoint_write(const struct checkpoint *checkpoint, const char *path);
void checkpoint_free(struct checkpoint *checkpoint);

#endif
