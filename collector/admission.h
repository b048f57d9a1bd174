/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a loop tells to try later, before anything is spent on him. Reading goes on whatever is
 * under way, so that nobody waits unseen in a socket; a request that would wait for the store is
 * answered TRY_LATER at once while too much is under way, by HTTP before its JSON is read. Pure;
 * one loop's thread.
 *
 *   all are admitted --- as many under way as may be ---> shedding: up to a quarter of that
 *          ^                                                 |
 *          +------- a whole interval without a refusal ------+
 *
 * The gap between the two is the point: bursts are taken in whole, but what does not end waits in a
 * short queue instead of a long one. A quarter still fills every batch, so the rate stays. */
#ifndef KHAOSAT_COLLECTOR_ADMISSION_H
#define KHAOSAT_COLLECTOR_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct admission {
	size_t most; /* under way at once: at least 1 */
	size_t under_way;
	bool is_shedding;
	bool has_refused; /* in this interval */
	uint32_t delays;  /* given out */
};

/* May one more that would wait begin? */
bool admission_is_open(struct admission *a);

/* What one who is told to try later is asked to wait: different for each, so that those who were
 * refused together do not come back together. */
uint32_t admission_delay_ms(struct admission *a);

/* An interval is over. */
void admission_tick(struct admission *a);

/* The number of a Request and of its body's field, from the top level of its bytes. False: they do
 * not tell, which is for the decoder to judge. */
bool admission_peek(const uint8_t *bytes, size_t n, uint64_t *id, uint32_t *body);

#endif
