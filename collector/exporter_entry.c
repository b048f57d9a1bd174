/* SPDX-License-Identifier: Apache-2.0 */
/* The entry that says an export was made. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/clock.h"
#include "collector/exporter_parts.h"
#include "proto/digest.h"

#define LOOKS_MAX 16 /* at an account, while others change */

static enum run_status
judge(const struct store_job *job, uint64_t *number, struct run_why *why)
{
	switch (job->outcome) {
	case STORE_ACCEPTED:
		*number = job->number;
		return RUN_OK;
	case STORE_MOVED:
		return RUN_MOVED;
	case STORE_FULL:
		run_why(why, "đĩa chứa nhật ký đã đầy", "the disk of the log is full");
		return RUN_FAILED;
	case STORE_OVERLOADED:
		run_why(why, "quá nhiều việc đang chờ ghi nhật ký", "too much waits for the log");
		return RUN_FAILED;
	case STORE_UNAVAILABLE:
		break;
	}
	run_why(why, "chưa rõ nhật ký đã ghi hay chưa", "not known whether the log has it");
	return RUN_UNSURE;
}

/* A run takes its time, and whoever asked for it may lose his account meanwhile: he is looked at
 * now, and whatever becomes of any account after that moves the entry. RUN_MOVED: the round's
 * exports have moved, or accounts without end. */
static enum run_status
store(const struct committing *c, const uint8_t *bytes, size_t n, uint64_t *number,
    struct run_why *why)
{
	const struct exporter_wish *wish = c->wish;
	uint64_t staff_last = 0;
	for (unsigned i = 0;; i++) {
		struct store_job job = {.bytes = bytes,
		    .n = n,
		    .condition = {{state_exports_subject(c->round->index), c->previous, true}},
		    .reply = &c->exporter->box};
		if (wish->is_allowed != NULL &&
		    !wish->is_allowed(wish->context, &job.condition[1])) {
			run_why(why, "tài khoản yêu cầu không còn quyền đó",
			    "the account that asked for it may no longer do so");
			return RUN_REFUSED;
		}
		bool is_same = i > 0 && job.condition[1].last == staff_last;
		if (is_same || i == LOOKS_MAX) {
			run_why(why, "các lần xuất hoặc tài khoản khác thay đổi liên tục",
			    "other exports or accounts kept changing meanwhile");
			return RUN_MOVED;
		}
		staff_last = job.condition[1].last;
		store_submit(c->exporter->server->store, &job);
		mailbox_wait(&c->exporter->box);
		enum run_status status = judge(&job, number, why);
		if (status != RUN_MOVED)
			return status;
	}
}

enum run_status
exporter_commit(
    void *committing, const struct payload_export *made, uint64_t *number, struct run_why *why)
{
	const struct committing *c = committing;
	struct entry e = {.kind = ENTRY_EXPORT_MADE,
	    .actor = c->wish->actor,
	    .time_ms = clock_wall_ms(),
	    .round = c->round->number,
	    .definition = c->round->definition_number,
	    .previous = c->previous,
	    .revision = made->record.vintage};
	size_t n = 0;
	uint8_t *payload = payload_export_pack(made, &n);
	uint8_t *bytes = payload == NULL ? NULL : malloc(ENTRY_HEADER_BYTES + n);
	enum run_status status = RUN_FAILED;
	run_why(why, "hết bộ nhớ", "out of memory");
	if (bytes != NULL) {
		e.payload_bytes = (uint32_t)n;
		digest_sha256(&(struct digest_part){payload, n}, 1, e.digest);
		entry_encode(&e, bytes);
		memcpy(bytes + ENTRY_HEADER_BYTES, payload, n);
		status = store(c, bytes, ENTRY_HEADER_BYTES + n, number, why);
	}
	free(bytes);
	free(payload);
	return status;
}
