/* SPDX-License-Identifier: Apache-2.0 */
/* What a fold holds: making, finding, copying, freeing. How entries change it is in fold_apply.c
 * and, for those of one unit, in fold_apply_unit.c. */
#include "collector/fold.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "collector/large.h"

#define SUBJECT_ROUND_SHIFT 44 /* a tax code is below 10^13 < 2^44 */
#define SUBJECT_UNIT_MASK ((UINT64_C(1) << SUBJECT_ROUND_SHIFT) - 1)

uint64_t
state_round_subject(uint32_t round_index)
{
	return ((uint64_t)round_index + 1) << SUBJECT_ROUND_SHIFT;
}

uint64_t
state_unit_subject(uint32_t round_index, uint64_t tax_code)
{
	assert(tax_code > 0 && tax_code < SUBJECT_UNIT_MASK);
	return state_round_subject(round_index) | tax_code;
}

uint64_t
state_exports_subject(uint32_t round_index)
{
	return state_round_subject(round_index) | SUBJECT_UNIT_MASK; /* no tax code is as large */
}

/* ------------------------------------------------------------------- freeing, copying */

static size_t
heads_bytes(uint32_t units)
{
	return ((size_t)units + 1) * sizeof(struct unit_head);
}

struct unit_head *
heads_new(uint32_t units)
{
	return large_alloc(heads_bytes(units));
}

/* Heads are there only beside columns. */
static void
free_rows(struct columns *columns, struct unit_head *head)
{
	if (columns != NULL)
		large_free(head, heads_bytes(columns->units));
	columns_release(columns);
}

void
staged_clear(struct staged *staged)
{
	free_rows(staged->columns, staged->head);
	counters_free(staged->counters);
	*staged = (struct staged){0};
}

static void
round_free(struct round *round)
{
	if (round == NULL)
		return;
	free_rows(round->columns, round->head);
	counters_free(round->counters);
	free(round->reopening);
	keys_clear(&round->keys);
	free(round->notes.note);
	free(round->pending);
	free(round->export);
	staged_clear(&round->staged);
	free(round);
}

void
fold_clear(struct fold *fold)
{
	for (size_t i = 0; i < fold->rounds; i++)
		round_free(fold->round[i]);
	for (size_t i = 0; i < fold->definitions && !fold->borrows; i++) {
		cells_free(fold->definition[i].cells);
		definition_free(fold->definition[i].definition);
	}
	free(fold->round);
	free(fold->definition);
	roster_clear(&fold->staff);
	*fold = (struct fold){0};
}

/* A copy of n items, or of none. */
static bool
copy_array(void *out, const void *array, size_t n, size_t item)
{
	void *copy = NULL;
	if (n > 0) {
		copy = malloc(n * item);
		if (copy == NULL)
			return false;
		memcpy(copy, array, n * item);
	}
	memcpy(out, &copy, sizeof(copy));
	return true;
}

static bool
copy_rows(const struct round *round, struct round *copy)
{
	if (round->columns == NULL)
		return true;
	columns_hold(round->columns);
	copy->columns = round->columns;
	copy->head = heads_new(round->columns->units);
	if (copy->head != NULL)
		memcpy(copy->head, round->head, round->columns->units * sizeof(*copy->head));
	return copy->head != NULL;
}

static struct round *
round_copy(const struct round *round)
{
	struct round *copy = malloc(sizeof(*copy));
	if (copy == NULL)
		return NULL;
	*copy = *round;
	copy->columns = NULL;
	copy->head = NULL;
	copy->counters = NULL;
	copy->reopening = NULL;
	copy->keys = (struct keys){0};
	copy->notes = (struct row_notes){.n = round->notes.n, .room = round->notes.n};
	copy->pending = NULL;
	copy->export = NULL;
	copy->pending_room = round->pendings;
	copy->staged = (struct staged){0};
	bool good =
	    copy_rows(round, copy) &&
	    copy_array(
		&copy->reopening, round->reopening, round->reopenings, sizeof(*round->reopening)) &&
	    copy_array(&copy->pending, round->pending, round->pendings, sizeof(*round->pending)) &&
	    keys_copy(&round->keys, &copy->keys) &&
	    copy_array(
		&copy->notes.note, round->notes.note, round->notes.n, sizeof(*copy->notes.note)) &&
	    copy_array(&copy->export, round->export, round->exports, sizeof(*round->export));
	if (good && round->counters != NULL)
		good = (copy->counters = counters_copy(round->counters)) != NULL;
	if (!good) {
		round_free(copy);
		return NULL;
	}
	return copy;
}

bool
fold_copy(const struct fold *fold, struct fold *out)
{
	*out = (struct fold){
	    .last = fold->last, .catalogue_last = fold->catalogue_last, .borrows = true};
	out->round = calloc(fold->rounds + 1, sizeof(struct round *));
	if (out->round == NULL || !roster_copy(&fold->staff, &out->staff) ||
	    !copy_array(
		&out->definition, fold->definition, fold->definitions, sizeof(*fold->definition))) {
		fold_clear(out);
		return false;
	}
	out->definitions = out->definition_room = fold->definitions;
	for (size_t i = 0; i < fold->rounds; i++) {
		out->round[i] = round_copy(fold->round[i]);
		if (out->round[i] == NULL) {
			fold_clear(out);
			return false;
		}
		out->rounds = out->round_room = i + 1;
	}
	return true;
}

/* ------------------------------------------------------------------- definitions */

const struct definition_record *
fold_definition(const struct fold *fold, uint64_t number)
{
	for (size_t i = 0; i < fold->definitions; i++)
		if (fold->definition[i].number == number)
			return &fold->definition[i];
	return NULL;
}

static bool
make_definition_room(struct fold *fold)
{
	if (fold->definitions < fold->definition_room)
		return true;
	size_t room = fold->definition_room * 2 + 4;
	struct definition_record *grown = realloc(fold->definition, room * sizeof(*grown));
	if (grown == NULL)
		return false;
	fold->definition = grown;
	fold->definition_room = room;
	return true;
}

/* The loader's list of problems tells want of memory only in words. */
static enum fold_status
why_not(const struct definition_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++)
		if (strcmp(problems->problem[i].reason, "out of memory") == 0)
			return FOLD_MEMORY;
	return FOLD_BAD_DEFINITION;
}

enum fold_status
fold_add_definition(struct fold *fold, uint64_t number, const uint8_t *json, size_t n)
{
	if (!make_definition_room(fold))
		return FOLD_MEMORY;
	struct definition_problems *problems = calloc(1, sizeof(*problems));
	if (problems == NULL)
		return FOLD_MEMORY;
	struct definition *definition = definition_load((const char *)json, n, problems);
	enum fold_status status = definition != NULL ? FOLD_OK : why_not(problems);
	free(problems);
	if (status != FOLD_OK)
		return status;
	struct cells *cells = cells_new(definition);
	if (cells == NULL) {
		definition_free(definition);
		return FOLD_MEMORY;
	}
	fold->definition[fold->definitions++] =
	    (struct definition_record){.number = number, .definition = definition, .cells = cells};
	return FOLD_OK;
}

/* ------------------------------------------------------------------- rounds */

struct round *
fold_round_new(struct fold *fold)
{
	if (fold->rounds == fold->round_room) {
		size_t room = fold->round_room * 2 + 4;
		struct round **grown = realloc(fold->round, room * sizeof(struct round *));
		if (grown == NULL)
			return NULL;
		fold->round = grown;
		fold->round_room = room;
	}
	struct round *round = calloc(1, sizeof(*round));
	if (round == NULL)
		return NULL;
	round->view.index = (uint32_t)fold->rounds;
	fold->round[fold->rounds++] = round;
	return round;
}

/* Rounds stand in the order of their numbers. */
struct round *
fold_round(const struct fold *fold, uint64_t number)
{
	for (size_t i = fold->rounds; i > 0; i--)
		if (fold->round[i - 1]->view.number == number)
			return fold->round[i - 1];
	return NULL;
}

struct round *
fold_round_named(const struct fold *fold, const char *name)
{
	for (size_t i = fold->rounds; i > 0; i--)
		if (strcmp(fold->round[i - 1]->view.name, name) == 0)
			return fold->round[i - 1];
	return NULL;
}

uint64_t
fold_last(const struct fold *fold, uint64_t subject)
{
	if (subject == SUBJECT_CATALOGUE)
		return fold->catalogue_last;
	if (subject == SUBJECT_STAFF)
		return fold->staff.last;
	uint64_t index = (subject >> SUBJECT_ROUND_SHIFT) - 1; /* huge for what is no subject */
	if (index >= fold->rounds)
		return 0;
	const struct round *round = fold->round[index];
	uint64_t tax_code = subject & SUBJECT_UNIT_MASK;
	if (tax_code == 0)
		return round->view.last;
	if (tax_code == SUBJECT_UNIT_MASK)
		return round->exports > 0 ? round->export[round->exports - 1].number : 0;
	uint32_t row;
	if (round->columns == NULL || !columns_find(round->columns, tax_code, &row))
		return 0;
	return round->head[row].last;
}

void
fold_fetch(const struct fold *fold, uint64_t subject)
{
	uint64_t index = (subject >> SUBJECT_ROUND_SHIFT) - 1,
		 tax_code = subject & SUBJECT_UNIT_MASK;
	if (index >= fold->rounds || tax_code == 0 || fold->round[index]->columns == NULL)
		return;
	const struct round *round = fold->round[index];
	__builtin_prefetch(&round->head[columns_fetch(round->columns, tax_code)], 1);
}

const struct unit_head *
fold_earlier(const struct fold *fold, const struct round *round, uint64_t tax_code,
    const struct round **earlier)
{
	uint32_t row;
	if (round->view.earlier_number == 0)
		return NULL;
	const struct round *before = fold_round(fold, round->view.earlier_number);
	if (before == NULL || before->columns == NULL ||
	    !columns_find(before->columns, tax_code, &row) || before->head[row].head == 0)
		return NULL;
	*earlier = before;
	return &before->head[row];
}

/* ------------------------------------------------------------------- rows and counters */

enum case_state
unit_case(const struct unit_head *h)
{
	if (h->set_case != CASE_NONE)
		return (enum case_state)h->set_case;
	if (h->head != 0)
		return CASE_COMPLETE;
	return h->revision > 0 ? CASE_IN_PROGRESS : CASE_NOT_STARTED;
}

struct standing
unit_standing(const struct unit_head *h)
{
	return (struct standing){h->head != 0 ? &h->bits : NULL, unit_case(h)};
}

bool
unit_responds(const struct unit_head *h)
{
	return h->head != 0 && h->set_case != CASE_OUT_OF_SCOPE;
}

const struct row_note *
round_note(const struct round *round, uint32_t row)
{
	return round->head[row].has_note ? row_notes_find(&round->notes, row) : NULL;
}

bool
staged_make(
    struct staged *staged, const struct round *round, struct columns *columns, bool with_counters)
{
	staged->columns = columns;
	staged->head = heads_new(columns->units);
	if (staged->head != NULL && with_counters)
		staged->counters =
		    counters_new(round->view.definition, round->cells, &columns->design);
	if (staged->head == NULL || (with_counters && staged->counters == NULL)) {
		staged_clear(staged);
		return false;
	}
	const struct standing fresh = {NULL, CASE_NOT_STARTED};
	for (uint32_t row = 0; with_counters && row < columns->units; row++)
		counters_add(staged->counters, columns, row, &fresh, 1);
	return true;
}

/* Rows that one thread counts. */
struct share {
	const struct round *round;
	struct counters *counters;
	uint32_t from, to;
};

static void *
count_share(void *argument)
{
	const struct share *share = argument;
	for (uint32_t row = share->from; row < share->to; row++) {
		struct standing standing = unit_standing(&share->round->head[row]);
		counters_add(share->counters, share->round->columns, row, &standing, 1);
	}
	return NULL;
}

static struct counters *
new_counters(const struct round *round)
{
	return counters_new(round->view.definition, round->cells, &round->columns->design);
}

#define ROWS_OF_TWO 8192u /* fewer are counted before another thread is up */

/* By two threads: most of the time between a checkpoint and the first answer goes here. */
static void
count_rows(const struct round *round, struct counters *counters)
{
	pthread_t beside;
	uint32_t units = round->columns->units;
	struct share first = {round, counters, 0, units};
	struct share second = {round, NULL, units / 2, units};
	if (units >= ROWS_OF_TWO)
		second.counters = new_counters(round);
	if (second.counters == NULL) {
		count_share(&first);
		return;
	}
	first.to = second.from;
	bool is_beside = pthread_create(&beside, NULL, count_share, &second) == 0;
	count_share(&first);
	if (is_beside)
		pthread_join(beside, NULL);
	else
		count_share(&second);
	counters_join(counters, second.counters);
	counters_free(second.counters);
}

bool
round_fill_counters(struct round *round)
{
	if (round->columns == NULL)
		return true;
	struct counters *counters = new_counters(round);
	if (counters == NULL)
		return false;
	count_rows(round, counters);
	counters_free(round->counters);
	round->counters = counters;
	return true;
}
