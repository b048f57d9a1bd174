/* SPDX-License-Identifier: Apache-2.0 */
/* TLS over a socket that does not block: what stream.c asks of OpenSSL. Hands are shaken by the
 * first calls of tls_receive. One loop's thread. */
#ifndef KHAOSAT_COLLECTOR_STREAM_TLS_H
#define KHAOSAT_COLLECTOR_STREAM_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tls_step {
	TLS_GOES_ON,       /* receive: there is more than there was room for. send: all has gone */
	TLS_WAITS_TO_READ, /* until the socket is readable */
	TLS_WAITS_TO_WRITE,
	TLS_END,   /* the peer has said that it is through */
	TLS_FAILED /* what the peer says is not TLS, or not ours */
};

/* As much as there is and there is room for; *n also when the step is another than TLS_GOES_ON. */
enum tls_step tls_receive(SSL *ssl, uint8_t *bytes, size_t room, size_t *n);
/* What was not sent must be given again, with or without more behind it. */
enum tls_step tls_send(SSL *ssl, const uint8_t *bytes, size_t n, size_t *sent);
void tls_say_end(SSL *ssl);
bool tls_is_certified(const SSL *ssl); /* the peer's certificate was shown and verified */

#endif
