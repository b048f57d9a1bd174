/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads of entries that are messages of khaosat.proto, as plain values. Pure; any thread. */
#ifndef KHAOSAT_COLLECTOR_PAYLOAD_H
#define KHAOSAT_COLLECTOR_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "collector/case_state.h"
#include "proto/limits.h"

enum payload_status {
	PAYLOAD_OK,
	PAYLOAD_BAD, /* not that message, or a field of it does not fit */
	PAYLOAD_MEMORY
};

struct ProtobufCMessageDescriptor;

/* A message of that kind, to be freed with protobuf-c's own function for it, without an allocator;
 * NULL: `status` says why. */
void *payload_unpack(const struct ProtobufCMessageDescriptor *d, const uint8_t *bytes, size_t n,
    enum payload_status *status);

struct payload_round {
	char name[ROUND_NAME_MAX + 1];
	char reference_date[11]; /* YYYY-MM-DD */
	char earlier[ROUND_NAME_MAX + 1];
	int64_t closes_ms;
};

/* A CreateRound message. */
enum payload_status payload_round(const uint8_t *bytes, size_t n, struct payload_round *out);

struct payload_register {
	uint64_t *chunk;
	size_t chunks;
	uint64_t rows;
};

/* A LoadRegister message; to be freed. */
enum payload_status payload_register(const uint8_t *bytes, size_t n, struct payload_register *out);
void payload_register_free(struct payload_register *payload);

/* A SetCode message: the hash, or zeros where there is none. */
enum payload_status payload_code(const uint8_t *bytes, size_t n, uint8_t hash[CODE_HASH_BYTES]);

/* A MakeSubcode message: the hash. A RevokeSubcode message: the number. */
enum payload_status payload_subcode(const uint8_t *bytes, size_t n, uint8_t hash[CODE_HASH_BYTES]);
enum payload_status payload_subcode_number(const uint8_t *bytes, size_t n, uint64_t *number);

/* A ProposalRefusal message: the proposal. */
enum payload_status payload_refusal(const uint8_t *bytes, size_t n, uint64_t *proposal);

struct payload_row {
	uint64_t proposal; /* 0: none */
	uint8_t *rows;     /* a RegisterRows message */
	size_t n;
};

/* A RowChange message; to be freed. */
enum payload_status payload_row(const uint8_t *bytes, size_t n, struct payload_row *out);
void payload_row_free(struct payload_row *payload);

/* A FirmGrant message: the firm's account. */
enum payload_status payload_grant(const uint8_t *bytes, size_t n, uint32_t *firm);

/* Values as in khaosat.proto. Those of staff rise with what they may do; a firm's stands apart. */
enum role {
	ROLE_NONE = 0,
	ROLE_VIEWER = 1,
	ROLE_OPERATOR = 2,
	ROLE_ADMINISTRATOR = 3,
	ROLE_FIRM = 4
};

struct payload_staff {
	uint32_t account;
	enum role before, after, token_role;
	char name[ACCOUNT_NAME_MAX + 1];
	char token_name[ACCOUNT_NAME_MAX + 1];
	int64_t expires_ms;
};

/* A StaffChange message. */
enum payload_status payload_staff(const uint8_t *bytes, size_t n, struct payload_staff *out);

struct payload_case {
	enum case_state before, after;
};

/* A CaseChange message; its evidence is for people. */
enum payload_status payload_case(const uint8_t *bytes, size_t n, struct payload_case *out);

#endif
