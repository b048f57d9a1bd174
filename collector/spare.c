/* SPDX-License-Identifier: Apache-2.0 */
/* The last block given is the first taken: the cache has it still. */
#include "collector/spare.h"

#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

struct spare {
	struct spare *next;
};

static _Thread_local struct {
	struct spare *first;
	size_t n;
} kept;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

static struct spare *
take_kept(void)
{
	struct spare *spare = kept.first;
	ASAN_UNPOISON_MEMORY_REGION(spare, SPARE_BYTES);
	kept.first = spare->next;
	kept.n--;
	return spare;
}

static void
free_kept(void *unused)
{
	(void)unused;
	while (kept.n > 0)
		free(take_kept());
}

static void
make_key(void)
{
	has_key = pthread_key_create(&key, free_kept) == 0;
}

/* A key with a value is what a thread's end is noticed by. */
static bool
is_end_noticed(void)
{
	return pthread_once(&once, make_key) == 0 && has_key &&
	       pthread_setspecific(key, &kept) == 0;
}

void *
spare_take(void)
{
	return kept.n > 0 ? take_kept() : malloc(SPARE_BYTES);
}

void
spare_give(void *block)
{
	struct spare *spare = block;
	if (kept.n == SPARE_KEPT_MAX || (kept.n == 0 && !is_end_noticed())) {
		free(block);
		return;
	}
	spare->next = kept.first;
	kept.first = spare;
	kept.n++;
	ASAN_POISON_MEMORY_REGION(spare, SPARE_BYTES); /* whoever reads it still is found out */
}
