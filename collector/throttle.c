/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/throttle.h"

#include <sodium.h>
#include <string.h>

_Static_assert(THROTTLE_KEY_BYTES == crypto_shorthash_KEYBYTES, "SipHash");

void
throttle_init(struct throttle *throttle)
{
	memset(throttle, 0, sizeof(*throttle));
	pthread_mutex_init(&throttle->lock, NULL);
	randombytes_buf(throttle->key, sizeof(throttle->key));
}

static size_t
slot_of(const struct throttle *throttle, const char *name)
{
	uint8_t hash[crypto_shorthash_BYTES];
	crypto_shorthash(hash, (const uint8_t *)name, strlen(name), throttle->key);
	return (hash[0] | (size_t)hash[1] << 8) % THROTTLE_SLOTS;
}

static int64_t
delay_after(uint32_t failures)
{
	if (failures < THROTTLE_FREE)
		return 0;
	uint32_t doublings = failures - THROTTLE_FREE;
	int64_t delay = doublings < 20 ? (int64_t)THROTTLE_FIRST_MS << doublings : THROTTLE_MOST_MS;
	return delay < THROTTLE_MOST_MS ? delay : THROTTLE_MOST_MS;
}

int64_t
throttle_take(struct throttle *throttle, const char *name, int64_t now_ms)
{
	size_t at = slot_of(throttle, name);
	pthread_mutex_lock(&throttle->lock);
	if (now_ms - throttle->slot[at].next_ms > THROTTLE_FORGET_MS)
		throttle->slot[at].failures = 0;
	int64_t wait_ms =
	    throttle->slot[at].failures == 0 ? 0 : throttle->slot[at].next_ms - now_ms;
	if (wait_ms <= 0) {
		wait_ms = 0;
		throttle->slot[at].failures++;
		throttle->slot[at].next_ms = now_ms + delay_after(throttle->slot[at].failures);
	}
	pthread_mutex_unlock(&throttle->lock);
	return wait_ms;
}

void
throttle_forgive(struct throttle *throttle, const char *name)
{
	size_t at = slot_of(throttle, name);
	pthread_mutex_lock(&throttle->lock);
	throttle->slot[at].failures = 0;
	pthread_mutex_unlock(&throttle->lock);
}
