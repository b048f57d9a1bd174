/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/session_load.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"
#include "tests/fuzz/session_talk.h"

/* The survey is a new collector's only. */
static void
load(struct session_rig *rig, struct script *script)
{
	struct talk t;
	uint8_t *frame;
	size_t n;
	uint64_t chunk = 0;
	talk_begin(&t, session_rig_connect(rig, &dialect_frames));
	unsigned i = store_last(rig->server.store) == 0 ? 0 : 1;
	for (; (frame = script_loading(script, i, chunk, &n)); i++) {
		talk_send(&t, frame, n);
		free(frame);
		talk_await(&t);
		Khaosat__V1__Response *r = talk_answer(&t);
		assert(r && r->status == KHAOSAT__V1__STATUS__DONE);
		if (r->body_case == KHAOSAT__V1__RESPONSE__BODY_CHUNK_STORED)
			chunk = r->chunk_stored->number;
		khaosat__v1__response__free_unpacked(r, NULL);
	}
	talk_close(&t);
}

void
session_load(struct session_rig *rig, struct script *script, const uint8_t *data, size_t n)
{
	static unsigned serial;
	struct round_view round;
	script_begin(script, data, n, ++serial);
	script->rig = &rig->base;
	load(rig, script);
	bool found = state_round(rig->server.state, script->round[0], &round);
	assert(found);
	script->definition = round.definition;
}

static bool
is_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	const Khaosat__V1__Receipt **receipt = context;
	struct entry e;
	uint8_t digest[SHA256_BYTES];
	assert(number == (*receipt)->number && n >= ENTRY_HEADER_BYTES);
	assert(memcmp(bytes, (*receipt)->header.data, ENTRY_HEADER_BYTES) == 0);
	bool good = entry_decode(bytes, n, false, &e);
	assert(good && e.kind >= ENTRY_SUBMISSION && e.kind <= ENTRY_WITHDRAWAL);
	digest_sha256(
	    &(struct digest_part){bytes + ENTRY_HEADER_BYTES, e.payload_bytes}, 1, digest);
	assert(memcmp(digest, e.digest, sizeof(digest)) == 0);
	*receipt = NULL; /* seen */
	return false;
}

void
session_expect_stored(const struct session_rig *rig, const Khaosat__V1__Receipt *receipt)
{
	assert(receipt && receipt->header.len == ENTRY_HEADER_BYTES);
	assert(receipt->log.len == STORE_LOG_ID_BYTES);
	assert(memcmp(receipt->log.data, store_log_id(rig->server.store), STORE_LOG_ID_BYTES) == 0);
	enum store_status status =
	    store_read(rig->server.store, receipt->number, receipt->number, is_entry, &receipt);
	assert(status == STORE_OK && !receipt);
}
