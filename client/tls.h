/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of one connection to the collector: 1.2 or later, the chain and the name always verified.
 * One thread. */
#ifndef KHAOSAT_CLIENT_TLS_H
#define KHAOSAT_CLIENT_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "client/client.h"

struct tls;

/* Shake hands over a connected socket that does not block, within `timeout_ms`; the socket stays
 * the caller's. NULL: `error` says why. */
struct tls *tls_open(const struct client *client, int fd, int timeout_ms, char error[256]);
void tls_close(struct tls *tls); /* says so to the collector; accepts NULL */

/* As recv and send: bytes moved, 0 at the collector's end (tls_read), -1 with errno; EAGAIN: wait
 * until the socket is readable (tls_read) or writable (tls_write). Read until EAGAIN: what is left
 * is not seen at the socket. */
ssize_t tls_read(struct tls *tls, void *out, size_t n);
ssize_t tls_write(struct tls *tls, const void *bytes, size_t n);

#endif
