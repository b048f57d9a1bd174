/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/secrets.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"

#define PREFIX "secret"
#define PREFIX_BYTES (sizeof(PREFIX) - 1)
#define KEY_BYTES (PREFIX_BYTES + UUID_BYTES)

/* 64 MiB, twice over: well above what the field asks for (19 MiB), and one at a time. */
#define HASH_PASSES crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE
#define HASH_MEMORY crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE
/* No password has this hash; checking one against it costs as much as against any. */
#define NOBODYS_HASH                                                                               \
	"$argon2id$v=19$m=65536,t=2,p=1$a2hhb3NhdCBub2JvZHkhIQ"                                    \
	"$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

struct token_hash {
	uint8_t id[TOKEN_ID_BYTES];
	uint8_t hash[SHA256_BYTES];
};

struct ids {
	uint8_t (*id)[UUID_BYTES];
	size_t n, room;
};

struct secrets {
	struct erasable *values;
	struct state *state;
	pthread_rwlock_t lock; /* over what follows */
	struct token_hash *token;
	size_t tokens, room;
	struct ids ended; /* not erased yet */
};

/* False: out of memory. */
static bool
add_id(struct ids *ids, const uint8_t *id)
{
	if (ids->n == ids->room) {
		size_t room = ids->room * 2 + 16;
		void *grown = realloc(ids->id, room * UUID_BYTES);
		if (grown == NULL)
			return false;
		ids->id = grown;
		ids->room = room;
	}
	memcpy(ids->id[ids->n++], id, UUID_BYTES);
	return true;
}

static void
make_key(const uint8_t id[UUID_BYTES], uint8_t key[KEY_BYTES])
{
	memcpy(key, PREFIX, PREFIX_BYTES);
	memcpy(key + PREFIX_BYTES, id, UUID_BYTES);
}

static enum secrets_status
keep(struct secrets *secrets, const uint8_t id[UUID_BYTES], const void *hash, size_t n)
{
	uint8_t key[KEY_BYTES];
	make_key(id, key);
	return erasable_put(secrets->values, key, sizeof(key), hash, n) == STORE_OK
		   ? SECRETS_OK
		   : SECRETS_FAILED;
}

static void
erase(struct secrets *secrets, const uint8_t id[UUID_BYTES])
{
	keep(secrets, id, NULL, 0);
}

/* ------------------------------------------------------------------- tokens in memory */

static bool
add(struct secrets *secrets, const uint8_t *id, const uint8_t *hash)
{
	if (secrets->tokens == secrets->room) {
		size_t room = secrets->room * 2 + 16;
		struct token_hash *grown = realloc(secrets->token, room * sizeof(*grown));
		if (grown == NULL)
			return false;
		secrets->token = grown;
		secrets->room = room;
	}
	struct token_hash *t = &secrets->token[secrets->tokens++];
	memcpy(t->id, id, sizeof(t->id));
	memcpy(t->hash, hash, sizeof(t->hash));
	return true;
}

static void
hash_token(const uint8_t token[STAFF_TOKEN_BYTES], uint8_t out[SHA256_BYTES])
{
	digest_sha256(&(struct digest_part){token, STAFF_TOKEN_BYTES}, 1, out);
}

bool
secrets_is_token(struct secrets *secrets, const uint8_t token[STAFF_TOKEN_BYTES])
{
	uint8_t hash[SHA256_BYTES];
	bool is_right = false;
	hash_token(token, hash);
	pthread_rwlock_rdlock(&secrets->lock);
	for (size_t i = 0; i < secrets->tokens; i++)
		if (memcmp(secrets->token[i].id, token, TOKEN_ID_BYTES) == 0)
			is_right = sodium_memcmp(secrets->token[i].hash, hash, sizeof(hash)) == 0;
	pthread_rwlock_unlock(&secrets->lock);
	return is_right;
}

bool
secrets_admit(struct secrets *secrets, const uint8_t token[STAFF_TOKEN_BYTES])
{
	uint8_t hash[SHA256_BYTES];
	hash_token(token, hash);
	pthread_rwlock_wrlock(&secrets->lock);
	bool good = add(secrets, token, hash);
	pthread_rwlock_unlock(&secrets->lock);
	return good;
}

void
secrets_end(struct secrets *secrets, const uint8_t id[UUID_BYTES])
{
	if (sodium_is_zero(id, UUID_BYTES))
		return;
	pthread_rwlock_wrlock(&secrets->lock);
	add_id(&secrets->ended, id); /* where memory is out the next start erases it */
	pthread_rwlock_unlock(&secrets->lock);
}

/* The id of one that is over for good, taken out of memory. */
static bool
take_ended(struct secrets *secrets, uint8_t id[TOKEN_ID_BYTES])
{
	bool found = false;
	pthread_rwlock_wrlock(&secrets->lock);
	if (secrets->ended.n > 0) {
		found = true;
		memcpy(id, secrets->ended.id[--secrets->ended.n], UUID_BYTES);
	}
	for (size_t i = 0; i < secrets->tokens && !found; i++) {
		found = !state_has_secret(secrets->state, secrets->token[i].id);
		if (found) {
			memcpy(id, secrets->token[i].id, TOKEN_ID_BYTES);
			secrets->token[i] = secrets->token[--secrets->tokens];
		}
	}
	pthread_rwlock_unlock(&secrets->lock);
	return found;
}

void
secrets_sweep(struct secrets *secrets)
{
	uint8_t id[TOKEN_ID_BYTES];
	while (take_ended(secrets, id))
		erase(secrets, id);
}

/* ------------------------------------------------------------------- making, checking */

enum secrets_status
secrets_make_token(struct secrets *secrets, uint8_t token[STAFF_TOKEN_BYTES])
{
	uint8_t hash[SHA256_BYTES];
	randombytes_buf(token, STAFF_TOKEN_BYTES);
	hash_token(token, hash);
	return keep(secrets, token, hash, sizeof(hash));
}

enum secrets_status
secrets_make_password(struct secrets *secrets, const char *password, uint8_t id[UUID_BYTES])
{
	char hash[crypto_pwhash_argon2id_STRBYTES];
	if (crypto_pwhash_argon2id_str(
		hash, password, strlen(password), HASH_PASSES, HASH_MEMORY) != 0)
		return SECRETS_FAILED;
	randombytes_buf(id, UUID_BYTES);
	return keep(secrets, id, hash, strlen(hash));
}

enum secrets_status
secrets_check_password(struct secrets *secrets, const uint8_t id[UUID_BYTES], const char *password)
{
	char hash[crypto_pwhash_argon2id_STRBYTES] = NOBODYS_HASH;
	uint8_t key[KEY_BYTES], *value = NULL;
	size_t n = 0;
	make_key(id, key);
	if (erasable_get(secrets->values, key, sizeof(key), &value, &n) != STORE_OK)
		return SECRETS_FAILED;
	if (value != NULL && n > SHA256_BYTES && n < sizeof(hash)) {
		memcpy(hash, value, n);
		hash[n] = '\0';
	}
	free(value);
	errno = 0;
	if (crypto_pwhash_argon2id_str_verify(hash, password, strlen(password)) == 0)
		return SECRETS_OK;
	return errno == ENOMEM ? SECRETS_FAILED : SECRETS_WRONG;
}

/* ------------------------------------------------------------------- opening */

struct opening {
	struct secrets *secrets;
	struct ids ended;
	bool is_good;
};

static bool
on_secret(void *context, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t n)
{
	struct opening *o = context;
	const uint8_t *id = key + PREFIX_BYTES;
	if (key_bytes != KEY_BYTES)
		return true;
	if (!state_has_secret(o->secrets->state, id))
		o->is_good = add_id(&o->ended, id);
	else if (n == SHA256_BYTES)
		o->is_good = add(o->secrets, id, value);
	return o->is_good;
}

struct secrets *
secrets_open(struct erasable *values, struct state *state)
{
	struct secrets *secrets = calloc(1, sizeof(*secrets));
	if (secrets == NULL || sodium_init() < 0) {
		free(secrets);
		return NULL;
	}
	secrets->values = values;
	secrets->state = state;
	pthread_rwlock_init(&secrets->lock, NULL);
	struct opening o = {.secrets = secrets, .is_good = true};
	if (erasable_each(values, PREFIX, PREFIX_BYTES, on_secret, &o) != STORE_OK)
		o.is_good = false;
	for (size_t i = 0; i < o.ended.n && o.is_good; i++)
		erase(secrets, o.ended.id[i]);
	free(o.ended.id);
	if (o.is_good)
		return secrets;
	secrets_close(secrets);
	return NULL;
}

void
secrets_close(struct secrets *secrets)
{
	if (secrets == NULL)
		return;
	pthread_rwlock_destroy(&secrets->lock);
	free(secrets->token);
	free(secrets->ended.id);
	free(secrets);
}
