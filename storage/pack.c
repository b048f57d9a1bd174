/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/pack.h"

#include <string.h>

#define WORD sizeof(uint32_t)

static uint32_t
word_at(const uint8_t *pack, size_t index)
{
	uint32_t word;
	memcpy(&word, pack + index * WORD, WORD);
	return word;
}

static void
put_word(uint8_t *pack, size_t index, size_t value)
{
	uint32_t word = (uint32_t)value;
	memcpy(pack + index * WORD, &word, WORD);
}

size_t
pack_plan(const struct piece *piece, size_t n, size_t *bytes)
{
	size_t count = 1, sum = 2 * WORD + piece[0].n;
	while (count < n && sum + WORD + piece[count].n <= PACK_MAX_BYTES)
		sum += WORD + piece[count++].n;
	*bytes = sum;
	return count;
}

void
pack_fill(uint8_t *out, const struct piece *piece, size_t n)
{
	uint8_t *bytes = out + (1 + n) * WORD;
	size_t end = 0;
	put_word(out, 0, n);
	for (size_t i = 0; i < n; i++) {
		if (piece[i].n > 0)
			memcpy(bytes + end, piece[i].bytes, piece[i].n);
		end += piece[i].n;
		put_word(out, 1 + i, end);
	}
}

uint32_t
pack_count(const uint8_t *pack, size_t n)
{
	if (n < 2 * WORD)
		return 0;
	uint32_t count = word_at(pack, 0);
	if (count == 0 || count > n / WORD - 1)
		return 0;
	return word_at(pack, count) == n - (1 + (size_t)count) * WORD ? count : 0;
}

bool
pack_piece(const uint8_t *pack, size_t n, uint32_t index, struct piece *out)
{
	uint32_t count = pack_count(pack, n);
	if (index >= count)
		return false;
	size_t begin = index > 0 ? word_at(pack, index) : 0;
	size_t end = word_at(pack, 1 + (size_t)index);
	size_t head = (1 + (size_t)count) * WORD;
	if (begin > end || end > n - head)
		return false;
	*out = (struct piece){pack + head + begin, end - begin};
	return true;
}
