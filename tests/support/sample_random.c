/* SPDX-License-Identifier: Apache-2.0 */
/* splitmix64 (Steele, Lea, Flood 2014): enough for samples, and the same on every machine. */
#include "tests/support/sample.h"

uint64_t
sample_next(struct sample_random *r)
{
	uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);
	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

unsigned
sample_below(struct sample_random *r, unsigned n)
{
	return (unsigned)((sample_next(r) >> 32) * n >> 32);
}

bool
sample_chance(struct sample_random *r, double p)
{
	return (double)(sample_next(r) >> 11) < p * (double)(UINT64_C(1) << 53);
}

struct sample_random
sample_seed(uint64_t seed, uint64_t index)
{
	struct sample_random r = {seed * UINT64_C(0xD1342543DE82EF95) + index};
	sample_next(&r);
	return r;
}
