/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of TLS in one process: what the collector shows, with a certificate made for it, and
 * OpenSSL's own client, which believes it. Aborts where something cannot be had. Tests only. */
#ifndef KHAOSAT_TESTS_SUPPORT_TLS_RIG_H
#define KHAOSAT_TESTS_SUPPORT_TLS_RIG_H

#include <openssl/ssl.h>

#include "collector/tls.h"

#define TLS_RIG_ALPN "\x04test"

struct tls_rig {
	struct tls *tls;
	SSL_CTX *client;
};

void tls_rig_open(struct tls_rig *rig);
void tls_rig_close(struct tls_rig *rig);
/* A client of one version, TLS1_2_VERSION or TLS1_3_VERSION, that is about to begin. */
SSL *tls_rig_client(struct tls_rig *rig, int version);

#endif
