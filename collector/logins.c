/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/logins.h"

#include <stdio.h>

#include "collector/peers.h"
#include "proto/limits.h"

bool
logins_open(struct logins *l)
{
	const struct throttle_rules pair = {.free = 5, .first_ms = 1000, .most_ms = 900000};
	/* Many may share an address, and mistype. */
	const struct throttle_rules other = {.free = 20, .first_ms = 1000, .most_ms = 60000};
	throttle_init(&l->pairs, &pair);
	throttle_init(&l->addresses, &other);
	throttle_init(&l->names, &other);
	/* A second of its clock is LOGINS_FIRM_MAKE_SECONDS of ours. */
	const struct allowance_rules makes = {.per_second = 1, .burst = LOGINS_FIRM_MAKES};
	l->firms = allowance_new(ACCOUNTS_MAX, &makes);
	return l->firms != NULL;
}

void
logins_close(struct logins *l)
{
	allowance_free(l->firms);
	l->firms = NULL;
}

/* Behind a proxy all have one address: then the pair is all that there is. */
static bool
counts_apart(const struct login_try *attempt)
{
	return !attempt->is_spared && !attempt->is_known;
}

/* What only looks comes first, so that an attempt which is not judged counts nowhere. */
static int64_t
wait_of(struct logins *l, const struct login_try *attempt, int64_t now_ms)
{
	int64_t wait_ms = throttle_wait(&l->pairs, attempt->pair, now_ms);
	if (wait_ms == 0 && counts_apart(attempt))
		wait_ms = throttle_wait(&l->addresses, attempt->address, now_ms);
	if (wait_ms == 0 && counts_apart(attempt))
		wait_ms = throttle_wait(&l->names, attempt->name, now_ms);
	return wait_ms;
}

static void
name_attempt(struct logins *l, uint64_t address, const char *name, struct login_try *out)
{
	struct {
		uint64_t address;
		char name[LOGINS_NAME_BYTES]; /* zeros behind it: all of it counts */
	} pair = {.address = address};
	snprintf(pair.name, sizeof(pair.name), "%s", name);
	out->pair = throttle_key(&l->pairs, &pair, sizeof(pair));
	out->address = throttle_key(&l->addresses, &address, sizeof(address));
	out->name = throttle_key(&l->names, pair.name, sizeof(pair.name));
	out->is_spared = address == PEERS_SPARED;
}

uint32_t
logins_begin(
    struct logins *l, uint64_t address, const char *name, int64_t now_ms, struct login_try *out)
{
	name_attempt(l, address, name, out);
	out->is_known = !out->is_spared && throttle_was_right(&l->pairs, out->pair, now_ms);
	int64_t wait_ms = wait_of(l, out, now_ms);
	if (wait_ms == 0)
		wait_ms = throttle_take(&l->pairs, out->pair, now_ms);
	if (wait_ms == 0 && counts_apart(out))
		wait_ms = throttle_take(&l->addresses, out->address, now_ms);
	if (wait_ms == 0 && counts_apart(out))
		wait_ms = throttle_take(&l->names, out->name, now_ms);
	return (uint32_t)wait_ms;
}

void
logins_right(struct logins *l, struct login_try *attempt, int64_t now_ms)
{
	throttle_forgive(&l->pairs, attempt->pair, now_ms);
	if (counts_apart(attempt)) {
		throttle_take_back(&l->addresses, attempt->address, now_ms);
		throttle_take_back(&l->names, attempt->name, now_ms);
	}
	attempt->is_known = true;
}

uint32_t
logins_firm_makes(struct logins *l, uint32_t account, int64_t now_us)
{
	return LOGINS_FIRM_MAKE_SECONDS *
	       allowance_take(l->firms, account, now_us / LOGINS_FIRM_MAKE_SECONDS);
}
