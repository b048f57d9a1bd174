/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/text.h"

#define CHUNK_BYTES (64 * 1024)

struct chunk {
	struct chunk *next;
	size_t used, bytes;
	_Alignas(16) unsigned char data[];
};

static struct chunk *
chunk_new(struct loader *l, size_t bytes)
{
	size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
	struct chunk *chunk = calloc(1, sizeof(*chunk) + room);
	if (!chunk) {
		if (!l->out_of_memory)
			loader_problem(l, "out of memory");
		l->out_of_memory = true;
		return NULL;
	}
	chunk->bytes = room;
	chunk->next = l->loaded->chunks;
	l->loaded->chunks = chunk;
	return chunk;
}

void *
loader_alloc(struct loader *l, size_t count, size_t bytes)
{
	if (count == 0 || bytes == 0)
		return NULL;
	/* Counts are bounded by the limits of definition.h and by DEFINITION_BYTES_MAX. */
	size_t wanted = (count * bytes + 15) & ~(size_t)15;
	struct chunk *chunk = l->loaded->chunks;
	if (!chunk || chunk->bytes - chunk->used < wanted)
		chunk = chunk_new(l, wanted);
	if (!chunk)
		return NULL;
	void *memory = chunk->data + chunk->used;
	chunk->used += wanted;
	return memory;
}

void
loader_free_chunks(struct chunk *chunks)
{
	while (chunks) {
		struct chunk *next = chunks->next;
		free(chunks);
		chunks = next;
	}
}

static void
path_append(struct loader *l, char c)
{
	if (l->path_bytes + 1 < sizeof(l->path))
		l->path[l->path_bytes++] = c;
	l->path[l->path_bytes] = '\0';
}

size_t
loader_enter(struct loader *l, const char *key)
{
	size_t mark = l->path_bytes;
	path_append(l, '/');
	for (; *key; key++) {
		if (*key == '~' || *key == '/')
			path_append(l, '~');
		path_append(l, *key == '~' ? '0' : *key == '/' ? '1' : *key);
	}
	return mark;
}

size_t
loader_enter_index(struct loader *l, size_t index)
{
	char key[24];
	snprintf(key, sizeof(key), "%zu", index);
	return loader_enter(l, key);
}

void
loader_leave(struct loader *l, size_t mark)
{
	l->path_bytes = mark;
	l->path[mark] = '\0';
}

/* Copy as many whole characters as fit; what is copied may quote the file, so control characters
 * become question marks. */
static void
copy_cut(char *to, size_t cap, const char *from)
{
	size_t n = strlen(from);
	if (n >= cap) {
		n = cap - 1;
		while (n > 0 && ((unsigned char)from[n] & 0xc0) == 0x80)
			n--;
	}
	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)from[i] < ' ' || from[i] == 0x7f ? '?' : from[i];
	to[n] = '\0';
}

static void __attribute__((format(printf, 2, 0)))
record(struct loader *l, const char *format, va_list arguments)
{
	l->failed = true;
	if (l->problems->n == DEFINITION_PROBLEMS_MAX)
		return;
	struct definition_problem *p = &l->problems->problem[l->problems->n++];
	char reason[1024];
	vsnprintf(reason, sizeof(reason), format, arguments);
	copy_cut(p->reason, sizeof(p->reason), reason);
	copy_cut(p->path, sizeof(p->path), l->path);
}

void
loader_problem(struct loader *l, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	record(l, format, arguments);
	va_end(arguments);
}

void
loader_problem_at(struct loader *l, const char *key, const char *format, ...)
{
	size_t mark = loader_enter(l, key);
	va_list arguments;
	va_start(arguments, format);
	record(l, format, arguments);
	va_end(arguments);
	loader_leave(l, mark);
}

static bool
is_word(const char *words, const char *key)
{
	size_t n = strlen(key);
	for (const char *at = words; n > 0 && (at = strstr(at, key)); at += n) {
		bool starts = at == words || at[-1] == ' ';
		if (starts && (at[n] == ' ' || at[n] == '\0') && !strchr(key, ' '))
			return true;
	}
	return false;
}

bool
loader_object(struct loader *l, const json_t *value, const char *allowed)
{
	if (!json_is_object(value)) {
		loader_problem(l, "must be an object");
		return false;
	}
	/* jansson iterates over objects that are not const only. */
	json_t *object = (json_t *)(uintptr_t)value;
	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		const char *key = json_object_iter_key(at);
		if (!is_word(allowed, key))
			loader_problem_at(l, key, "unknown key; allowed are: %s", allowed);
	}
	return true;
}

bool
loader_index(struct loader *l, struct code_index *index, size_t n)
{
	size_t slots = code_index_slots(n);
	index->code = loader_alloc(l, slots, sizeof(*index->code));
	index->slot = index->code ? loader_alloc(l, slots, sizeof(*index->slot)) : NULL;
	code_index_set_slots(index, slots);
	return index->slot != NULL;
}

void
loader_index_add(struct loader *l, struct code_index *index, const char *code, size_t value)
{
	if (index->slot && *code && !code_index_add(index, code, (int16_t)value))
		loader_problem_at(l, "code", "code '%s' is used twice", code);
}

int
loader_find(const struct code_index *index, const char *code)
{
	return code_index_find(index, code, strlen(code));
}
