/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of the load generator, which is to cost the server what a client costs it; it believes any
 * certificate, since what is measured is speed. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/bench/load.h"

SSL *
tls_greet(int fd)
{
	static SSL_CTX *context;
	if (context == NULL)
		context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = context != NULL ? SSL_new(context) : NULL;
	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1)
		die("TLS");
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	if (in == NULL || out == NULL)
		die("TLS");
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(ssl, in, out);
	return ssl;
}

size_t
tls_seal(SSL *ssl, void *bytes, size_t n, size_t room)
{
	int sealed =
	    SSL_write(ssl, bytes, (int)n) == (int)n ? (int)BIO_ctrl_pending(SSL_get_wbio(ssl)) : 0;
	if (sealed <= 0 || (size_t)sealed > room ||
	    BIO_read(SSL_get_wbio(ssl), bytes, sealed) != sealed)
		die("TLS");
	return (size_t)sealed;
}

size_t
tls_unseal(SSL *ssl, const void *bytes, size_t n, void *out, size_t room)
{
	size_t opened = 0, got = 0;
	int result;
	if (BIO_write(SSL_get_rbio(ssl), bytes, (int)n) != (int)n)
		die("TLS");
	do {
		result = SSL_read_ex(ssl, (uint8_t *)out + opened, room - opened, &got);
		opened += result == 1 ? got : 0;
	} while (result == 1 && opened < room &&
		 (SSL_has_pending(ssl) == 1 || BIO_ctrl_pending(SSL_get_rbio(ssl)) > 0));
	if (result != 1 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ)
		die("TLS");
	ERR_clear_error();
	return opened;
}
