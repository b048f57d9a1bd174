/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/tls.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "collector/clock.h"
#include "collector/log.h"
#include "collector/meter.h"
#include "collector/tls_tickets.h"

#define CIPHERS_1_2 "ECDHE+AESGCM:ECDHE+CHACHA20"
/* Key updates, and calls for a renegotiation, of one connection: as much work as a handshake or
 * two. Programs change their keys after gigabytes. */
#define CHATTER_MAX 100

#define WARNING_DAYS 30 /* before the certificate ends */
#define DAY_MS INT64_C(86400000)

struct tls {
	pthread_mutex_t lock; /* over the pointer: main swaps it, loops take a reference */
	SSL_CTX *context;
	_Atomic int64_t expires_ms; /* of what is shown: the first that ends */
	int64_t looked_ms;          /* main's: at that, by the monotonic clock */
	struct tickets tickets;     /* of all contexts, so that a reload does not undo resumption */
};

/* ------------------------------------------------------------------------------ one context */

static bool
refuse(const char *file, char message[TLS_MESSAGE_BYTES])
{
	unsigned long error = ERR_peek_error();
	const char *reason = ERR_GET_LIB(error) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(error))
							       : ERR_reason_error_string(error);
	snprintf(message, TLS_MESSAGE_BYTES, "%.300s: %s", file,
	    reason != NULL ? reason : "out of memory, or no such thing in it");
	ERR_clear_error();
	return false;
}

/* The peer names what it speaks, or nothing. */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_n, const unsigned char *in,
    unsigned in_n, void *context)
{
	const unsigned char *ours = SSL_get_app_data(ssl);
	(void)context;
	unsigned char *chosen;
	if (SSL_select_next_proto(&chosen, out_n, ours, ours[0] + 1u, in, in_n) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int chatter_place; /* in an SSL: how often its peer has talked of TLS itself */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
find_place(void)
{
	chatter_place = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

/* SSL_read goes on as long as such messages come, so a peer that sends nothing else would have the
 * loop's thread for itself. It looks between two records whether the peer is through, and says so
 * to its caller. */
static void
note_chatter(SSL *ssl)
{
	uintptr_t n = (uintptr_t)SSL_get_ex_data(ssl, chatter_place) + 1;
	SSL_set_ex_data(ssl, chatter_place, (void *)n);
	if (n <= CHATTER_MAX)
		return;
	if (n == CHATTER_MAX + 1)
		meter_refused(METER_TLS_CHATTER);
	SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

/* SSL_OP_NO_RENEGOTIATION has OpenSSL answer each attempt with this alert, and go on. */
static void
on_event(const SSL *ssl, int where, int what)
{
	if (where != SSL_CB_WRITE_ALERT || (what & 0xff) != SSL_AD_NO_RENEGOTIATION)
		return;
	meter_refused(METER_RENEGOTIATION);
	note_chatter((SSL *)(uintptr_t)ssl);
}

static void
on_message(int is_sent, int version, int type, const void *bytes, size_t n, SSL *ssl, void *context)
{
	(void)version;
	(void)context;
	if (!is_sent && type == SSL3_RT_HANDSHAKE && n > 0 &&
	    *(const uint8_t *)bytes == SSL3_MT_KEY_UPDATE)
		note_chatter(ssl);
}

static bool
set_rules(SSL_CTX *context, struct tickets *tickets)
{
	SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_read_ahead(context, 1); /* one call for what is there */
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(context, TICKET_SECONDS);
	SSL_CTX_set_num_tickets(context, 1);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	SSL_CTX_set_info_callback(context, on_event);
	SSL_CTX_set_msg_callback(context, on_message);
	return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(context, CIPHERS_1_2) == 1 &&
	       SSL_CTX_set_session_id_context(
		   context, (const unsigned char *)"khaosat", strlen("khaosat")) == 1 &&
	       tickets_use(tickets, context);
}

static void
warn_of(const char *key_file, const X509 *certificate)
{
	struct stat st;
	if (stat(key_file, &st) == 0 && (st.st_mode & 077) != 0)
		log_warn("tls key can be read by others file=%s", key_file);
	if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
		log_warn("tls certificate is not valid yet");
}

/* Its last moment; INT64_MAX: it does not say. */
static int64_t
end_of(const X509 *certificate)
{
	struct tm utc;
	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &utc) != 1)
		return INT64_MAX;
	return (int64_t)timegm(&utc) * 1000;
}

/* Of the collector's own and of those that signed it: after it clients believe neither. */
static int64_t
first_end(SSL_CTX *context)
{
	STACK_OF(X509) *signers = NULL;
	int64_t first_ms = end_of(SSL_CTX_get0_certificate(context));
	SSL_CTX_get0_chain_certs(context, &signers);
	for (int i = 0; i < sk_X509_num(signers); i++) {
		int64_t end_ms = end_of(sk_X509_value(signers, i));
		first_ms = end_ms < first_ms ? end_ms : first_ms;
	}
	return first_ms;
}

/* Where the authority of clients is another, or gone, their sessions are not resumed: what they
 * showed was believed by the old one. One name for each set of certificates, in whatever order. */
static bool
name_sessions(SSL_CTX *context)
{
	uint8_t name[SHA256_DIGEST_LENGTH] = "khaosat";
	const STACK_OF(X509_OBJECT) *objects =
	    X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
	for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
		uint8_t digest[EVP_MAX_MD_SIZE] = {0};
		const X509 *one = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
		if (one != NULL && X509_digest(one, EVP_sha256(), digest, NULL) != 1)
			return false;
		for (size_t k = 0; k < sizeof(name); k++)
			name[k] ^= digest[k];
	}
	return SSL_CTX_set_session_id_context(context, name, sizeof(name)) == 1;
}

/* Clients that show a certificate must show one of this authority; none need show one. */
static bool
set_client_ca(SSL_CTX *context, const char *file)
{
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(file);
	if (names == NULL || SSL_CTX_load_verify_locations(context, file, NULL) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return false;
	}
	SSL_CTX_set_client_CA_list(context, names);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	return true;
}

static bool
read_files(SSL_CTX *context, const struct tls_files *files, char message[TLS_MESSAGE_BYTES])
{
	if (SSL_CTX_use_certificate_chain_file(context, files->certificate) != 1)
		return refuse(files->certificate, message);
	if (SSL_CTX_use_PrivateKey_file(context, files->key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1)
		return refuse(files->key, message);
	if (files->client_ca != NULL &&
	    (!set_client_ca(context, files->client_ca) || !name_sessions(context)))
		return refuse(files->client_ca, message);
	warn_of(files->key, SSL_CTX_get0_certificate(context));
	return true;
}

static int
no_password(char *out, int n, int writes, void *context)
{
	(void)out;
	(void)n;
	(void)writes;
	(void)context;
	return 0; /* and never a question on a terminal */
}

static SSL_CTX *
new_context(struct tls *tls, const struct tls_files *files, char message[TLS_MESSAGE_BYTES])
{
	ERR_clear_error();
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	if (context == NULL || !set_rules(context, &tls->tickets)) {
		refuse("tls", message);
		SSL_CTX_free(context);
		return NULL;
	}
	SSL_CTX_set_default_passwd_cb(context, no_password);
	if (!read_files(context, files, message)) {
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
}

/* ------------------------------------------------------------------------------ the one in use */

static void
look_at_end(struct tls *tls, int64_t now_ms)
{
	int64_t left_ms = tls_expires_ms(tls) - clock_wall_ms();
	tls->looked_ms = now_ms;
	if (left_ms < 0)
		log_error("tls certificate has expired: no client believes it; put a new one into "
			  "its file, and send SIGHUP");
	else if (left_ms < WARNING_DAYS * DAY_MS)
		log_warn("tls certificate expires soon days=%lld", (long long)(left_ms / DAY_MS));
}

void
tls_tick(struct tls *tls, int64_t now_ms)
{
	if (now_ms - tls->looked_ms >= DAY_MS)
		look_at_end(tls, now_ms);
}

int64_t
tls_expires_ms(const struct tls *tls)
{
	return atomic_load(&tls->expires_ms);
}

/* From now on it is this one that is shown. */
static SSL_CTX *
use(struct tls *tls, SSL_CTX *fresh)
{
	atomic_store(&tls->expires_ms, first_end(fresh));
	pthread_mutex_lock(&tls->lock);
	SSL_CTX *old = tls->context;
	tls->context = fresh;
	pthread_mutex_unlock(&tls->lock);
	look_at_end(tls, clock_monotonic_ms());
	return old;
}

struct tls *
tls_open(const struct tls_files *files, char message[TLS_MESSAGE_BYTES])
{
	struct tls *tls = calloc(1, sizeof(*tls));
	pthread_once(&once, find_place);
	if (tls == NULL || !tickets_open(&tls->tickets, clock_monotonic_ms())) {
		refuse("tls", message);
		free(tls);
		return NULL;
	}
	pthread_mutex_init(&tls->lock, NULL);
	SSL_CTX *first = new_context(tls, files, message);
	if (first == NULL) {
		tls_close(tls);
		return NULL;
	}
	use(tls, first);
	return tls;
}

bool
tls_reload(struct tls *tls, const struct tls_files *files, char message[TLS_MESSAGE_BYTES])
{
	SSL_CTX *fresh = new_context(tls, files, message);
	if (fresh == NULL)
		return false;
	SSL_CTX_free(use(tls, fresh)); /* connections hold references of their own */
	return true;
}

void
tls_close(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->context);
	pthread_mutex_destroy(&tls->lock);
	tickets_close(&tls->tickets);
	free(tls);
}

SSL *
tls_accept(struct tls *tls, const char *alpn)
{
	pthread_mutex_lock(&tls->lock);
	SSL *ssl = SSL_new(tls->context);
	pthread_mutex_unlock(&tls->lock);
	if (ssl != NULL && SSL_set_app_data(ssl, (void *)(uintptr_t)alpn) != 1) {
		SSL_free(ssl);
		ssl = NULL;
	}
	if (ssl != NULL)
		SSL_set_accept_state(ssl);
	ERR_clear_error();
	return ssl;
}
