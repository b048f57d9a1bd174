/* SPDX-License-Identifier: Apache-2.0 */
/* What the collector shows its peers: a certificate and its key, TLS 1.2 and 1.3 only, ciphers with
 * forward secrecy and authenticated encryption only, no renegotiation, resumption by tickets. The
 * files are read again at SIGHUP: connections that are open keep what they began with. */
#ifndef KHAOSAT_COLLECTOR_TLS_H
#define KHAOSAT_COLLECTOR_TLS_H

#include <stdbool.h>
#include <stdint.h>

#define TLS_MESSAGE_BYTES 512

struct ssl_st; /* OpenSSL's SSL */
struct tls;

struct tls_files {
	const char *certificate; /* PEM: the collector's own first, then what signed it */
	const char *key;         /* PEM, without a password */
	const char *client_ca;   /* PEM; NULL: clients are not asked for a certificate */
};

/* NULL: `message` names the file and the reason. Main thread, as the next two. */
struct tls *tls_open(const struct tls_files *files, char message[TLS_MESSAGE_BYTES]);
/* False: as above, and the old ones stay. */
bool tls_reload(struct tls *tls, const struct tls_files *files, char message[TLS_MESSAGE_BYTES]);
/* Every so often, by the monotonic clock: once a day it is said when the certificate has expired or
 * has less than 30 days left, as at each of the two above. Main thread. */
void tls_tick(struct tls *tls, int64_t now_ms);
/* When the first certificate of those that are shown ends, since 1970, UTC; INT64_MAX: none says.
 * Any thread. */
int64_t tls_expires_ms(const struct tls *tls);
void tls_close(struct tls *tls); /* accepts NULL; when there is no connection any more */

/* For one connection, of a peer that begins the handshake and speaks `alpn`, a constant, or does
 * not say; without a socket, see seal.h. Freed by SSL_free. NULL: out of memory. Any thread. */
struct ssl_st *tls_accept(struct tls *tls, const char *alpn);

#endif
