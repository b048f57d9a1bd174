/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/xxh3.h"

#include <string.h>

#define XXH_STATIC_LINKING_ONLY
#ifdef __x86_64__
#include <xxh_x86dispatch.h> /* the same digests, made with what the processor has */
#else
#include <xxhash.h>
#endif

void
xxh3_digest(const struct piece *piece, size_t n, uint8_t out[XXH3_BYTES])
{
	XXH3_state_t state;
	XXH128_canonical_t canonical;
	XXH3_INITSTATE(&state);
	XXH3_128bits_reset(&state);
	for (size_t i = 0; i < n; i++)
		XXH3_128bits_update(&state, piece[i].bytes, piece[i].n);
	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
	memcpy(out, canonical.digest, XXH3_BYTES);
}
