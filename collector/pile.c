/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/pile.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_BYTES 4096 /* of an empty pile, until it rests */

static void
move_to_start(struct pile *p)
{
	size_t left = pile_left(p);
	memmove(p->bytes.at, p->bytes.at + p->taken, left);
	p->bytes.n = left;
	p->taken = 0;
}

/* Who takes nearly all of much must not hold the memory of all of it. */
static void
shrink(struct pile *p)
{
	move_to_start(p);
	uint8_t *less = realloc(p->bytes.at, p->bytes.n);
	if (less == NULL)
		return;
	p->bytes.at = less;
	p->bytes.room = p->bytes.n;
}

void
pile_take(struct pile *p, size_t n)
{
	p->taken += n;
	if (p->taken == p->bytes.n) {
		p->taken = p->bytes.n = 0;
		if (p->bytes.room > KEPT_BYTES)
			bytes_free(&p->bytes);
	} else if (p->bytes.room > KEPT_BYTES && pile_left(p) < p->bytes.room / 4) {
		shrink(p);
	}
}

/* What is left moves to the start where it is less than what was taken, so that moving costs no
 * more than putting did. */
uint8_t *
pile_reserve(struct pile *p, size_t n)
{
	if (p->taken > pile_left(p) && p->bytes.room - p->bytes.n < n)
		move_to_start(p);
	return bytes_reserve(&p->bytes, n);
}

void
pile_rest(struct pile *p)
{
	if (pile_left(p) == 0)
		bytes_free(&p->bytes);
}
