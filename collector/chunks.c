/* SPDX-License-Identifier: Apache-2.0 */
/* An array that is searched from its end: ten million units are 2,500 chunks, sent one after
 * another. */
#include "collector/chunks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct chunk {
	uint64_t round, number;
	uint8_t id[UUID_BYTES];
};

struct chunks {
	pthread_mutex_t lock;
	struct chunk *chunk;
	size_t n, room;
};

struct chunks *
chunks_new(void)
{
	struct chunks *chunks = calloc(1, sizeof(*chunks));
	if (chunks != NULL)
		pthread_mutex_init(&chunks->lock, NULL);
	return chunks;
}

void
chunks_free(struct chunks *chunks)
{
	if (chunks == NULL)
		return;
	pthread_mutex_destroy(&chunks->lock);
	free(chunks->chunk);
	free(chunks);
}

uint64_t
chunks_find(struct chunks *chunks, uint64_t round, const uint8_t id[UUID_BYTES])
{
	uint64_t number = 0;
	pthread_mutex_lock(&chunks->lock);
	for (size_t i = chunks->n; i > 0 && number == 0; i--) {
		const struct chunk *chunk = &chunks->chunk[i - 1];
		if (chunk->round == round && memcmp(chunk->id, id, UUID_BYTES) == 0)
			number = chunk->number;
	}
	pthread_mutex_unlock(&chunks->lock);
	return number;
}

static int
make_room(struct chunks *chunks)
{
	if (chunks->n < chunks->room)
		return 1;
	size_t room = chunks->room == 0 ? 64 : chunks->room * 2;
	struct chunk *grown = realloc(chunks->chunk, room * sizeof(*grown));
	if (grown == NULL)
		return 0;
	chunks->chunk = grown;
	chunks->room = room;
	return 1;
}

void
chunks_add(struct chunks *chunks, uint64_t round, const uint8_t id[UUID_BYTES], uint64_t number)
{
	pthread_mutex_lock(&chunks->lock);
	if (make_room(chunks)) {
		struct chunk *chunk = &chunks->chunk[chunks->n++];
		*chunk = (struct chunk){.round = round, .number = number};
		memcpy(chunk->id, id, UUID_BYTES);
	}
	pthread_mutex_unlock(&chunks->lock);
}

void
chunks_forget(struct chunks *chunks, uint64_t round)
{
	pthread_mutex_lock(&chunks->lock);
	size_t kept = 0;
	for (size_t i = 0; i < chunks->n; i++)
		if (chunks->chunk[i].round != round)
			chunks->chunk[kept++] = chunks->chunk[i];
	chunks->n = kept;
	pthread_mutex_unlock(&chunks->lock);
}
