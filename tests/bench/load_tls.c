/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of the load generator, which is to cost the server what a client costs it; it believes any
 * certificate, since what is measured is speed. */
#include <errno.h>
#include <fcntl.h>
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
	SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_set_read_ahead(ssl, 1);
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0)
		die("TLS");
	return ssl;
}

/* As send and recv without a wait. */
static ssize_t
moved(const SSL *ssl, int result, size_t n)
{
	if (result == 1)
		return (ssize_t)n;
	int why = SSL_get_error(ssl, result);
	errno = EAGAIN;
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

ssize_t
tls_send(SSL *ssl, const void *bytes, size_t n)
{
	size_t sent = 0;
	ERR_clear_error();
	int result = SSL_write_ex(ssl, bytes, n, &sent);
	return moved(ssl, result, sent);
}

ssize_t
tls_receive(SSL *ssl, void *out, size_t room)
{
	size_t n = 0, got;
	int result = 1;
	ERR_clear_error();
	while (n < room && (n == 0 || SSL_has_pending(ssl)) &&
	       (result = SSL_read_ex(ssl, (uint8_t *)out + n, room - n, &got)) == 1)
		n += got;
	return n > 0 ? (ssize_t)n : moved(ssl, result, 0);
}
