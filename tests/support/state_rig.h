/* SPDX-License-Identifier: Apache-2.0 */
/* A real store in a temporary folder with a real state, a small survey (state_rig.json: empty cells
 * make membership unknown, an indicator is not applicable to trade, one reads the earlier round),
 * registers and answers by serial and seed. Whatever is put is committed before the call returns.
 */
#ifndef KHAOSAT_TESTS_SUPPORT_STATE_RIG_H
#define KHAOSAT_TESTS_SUPPORT_STATE_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/columns.h"
#include "collector/state.h"
#include "proto/entry.h"
#include "storage/store.h"
#include "survey/register.h"

struct state_rig {
	char folder[64];
	char checkpoint[96]; /* path in it */
	struct mailbox box;
	struct store *store; /* NULL while closed, as the state */
	struct state *state;
	char *json;
	size_t json_bytes;
	int64_t clock_ms;
	char message[256]; /* of state_fold */
	char survey_id[24];
	struct validation *validation;
};

void state_rig_make(struct state_rig *rig); /* folder, store, empty state, running */
void state_rig_free(struct state_rig *rig);
void state_rig_close(struct state_rig *rig);
/* Fold anew and start; the fold's status is asserted. */
void state_rig_open(struct state_rig *rig, bool with_checkpoint);
/* Without starting: for logs that should not fold. */
enum store_status state_rig_fold(struct state_rig *rig, bool with_checkpoint);

/* Any entry; header fields as given, but time, digest and length. Returns its number. */
uint64_t state_rig_put(
    struct state_rig *rig, struct entry *e, const void *payload, size_t n, uint64_t subject);

/* ------------------------------------------------------------------- an easy life */

void state_rig_use_survey(struct state_rig *rig, const char *path); /* instead of state_rig.json */
uint64_t state_rig_define(struct state_rig *rig); /* the survey; its entry's number */
uint32_t state_rig_round(struct state_rig *rig, const char *name, const char *earlier);
struct round_view state_rig_view(struct state_rig *rig, uint32_t round); /* of one there is */
uint64_t state_rig_tax_code(unsigned serial);                            /* valid; serials from 0 */
/* The cells of a unit, with gaps: `text` holds what they point to. */
void state_rig_unit(unsigned serial, struct register_text *out, char text[REGISTER_COLUMNS][32]);
/* Rows of serials [first, first + n) as a RegisterRows message; to be freed. */
uint8_t *state_rig_rows(unsigned first, unsigned n, size_t *bytes);
uint64_t state_rig_chunk(struct state_rig *rig, uint32_t round, unsigned first, unsigned n);
/* Serials [0, units) in chunks of chunk_rows, loaded; staged as the daemon does, or not. */
void state_rig_load(
    struct state_rig *rig, uint32_t round, unsigned units, unsigned chunk_rows, bool staged);
void state_rig_load_chunks(struct state_rig *rig, uint32_t round, uint64_t *chunk, size_t chunks,
    uint64_t units, bool staged);
void state_rig_phase(struct state_rig *rig, uint32_t round, enum entry_kind kind);
/* A submission or a correction, as the unit stands; the answers pass every check. */
void state_rig_submit(
    struct state_rig *rig, uint32_t round, uint64_t tax_code, const uint8_t *answers, size_t n);
void state_rig_answer(struct state_rig *rig, uint32_t round, unsigned serial, unsigned *seed);
bool state_rig_withdraw(
    struct state_rig *rig, uint32_t round, unsigned serial); /* false: no head */
void state_rig_reopen(struct state_rig *rig, uint32_t round, unsigned serial, int64_t until_ms);
/* The office's other answers to all questions; false: no head. */
bool state_rig_edit(struct state_rig *rig, uint32_t round, unsigned serial, unsigned *seed);
/* A case, as an operator sets it; false: the unit's head does not allow it. */
bool state_rig_case(struct state_rig *rig, uint32_t round, unsigned serial, enum case_state state);
/* A code of such bytes; 0: none any more. */
void state_rig_code(struct state_rig *rig, uint32_t round, unsigned serial, uint8_t hash);
/* A sub-code of such bytes, as long as there are less than four; else the last one goes. */
void state_rig_subcode(struct state_rig *rig, uint32_t round, unsigned serial, uint8_t hash);
/* A unit grants a firm, or ends that. */
void state_rig_grant(
    struct state_rig *rig, uint32_t round, unsigned serial, uint32_t firm, enum entry_kind kind);
/* The unit's row becomes as that of another serial was; its open proposal is accepted, or it is
 * unasked. */
void state_rig_change_row(
    struct state_rig *rig, uint32_t round, unsigned serial, unsigned like, bool accepts);
void state_rig_propose(struct state_rig *rig, uint32_t round, unsigned serial);
/* Refused, or withdrawn; false: none is open. */
bool state_rig_end_proposal(struct state_rig *rig, uint32_t round, unsigned serial, bool refuses);
/* One of these, as it fits. */
void state_rig_some_row(
    struct state_rig *rig, uint32_t round, unsigned serial, unsigned units, unsigned what);
/* One entry of kinds 11 to 16 on an account; `id` is filled into its password's or token's. */
uint64_t state_rig_staff(struct state_rig *rig, enum entry_kind kind, uint32_t account,
    const char *name, enum role role, uint8_t id, int64_t expires_ms);
/* Two live accounts, one removed, and of five tokens two that are left. */
void state_rig_some_staff(struct state_rig *rig);
/* A survey, rounds "one" and "two" (which reads "one"), open, of so many units. */
void state_rig_two_rounds(struct state_rig *rig, unsigned units);
/* So many random answers, edits, withdrawals, reopenings, cases, new codes and rows in all open
 * rounds. */
void state_rig_live(struct state_rig *rig, unsigned units, unsigned steps, unsigned *seed);

#endif
