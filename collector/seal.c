/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/seal.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "collector/clock.h"
#include "collector/log.h"
#include "collector/meter.h"
#include "collector/pile.h"
#include "collector/tls.h"

struct seal {
	SSL *ssl;
	const uint8_t *in;
	size_t in_bytes;
	struct pile output;
};

/* ------------------------------------------------------------------------------ OpenSSL's ends */

static BIO_METHOD *ends; /* NULL: out of memory */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int
take_in(BIO *bio, char *out, int room)
{
	struct seal *seal = BIO_get_data(bio);
	size_t n = seal->in_bytes < (size_t)room ? seal->in_bytes : (size_t)room;
	BIO_clear_retry_flags(bio);
	if (n == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(out, seal->in, n);
	seal->in += n;
	seal->in_bytes -= n;
	return (int)n;
}

static int
put_out(BIO *bio, const char *bytes, int n)
{
	struct seal *seal = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	uint8_t *room = pile_reserve(&seal->output, (size_t)n);
	if (room == NULL)
		return -1;
	memcpy(room, bytes, (size_t)n);
	seal->output.bytes.n += (size_t)n;
	return n;
}

static long
control(BIO *bio, int what, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return what == BIO_CTRL_FLUSH; /* there is nothing else to it */
}

static void
make_ends(void)
{
	ends = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "seal");
	if (ends != NULL &&
	    (BIO_meth_set_read(ends, take_in) != 1 || BIO_meth_set_write(ends, put_out) != 1 ||
		BIO_meth_set_ctrl(ends, control) != 1)) {
		BIO_meth_free(ends);
		ends = NULL;
	}
}

/* Its ends are the SSL's from here on. */
static bool
join_ends(struct seal *seal)
{
	pthread_once(&once, make_ends);
	BIO *bio = ends != NULL ? BIO_new(ends) : NULL;
	if (bio == NULL)
		return false;
	BIO_set_data(bio, seal);
	BIO_set_init(bio, 1);
	SSL_set_bio(seal->ssl, bio, bio);
	return true;
}

struct seal *
seal_new(struct tls *tls, const char *alpn)
{
	struct seal *seal = calloc(1, sizeof(*seal));
	if (seal == NULL)
		return NULL;
	seal->ssl = tls_accept(tls, alpn);
	bool is_whole = seal->ssl != NULL && join_ends(seal);
	ERR_clear_error();
	if (is_whole)
		return seal;
	seal_free(seal);
	return NULL;
}

void
seal_free(struct seal *seal)
{
	if (seal == NULL)
		return;
	SSL_free(seal->ssl);
	bytes_free(&seal->output.bytes);
	free(seal);
}

void
seal_rest(struct seal *seal)
{
	pile_rest(&seal->output);
	/* It does not where they hold something; but before 3.0.14 it did between a record's head
	 * and its body, and read the head again afterwards (CVE-2024-4741). */
	if (strcmp(SSL_rstate_string(seal->ssl), "RH") == 0)
		SSL_free_buffers(seal->ssl);
}

bool
seal_is_ready(const struct seal *seal)
{
	return SSL_is_init_finished(seal->ssl);
}

bool
seal_is_certified(const struct seal *seal)
{
	return SSL_get0_peer_certificate(seal->ssl) != NULL &&
	       SSL_get_verify_result(seal->ssl) == X509_V_OK;
}

struct pile *
seal_output(struct seal *seal)
{
	return &seal->output;
}

/* ------------------------------------------------------------------------------ what goes wrong */

/* Without an error of TLS the peer has merely gone. Whether hands were shaken cannot be asked of
 * OpenSSL any more: after an error it says no. */
static void
count_refusal(bool was_ready)
{
	unsigned long error = ERR_peek_error();
	int reason = ERR_GET_REASON(error);
	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return;
	if (was_ready)
		meter_refused(METER_TLS_BROKEN);
	else if (reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST ||
		 reason == SSL_R_WRONG_VERSION_NUMBER)
		meter_refused(METER_PLAIN_TEXT);
	else
		meter_refused(METER_HANDSHAKE);
}

static void
log_refusal(bool was_ready)
{
	static struct log_gate gate;
	unsigned held_back;
	const char *reason = ERR_reason_error_string(ERR_peek_error());
	count_refusal(was_ready);
	if (reason != NULL && log_gate_pass(&gate, clock_monotonic_ms(), &held_back))
		log_info("tls %s reason=%s held_back=%u",
		    was_ready ? "broken" : "handshake refused", reason, held_back);
}

/* OpenSSL's own queue of errors is the thread's: it must be empty before each call. */
static enum seal_step
step_of(const SSL *ssl, int result, bool was_ready)
{
	int error = SSL_get_error(ssl, result);
	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_ZERO_RETURN)
		log_refusal(was_ready);
	ERR_clear_error();
	return error == SSL_ERROR_WANT_READ     ? SEAL_WAITS
	       : error == SSL_ERROR_ZERO_RETURN ? SEAL_END
						: SEAL_FAILED;
}

/* ------------------------------------------------------------------------------ in and out */

void
seal_put(struct seal *seal, const uint8_t *bytes, size_t n)
{
	seal->in = bytes;
	seal->in_bytes = n;
}

enum seal_step
seal_read(struct seal *seal, uint8_t *bytes, size_t room, size_t *n)
{
	*n = 0;
	while (*n < room) {
		size_t got = 0;
		bool was_ready = seal_is_ready(seal);
		int result = SSL_read_ex(seal->ssl, bytes + *n, room - *n, &got);
		if (!was_ready && seal_is_ready(seal))
			meter_handshake();
		if (result != 1)
			return step_of(seal->ssl, result, was_ready);
		*n += got;
		if (seal->in_bytes == 0 && SSL_has_pending(seal->ssl) != 1)
			return SEAL_WAITS;
	}
	return SEAL_HAS_MORE;
}

bool
seal_write(struct seal *seal, const uint8_t *bytes, size_t n)
{
	size_t sealed = 0;
	int result = SSL_write_ex(seal->ssl, bytes, n, &sealed);
	if (result != 1)
		step_of(seal->ssl, result, true);
	return result == 1 && sealed == n;
}

void
seal_end(struct seal *seal)
{
	if ((SSL_get_shutdown(seal->ssl) & SSL_SENT_SHUTDOWN) == 0)
		SSL_shutdown(seal->ssl); /* who wants to hear the peer's own end goes on reading */
	ERR_clear_error();
}
