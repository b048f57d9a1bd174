/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/peers.h"

#include "collector/address.h"
#include "collector/clock.h"

#define REMEMBERED 65536    /* addresses beside those that are connected; units */
#define UNIT_GUESSES_MAX 60 /* of one unit at once, from wherever; then one a second */

static struct allowance_rules
address_rules(const struct config *config)
{
	return (struct allowance_rules){
	    .held_max = config->connections_per_address,
	    .per_second = config->address_rate,
	    .burst = PEERS_BURST_SECONDS * config->address_rate,
	};
}

static struct allowance_rules
unit_rules(const struct config *config)
{
	return (struct allowance_rules){
	    .per_second = config->unit_rate,
	    .burst = PEERS_BURST_SECONDS * config->unit_rate,
	};
}

static void
set_output(struct peers *p, const struct config *config)
{
	atomic_store(&p->output.most, (size_t)config->output_memory_mib << 20);
}

bool
peers_open(struct peers *p, const struct config *config, size_t connections_max)
{
	const struct allowance_rules address = address_rules(config), unit = unit_rules(config);
	const struct allowance_rules guesses = {.per_second = 1, .burst = UNIT_GUESSES_MAX};
	const struct throttle_rules pair = {.free = 5, .first_ms = 1000, .most_ms = 900000};
	/* Many may share an address, and mistype. */
	const struct throttle_rules anywhere = {.free = 20, .first_ms = 1000, .most_ms = 60000};
	p->connections_max = connections_max;
	p->spares_loopback = config->limit_loopback == 0;
	set_output(p, config);
	p->addresses = allowance_new(connections_max + REMEMBERED, &address);
	p->units = allowance_new(REMEMBERED, &unit);
	p->unit_guesses = allowance_new(REMEMBERED, &guesses);
	throttle_init(&p->pair_guesses, &pair);
	throttle_init(&p->address_guesses, &anywhere);
	return p->addresses != NULL && p->units != NULL && p->unit_guesses != NULL;
}

void
peers_reload(struct peers *p, const struct config *config)
{
	const struct allowance_rules address = address_rules(config), unit = unit_rules(config);
	p->spares_loopback = config->limit_loopback == 0;
	set_output(p, config);
	allowance_set(p->addresses, &address);
	allowance_set(p->units, &unit);
}

void
peers_close(struct peers *p)
{
	allowance_free(p->addresses);
	allowance_free(p->units);
	allowance_free(p->unit_guesses);
	p->addresses = p->units = p->unit_guesses = NULL;
}

uint64_t
peers_key(const struct peers *p, const struct sockaddr_storage *address)
{
	if (p->spares_loopback && address_is_loopback(address))
		return PEERS_SPARED;
	return address_key(address);
}

enum peers_status
peers_enter(struct peers *p, uint64_t key)
{
	if (atomic_fetch_add(&p->connections, 1) >= p->connections_max) {
		atomic_fetch_sub(&p->connections, 1);
		return PEERS_FULL;
	}
	if (key == PEERS_SPARED)
		return PEERS_OK;
	bool has_place = allowance_hold(p->addresses, key);
	if (has_place && peers_ask_address(p, key) == 0)
		return PEERS_OK;
	if (has_place)
		allowance_release(p->addresses, key);
	atomic_fetch_sub(&p->connections, 1);
	return has_place ? PEERS_RATE : PEERS_ADDRESS;
}

void
peers_leave(struct peers *p, uint64_t key)
{
	if (key != PEERS_SPARED)
		allowance_release(p->addresses, key);
	atomic_fetch_sub(&p->connections, 1);
}

uint32_t
peers_ask_address(struct peers *p, uint64_t key)
{
	return key == PEERS_SPARED ? 0 : allowance_take(p->addresses, key, clock_monotonic_us());
}

uint32_t
peers_ask_unit(struct peers *p, uint64_t tax_code, int64_t now_us)
{
	return allowance_take(p->units, tax_code, now_us);
}

bool
peers_left_address(struct peers *p, uint64_t key, struct allowance_left *out)
{
	return key != PEERS_SPARED && allowance_left(p->addresses, key, clock_monotonic_us(), out);
}

bool
peers_left_unit(struct peers *p, uint64_t tax_code, struct allowance_left *out)
{
	return allowance_left(p->units, tax_code, clock_monotonic_us(), out);
}

/* ------------------------------------------------------------------- guesses */

static bool
is_spared(const struct peers_guess *g)
{
	return g->pair == 0;
}

static void
name_guess(struct peers *p, uint64_t address, struct peers_guess *g)
{
	const uint64_t pair[2] = {address, g->tax_code};
	if (address == PEERS_SPARED)
		return;
	g->pair = throttle_key(&p->pair_guesses, pair, sizeof(pair));
	g->address = throttle_key(&p->address_guesses, &address, sizeof(address));
	g->is_known = throttle_was_right(&p->pair_guesses, g->pair, g->now_us / 1000);
}

/* What only looks comes first, so that an attempt which is not judged counts nowhere. */
static int64_t
wait_of(struct peers *p, const struct peers_guess *g)
{
	int64_t wait_ms = 0;
	if (!is_spared(g)) {
		wait_ms = throttle_wait(&p->pair_guesses, g->pair, g->now_us / 1000);
		if (wait_ms == 0 && !g->is_known)
			wait_ms = throttle_wait(&p->address_guesses, g->address, g->now_us / 1000);
	}
	if (wait_ms == 0 && !g->is_known)
		wait_ms = allowance_wait(p->unit_guesses, g->tax_code, g->now_us);
	return wait_ms;
}

uint32_t
peers_guess(
    struct peers *p, uint64_t address, uint64_t tax_code, int64_t now_us, struct peers_guess *guess)
{
	*guess = (struct peers_guess){.tax_code = tax_code, .now_us = now_us};
	name_guess(p, address, guess);
	int64_t wait_ms = wait_of(p, guess);
	if (wait_ms == 0 && !is_spared(guess)) {
		wait_ms = throttle_take(&p->pair_guesses, guess->pair, now_us / 1000);
		if (wait_ms == 0 && !guess->is_known)
			wait_ms = throttle_take(&p->address_guesses, guess->address, now_us / 1000);
	}
	return (uint32_t)wait_ms;
}

void
peers_guessed_right(struct peers *p, const struct peers_guess *guess)
{
	if (!is_spared(guess)) {
		throttle_forgive(&p->pair_guesses, guess->pair, guess->now_us / 1000);
		if (!guess->is_known)
			throttle_take_back(
			    &p->address_guesses, guess->address, guess->now_us / 1000);
	}
}

void
peers_guessed_wrong(struct peers *p, const struct peers_guess *guess)
{
	if (!guess->is_known)
		allowance_take(p->unit_guesses, guess->tax_code, guess->now_us);
}
