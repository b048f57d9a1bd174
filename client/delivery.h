/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions on their way: one connection, a window of requests under way, each answered once.
 * Waits and sends again where the collector says later, and never has two submissions of one unit
 * under way. One thread. */
#ifndef KHAOSAT_CLIENT_DELIVERY_H
#define KHAOSAT_CLIENT_DELIVERY_H

#include "client/connection.h"
#include "client/outgoing.h"

#define DELIVERY_WINDOW_MAX 128
#define DELIVERY_TRIES 8 /* of one submission that the collector asks for later */

enum delivery_outcome {
	DELIVERY_STORED,     /* accepted or replayed, and the receipt fits what was sent */
	DELIVERY_REJECTED,   /* by checks: findings */
	DELIVERY_REFUSED,    /* final, for another reason */
	DELIVERY_LATER,      /* try again another time: overloaded, or not known whether stored */
	DELIVERY_BAD_RECEIPT /* stored, says the collector, with a receipt for something else */
};

/* Called once for each submission answered. `response` is a loan. */
typedef void delivery_done(void *arg, struct outgoing *sent, enum delivery_outcome outcome,
    const Khaosat__V1__Response *response);

struct delivery;

/* `window` requests at most are under way. NULL: out of memory. The connection is a loan. */
struct delivery *delivery_new(
    struct connection *connection, size_t window, delivery_done *done, void *arg);
void delivery_free(struct delivery *delivery); /* accepts NULL; what is under way is forgotten */

/* Send one; `sent` is a loan until its call of `done`. Waits while the window is full or the same
 * unit has one under way. False: the connection is gone, and this and all under way are unanswered.
 */
bool delivery_add(struct delivery *delivery, struct outgoing *sent);

/* Wait until nothing of this unit is under way; false as above. */
bool delivery_settle(struct delivery *delivery, const char *tax_code);

/* Wait until everything is answered; false as above. */
bool delivery_finish(struct delivery *delivery);

/* One submission, start to end. The response is freed by the caller; NULL: the connection is gone.
 */
Khaosat__V1__Response *delivery_one(
    struct connection *connection, struct outgoing *sent, enum delivery_outcome *outcome);

/* Whether a receipt is for this: unit, ids, first or a correction, digest of the answers. */
bool delivery_receipt_fits(const struct outgoing *sent, const Khaosat__V1__Receipt *receipt);

#endif
