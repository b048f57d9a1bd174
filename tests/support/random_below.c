/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/naive_rule.h"

uint64_t
random_below(uint64_t *seed, uint64_t n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % n;
}
