/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls_rig.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/self_signed.h"
#include "tests/support/must.h"

void
tls_rig_open(struct tls_rig *rig)
{
	char folder[] = "/tmp/khaosat-tls-XXXXXX", message[TLS_MESSAGE_BYTES];
	char cert[sizeof(folder) + 16], key[sizeof(folder) + 16];
	struct sockaddr_storage address = {.ss_family = AF_INET};
	must(mkdtemp(folder) != NULL && self_signed_make(folder, &address, message));
	snprintf(cert, sizeof(cert), "%s/%s", folder, SELF_SIGNED_CERT);
	snprintf(key, sizeof(key), "%s/%s", folder, SELF_SIGNED_KEY);
	const struct tls_files files = {.certificate = cert, .key = key};
	rig->tls = tls_open(&files, message);
	rig->client = SSL_CTX_new(TLS_client_method());
	must(rig->tls != NULL && rig->client != NULL);
	must(SSL_CTX_load_verify_locations(rig->client, cert, NULL) == 1);
	SSL_CTX_set_verify(rig->client, SSL_VERIFY_PEER, NULL);
	must(unlink(cert) == 0 && unlink(key) == 0 && rmdir(folder) == 0);
}

void
tls_rig_close(struct tls_rig *rig)
{
	SSL_CTX_free(rig->client);
	tls_close(rig->tls);
}

SSL *
tls_rig_client(struct tls_rig *rig, int version)
{
	SSL *ssl = SSL_new(rig->client);
	must(ssl != NULL && SSL_set_min_proto_version(ssl, version) == 1 &&
	     SSL_set_max_proto_version(ssl, version) == 1);
	SSL_set_mode(ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_set_connect_state(ssl);
	return ssl;
}
