/* SPDX-License-Identifier: Apache-2.0 */
#include "client/delivery.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/digest.h"
#include "proto/entry.h"

#define LATER_MAX_MS 5000
#define LATER_DEFAULT_MS 500

struct slot {
	struct outgoing *sent; /* NULL: free */
	uint64_t id;
	unsigned tries;
	bool again; /* answered "later": to be sent again after the pause */
};

struct delivery {
	struct connection *connection;
	delivery_done *done;
	void *arg;
	struct slot slot[DELIVERY_WINDOW_MAX];
	size_t window;
	size_t busy;  /* slots in use */
	size_t again; /* of these, waiting out the pause */
	uint32_t pause_ms;
};

/* A request to submit `sent`, whose code is its credential; without one it goes for the unit by
 * name, under the connection's own. Points into itself and `sent`, so it stays where it was filled.
 */
struct delivery_request {
	Khaosat__V1__Request request;
	Khaosat__V1__UnitCredential unit;
	Khaosat__V1__Submit submit;
};

static void
fill(struct delivery_request *r, struct outgoing *sent)
{
	khaosat__v1__request__init(&r->request);
	khaosat__v1__unit_credential__init(&r->unit);
	khaosat__v1__submit__init(&r->submit);
	r->submit.round = sent->round;
	r->submit.survey_id = sent->survey_id;
	r->submit.survey_version = sent->survey_version;
	r->submit.instance_id = (ProtobufCBinaryData){UUID_BYTES, sent->instance_id};
	if (sent->corrects)
		r->submit.deprecated_id = (ProtobufCBinaryData){UUID_BYTES, sent->deprecated_id};
	r->submit.answers = (ProtobufCBinaryData){sent->answers_bytes, sent->answers};
	r->submit.channel = (Khaosat__V1__Channel)sent->channel;
	r->request.body_case = KHAOSAT__V1__REQUEST__BODY_SUBMIT;
	r->request.submit = &r->submit;
	if (sent->access_code[0] == '\0') {
		r->submit.tax_code = sent->tax_code;
		return;
	}
	r->unit.tax_code = sent->tax_code;
	r->unit.access_code = sent->access_code;
	r->request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	r->request.unit = &r->unit;
}

bool
delivery_receipt_fits(const struct outgoing *sent, const Khaosat__V1__Receipt *receipt)
{
	struct entry e;
	if (receipt == NULL || receipt->log.len != UUID_BYTES || receipt->number == 0 ||
	    receipt->header.len != ENTRY_HEADER_BYTES ||
	    !entry_decode(receipt->header.data, receipt->header.len, true, &e))
		return false;
	uint64_t tax_code;
	uint8_t digest[SHA256_BYTES];
	static const uint8_t none[UUID_BYTES];
	digest_sha256(&(struct digest_part){sent->answers, sent->answers_bytes}, 1, digest);
	return taxcode_parse(sent->tax_code, &tax_code) == TAXCODE_OK && e.tax_code == tax_code &&
	       e.kind == (sent->corrects ? ENTRY_CORRECTION : ENTRY_SUBMISSION) &&
	       e.payload_bytes == sent->answers_bytes &&
	       memcmp(e.digest, digest, sizeof(digest)) == 0 &&
	       memcmp(e.instance_id, sent->instance_id, UUID_BYTES) == 0 &&
	       memcmp(e.deprecated_id, sent->corrects ? sent->deprecated_id : none, UUID_BYTES) ==
		   0;
}

static enum delivery_outcome
judge(const struct outgoing *sent, const Khaosat__V1__Response *response)
{
	switch (response->status) {
	case KHAOSAT__V1__STATUS__ACCEPTED:
	case KHAOSAT__V1__STATUS__REPLAYED:
		return delivery_receipt_fits(sent, response->receipt) ? DELIVERY_STORED
								      : DELIVERY_BAD_RECEIPT;
	case KHAOSAT__V1__STATUS__REJECTED:
	case KHAOSAT__V1__STATUS__NEEDS_CONFIRMATION:
		return DELIVERY_REJECTED;
	case KHAOSAT__V1__STATUS__TRY_LATER:
	case KHAOSAT__V1__STATUS__UNAVAILABLE:
		return DELIVERY_LATER;
	case KHAOSAT__V1__STATUS__STATUS_UNSPECIFIED:
	case KHAOSAT__V1__STATUS__DONE:
	case KHAOSAT__V1__STATUS__CONFLICT:
	case KHAOSAT__V1__STATUS__NOT_FOUND:
	case KHAOSAT__V1__STATUS__STALE:
	case KHAOSAT__V1__STATUS__REFUSED:
	case KHAOSAT__V1__STATUS__ROUND_CLOSED:
	case KHAOSAT__V1__STATUS__WRONG_VERSION:
	case KHAOSAT__V1__STATUS__INVALID:
	case KHAOSAT__V1__STATUS__UNKNOWN_ROUND:
	case KHAOSAT__V1__STATUS__FRAME_REFUSED:
	case KHAOSAT__V1__STATUS__UNSUPPORTED:
	case KHAOSAT__V1__STATUS__ALREADY:
	case _KHAOSAT__V1__STATUS_IS_INT_SIZE:
		break;
	}
	return DELIVERY_REFUSED;
}

struct delivery *
delivery_new(struct connection *connection, size_t window, delivery_done *done, void *arg)
{
	struct delivery *d = calloc(1, sizeof(*d));
	if (d == NULL)
		return NULL;
	d->connection = connection;
	d->window = window < DELIVERY_WINDOW_MAX ? window : DELIVERY_WINDOW_MAX;
	d->done = done;
	d->arg = arg;
	return d;
}

void
delivery_free(struct delivery *delivery)
{
	free(delivery);
}

static bool
send_slot(struct delivery *d, struct slot *slot)
{
	struct delivery_request r;
	fill(&r, slot->sent);
	slot->again = false;
	if (!connection_send(d->connection, &r.request))
		return false;
	slot->id = r.request.id;
	return true;
}

static void
wait_ms(uint32_t ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	while (nanosleep(&t, &t) != 0)
		;
}

static uint32_t
later_ms(const Khaosat__V1__Response *response)
{
	uint32_t ms = response->retry_after_ms;
	if (ms == 0)
		return LATER_DEFAULT_MS;
	return ms < LATER_MAX_MS ? ms : LATER_MAX_MS;
}

static struct slot *
find_id(struct delivery *d, uint64_t id)
{
	for (size_t i = 0; i < d->window; i++)
		if (d->slot[i].sent != NULL && !d->slot[i].again && d->slot[i].id == id)
			return &d->slot[i];
	return NULL;
}

static void
answer(struct delivery *d, struct slot *slot, const Khaosat__V1__Response *response)
{
	enum delivery_outcome outcome = judge(slot->sent, response);
	if (outcome == DELIVERY_LATER && ++slot->tries < DELIVERY_TRIES) {
		slot->again = true;
		d->again++;
		if (d->pause_ms < later_ms(response))
			d->pause_ms = later_ms(response);
		return;
	}
	struct outgoing *sent = slot->sent;
	*slot = (struct slot){0};
	d->busy--;
	d->done(d->arg, sent, outcome, response);
}

/* Take one response; or, when all under way wait for later, let that time pass and send them again.
 */
static bool
step(struct delivery *d)
{
	if (d->again == d->busy) {
		wait_ms(d->pause_ms);
		d->pause_ms = 0;
		d->again = 0;
		for (size_t i = 0; i < d->window; i++)
			if (d->slot[i].sent != NULL && !send_slot(d, &d->slot[i]))
				return false;
		return true;
	}
	Khaosat__V1__Response *response = connection_receive(d->connection);
	if (response == NULL)
		return false;
	struct slot *slot = find_id(d, response->id);
	if (slot != NULL)
		answer(d, slot, response);
	bool goes_on = response->status != KHAOSAT__V1__STATUS__FRAME_REFUSED;
	khaosat__v1__response__free_unpacked(response, NULL);
	return goes_on;
}

static bool
unit_is_under_way(const struct delivery *d, const char *tax_code)
{
	for (size_t i = 0; i < d->window; i++)
		if (d->slot[i].sent != NULL && strcmp(d->slot[i].sent->tax_code, tax_code) == 0)
			return true;
	return false;
}

bool
delivery_settle(struct delivery *d, const char *tax_code)
{
	while (unit_is_under_way(d, tax_code))
		if (!step(d))
			return false;
	return true;
}

bool
delivery_add(struct delivery *d, struct outgoing *sent)
{
	/* A full window is drained to half, so that requests leave in groups and not one by one. */
	if (d->busy == d->window)
		while (d->busy > d->window / 2)
			if (!step(d))
				return false;
	/* Nothing new goes out while the collector asks for a pause. */
	while (d->again > 0 || unit_is_under_way(d, sent->tax_code))
		if (!step(d))
			return false;
	struct slot *slot = d->slot;
	while (slot->sent != NULL)
		slot++;
	*slot = (struct slot){.sent = sent};
	d->busy++;
	return send_slot(d, slot);
}

bool
delivery_finish(struct delivery *d)
{
	while (d->busy > 0)
		if (!step(d))
			return false;
	return true;
}

Khaosat__V1__Response *
delivery_one(struct connection *connection, struct outgoing *sent, enum delivery_outcome *outcome)
{
	for (unsigned tries = 1;; tries++) {
		struct delivery_request r;
		fill(&r, sent);
		Khaosat__V1__Response *response = connection_call(connection, &r.request);
		if (response == NULL)
			return NULL;
		*outcome = judge(sent, response);
		if (*outcome != DELIVERY_LATER || tries == DELIVERY_TRIES)
			return response;
		uint32_t ms = later_ms(response);
		khaosat__v1__response__free_unpacked(response, NULL);
		wait_ms(ms);
	}
}
