/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in one piece, put at its end and taken from its start. What has been taken holds no memory
 * for long: there is room for at most four times what is left, or for 4 KiB. Any thread. */
#ifndef KHAOSAT_COLLECTOR_PILE_H
#define KHAOSAT_COLLECTOR_PILE_H

#include "collector/bytes.h"

struct pile { /* all zero: empty */
	struct bytes bytes;
	size_t taken; /* of them */
};

static inline size_t
pile_left(const struct pile *p)
{
	return p->bytes.n - p->taken;
}

static inline uint8_t *
pile_start(const struct pile *p)
{
	return p->bytes.at + p->taken;
}

void pile_take(struct pile *p, size_t n); /* drop the first n */
/* Room for n more at the end, of which none counts yet: p->bytes.n is to be moved by what was
 * filled. NULL: out of memory. */
uint8_t *pile_reserve(struct pile *p, size_t n);
void pile_rest(struct pile *p); /* keep no memory while it is empty */

#endif
