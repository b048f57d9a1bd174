/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/pile.h"

#include <string.h>

#define KEPT_BYTES 4096 /* of an empty pile, until it rests */

void
pile_take(struct pile *p, size_t n)
{
	p->taken += n;
	if (p->taken < p->bytes.n)
		return;
	p->taken = p->bytes.n = 0;
	if (p->bytes.room > KEPT_BYTES)
		bytes_free(&p->bytes);
}

/* What is left moves to the start where it is less than what was taken, so that moving costs no
 * more than putting did. */
uint8_t *
pile_reserve(struct pile *p, size_t n)
{
	size_t left = pile_left(p);
	if (p->taken > left && p->bytes.room - p->bytes.n < n) {
		memmove(p->bytes.at, p->bytes.at + p->taken, left);
		p->bytes.n = left;
		p->taken = 0;
	}
	return bytes_reserve(&p->bytes, n);
}

void
pile_rest(struct pile *p)
{
	if (pile_left(p) == 0)
		bytes_free(&p->bytes);
}
