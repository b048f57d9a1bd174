/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a log entry: 200 bytes, laid out in khaosat.proto (ENTRY HEADER), since a receipt
 * carries them. Behind the header stands the payload as received. Pure; any thread. */
#ifndef KHAOSAT_PROTO_ENTRY_H
#define KHAOSAT_PROTO_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

#define ENTRY_HEADER_BYTES 200
#define ENTRY_LAYOUT_VERSION 1
#define ENTRY_BITS_BYTES 16

/* Values as in khaosat.proto, EntryKind and Channel. */
enum entry_kind {
	ENTRY_DEFINITION = 1,      /* payload: the definition's JSON */
	ENTRY_ROUND_CREATED = 2,   /* payload: CreateRound */
	ENTRY_REGISTER_CHUNK = 3,  /* payload: RegisterRows; means nothing by itself */
	ENTRY_REGISTER_LOADED = 4, /* payload: LoadRegister */
	ENTRY_ROUND_OPENED = 5,    /* no payload */
	ENTRY_ROUND_CLOSED = 6,    /* no payload */
	ENTRY_UNIT_REOPENED = 7,   /* payload: DeadlineChange; argument_ms: until */
	ENTRY_SUBMISSION = 8,      /* payload: Answers, as 9 */
	ENTRY_CORRECTION = 9,
	ENTRY_WITHDRAWAL = 10,    /* no payload */
	ENTRY_ACCOUNT_ADDED = 11, /* payload: StaffChange, as 12 to 16 */
	ENTRY_ROLE_SET = 12,
	ENTRY_PASSWORD_SET = 13,
	ENTRY_ACCOUNT_REMOVED = 14,
	ENTRY_TOKEN_MADE = 15,
	ENTRY_TOKEN_REVOKED = 16,
	ENTRY_CONTACT_KEPT = 17, /* no payload, as 18 */
	ENTRY_CONTACT_ERASED = 18,
	ENTRY_CODE_ISSUED = 19, /* payload: SetCode, as 20 */
	ENTRY_CODE_REVOKED = 20,
	ENTRY_SUBCODE_MADE = 21,    /* payload: MakeSubcode */
	ENTRY_SUBCODE_REVOKED = 22, /* payload: RevokeSubcode */
	ENTRY_FIRM_GRANTED = 23,    /* payload: FirmGrant, as 24 */
	ENTRY_GRANT_ENDED = 24,
	ENTRY_CASE_SET = 27,        /* payload: CaseChange */
	ENTRY_DEADLINE_SET = 28,    /* payload: DeadlineChange; argument_ms: it closes at */
	ENTRY_CONTACTS_ERASED = 29, /* payload: ContactsErasure */
	ENTRY_ANSWER_EDITED = 30,   /* payload: AnswerEdit, as 31 */
	ENTRY_ANSWER_RECODED = 31,
	ENTRY_ROW_PROPOSED = 32,           /* payload: RowProposal */
	ENTRY_ROW_PROPOSAL_WITHDRAWN = 33, /* no payload */
	ENTRY_ROW_PROPOSAL_REFUSED = 34,   /* payload: ProposalRefusal */
	ENTRY_ROW_CHANGED = 35,            /* payload: RowChange */
	ENTRY_EXPORT_MADE = 41             /* payload: ExportMade */
};

struct entry {
	enum entry_kind kind;
	uint8_t channel;
	uint32_t actor;
	int64_t time_ms;
	uint64_t round;    /* entry numbers; 0 none */
	uint64_t tax_code; /* as survey/taxcode.h has it; 0 none */
	uint64_t definition;
	uint64_t previous;
	uint64_t replaced;
	uint32_t revision;
	uint32_t payload_bytes;
	uint8_t instance_id[UUID_BYTES];
	uint8_t deprecated_id[UUID_BYTES];
	uint8_t digest[SHA256_BYTES]; /* of the payload */
	uint8_t bits[ENTRY_BITS_BYTES];
	uint64_t key; /* entry that made the code acted under, or granted the firm; 0 the register's
			 code, or staff */
	int64_t argument_ms;
};

/* One of a unit's chain. */
static inline bool
entry_is_of_unit(enum entry_kind kind)
{
	return (kind >= ENTRY_UNIT_REOPENED && kind <= ENTRY_WITHDRAWAL) ||
	       (kind >= ENTRY_CONTACT_KEPT && kind <= ENTRY_GRANT_ENDED) ||
	       kind == ENTRY_CASE_SET || (kind >= ENTRY_ANSWER_EDITED && kind <= ENTRY_ROW_CHANGED);
}

/* Of the unit's register row: proposed by the unit, or decided by the office. */
static inline bool
entry_is_of_row(enum entry_kind kind)
{
	return kind >= ENTRY_ROW_PROPOSED && kind <= ENTRY_ROW_CHANGED;
}

/* It changes the answers of a head, which stays. */
static inline bool
entry_is_edit(enum entry_kind kind)
{
	return kind == ENTRY_ANSWER_EDITED || kind == ENTRY_ANSWER_RECODED;
}

/* It makes or ends a head. */
static inline bool
entry_moves_head(enum entry_kind kind)
{
	return kind >= ENTRY_SUBMISSION && kind <= ENTRY_WITHDRAWAL;
}

/* Of an access code; its payload holds no answer. */
static inline bool
entry_is_of_code(enum entry_kind kind)
{
	return kind >= ENTRY_CODE_ISSUED && kind <= ENTRY_SUBCODE_REVOKED;
}

/* A firm may act for the unit from here on, or no longer. */
static inline bool
entry_is_of_grant(enum entry_kind kind)
{
	return kind == ENTRY_FIRM_GRANTED || kind == ENTRY_GRANT_ENDED;
}

/* Over accounts and tokens. */
static inline bool
entry_is_of_staff(enum entry_kind kind)
{
	return kind >= ENTRY_ACCOUNT_ADDED && kind <= ENTRY_TOKEN_REVOKED;
}

void entry_encode(const struct entry *e, uint8_t out[ENTRY_HEADER_BYTES]);

/* False when the bytes are too few, the layout or kind is unknown, or the payload's length is not
 * n - ENTRY_HEADER_BYTES; with `header_only` the last is not asked. The digest is not checked. */
bool entry_decode(const uint8_t *bytes, size_t n, bool header_only, struct entry *out);

#endif
