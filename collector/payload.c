/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/payload.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/khaosat.pb-c.h"

/* protobuf-c says no in one word: whether for want of memory is noted here. */
static void *
allocate(void *has_failed, size_t n)
{
	void *memory = malloc(n);
	if (memory == NULL)
		*(bool *)has_failed = true;
	return memory;
}

static void
release(void *has_failed, void *memory)
{
	(void)has_failed;
	free(memory);
}

void *
payload_unpack(const struct ProtobufCMessageDescriptor *d, const uint8_t *bytes, size_t n,
    enum payload_status *status)
{
	bool failed = false;
	ProtobufCAllocator allocator = {allocate, release, &failed};
	void *m = protobuf_c_message_unpack(d, &allocator, n, bytes);
	*status = m != NULL ? PAYLOAD_OK : failed ? PAYLOAD_MEMORY : PAYLOAD_BAD;
	return m;
}

static bool
copy_text(char *out, size_t room, const char *text)
{
	size_t n = strlen(text);
	if (n >= room)
		return false;
	memcpy(out, text, n + 1);
	return true;
}

static bool
is_date(const char *text)
{
	static const char form[] = "dddd-dd-dd";
	for (size_t i = 0; i < sizeof(form); i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';
		if (form[i] == 'd' ? !digit : text[i] != form[i])
			return false;
	}
	return true;
}

enum payload_status
payload_round(const uint8_t *bytes, size_t n, struct payload_round *out)
{
	enum payload_status status;
	Khaosat__V1__CreateRound *m =
	    payload_unpack(&khaosat__v1__create_round__descriptor, bytes, n, &status);
	if (m == NULL)
		return status;
	struct payload_round round = {.closes_ms = m->closes_ms};
	bool good =
	    m->name[0] != '\0' && copy_text(round.name, sizeof(round.name), m->name) &&
	    copy_text(round.earlier, sizeof(round.earlier), m->earlier) &&
	    is_date(m->reference_date) &&
	    copy_text(round.reference_date, sizeof(round.reference_date), m->reference_date);
	khaosat__v1__create_round__free_unpacked(m, NULL);
	if (!good)
		return PAYLOAD_BAD;
	*out = round;
	return PAYLOAD_OK;
}

enum payload_status
payload_register(const uint8_t *bytes, size_t n, struct payload_register *out)
{
	enum payload_status status;
	Khaosat__V1__LoadRegister *m =
	    payload_unpack(&khaosat__v1__load_register__descriptor, bytes, n, &status);
	if (m == NULL)
		return status;
	uint64_t *chunk = calloc(m->n_chunk + 1, sizeof(*chunk));
	if (chunk != NULL) {
		if (m->n_chunk > 0)
			memcpy(chunk, m->chunk, m->n_chunk * sizeof(*chunk));
		*out = (struct payload_register){
		    .chunk = chunk, .chunks = m->n_chunk, .rows = m->rows};
	}
	khaosat__v1__load_register__free_unpacked(m, NULL);
	return chunk != NULL ? PAYLOAD_OK : PAYLOAD_MEMORY;
}

void
payload_register_free(struct payload_register *payload)
{
	free(payload->chunk);
	*payload = (struct payload_register){0};
}

enum payload_status
payload_code(const uint8_t *bytes, size_t n, uint8_t hash[CODE_HASH_BYTES])
{
	enum payload_status status;
	Khaosat__V1__SetCode *m =
	    payload_unpack(&khaosat__v1__set_code__descriptor, bytes, n, &status);
	if (m == NULL)
		return status;
	bool good = m->code_hash.len == 0 || m->code_hash.len == CODE_HASH_BYTES;
	memset(hash, 0, CODE_HASH_BYTES);
	if (good && m->code_hash.len > 0)
		memcpy(hash, m->code_hash.data, CODE_HASH_BYTES);
	khaosat__v1__set_code__free_unpacked(m, NULL);
	return good ? PAYLOAD_OK : PAYLOAD_BAD;
}

enum payload_status
payload_subcode(const uint8_t *bytes, size_t n, uint8_t hash[CODE_HASH_BYTES])
{
	enum payload_status status;
	Khaosat__V1__MakeSubcode *m =
	    payload_unpack(&khaosat__v1__make_subcode__descriptor, bytes, n, &status);
	if (m == NULL)
		return status;
	bool good = m->code_hash.len == CODE_HASH_BYTES;
	if (good)
		memcpy(hash, m->code_hash.data, CODE_HASH_BYTES);
	khaosat__v1__make_subcode__free_unpacked(m, NULL);
	return good ? PAYLOAD_OK : PAYLOAD_BAD;
}

enum payload_status
payload_subcode_number(const uint8_t *bytes, size_t n, uint64_t *number)
{
	enum payload_status status;
	Khaosat__V1__RevokeSubcode *m =
	    payload_unpack(&khaosat__v1__revoke_subcode__descriptor, bytes, n, &status);
	if (m == NULL)
		return status;
	*number = m->number;
	khaosat__v1__revoke_subcode__free_unpacked(m, NULL);
	return PAYLOAD_OK;
}

enum payload_status
payload_grant(const uint8_t *bytes, size_t n, uint32_t *firm)
{
	enum payload_status status;
	Khaosat__V1__FirmGrant *m =
	    payload_unpack(&khaosat__v1__firm_grant__descriptor, bytes, n, &status);
	if (m == NULL)
		return status;
	*firm = m->firm;
	khaosat__v1__firm_grant__free_unpacked(m, NULL);
	return PAYLOAD_OK;
}

enum payload_status
payload_refusal(const uint8_t *bytes, size_t n, uint64_t *proposal)
{
	enum payload_status status;
	Khaosat__V1__ProposalRefusal *m =
	    payload_unpack(&khaosat__v1__proposal_refusal__descriptor, bytes, n, &status);
	if (m == NULL)
		return status;
	*proposal = m->proposal;
	khaosat__v1__proposal_refusal__free_unpacked(m, NULL);
	return PAYLOAD_OK;
}

enum payload_status
payload_row(const uint8_t *bytes, size_t n, struct payload_row *out)
{
	enum payload_status status;
	Khaosat__V1__RowChange *m =
	    payload_unpack(&khaosat__v1__row_change__descriptor, bytes, n, &status);
	if (m == NULL)
		return status;
	uint8_t *rows = malloc(m->rows.len + 1);
	if (rows != NULL) {
		if (m->rows.len > 0)
			memcpy(rows, m->rows.data, m->rows.len);
		*out = (struct payload_row){m->proposal, rows, m->rows.len};
	}
	khaosat__v1__row_change__free_unpacked(m, NULL);
	return rows != NULL ? PAYLOAD_OK : PAYLOAD_MEMORY;
}

void
payload_row_free(struct payload_row *payload)
{
	free(payload->rows);
	*payload = (struct payload_row){0};
}

static bool
is_role(Khaosat__V1__Role role)
{
	return role >= KHAOSAT__V1__ROLE__ROLE_UNSPECIFIED && role <= KHAOSAT__V1__ROLE__FIRM;
}

enum payload_status
payload_staff(const uint8_t *bytes, size_t n, struct payload_staff *out)
{
	enum payload_status status;
	Khaosat__V1__StaffChange *m =
	    payload_unpack(&khaosat__v1__staff_change__descriptor, bytes, n, &status);
	if (m == NULL)
		return status;
	struct payload_staff change = {
	    .account = m->account,
	    .before = (enum role)m->before,
	    .after = (enum role)m->after,
	    .token_role = (enum role)m->token_role,
	    .expires_ms = m->expires_ms,
	};
	bool good = copy_text(change.name, sizeof(change.name), m->name) &&
		    copy_text(change.token_name, sizeof(change.token_name), m->token_name) &&
		    is_role(m->before) && is_role(m->after) && is_role(m->token_role);
	khaosat__v1__staff_change__free_unpacked(m, NULL);
	if (!good)
		return PAYLOAD_BAD;
	*out = change;
	return PAYLOAD_OK;
}

static bool
is_case(Khaosat__V1__CaseState state)
{
	return state >= KHAOSAT__V1__CASE_STATE__CASE_STATE_UNSPECIFIED &&
	       state <= KHAOSAT__V1__CASE_STATE__ELIGIBILITY_UNKNOWN;
}

enum payload_status
payload_case(const uint8_t *bytes, size_t n, struct payload_case *out)
{
	enum payload_status status;
	Khaosat__V1__CaseChange *m =
	    payload_unpack(&khaosat__v1__case_change__descriptor, bytes, n, &status);
	if (m == NULL)
		return status;
	struct payload_case change = {(enum case_state)m->before, (enum case_state)m->after};
	bool good = is_case(m->before) && is_case(m->after);
	khaosat__v1__case_change__free_unpacked(m, NULL);
	if (!good)
		return PAYLOAD_BAD;
	*out = change;
	return PAYLOAD_OK;
}
