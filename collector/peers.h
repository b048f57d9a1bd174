/* SPDX-License-Identifier: Apache-2.0 */
/* Who may come in and how often, and how much may wait for them: connections in all and of one
 * address, requests of one address and of one unit, bytes of answers and of large requests for all
 * together. An address is what address_key says; loopback peers, behind which anybody may be, are
 * spared where the options say so. Any thread unless said otherwise. */
#ifndef KHAOSAT_COLLECTOR_PEERS_H
#define KHAOSAT_COLLECTOR_PEERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/allowance.h"
#include "collector/throttle.h"
#include "collector/budget.h"
#include "collector/config.h"

#define PEERS_BURST_SECONDS 10 /* an idle one may ask for so many seconds' worth at once */
#define PEERS_SPARED 0u        /* the key of whom no limit per address concerns */

struct peers {
	atomic_size_t connections;
	size_t connections_max;
	bool spares_loopback; /* main's */
	struct budget output; /* answers until peers take them, large requests until whole */
	struct allowance *addresses, *units;
	/* Of access codes. */
	struct throttle pair_guesses, address_guesses;
	struct allowance *unit_guesses;
};

/* `connections_max` is what the options or the system allow. False: out of memory. */
bool peers_open(struct peers *p, const struct config *config, size_t connections_max);
void peers_reload(struct peers *p, const struct config *config);
void peers_close(struct peers *p);

/* Main's thread. */
uint64_t peers_key(const struct peers *p, const struct sockaddr_storage *address);

enum peers_status {
	PEERS_OK,      /* counted until peers_leave */
	PEERS_FULL,    /* too many connections in all */
	PEERS_ADDRESS, /* too many of this address */
	PEERS_RATE     /* its address comes too often; a connection counts as a request */
};

enum peers_status peers_enter(struct peers *p, uint64_t key);
void peers_leave(struct peers *p, uint64_t key);

/* One request more. Returns 0, or after how many milliseconds it may come again. */
uint32_t peers_ask_address(struct peers *p, uint64_t key);
uint32_t peers_ask_unit(struct peers *p, uint64_t tax_code, int64_t now_us);

/* What is left of that. False: no limit concerns it. */
bool peers_left_address(struct peers *p, uint64_t key, struct allowance_left *out);
bool peers_left_unit(struct peers *p, uint64_t tax_code, struct allowance_left *out);

/* A code is about to be judged. It is slowed down by unit and address together, so that who guesses
 * elsewhere keeps nobody out; by address, whatever the unit; and by unit, from wherever, so slowly
 * that only very many addresses together are held up by it. Where unit and address have just got in
 * with the right code, the last two do not concern them, nor do addresses concern who is spared. */
struct peers_guess {
	uint64_t tax_code;
	int64_t now_us;         /* when it was made, by the monotonic clock */
	uint64_t pair, address; /* keys of the throttles; 0: it is spared */
	bool is_known;
};

/* Returns 0: it is judged at once, and one of the others says how; or how long to wait, unjudged.
 * By address it counts as wrong until then. By unit only what was wrong counts, so that right
 * codes, which are nearly all, leave no trace there; of guesses at the same moment one a loop may
 * thereby be judged. */
uint32_t peers_guess(struct peers *p, uint64_t address, uint64_t tax_code, int64_t now_us,
    struct peers_guess *guess);
void peers_guessed_right(struct peers *p, const struct peers_guess *guess);
void peers_guessed_wrong(struct peers *p, const struct peers_guess *guess);

#endif
