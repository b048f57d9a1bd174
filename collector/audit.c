/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/audit_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/answer.h"
#include "proto/digest.h"
#include "survey/taxcode.h"

#define ARENA_MAX_BYTES (8u << 20) /* a request stops far below: audit_bytes */

/* ------------------------------------------------------------------------------ words */

static const char *
keep(struct audit *a, const char *text, size_t n)
{
	char *copy = arena_alloc(&a->arena, n + 1);
	if (copy == NULL) {
		a->is_spent = true;
		return "";
	}
	memcpy(copy, text, n);
	copy[n] = '\0';
	return copy;
}

const char *
audit_text(struct audit *a, const char *text)
{
	return *text != '\0' ? keep(a, text, strlen(text)) : "";
}

const char *
audit_say(struct audit *a, const char *format, ...)
{
	char text[256];
	va_list list;
	va_start(list, format);
	int n = vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	return n < 0 ? "" : keep(a, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

const char *
audit_word(struct audit *a, const ProtobufCEnumDescriptor *d, int value)
{
	char text[64];
	size_t n = 0;
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(d, value);
	if (value == 0 || found == NULL)
		return "";
	for (const char *c = found->name; *c != '\0' && n < sizeof(text); c++)
		text[n++] = *c == '_' ? '-' : (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
	return keep(a, text, n);
}

static const char *
role(struct audit *a, int value)
{
	return audit_word(a, &khaosat__v1__role__descriptor, value);
}

/* "" for 0. */
static const char *
time_text(struct audit *a, int64_t ms)
{
	char text[32];
	struct tm tm = {0};
	time_t seconds = (time_t)(ms / 1000);
	if (ms == 0 || gmtime_r(&seconds, &tm) == NULL)
		return "";
	return keep(a, text, strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm));
}

void
audit_changed(struct audit *a, const char *what, const char *before, const char *after)
{
	if (a->n == AUDIT_CHANGES_MAX)
		return;
	Khaosat__V1__CellChange *c = &a->change[a->n++];
	khaosat__v1__cell_change__init(c);
	c->column = answer_text(what);
	c->before = answer_text(before);
	c->after = answer_text(after);
}

void
audit_subject(struct audit *a, const char *text)
{
	a->act->subject = answer_text(text);
}

void
audit_reason(struct audit *a, const char *text)
{
	a->act->reason = answer_text(audit_text(a, text));
}

/* What it was done to as a whole. */
static bool
find_round(struct audit *a, uint64_t number)
{
	return number != 0 &&
	       (a->round.number == number || state_round_numbered(a->state, number, &a->round));
}

/* ------------------------------------------------------------------------------ rounds */

static void
fill_definition(struct audit *a, const void *message)
{
	struct definition_view view;
	(void)message;
	if (state_definition_numbered(a->state, a->number, &view))
		audit_subject(
		    a, audit_say(a, "%s %" PRIu32, view.definition->id, view.definition->version));
	audit_changed(a, "survey", "", a->act->subject);
}

static void
fill_created(struct audit *a, const void *message)
{
	const Khaosat__V1__CreateRound *m = message;
	a->act->round = answer_text(audit_text(a, m->name));
	audit_changed(a, "phase", "", "created");
	audit_changed(
	    a, "survey", "", audit_say(a, "%s %" PRIu32, m->survey_id, m->survey_version));
	audit_changed(a, "reference_date", "", audit_text(a, m->reference_date));
	if (m->closes_ms != 0)
		audit_changed(a, "closes", "", time_text(a, m->closes_ms));
	if (*m->earlier != '\0')
		audit_changed(a, "earlier", "", audit_text(a, m->earlier));
}

static void
fill_loaded(struct audit *a, const void *message)
{
	const Khaosat__V1__LoadRegister *m = message;
	audit_changed(a, "phase", "created", "loaded");
	audit_changed(a, "units", "0", audit_say(a, "%" PRIu64, m->rows));
}

static void
fill_opened(struct audit *a, const void *message)
{
	(void)message;
	audit_changed(a, "phase", "loaded", "open");
}

static void
fill_closed(struct audit *a, const void *message)
{
	(void)message;
	audit_changed(a, "phase", "open", "closed");
}

/* Of a round, or of one unit that was reopened. */
static void
fill_deadline(struct audit *a, const void *message)
{
	const Khaosat__V1__DeadlineChange *m = message;
	const char *what = a->e.kind == ENTRY_UNIT_REOPENED ? "reopened_until" : "closes";
	audit_changed(a, what, time_text(a, m->before_ms), time_text(a, a->e.argument_ms));
}

static void
fill_erasure(struct audit *a, const void *message)
{
	const Khaosat__V1__ContactsErasure *m = message;
	audit_subject(a, audit_say(a, "kept before %s", time_text(a, m->before_ms)));
	audit_changed(a, "contacts", audit_say(a, "%" PRIu64, m->contacts), "0");
}

static void
fill_export(struct audit *a, const void *message)
{
	const Khaosat__V1__ExportMade *m = message;
	char digest[2 * SHA256_BYTES + 1] = "";
	uint32_t vintage = m->vintage;
	audit_subject(a, m->internal ? "internal" : "public");
	audit_changed(a, "vintage", vintage > 1 ? audit_say(a, "%" PRIu32, vintage - 1) : "",
	    audit_say(a, "%" PRIu32, vintage));
	audit_changed(
	    a, "stage", "", audit_word(a, &khaosat__v1__export_stage__descriptor, (int)m->stage));
	audit_changed(a, "last", "", audit_say(a, "%" PRIu64, m->last));
	if (m->manifest_sha256.len == SHA256_BYTES)
		digest_hex(m->manifest_sha256.data, SHA256_BYTES, digest);
	audit_changed(a, "manifest_sha256", "", audit_text(a, digest));
}

/* ------------------------------------------------------------------------------ staff */

static void
fill_account(struct audit *a, const void *message)
{
	const Khaosat__V1__StaffChange *m = message;
	audit_subject(a, audit_text(a, m->name));
	audit_changed(a, "role", role(a, (int)m->before), role(a, (int)m->after));
}

static void
fill_password(struct audit *a, const void *message)
{
	const Khaosat__V1__StaffChange *m = message;
	audit_subject(a, audit_text(a, m->name));
	audit_changed(a, "password", m->had_password ? "set" : "", "another");
}

static void
fill_token(struct audit *a, const void *message)
{
	const Khaosat__V1__StaffChange *m = message;
	bool is_made = a->e.kind == ENTRY_TOKEN_MADE;
	const char *with = role(a, (int)m->token_role), *until = time_text(a, m->expires_ms);
	audit_subject(a, audit_say(a, "%s %s", m->name, m->token_name));
	audit_changed(a, "role", is_made ? "" : with, is_made ? with : "");
	audit_changed(a, "expires", is_made ? "" : until, is_made ? until : "");
}

/* ------------------------------------------------------------------------------ all kinds */

/* NULL fill: a chunk of a register, which means nothing by itself. */
static const struct deed {
	const ProtobufCMessageDescriptor *payload; /* NULL: what there is to say is in the header */
	audit_fill *fill;
} deeds[] = {
    [ENTRY_DEFINITION] = {NULL, fill_definition},
    [ENTRY_ROUND_CREATED] = {&khaosat__v1__create_round__descriptor, fill_created},
    [ENTRY_REGISTER_LOADED] = {&khaosat__v1__load_register__descriptor, fill_loaded},
    [ENTRY_ROUND_OPENED] = {NULL, fill_opened},
    [ENTRY_ROUND_CLOSED] = {NULL, fill_closed},
    [ENTRY_UNIT_REOPENED] = {&khaosat__v1__deadline_change__descriptor, fill_deadline},
    [ENTRY_SUBMISSION] = {NULL, audit_fill_revision},
    [ENTRY_CORRECTION] = {NULL, audit_fill_revision},
    [ENTRY_WITHDRAWAL] = {NULL, audit_fill_revision},
    [ENTRY_ACCOUNT_ADDED] = {&khaosat__v1__staff_change__descriptor, fill_account},
    [ENTRY_ROLE_SET] = {&khaosat__v1__staff_change__descriptor, fill_account},
    [ENTRY_PASSWORD_SET] = {&khaosat__v1__staff_change__descriptor, fill_password},
    [ENTRY_ACCOUNT_REMOVED] = {&khaosat__v1__staff_change__descriptor, fill_account},
    [ENTRY_TOKEN_MADE] = {&khaosat__v1__staff_change__descriptor, fill_token},
    [ENTRY_TOKEN_REVOKED] = {&khaosat__v1__staff_change__descriptor, fill_token},
    [ENTRY_CONTACT_KEPT] = {NULL, audit_fill_contact},
    [ENTRY_CONTACT_ERASED] = {NULL, audit_fill_contact},
    [ENTRY_CODE_ISSUED] = {&khaosat__v1__set_code__descriptor, audit_fill_code},
    [ENTRY_CODE_REVOKED] = {&khaosat__v1__set_code__descriptor, audit_fill_code},
    [ENTRY_SUBCODE_REVOKED] = {&khaosat__v1__revoke_subcode__descriptor, audit_fill_subcode},
    [ENTRY_FIRM_GRANTED] = {&khaosat__v1__firm_grant__descriptor, audit_fill_grant},
    [ENTRY_GRANT_ENDED] = {&khaosat__v1__firm_grant__descriptor, audit_fill_grant},
    [ENTRY_CASE_SET] = {&khaosat__v1__case_change__descriptor, audit_fill_case},
    [ENTRY_DEADLINE_SET] = {&khaosat__v1__deadline_change__descriptor, fill_deadline},
    [ENTRY_CONTACTS_ERASED] = {&khaosat__v1__contacts_erasure__descriptor, fill_erasure},
    [ENTRY_ANSWER_EDITED] = {&khaosat__v1__answer_edit__descriptor, audit_fill_edit},
    [ENTRY_ANSWER_RECODED] = {&khaosat__v1__answer_edit__descriptor, audit_fill_edit},
    [ENTRY_ROW_PROPOSED] = {&khaosat__v1__row_proposal__descriptor, audit_fill_proposed},
    [ENTRY_ROW_PROPOSAL_WITHDRAWN] = {NULL, audit_fill_withdrawn},
    [ENTRY_ROW_PROPOSAL_REFUSED] = {&khaosat__v1__proposal_refusal__descriptor, audit_fill_refusal},
    [ENTRY_ROW_CHANGED] = {&khaosat__v1__row_change__descriptor, audit_fill_row},
    [ENTRY_EXPORT_MADE] = {&khaosat__v1__export_made__descriptor, fill_export},
};

static struct deed
deed_of(enum entry_kind kind)
{
	size_t at = (size_t)kind;
	return at < sizeof(deeds) / sizeof(deeds[0]) ? deeds[at] : (struct deed){NULL, NULL};
}

/* But for what a unit sends, an entry is staff's, or the clock's in their stead. */
bool
audit_is_act(const struct entry *e)
{
	return e->actor != 0 || !(entry_moves_head(e->kind) || entry_is_of_code(e->kind) ||
				    entry_is_of_row(e->kind));
}

bool
audit_reads_payload(enum entry_kind kind)
{
	return deed_of(kind).payload != NULL;
}

/* ------------------------------------------------------------------------------ telling */

bool
audit_open(struct audit *a, struct state *state, struct store *store, struct validation *scratch)
{
	*a = (struct audit){.state = state, .store = store, .scratch = scratch};
	arena_init(&a->arena, NULL, 0, ARENA_MAX_BYTES);
	return state_staff(state, &a->staff);
}

void
audit_close(struct audit *a)
{
	roster_clear(&a->staff);
	arena_free(&a->arena);
}

size_t
audit_bytes(const struct audit *a)
{
	return ARENA_MAX_BYTES - a->arena.budget;
}

static const char *
who(struct audit *a)
{
	if (a->e.actor == 0)
		return entry_is_of_grant(a->e.kind) ? "unit" : "clock";
	const char *name = roster_name(&a->staff, a->e.actor);
	return *name != '\0' ? audit_text(a, name) : audit_say(a, "#%" PRIu32, a->e.actor);
}

static void
tell_head(struct audit *a)
{
	char unit[TAXCODE_TEXT_BYTES];
	khaosat__v1__act__init(a->act);
	a->act->number = a->number;
	a->act->time_ms = a->e.time_ms;
	a->act->kind = (Khaosat__V1__EntryKind)a->e.kind;
	a->act->who = answer_text(who(a));
	if (find_round(a, a->e.round))
		a->act->round = answer_text(audit_text(a, a->round.name));
	if (a->e.tax_code == 0)
		return;
	taxcode_print(a->e.tax_code, unit);
	a->act->tax_code = answer_text(audit_text(a, unit));
}

static void
tell_changes(struct audit *a, const uint8_t *payload, size_t n)
{
	const struct deed deed = deed_of(a->e.kind);
	ProtobufCMessage *m = NULL;
	a->n = 0;
	if (deed.payload != NULL)
		m = protobuf_c_message_unpack(deed.payload, NULL, n, payload);
	if (deed.fill != NULL && (m != NULL || deed.payload == NULL))
		deed.fill(a, m);
	protobuf_c_message_free_unpacked(m, NULL);
}

/* Out of the scratch place, into the act. */
static void
hand_over(struct audit *a)
{
	Khaosat__V1__CellChange *change = arena_alloc(&a->arena, a->n * sizeof(*change));
	Khaosat__V1__CellChange **list = arena_alloc(&a->arena, a->n * sizeof(*list));
	if (change == NULL || list == NULL) {
		a->is_spent = true;
		return;
	}
	for (size_t i = 0; i < a->n; i++) {
		change[i] = a->change[i];
		list[i] = &change[i];
	}
	a->act->change = list;
	a->act->n_change = a->n;
}

bool
audit_tell(struct audit *a, uint64_t number, const uint8_t *bytes, size_t n, Khaosat__V1__Act *out)
{
	if (!entry_decode(bytes, n, true, &a->e))
		return false;
	a->number = number;
	a->act = out;
	tell_head(a);
	tell_changes(a, bytes + ENTRY_HEADER_BYTES, n - ENTRY_HEADER_BYTES);
	hand_over(a);
	return true;
}
