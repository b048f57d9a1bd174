/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that load a definition share: where in the JSON we are, the problems found, the
 * arena that everything is made in. A getter that finds something wrong records a problem and
 * returns a harmless value, so that loading goes on and all problems are found in one go. One
 * thread. */
#ifndef KHAOSAT_SURVEY_LOADER_H
#define KHAOSAT_SURVEY_LOADER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/code_index.h"
#include "survey/definition.h"

#define LABEL_MAX_CHARS 2000

struct chunk; /* of the arena */

/* The definition first, so that definition_free finds the arena. */
struct loaded {
	struct definition definition;
	struct chunk *chunks;
};

struct loader {
	struct loaded *loaded;
	struct definition *d; /* &loaded->definition */
	struct definition_problems *problems;
	const json_t *root;
	const json_t *labels; /* of choices given as a bare string; may be NULL */
	struct code_index indicator, score, population, goal, column;
	bool failed;        /* a problem was found, recorded or not */
	bool out_of_memory; /* nothing more can be made */
	size_t next_question;
	bool list_required, list_core; /* of the list whose parts are being read */
	size_t rule_nodes;
	char path[512];
	size_t path_bytes;
};

/* Zeroed memory that lives as long as the definition; NULL (recorded) when memory is out, and for
 * count 0. */
void *loader_alloc(struct loader *l, size_t count, size_t bytes);
void loader_free_chunks(struct chunk *chunks);

/* The path: enter a member or an element, leave with the mark that entering returned. */
size_t loader_enter(struct loader *l, const char *key);
size_t loader_enter_index(struct loader *l, size_t index);
void loader_leave(struct loader *l, size_t mark);

/* Record a problem at the path, or at a member of it. */
void loader_problem(struct loader *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void loader_problem_at(struct loader *l, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Every key of the object must be in `allowed`, words divided by blanks. False (recorded) when it
 * is not an object. */
bool loader_object(struct loader *l, const json_t *value, const char *allowed);

/* Members of an object, checked. */
const char *loader_text(struct loader *l, const json_t *object, const char *key, bool required);
struct label loader_label(struct loader *l, const json_t *object, const char *key, bool required);
const char *loader_code(struct loader *l, const json_t *object, const char *key, bool hyphen);
int64_t loader_integer(struct loader *l, const json_t *object, const char *key, int64_t min,
    int64_t max, int64_t absent);
int64_t loader_integer_required(
    struct loader *l, const json_t *object, const char *key, int64_t min, int64_t max);
bool loader_flag(struct loader *l, const json_t *object, const char *key, bool absent);
/* A string that stands for itself among `n` words: its index, or -1 (recorded). */
int loader_word(
    struct loader *l, const json_t *object, const char *key, const char *const *words, size_t n);

/* Values at the path. "" where something is wrong. */
const char *loader_code_value(struct loader *l, const json_t *value, bool hyphen);
struct label loader_label_value(struct loader *l, const json_t *value);

/* An array member with min to max elements, or NULL: absent and min 0, or recorded. */
const json_t *loader_array(
    struct loader *l, const json_t *object, const char *key, size_t min, size_t max);

/* Call `one` for elements 0 to n - 1 of an array member, with the path set. Elements that are not
 * objects were recorded by loader_items and are left out. */
void loader_walk(struct loader *l, const json_t *object, const char *key, size_t n,
    void (*one)(struct loader *l, const json_t *item, size_t index));

/* Room for the elements of an array of objects, `bytes` each, NULL and *n 0 where there is none. */
void *loader_items(struct loader *l, const json_t *object, const char *key, size_t min, size_t max,
    size_t bytes, size_t *n);

/* An index with room for n codes. False when memory is out. */
bool loader_index(struct loader *l, struct code_index *index, size_t n);
/* Add, or record that the code is used twice. The empty code is left out. */
void loader_index_add(struct loader *l, struct code_index *index, const char *code, size_t value);
int loader_find(const struct code_index *index, const char *code);

#endif
