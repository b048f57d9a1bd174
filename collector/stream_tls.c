/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/stream_tls.h"

#include <openssl/err.h>

#include "collector/clock.h"
#include "collector/log.h"
#include "collector/meter.h"

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
static enum tls_step
step_of(const SSL *ssl, int result, bool was_ready)
{
	enum tls_step step = TLS_FAILED;
	switch (SSL_get_error(ssl, result)) {
	case SSL_ERROR_WANT_READ:
		step = TLS_WAITS_TO_READ;
		break;
	case SSL_ERROR_WANT_WRITE:
		step = TLS_WAITS_TO_WRITE;
		break;
	case SSL_ERROR_ZERO_RETURN:
		step = TLS_END;
		break;
	default:
		log_refusal(was_ready);
		break;
	}
	ERR_clear_error();
	return step;
}

enum tls_step
tls_receive(SSL *ssl, uint8_t *bytes, size_t room, size_t *n)
{
	*n = 0;
	while (*n < room) {
		size_t got = 0;
		bool was_ready = SSL_is_init_finished(ssl);
		int result = SSL_read_ex(ssl, bytes + *n, room - *n, &got);
		if (!was_ready && SSL_is_init_finished(ssl))
			meter_handshake();
		if (result != 1)
			return step_of(ssl, result, was_ready);
		*n += got;
		/* The socket is asked again by whoever waits for it, not by one more call now. */
		if (SSL_has_pending(ssl) != 1)
			return TLS_WAITS_TO_READ;
	}
	return TLS_GOES_ON;
}

enum tls_step
tls_send(SSL *ssl, const uint8_t *bytes, size_t n, size_t *sent)
{
	*sent = 0;
	int result = SSL_write_ex(ssl, bytes, n, sent);
	return result == 1 ? TLS_GOES_ON : step_of(ssl, result, true);
}

void
tls_say_end(SSL *ssl)
{
	if ((SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN) == 0)
		SSL_shutdown(ssl); /* who wants to hear the peer's own end goes on reading */
	ERR_clear_error();
}

bool
tls_is_certified(const SSL *ssl)
{
	return SSL_get0_peer_certificate(ssl) != NULL && SSL_get_verify_result(ssl) == X509_V_OK;
}
