/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/tls_tickets.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <string.h>

#include "collector/clock.h"

#define PERIOD_MS (INT64_C(1000) * TICKET_SECONDS)

static bool
make_key(struct ticket_key *out)
{
	return RAND_bytes(out->name, sizeof(out->name)) == 1 &&
	       RAND_bytes(out->cipher, sizeof(out->cipher)) == 1 &&
	       RAND_bytes(out->mac, sizeof(out->mac)) == 1;
}

bool
tickets_open(struct tickets *t, int64_t now_ms)
{
	*t = (struct tickets){.until_ms = now_ms + PERIOD_MS};
	return make_key(&t->now) && pthread_mutex_init(&t->lock, NULL) == 0;
}

void
tickets_close(struct tickets *t)
{
	pthread_mutex_destroy(&t->lock);
	OPENSSL_cleanse(t, sizeof(*t));
}

/* What is over by then goes. False: `now` is over, and no other could be made. */
static bool
turn(struct tickets *t, int64_t now_ms)
{
	struct ticket_key fresh;
	if (now_ms < t->until_ms)
		return true;
	t->has_before = now_ms - t->until_ms < PERIOD_MS;
	if (!make_key(&fresh))
		return false;
	t->before = t->now;
	t->now = fresh;
	if (!t->has_before)
		OPENSSL_cleanse(&t->before, sizeof(t->before));
	OPENSSL_cleanse(&fresh, sizeof(fresh));
	t->until_ms = now_ms + PERIOD_MS;
	return true;
}

bool
tickets_seal(struct tickets *t, int64_t now_ms, struct ticket_key *out)
{
	pthread_mutex_lock(&t->lock);
	bool good = turn(t, now_ms);
	*out = t->now;
	pthread_mutex_unlock(&t->lock);
	return good;
}

enum tickets_found
tickets_find(struct tickets *t, int64_t now_ms, const uint8_t name[TICKET_NAME_BYTES],
    struct ticket_key *out)
{
	enum tickets_found found = TICKETS_NONE;
	pthread_mutex_lock(&t->lock);
	if (!turn(t, now_ms))
		found = TICKETS_NONE;
	else if (memcmp(name, t->now.name, TICKET_NAME_BYTES) == 0)
		found = TICKETS_NOW;
	else if (t->has_before && memcmp(name, t->before.name, TICKET_NAME_BYTES) == 0)
		found = TICKETS_BEFORE;
	if (found != TICKETS_NONE)
		*out = found == TICKETS_NOW ? t->now : t->before;
	pthread_mutex_unlock(&t->lock);
	return found;
}

/* ------------------------------------------------------------------- for OpenSSL */

static bool
set_mac(EVP_MAC_CTX *mac, struct ticket_key *key)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac, sizeof(key->mac)),
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_end()};
	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

/* 1: go on; 2: go on, and make it anew; 0: a handshake without a ticket; -1: none at all. */
static int
on_ticket(SSL *ssl, unsigned char name[TICKET_NAME_BYTES], unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seals)
{
	struct tickets *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct ticket_key key;
	int result = -1;
	if (seals) {
		if (!tickets_seal(t, clock_monotonic_ms(), &key))
			return 0;
		memcpy(name, key.name, sizeof(key.name));
		if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 &&
		    EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1 &&
		    set_mac(mac, &key))
			result = 1;
	} else {
		enum tickets_found found = tickets_find(t, clock_monotonic_ms(), name, &key);
		if (found == TICKETS_NONE)
			return 0;
		if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1 &&
		    set_mac(mac, &key))
			result = found == TICKETS_NOW ? 1 : 2;
	}
	OPENSSL_cleanse(&key, sizeof(key));
	return result;
}

bool
tickets_use(struct tickets *t, SSL_CTX *context)
{
	return SSL_CTX_set_app_data(context, t) == 1 &&
	       SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket) == 1;
}
