/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/peers.h"

#include "collector/address.h"
#include "collector/clock.h"

#define REMEMBERED 65536 /* addresses beside those that are connected; units */
#define BURST_SECONDS 10 /* an idle one may ask for so many seconds' worth at once */

static struct allowance_rules
address_rules(const struct config *config)
{
	return (struct allowance_rules){
	    .held_max = config->connections_per_address,
	    .per_second = config->address_rate,
	    .burst = BURST_SECONDS * config->address_rate,
	};
}

static struct allowance_rules
unit_rules(const struct config *config)
{
	return (struct allowance_rules){
	    .per_second = config->unit_rate,
	    .burst = BURST_SECONDS * config->unit_rate,
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
	p->connections_max = connections_max;
	p->spares_loopback = config->limit_loopback == 0;
	set_output(p, config);
	p->addresses = allowance_new(connections_max + REMEMBERED, &address);
	p->units = allowance_new(REMEMBERED, &unit);
	return p->addresses != NULL && p->units != NULL;
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
	p->addresses = p->units = NULL;
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
	if (key == PEERS_SPARED || allowance_hold(p->addresses, key))
		return PEERS_OK;
	atomic_fetch_sub(&p->connections, 1);
	return PEERS_ADDRESS;
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
peers_ask_unit(struct peers *p, uint64_t tax_code)
{
	return allowance_take(p->units, tax_code, clock_monotonic_us());
}
