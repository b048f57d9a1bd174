/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/state_rig.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/digest.h"
#include "proto/khaosat.pb-c.h"
#include "storage/layout.h"
#include "survey/taxcode.h"
#include "survey/validate.h"
#include "tests/support/must.h"

/* ------------------------------------------------------------------- folder, store, state */

void
state_rig_use_survey(struct state_rig *rig, const char *path)
{
	FILE *file = fopen(path, "rb");
	must(file != NULL);
	free(rig->json);
	rig->json = malloc(1 << 20);
	must(rig->json != NULL);
	rig->json_bytes = fread(rig->json, 1, 1 << 20, file);
	fclose(file);
	struct definition_problems problems = {.n = 0};
	struct definition *d = definition_load(rig->json, rig->json_bytes, &problems);
	for (size_t i = 0; i < problems.n; i++)
		fprintf(stderr, "%s: %s: %s\n", path, problems.problem[i].path,
		    problems.problem[i].reason);
	must(d != NULL);
	snprintf(rig->survey_id, sizeof(rig->survey_id), "%s", d->id);
	definition_free(d);
}

void
state_rig_make(struct state_rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	const char *below = getenv("TMPDIR");
	snprintf(rig->folder, sizeof(rig->folder), "%s/khaosat-state-XXXXXX",
	    below != NULL ? below : "/tmp");
	must(mkdtemp(rig->folder) != NULL && mailbox_open(&rig->box));
	snprintf(rig->checkpoint, sizeof(rig->checkpoint), "%s/%s", rig->folder, LAYOUT_CHECKPOINT);
	rig->validation = malloc(sizeof(*rig->validation));
	must(rig->validation != NULL);
	rig->clock_ms = INT64_C(1760000000000);
	state_rig_use_survey(rig, KHAOSAT_SOURCE_DIR "/tests/support/state_rig.json");
	state_rig_open(rig, false);
}

void
state_rig_close(struct state_rig *rig)
{
	store_close(rig->store);
	state_free(rig->state);
	rig->store = NULL;
	rig->state = NULL;
}

void
state_rig_free(struct state_rig *rig)
{
	state_rig_close(rig);
	mailbox_close(&rig->box);
	DIR *dir = opendir(rig->folder);
	must(dir != NULL);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(rig->folder);
	free(rig->json);
	free(rig->validation);
}

enum store_status
state_rig_fold(struct state_rig *rig, bool with_checkpoint)
{
	struct store_options options = store_defaults;
	options.folder = rig->folder;
	options.disk_reserve_bytes = 1; /* there is one, and no disk is so full */
	options.journal_segments = 4;   /* soon full */
	options.journal_segment_bytes = 256 * 1024;
	options.map_max_bytes = UINT64_C(1) << 30;
	enum store_status opened = store_open(&options, &rig->store, rig->message);
	must(opened == STORE_OK);
	rig->state = state_new();
	must(rig->state != NULL);
	return state_fold(
	    rig->state, rig->store, with_checkpoint ? rig->checkpoint : NULL, rig->message);
}

void
state_rig_open(struct state_rig *rig, bool with_checkpoint)
{
	enum store_status folded = state_rig_fold(rig, with_checkpoint);
	must(folded == STORE_OK);
	struct store_owner owner = state_owner(rig->state);
	must(store_start(rig->store, &owner));
}

/* ------------------------------------------------------------------- any entry */

uint64_t
state_rig_put(
    struct state_rig *rig, struct entry *e, const void *payload, size_t n, uint64_t subject)
{
	uint8_t *bytes = malloc(ENTRY_HEADER_BYTES + n);
	must(bytes != NULL);
	e->time_ms = rig->clock_ms += 1000;
	e->payload_bytes = (uint32_t)n;
	digest_sha256(&(struct digest_part){payload, n}, 1, e->digest);
	entry_encode(e, bytes);
	if (n > 0)
		memcpy(bytes + ENTRY_HEADER_BYTES, payload, n);
	struct store_job job = {
	    .bytes = bytes,
	    .n = ENTRY_HEADER_BYTES + n,
	    .condition = {{subject, e->previous, subject != 0}},
	    .reply = &rig->box,
	};
	store_submit(rig->store, &job);
	struct mail *mail = mailbox_wait(&rig->box);
	must(mail == &job.mail && job.outcome == STORE_ACCEPTED);
	free(bytes);
	return job.number;
}

struct round_view
state_rig_view(struct state_rig *rig, uint32_t round)
{
	struct round_view view;
	must(state_round_at(rig->state, round, &view));
	return view;
}

/* ------------------------------------------------------------------- survey and rounds */

uint64_t
state_rig_define(struct state_rig *rig)
{
	struct entry e = {.kind = ENTRY_DEFINITION, .previous = state_catalogue_last(rig->state)};
	return state_rig_put(rig, &e, rig->json, rig->json_bytes, SUBJECT_CATALOGUE);
}

uint32_t
state_rig_round(struct state_rig *rig, const char *name, const char *earlier)
{
	struct definition_view d;
	must(state_definition(rig->state, rig->survey_id, 1, &d));
	Khaosat__V1__CreateRound m;
	khaosat__v1__create_round__init(&m);
	m.name = (char *)(uintptr_t)name;
	m.survey_id = rig->survey_id;
	m.survey_version = 1;
	m.reference_date = (char *)(uintptr_t) "2025-12-31";
	m.closes_ms = 1770000000000;
	m.earlier = (char *)(uintptr_t)earlier;
	uint8_t bytes[256];
	size_t n = khaosat__v1__create_round__pack(&m, bytes);
	struct entry e = {.kind = ENTRY_ROUND_CREATED,
	    .definition = d.number,
	    .previous = state_catalogue_last(rig->state)};
	state_rig_put(rig, &e, bytes, n, SUBJECT_CATALOGUE);
	return (uint32_t)state_rounds(rig->state) - 1;
}

void
state_rig_phase(struct state_rig *rig, uint32_t round, enum entry_kind kind)
{
	struct round_view view = state_rig_view(rig, round);
	struct entry e = {.kind = kind, .round = view.number, .previous = view.last};
	state_rig_put(rig, &e, NULL, 0, state_round_subject(round));
}

/* ------------------------------------------------------------------- registers */

uint64_t
state_rig_tax_code(unsigned serial)
{
	uint64_t nine = 300100000 + (uint64_t)serial * 2; /* one of two neighbours is issued */
	for (;; nine++) {
		uint8_t digits[9];
		uint64_t rest = nine;
		for (int i = 8; i >= 0; i--, rest /= 10)
			digits[i] = (uint8_t)(rest % 10);
		unsigned check = taxcode_check_digit(digits);
		if (check < 10)
			return (nine * 10 + check) * 1000;
	}
}

void
state_rig_unit(unsigned serial, struct register_text *out, char text[REGISTER_COLUMNS][32])
{
	static const char *const commune[] = {"18073", "18115", ""};
	static const char *const zone[] = {"NONE", "KKT_A", "KCN_B", "NONE", ""};
	static const char *const vsic[] = {"10", "46", "22", "47", ""};
	static const char *const status[] = {
	    "ACTIVE", "ACTIVE", "ACTIVE", "SUSP", "ACTIVE", "", "ACTIVE"};
	memset(text, 0, REGISTER_COLUMNS * sizeof(text[0]));
	taxcode_print(state_rig_tax_code(serial), text[REGISTER_TAX_CODE]);
	snprintf(text[REGISTER_NAME], 32, "Công ty %u", serial);
	if (serial % 4 != 0)
		snprintf(text[REGISTER_ADDRESS], 32, "Thôn %u", serial % 4);
	snprintf(text[REGISTER_UNIT_TYPE], 32, "%s", serial % 9 == 0 ? "HT" : "DN");
	snprintf(text[REGISTER_COMMUNE], 32, "%s", commune[serial % 3]);
	snprintf(text[REGISTER_ZONE], 32, "%s", zone[serial % 5]);
	snprintf(text[REGISTER_VSIC], 32, "%s", vsic[serial / 3 % 5]);
	snprintf(text[REGISTER_VSIC_VERSION], 32, "2025");
	snprintf(text[REGISTER_STATUS], 32, "%s", status[serial % 7]);
	snprintf(text[REGISTER_START_YEAR], 32, "%u", 1990 + serial % 30);
	if (serial % 11 != 0)
		snprintf(text[REGISTER_EMPLOYEES], 32, "%u", serial * 7 % 400);
	if (serial % 13 != 0)
		snprintf(text[REGISTER_REVENUE_MVND], 32, "%u", serial * 911 % 400000);
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < REGISTER_COLUMNS; i++)
		out->cell[i] = (struct cell){text[i], strlen(text[i])};
	out->has_code_hash = true;
	for (size_t i = 0; i < sizeof(out->code_hash); i++)
		out->code_hash[i] = (uint8_t)(serial * 31 + i);
}

uint8_t *
state_rig_rows(unsigned first, unsigned n, size_t *bytes)
{
	size_t room = (size_t)n * 256 + 1;
	uint8_t *rows = malloc(room);
	must(rows != NULL);
	*bytes = 0;
	for (unsigned i = 0; i < n; i++) {
		struct register_text unit;
		char text[REGISTER_COLUMNS][32];
		state_rig_unit(first + i, &unit, text);
		size_t added = register_encode(&unit, rows + *bytes, room - *bytes);
		must(added > 0);
		*bytes += added;
	}
	return rows;
}

uint64_t
state_rig_chunk(struct state_rig *rig, uint32_t round, unsigned first, unsigned n)
{
	size_t bytes;
	uint8_t *rows = state_rig_rows(first, n, &bytes);
	struct round_view view = state_rig_view(rig, round);
	struct entry e = {.kind = ENTRY_REGISTER_CHUNK, .round = view.number};
	memcpy(e.instance_id, &first, sizeof(first));
	e.instance_id[15] = 1;
	uint64_t number = state_rig_put(rig, &e, rows, bytes, 0);
	free(rows);
	return number;
}

static void
stage(struct state_rig *rig, const struct round_view *view, const uint64_t *chunk, size_t chunks,
    uint64_t units)
{
	struct columns_spec spec = {
	    .definition = view->definition, .ref_year = view->ref_year, .rows = units};
	struct columns_report report;
	struct columns *columns = NULL;
	enum columns_status status =
	    columns_read(rig->store, view->number, &spec, chunk, chunks, &report, &columns);
	must(status == COLUMNS_OK && state_stage_columns(rig->state, view->index, columns));
	columns_report_free(&report);
}

void
state_rig_load_chunks(struct state_rig *rig, uint32_t round, uint64_t *chunk, size_t chunks,
    uint64_t units, bool staged)
{
	struct round_view view = state_rig_view(rig, round);
	Khaosat__V1__LoadRegister m;
	khaosat__v1__load_register__init(&m);
	m.round = view.name;
	m.chunk = chunk;
	m.n_chunk = chunks;
	m.rows = units;
	if (staged)
		stage(rig, &view, chunk, chunks, units);
	uint8_t bytes[1024];
	must(khaosat__v1__load_register__get_packed_size(&m) <= sizeof(bytes));
	size_t n = khaosat__v1__load_register__pack(&m, bytes);
	struct entry e = {
	    .kind = ENTRY_REGISTER_LOADED, .round = view.number, .previous = view.last};
	state_rig_put(rig, &e, bytes, n, state_round_subject(round));
}

void
state_rig_load(
    struct state_rig *rig, uint32_t round, unsigned units, unsigned chunk_rows, bool staged)
{
	uint64_t chunk[64];
	size_t chunks = 0;
	for (unsigned first = 0; first < units; first += chunk_rows) {
		unsigned n = units - first < chunk_rows ? units - first : chunk_rows;
		must(chunks < 64);
		chunk[chunks++] = state_rig_chunk(rig, round, first, n);
	}
	state_rig_load_chunks(rig, round, chunk, chunks, units, staged);
}

void
state_rig_two_rounds(struct state_rig *rig, unsigned units)
{
	state_rig_define(rig);
	uint32_t one = state_rig_round(rig, "one", "");
	state_rig_load(rig, one, units, units / 3 + 1, true);
	state_rig_phase(rig, one, ENTRY_ROUND_OPENED);
	uint32_t two = state_rig_round(rig, "two", "one");
	state_rig_load(rig, two, units, units, false);
	state_rig_phase(rig, two, ENTRY_ROUND_OPENED);
}

/* ------------------------------------------------------------------- staff */

uint64_t
state_rig_staff(struct state_rig *rig, enum entry_kind kind, uint32_t account, const char *name,
    enum role role, uint8_t id, int64_t expires_ms)
{
	uint8_t payload[256];
	Khaosat__V1__StaffChange change;
	struct roster staff;
	khaosat__v1__staff_change__init(&change);
	change.account = account;
	change.name = (char *)(uintptr_t)name;
	change.after = (Khaosat__V1__Role)role;
	if (kind == ENTRY_TOKEN_MADE || kind == ENTRY_TOKEN_REVOKED) {
		change.token_name = (char *)(uintptr_t) "token";
		change.token_role = (Khaosat__V1__Role)role;
		change.expires_ms = expires_ms;
	}
	must(khaosat__v1__staff_change__get_packed_size(&change) <= sizeof(payload));
	size_t n = khaosat__v1__staff_change__pack(&change, payload);
	must(state_staff(rig->state, &staff));
	struct entry e = {.kind = kind, .actor = ACCOUNT_MACHINE, .previous = staff.last};
	roster_clear(&staff);
	memset(e.instance_id, id, sizeof(e.instance_id));
	return state_rig_put(rig, &e, payload, n, SUBJECT_STAFF);
}

void
state_rig_some_staff(struct state_rig *rig)
{
	const int64_t late = rig->clock_ms + 86400000;
	state_rig_staff(rig, ENTRY_ACCOUNT_ADDED, 2, "lan", ROLE_ADMINISTRATOR, 1, 0);
	state_rig_staff(rig, ENTRY_ACCOUNT_ADDED, 3, "minh", ROLE_VIEWER, 0, 0);
	state_rig_staff(rig, ENTRY_ACCOUNT_ADDED, 4, "gone", ROLE_OPERATOR, 2, 0);
	state_rig_staff(rig, ENTRY_TOKEN_MADE, 2, "lan", ROLE_OPERATOR, 10, late);
	state_rig_staff(rig, ENTRY_TOKEN_MADE, 3, "minh", ROLE_VIEWER, 11, late);
	state_rig_staff(rig, ENTRY_TOKEN_MADE, 4, "gone", ROLE_VIEWER, 12, late);
	state_rig_staff(rig, ENTRY_TOKEN_MADE, 3, "minh", ROLE_VIEWER, 13, late);
	state_rig_staff(rig, ENTRY_ACCOUNT_REMOVED, 4, "gone", ROLE_NONE, 0, 0);
	state_rig_staff(rig, ENTRY_TOKEN_REVOKED, 3, "minh", ROLE_VIEWER, 11, late);
	state_rig_staff(rig, ENTRY_ROLE_SET, 3, "minh", ROLE_OPERATOR, 0, 0);
	state_rig_staff(rig, ENTRY_TOKEN_MADE, 3, "minh", ROLE_VIEWER, 14, rig->clock_ms + 1500);
	state_rig_staff(rig, ENTRY_PASSWORD_SET, 2, "lan", ROLE_ADMINISTRATOR, 3, 0);
	state_rig_staff(rig, ENTRY_TOKEN_MADE, 2, "lan", ROLE_ADMINISTRATOR, 15, late);
}
