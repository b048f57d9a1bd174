/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts at passwords, slowed down, whether there is such an account or not: by name and address
 * together; by address, whatever the name, so that no stranger keeps whoever hashes passwords busy;
 * and by name, from wherever. Who has just got in under a name from an address is held up by the
 * first alone: guesses from elsewhere keep nobody out. And how many tokens and passwords firms
 * make. Pure but for its locks; any thread. */
#ifndef KHAOSAT_COLLECTOR_LOGINS_H
#define KHAOSAT_COLLECTOR_LOGINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/allowance.h"
#include "collector/throttle.h"

#define LOGINS_NAME_BYTES 64 /* no account has so long a name; what is behind does not count */

#define LOGINS_FIRM_MAKES 64         /* tokens and passwords that a firm makes for itself at once */
#define LOGINS_FIRM_MAKE_SECONDS 600 /* then one in so long */

struct logins {
	struct throttle pairs, addresses, names;
	struct allowance *firms;
};

struct login_try {
	uint64_t pair, address, name; /* keys of the throttles */
	bool is_spared, is_known;
};

bool logins_open(struct logins *logins); /* false: out of memory */
void logins_close(struct logins *logins);

/* Returns 0, and it counts as wrong until logins_right; or how many milliseconds to wait. */
uint32_t logins_begin(struct logins *logins, uint64_t address, const char *name, int64_t now_ms,
    struct login_try *out);
/* It was right, also when that is said more than once. */
void logins_right(struct logins *logins, struct login_try *attempt, int64_t now_ms);

/* A firm, by the number of its account, makes a token or a password. Returns 0, or how many
 * milliseconds to wait; nothing was counted then. */
uint32_t logins_firm_makes(struct logins *logins, uint32_t account, int64_t now_us);

#endif
