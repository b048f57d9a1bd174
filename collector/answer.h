/* SPDX-License-Identifier: Apache-2.0 */
/* The end of every request: one response, put into the output of the session where it still is, and
 * the request is freed. Each request sees exactly one of these. Loop's thread. */
#ifndef KHAOSAT_COLLECTOR_ANSWER_H
#define KHAOSAT_COLLECTOR_ANSWER_H

#include <stdint.h>

#include "collector/chain.h"
#include "collector/request.h"
#include "collector/state.h"
#include "survey/answers.h"
#include "survey/wire.h"

#define RETRY_AFTER_MS 1000u

/* Fields of messages are not const, though packing only reads. */
static inline char *
answer_text(const char *text)
{
	return (char *)(uintptr_t)text;
}

static inline ProtobufCBinaryData
answer_bytes(const uint8_t *bytes, size_t n)
{
	return (ProtobufCBinaryData){.len = n, .data = (uint8_t *)(uintptr_t)bytes};
}

/* Send a response that the caller filled in but for its id; it is only read. */
void answer(struct request *r, Khaosat__V1__Response *response);

/* The same with the status's own sentences and one more field, a message or bytes, that is encoded
 * by hand: `put` writes its n bytes. For what comes often or is large. */
typedef void answer_put(const void *context, struct wire_out *w);
void answer_encoded(struct request *r, Khaosat__V1__Status status, uint32_t field, size_t n,
    answer_put *put, const void *context);

/* A status with its own two sentences for people, or with others. */
void answer_status(struct request *r, Khaosat__V1__Status status);
void answer_say(struct request *r, Khaosat__V1__Status status, const char *vi, const char *en);

/* TRY_LATER, with its own words and delay, to who asks too often, whatever is under way for
 * others. */
void answer_too_often(struct request *r, const char *vi, const char *en, uint32_t after_ms);
void answer_done(struct request *r);
void answer_invalid(struct request *r, const char *field, const char *rule);
/* The same, of a rule with words of its own in Vietnamese. */
void answer_invalid_said(
    struct request *r, const char *field, const char *rule_vi, const char *rule);
void answer_receipt(struct request *r, Khaosat__V1__Status status, uint64_t number,
    const uint8_t header[ENTRY_HEADER_BYTES]);
void answer_stale(struct request *r, const struct chain *chain);
void answer_findings(struct request *r, Khaosat__V1__Status status, const struct round_view *round,
    const struct findings *findings);
void answer_round(struct request *r, const struct round_view *round); /* DONE with its RoundInfo */

/* TRY_LATER to a request of which nothing but its id and its body's field is known. */
void answer_try_later(struct session *s, uint64_t id, uint32_t body, uint32_t after_ms);

/* What people read where a handler has nothing more exact to say. */
struct label answer_words(Khaosat__V1__Status status);

const char *answer_status_name(unsigned status); /* in lower case; NULL: there is none */

/* There is no memory to answer with: the session closes. */
void answer_memory(struct request *r);

struct messages;
void answer_fill_finding(Khaosat__V1__Finding *out, const struct definition *d,
    const struct messages *messages, const struct finding *f);
void answer_fill_head(Khaosat__V1__Head *out, const struct chain_link *head);
void answer_fill_round(Khaosat__V1__RoundInfo *out, const struct round_view *round);

#endif
