/* SPDX-License-Identifier: Apache-2.0 */
/* TLS without a socket: what a peer has sent goes in sealed and comes out in the clear, what is to
 * be said goes in in the clear and comes out sealed. So the bytes of all connections move in the
 * same way (sockets.h). Hands are shaken by the first calls of seal_read, whose words for that are
 * among the output. One loop's thread. */
#ifndef KHAOSAT_COLLECTOR_SEAL_H
#define KHAOSAT_COLLECTOR_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pile;
struct seal;
struct tls;

enum seal_step {
	SEAL_HAS_MORE, /* there was more than there was room for: read again */
	SEAL_WAITS,    /* for more from the peer */
	SEAL_END,      /* the peer has said that it is through */
	SEAL_FAILED    /* what the peer says is not TLS, or not ours */
};

/* Of a peer that begins the handshake and speaks `alpn`, a constant. NULL: out of memory. */
struct seal *seal_new(struct tls *tls, const char *alpn);
void seal_free(struct seal *seal); /* accepts NULL */
void seal_rest(struct seal *seal); /* keep no memory that can be had again */

bool seal_is_ready(const struct seal *seal);     /* hands are shaken */
bool seal_is_certified(const struct seal *seal); /* the peer's certificate was shown and verified */

/* What came; a loan, until seal_read no longer says SEAL_HAS_MORE. */
void seal_put(struct seal *seal, const uint8_t *bytes, size_t n);
/* As much in the clear as there is and there is room for; *n also beside an end or a failure. */
enum seal_step seal_read(struct seal *seal, uint8_t *bytes, size_t room, size_t *n);

/* Once hands are shaken: all of it. False: out of memory, or the connection is over. */
bool seal_write(struct seal *seal, const uint8_t *bytes, size_t n);
void seal_end(struct seal *seal); /* say that we are through; again: nothing */
struct pile *seal_output(struct seal *seal);

#endif
