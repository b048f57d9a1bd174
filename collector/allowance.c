/* SPDX-License-Identifier: Apache-2.0 */
/* Keys stand in a fixed array, found through chains that begin at a keyed hash, so that nobody can
 * choose addresses which meet in one chain. Those that hold nothing stand in a list too, in the
 * order of their last use; the oldest gives up its place.
 *
 * A bucket is one time: when it will be full again. A token taken puts that off by what one token
 * takes to come back, and there is none while it is further off than a whole bucket takes. */
#include "collector/allowance.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#define NONE UINT32_MAX
#define SECOND_US 1000000

struct use {
	uint64_t key;
	int64_t full_us; /* when its bucket is full again; past: it is */
	uint32_t held;
	uint32_t next;         /* in its chain */
	uint32_t older, newer; /* in the list; only while `held` is 0 */
};

struct allowance {
	pthread_mutex_t lock;
	struct allowance_rules rules;
	uint8_t secret[crypto_shorthash_KEYBYTES];
	struct use *uses;
	uint32_t n_uses, most;
	uint32_t oldest, newest;
	uint32_t *heads;
	uint32_t mask;
};

struct allowance *
allowance_new(size_t keys_max, const struct allowance_rules *rules)
{
	struct allowance *t = calloc(1, sizeof(*t));
	size_t heads = 1;
	while (heads < keys_max)
		heads *= 2;
	if (t == NULL || keys_max >= NONE || pthread_mutex_init(&t->lock, NULL) != 0) {
		free(t);
		return NULL;
	}
	t->uses = calloc(keys_max, sizeof(*t->uses));
	t->heads = malloc(heads * sizeof(*t->heads));
	if (t->uses == NULL || t->heads == NULL) {
		allowance_free(t);
		return NULL;
	}
	for (size_t i = 0; i < heads; i++)
		t->heads[i] = NONE;
	t->most = (uint32_t)keys_max;
	t->mask = (uint32_t)(heads - 1);
	t->oldest = t->newest = NONE;
	t->rules = *rules;
	crypto_shorthash_keygen(t->secret);
	return t;
}

void
allowance_free(struct allowance *t)
{
	if (t == NULL)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t->uses);
	free(t->heads);
	free(t);
}

void
allowance_set(struct allowance *t, const struct allowance_rules *rules)
{
	pthread_mutex_lock(&t->lock);
	t->rules = *rules;
	pthread_mutex_unlock(&t->lock);
}

/* ------------------------------------------------------------------------------ the list */

static void
unlist(struct allowance *t, uint32_t at)
{
	const struct use *u = &t->uses[at];
	*(u->older == NONE ? &t->oldest : &t->uses[u->older].newer) = u->newer;
	*(u->newer == NONE ? &t->newest : &t->uses[u->newer].older) = u->older;
}

static void
list_newest(struct allowance *t, uint32_t at)
{
	struct use *u = &t->uses[at];
	u->older = t->newest;
	u->newer = NONE;
	*(t->newest == NONE ? &t->oldest : &t->uses[t->newest].newer) = at;
	t->newest = at;
}

/* ------------------------------------------------------------------------------ the keys */

static uint32_t *
head_of(struct allowance *t, uint64_t key)
{
	uint64_t hash;
	crypto_shorthash(
	    (unsigned char *)&hash, (const unsigned char *)&key, sizeof(key), t->secret);
	return &t->heads[hash & t->mask];
}

static void
unchain(struct allowance *t, uint32_t at)
{
	uint32_t *link = head_of(t, t->uses[at].key);
	while (*link != at)
		link = &t->uses[*link].next;
	*link = t->uses[at].next;
}

/* A place for a new key, in no list and no chain. NONE: all are held. */
static uint32_t
take_place(struct allowance *t)
{
	if (t->n_uses < t->most)
		return t->n_uses++;
	uint32_t at = t->oldest;
	if (at != NONE) {
		unlist(t, at);
		unchain(t, at);
	}
	return at;
}

/* The key's place, made where there is none, in no list. NONE: no place is left. */
static uint32_t
place_of(struct allowance *t, uint64_t key)
{
	uint32_t *head = head_of(t, key);
	for (uint32_t at = *head; at != NONE; at = t->uses[at].next)
		if (t->uses[at].key == key) {
			if (t->uses[at].held == 0)
				unlist(t, at);
			return at;
		}
	uint32_t at = take_place(t);
	if (at == NONE)
		return NONE;
	t->uses[at] = (struct use){.key = key, .next = *head};
	*head = at;
	return at;
}

static void
put_back(struct allowance *t, uint32_t at)
{
	if (t->uses[at].held == 0)
		list_newest(t, at);
}

/* ------------------------------------------------------------------------------ what is for others
 */

bool
allowance_hold(struct allowance *t, uint64_t key)
{
	bool is_free = false;
	pthread_mutex_lock(&t->lock);
	uint32_t at = place_of(t, key);
	if (at != NONE) {
		struct use *u = &t->uses[at];
		is_free = t->rules.held_max == 0 || u->held < t->rules.held_max;
		if (is_free)
			u->held++;
		put_back(t, at);
	}
	pthread_mutex_unlock(&t->lock);
	return is_free;
}

void
allowance_release(struct allowance *t, uint64_t key)
{
	pthread_mutex_lock(&t->lock);
	uint32_t at = place_of(t, key);
	if (at != NONE) {
		if (t->uses[at].held > 0)
			t->uses[at].held--;
		put_back(t, at);
	}
	pthread_mutex_unlock(&t->lock);
}

/* When a bucket will be full again if a token is taken now. */
static int64_t
full_after_us(int64_t full_us, const struct allowance_rules *rules, int64_t now_us)
{
	return (full_us > now_us ? full_us : now_us) + SECOND_US / (int64_t)rules->per_second;
}

/* How long until that may be done; 0: now. */
static int64_t
wait_us_of(int64_t full_us, const struct allowance_rules *rules, int64_t now_us)
{
	int64_t bucket_us = SECOND_US / (int64_t)rules->per_second * (int64_t)rules->burst;
	int64_t late = full_after_us(full_us, rules, now_us) - now_us - bucket_us;
	return late > 0 ? late : 0;
}

static uint32_t
in_ms(int64_t us)
{
	return (uint32_t)((us + 999) / 1000);
}

uint32_t
allowance_take(struct allowance *t, uint64_t key, int64_t now_us)
{
	int64_t wait_us = 0;
	pthread_mutex_lock(&t->lock);
	if (t->rules.per_second > 0) {
		uint32_t at = place_of(t, key);
		if (at != NONE) {
			struct use *u = &t->uses[at];
			wait_us = wait_us_of(u->full_us, &t->rules, now_us);
			if (wait_us == 0)
				u->full_us = full_after_us(u->full_us, &t->rules, now_us);
			put_back(t, at);
		}
	}
	pthread_mutex_unlock(&t->lock);
	return in_ms(wait_us);
}

/* A key that has no place has taken nothing. */
static int64_t
full_us_of(struct allowance *t, uint64_t key)
{
	for (uint32_t at = *head_of(t, key); at != NONE; at = t->uses[at].next)
		if (t->uses[at].key == key)
			return t->uses[at].full_us;
	return 0;
}

uint32_t
allowance_wait(struct allowance *t, uint64_t key, int64_t now_us)
{
	int64_t wait_us = 0;
	pthread_mutex_lock(&t->lock);
	if (t->rules.per_second > 0)
		wait_us = wait_us_of(full_us_of(t, key), &t->rules, now_us);
	pthread_mutex_unlock(&t->lock);
	return in_ms(wait_us);
}

bool
allowance_left(struct allowance *t, uint64_t key, int64_t now_us, struct allowance_left *out)
{
	pthread_mutex_lock(&t->lock);
	const struct allowance_rules rules = t->rules;
	int64_t late_us = full_us_of(t, key) - now_us;
	pthread_mutex_unlock(&t->lock);
	if (rules.per_second == 0)
		return false;
	uint64_t token_us = SECOND_US / rules.per_second,
		 late = late_us > 0 ? (uint64_t)late_us : 0;
	uint64_t bucket_us = token_us * rules.burst;
	out->burst = rules.burst;
	out->tokens = late < bucket_us ? (bucket_us - late) / token_us : 0;
	out->full_ms = (late + 999) / 1000;
	return true;
}
