/* SPDX-License-Identifier: Apache-2.0 */
#include "client/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/words.h"
#include "proto/limits.h"

struct tls {
	SSL_CTX *context;
	SSL *ssl;
};

/* ------------------------------------------------------------------------------ what is wrong */

static const char *
library_reason(void)
{
	unsigned long error = ERR_peek_error();
	const char *reason = ERR_GET_LIB(error) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(error))
							       : ERR_reason_error_string(error);
	ERR_clear_error();
	return reason;
}

static bool
refuse_file(const char *file, char error[256])
{
	const char *reason = library_reason();
	snprintf(error, 256, "%.160s: %s", file, reason != NULL ? reason : "?");
	return false;
}

static bool
refuse_peer(const struct client *client, const SSL *ssl, char error[256])
{
	long verdict = SSL_get_verify_result(ssl);
	const char *reason = library_reason();
	if (verdict != X509_V_OK)
		snprintf(error, 256,
		    client_say(client, "%s:%u: không tin được chứng chỉ: %s; --ca FILE nêu nơi cấp",
			"%s:%u: its certificate is not trusted: %s; --ca FILE names who signed it"),
		    client->host, (unsigned)client->port, X509_verify_cert_error_string(verdict));
	else
		snprintf(error, 256,
		    client_say(
			client, "%s:%u: không bắt tay TLS được: %s", "%s:%u: no TLS with it: %s"),
		    client->host, (unsigned)client->port,
		    reason != NULL ? reason : words_errno(client->language, ECONNRESET));
	return false;
}

/* ------------------------------------------------------------------------------ opening */

static bool
read_files(const struct client *client, SSL_CTX *context, char error[256])
{
	if (client->ca == NULL && SSL_CTX_set_default_verify_paths(context) != 1)
		return refuse_file("CA", error);
	if (client->ca != NULL && SSL_CTX_load_verify_locations(context, client->ca, NULL) != 1)
		return refuse_file(client->ca, error);
	if (client->cert == NULL)
		return true;
	if (SSL_CTX_use_certificate_chain_file(context, client->cert) != 1)
		return refuse_file(client->cert, error);
	return (SSL_CTX_use_PrivateKey_file(context, client->key, SSL_FILETYPE_PEM) == 1 &&
		   SSL_CTX_check_private_key(context) == 1) ||
	       refuse_file(client->key, error);
}

/* The name, or the address, that the certificate must be for. */
static bool
expect_name(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *rules = SSL_get0_param(ssl);
	if (X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1)
		return true;
	X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static bool
set_up(struct tls *tls, const struct client *client, int fd, char error[256])
{
	tls->context = SSL_CTX_new(TLS_client_method());
	if (tls->context == NULL)
		return refuse_file("TLS", error);
	SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
	SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(
	    tls->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
	if (!read_files(client, tls->context, error))
		return false;
	tls->ssl = SSL_new(tls->context);
	static const unsigned char protocol[] = PROTO_ALPN;
	if (tls->ssl == NULL || SSL_set_fd(tls->ssl, fd) != 1 ||
	    !expect_name(tls->ssl, client->host) ||
	    SSL_set_alpn_protos(tls->ssl, protocol, sizeof(protocol) - 1) != 0)
		return refuse_file("TLS", error);
	return true;
}

static bool
wait_for(int fd, int why, int timeout_ms)
{
	struct pollfd p = {.fd = fd, .events = why == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN};
	int ready;
	do
		ready = poll(&p, 1, timeout_ms);
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

static bool
shake_hands(struct tls *tls, const struct client *client, int fd, int timeout_ms, char error[256])
{
	for (;;) {
		ERR_clear_error();
		int result = SSL_connect(tls->ssl);
		if (result == 1)
			return true;
		int why = SSL_get_error(tls->ssl, result);
		if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
			return refuse_peer(client, tls->ssl, error);
		if (wait_for(fd, why, timeout_ms))
			continue;
		snprintf(error, 256, "%s:%u: %s", client->host, (unsigned)client->port,
		    words_errno(client->language, ETIMEDOUT));
		return false;
	}
}

struct tls *
tls_open(const struct client *client, int fd, int timeout_ms, char error[256])
{
	struct tls *tls = calloc(1, sizeof(*tls));
	if (tls == NULL) {
		snprintf(error, 256, "%s", words_errno(client->language, ENOMEM));
		return NULL;
	}
	ERR_clear_error();
	if (set_up(tls, client, fd, error) && shake_hands(tls, client, fd, timeout_ms, error))
		return tls;
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->context);
	free(tls);
	return NULL;
}

void
tls_close(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_shutdown(tls->ssl);
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->context);
	ERR_clear_error();
	free(tls);
}

/* ------------------------------------------------------------------------------ bytes */

static ssize_t
failed(const struct tls *tls, int result)
{
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	default:
		errno = ECONNRESET;
		return -1;
	}
}

ssize_t
tls_read(struct tls *tls, void *out, size_t n)
{
	size_t got = 0;
	ERR_clear_error();
	int result = SSL_read_ex(tls->ssl, out, n, &got);
	return result == 1 ? (ssize_t)got : failed(tls, result);
}

ssize_t
tls_write(struct tls *tls, const void *bytes, size_t n)
{
	size_t put = 0;
	ERR_clear_error();
	int result = SSL_write_ex(tls->ssl, bytes, n, &put);
	return result == 1 ? (ssize_t)put : failed(tls, result);
}
