/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/throttle.h"

#include <sodium.h>
#include <string.h>

_Static_assert(THROTTLE_KEY_BYTES == crypto_shorthash_KEYBYTES, "SipHash");

void
throttle_init(struct throttle *throttle, const struct throttle_rules *rules)
{
	memset(throttle, 0, sizeof(*throttle));
	pthread_mutex_init(&throttle->lock, NULL);
	throttle->rules = *rules;
	randombytes_buf(throttle->secret, sizeof(throttle->secret));
}

uint64_t
throttle_key(const struct throttle *throttle, const void *name, size_t n)
{
	uint64_t key;
	crypto_shorthash((uint8_t *)&key, name, n, throttle->secret);
	return key != 0 ? key : 1;
}

/* ------------------------------------------------------------------- places */

/* NULL: nothing is known of it. */
static struct throttle_place *
find(struct throttle *throttle, uint64_t key, int64_t now_ms)
{
	struct throttle_place *set = throttle->place[key % THROTTLE_SETS];
	for (size_t i = 0; i < THROTTLE_WAYS; i++)
		if (set[i].key == key)
			return now_ms - set[i].next_ms > THROTTLE_FORGET_MS ? NULL : &set[i];
	return NULL;
}

/* Its own place, else a free one, else that of the key which was quiet longest. */
static struct throttle_place *
place_of(struct throttle *throttle, uint64_t key, int64_t now_ms)
{
	struct throttle_place *set = throttle->place[key % THROTTLE_SETS], *best = &set[0];
	struct throttle_place *known = find(throttle, key, now_ms);
	if (known != NULL)
		return known;
	for (size_t i = 0; i < THROTTLE_WAYS; i++) {
		if (set[i].key == 0 || set[i].key == key) {
			best = &set[i];
			break;
		}
		if (set[i].next_ms < best->next_ms)
			best = &set[i];
	}
	*best = (struct throttle_place){.key = key};
	return best;
}

static int64_t
delay_after(const struct throttle_rules *rules, uint32_t failures)
{
	if (failures < rules->free)
		return 0;
	uint32_t doublings = failures - rules->free;
	int64_t delay = doublings < 20 ? rules->first_ms << doublings : rules->most_ms;
	return delay < rules->most_ms ? delay : rules->most_ms;
}

static int64_t
wait_of(const struct throttle_place *place, int64_t now_ms)
{
	bool waits = place != NULL && place->failures > 0 && place->next_ms > now_ms;
	return waits ? place->next_ms - now_ms : 0;
}

/* ------------------------------------------------------------------- attempts */

int64_t
throttle_take(struct throttle *throttle, uint64_t key, int64_t now_ms)
{
	pthread_mutex_lock(&throttle->lock);
	struct throttle_place *place = place_of(throttle, key, now_ms);
	int64_t wait_ms = wait_of(place, now_ms);
	if (wait_ms == 0) {
		place->failures++;
		place->was_right = false;
		place->next_ms = now_ms + delay_after(&throttle->rules, place->failures);
	}
	pthread_mutex_unlock(&throttle->lock);
	return wait_ms;
}

int64_t
throttle_wait(struct throttle *throttle, uint64_t key, int64_t now_ms)
{
	pthread_mutex_lock(&throttle->lock);
	int64_t wait_ms = wait_of(find(throttle, key, now_ms), now_ms);
	pthread_mutex_unlock(&throttle->lock);
	return wait_ms;
}

void
throttle_forgive(struct throttle *throttle, uint64_t key, int64_t now_ms)
{
	pthread_mutex_lock(&throttle->lock);
	struct throttle_place *place = place_of(throttle, key, now_ms);
	place->failures = 0;
	place->next_ms = now_ms;
	place->was_right = true;
	pthread_mutex_unlock(&throttle->lock);
}

void
throttle_take_back(struct throttle *throttle, uint64_t key, int64_t now_ms)
{
	pthread_mutex_lock(&throttle->lock);
	struct throttle_place *place = find(throttle, key, now_ms);
	if (place != NULL && place->failures > 0) {
		place->failures--;
		place->next_ms = now_ms; /* it was allowed, so there was no delay before */
	}
	pthread_mutex_unlock(&throttle->lock);
}

bool
throttle_was_right(struct throttle *throttle, uint64_t key, int64_t now_ms)
{
	pthread_mutex_lock(&throttle->lock);
	const struct throttle_place *place = find(throttle, key, now_ms);
	bool was_right = place != NULL && place->was_right;
	pthread_mutex_unlock(&throttle->lock);
	return was_right;
}
