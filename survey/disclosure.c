/* SPDX-License-Identifier: Apache-2.0 */
/* Takes units in, puts them in an order of their own, so that the order they came in is of no
 * account, and counts. Rules and guard then do the work. */
#include "survey/disclosure.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "survey/disclosure_parts.h"

static const char *
rules_problem(const struct disclosure_rules *rules)
{
	if (rules->frequency < DISCLOSURE_FREQUENCY_FLOOR)
		return "the minimum frequency is below the floor of 3";
	if (rules->measures < 1 || rules->measures > DISCLOSURE_MEASURES_MAX)
		return "there must be 1 to 31 measures";
	uint32_t measured = (UINT32_C(1) << rules->measures) - 1;
	if (((rules->responded | rules->shares) & ~measured) != 0)
		return "a rule names a measure that is not there";
	if (rules->earlier > DISCLOSURE_EARLIER_MAX)
		return "too many earlier releases";
	for (unsigned m = 0; m < rules->measures; m++) {
		if (rules->goal[m] > rules->measures)
			return "a measure is of a goal whose number is too large";
		if (rules->goal[m] != 0 && rules->responded == UINT32_C(1) << m)
			return "who has answered is of one goal";
	}
	return NULL;
}

static const char *
cells_problem(
    const struct disclosure_rules *rules, const struct disclosure_cell *cells, size_t count)
{
	if (count == 0)
		return "there are no cells";
	if (count > DISCLOSURE_CELLS_MAX)
		return "there are too many cells";
	for (size_t i = 0; i < count; i++) {
		if (cells[i].table >= DISCLOSURE_TABLES_MAX)
			return "a cell's table number is too large";
		if (cells[i].family > DISCLOSURE_FAMILIES_MAX)
			return "a cell's family number is too large";
		if (cells[i].shown >> rules->earlier != 0)
			return "a cell was shown in a release that is not an earlier one";
		if (cells[i].secret && cells[i].shown != 0)
			return "a secret set was shown in an earlier release";
	}
	return NULL;
}

struct disclosure *
disclosure_new(const struct disclosure_rules *rules, const struct disclosure_cell *cells,
    size_t count, const char **problem)
{
	const char *found = rules_problem(rules);
	if (found == NULL)
		found = cells_problem(rules, cells, count);
	if (problem != NULL)
		*problem = found;
	if (found != NULL)
		return NULL;
	struct disclosure *d = calloc(1, sizeof(*d));
	if (d == NULL)
		return NULL;
	d->rules = *rules;
	d->measured = (UINT32_C(1) << rules->measures) - 1;
	d->releases = rules->earlier + 1;
	d->problem = "";
	d->cells = count;
	d->cell = calloc(count, sizeof(*d->cell));
	if (d->cell == NULL) {
		disclosure_free(d);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		d->cell[i].given = cells[i];
	for (size_t i = 0; i < count; i++)
		if (cells[i].family != DISCLOSURE_COMMON)
			d->families |= 1U << cells[i].family;
	for (unsigned m = 0; m < rules->measures; m++)
		if (rules->goal[m] > d->goals)
			d->goals = rules->goal[m];
	return d;
}

void
disclosure_free(struct disclosure *d)
{
	if (d == NULL)
		return;
	intern_free(&d->places);
	intern_free(&d->histories);
	intern_free(&d->groups);
	free(d->of_cell.begin);
	free(d->of_cell.item);
	free(d->cell);
	free(d->units);
	free(d->place_begin);
	free(d->place_cell);
	free(d->slot);
	free(d->cell_at);
	free(d->place_bits);
	free(d->units_now);
	free(d->history);
	free(d->group);
	free(d->group_of_place);
	free(d->count);
	free(d->is_local);
	free(d->kind);
	free(d->tells);
	free(d->secret);
	free(d);
}

static enum disclosure_status
bad_input(struct disclosure *d, const char *problem)
{
	d->problem = problem;
	return DISCLOSURE_BAD_INPUT;
}

static int
by_number(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static enum disclosure_status
no_memory(struct disclosure *d)
{
	d->failed = true;
	return DISCLOSURE_NO_MEMORY;
}

static const char *
place_problem(const struct disclosure *d, const uint16_t *sorted, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sorted[i] >= d->cells)
			return "a unit counts in a cell that is not there";
		if (i > 0 && sorted[i] == sorted[i - 1])
			return "a unit names a cell twice";
	}
	return NULL;
}

enum disclosure_status
disclosure_place(struct disclosure *d, const uint16_t *cell, size_t n, uint32_t *place)
{
	uint16_t sorted[DISCLOSURE_CELLS_OF_UNIT_MAX];
	if (d->ran)
		return bad_input(d, "a unit came after the run");
	if (n == 0 || n > DISCLOSURE_CELLS_OF_UNIT_MAX)
		return bad_input(d, "a unit counts in no cell or in too many");
	memcpy(sorted, cell, n * sizeof(*cell));
	qsort(sorted, n, sizeof(*sorted), by_number);
	const char *problem = place_problem(d, sorted, n);
	if (problem != NULL)
		return bad_input(d, problem);
	int64_t number = intern_number(&d->places, sorted, n * sizeof(*sorted));
	if (number < 0)
		return no_memory(d);
	*place = (uint32_t)number;
	return DISCLOSURE_OK;
}

enum disclosure_status
disclosure_history(struct disclosure *d, const uint32_t *counted_as, uint32_t *history)
{
	for (unsigned r = 0; r < d->releases; r++)
		if (counted_as[r] != DISCLOSURE_ABSENT && (counted_as[r] & ~d->measured) != 0)
			return bad_input(d, "a unit counts in a measure that is not there");
	int64_t number =
	    intern_number(&d->histories, counted_as, d->releases * sizeof(*counted_as));
	if (number < 0)
		return no_memory(d);
	*history = (uint32_t)number;
	return DISCLOSURE_OK;
}

/* Room for the units of one more group. */
static bool
make_room(struct disclosure *d)
{
	if (d->groups.count < d->units_size)
		return true;
	size_t size = 2 * d->units_size + 64;
	uint32_t *units = realloc(d->units, size * sizeof(*units));
	if (units == NULL)
		return false;
	d->units = units;
	d->units_size = size;
	return true;
}

enum disclosure_status
disclosure_add_at(struct disclosure *d, uint32_t place, uint32_t history)
{
	uint32_t key[2] = {place, history};
	size_t before = d->groups.count;
	if (d->ran)
		return bad_input(d, "a unit came after the run");
	assert(place < d->places.count && history < d->histories.count);
	int64_t group = make_room(d) ? intern_number(&d->groups, key, sizeof(key)) : -1;
	if (group < 0)
		return no_memory(d);
	if (d->groups.count > before)
		d->units[group] = 0;
	if (d->units[group] == UINT32_MAX)
		return bad_input(d, "there are too many units");
	d->units[group]++;
	return DISCLOSURE_OK;
}

enum disclosure_status
disclosure_add(struct disclosure *d, const uint16_t *cell, size_t n, const uint32_t *counted_as)
{
	uint32_t place, history;
	enum disclosure_status status = disclosure_place(d, cell, n, &place);
	if (status == DISCLOSURE_OK)
		status = disclosure_history(d, counted_as, &history);
	return status == DISCLOSURE_OK ? disclosure_add_at(d, place, history) : status;
}

/* Nobody is told how many there are who stand in no cell. So for each history there are some, as
 * many as an exchange may want: with one of these a unit changes what it counted as alone. */
#define NOWHERE 1000

static enum disclosure_status
add_nowhere(struct disclosure *d)
{
	int64_t place = intern_number(&d->places, "", 0);
	enum disclosure_status status = place < 0 ? no_memory(d) : DISCLOSURE_OK;
	for (uint32_t h = 0; h < d->histories.count && status == DISCLOSURE_OK; h++) {
		status = disclosure_add_at(d, (uint32_t)place, h);
		if (status == DISCLOSURE_OK)
			d->units[d->groups.count - 1] = NOWHERE;
	}
	return status;
}

enum disclosure_status
disclosure_run(struct disclosure *d)
{
	if (d->ran)
		return bad_input(d, "it has run already");
	if (d->problem[0] != '\0')
		return DISCLOSURE_BAD_INPUT;
	if (d->failed)
		return DISCLOSURE_NO_MEMORY;
	enum disclosure_status status = add_nowhere(d);
	if (status == DISCLOSURE_OK)
		status = order_units(d);
	if (status == DISCLOSURE_OK)
		status = rules_apply(d);
	if (status == DISCLOSURE_OK)
		status = goals_sort(d);
	if (status == DISCLOSURE_OK)
		status = guard_apply(d);
	if (status == DISCLOSURE_OK && is_called_off(d)) /* perhaps before the end */
		status = DISCLOSURE_CALLED_OFF;
	d->ran = status == DISCLOSURE_OK;
	d->failed = !d->ran;
	return status;
}

const char *
disclosure_problem(const struct disclosure *d)
{
	return d->problem;
}

/* The last earlier release that showed the cell. */
static unsigned
last_shown(uint64_t shown)
{
	unsigned release = 0;
	while (shown >> release > 1)
		release++;
	return release;
}

struct disclosure_decision
disclosure_of(const struct disclosure *d, size_t cell)
{
	assert(d->ran && cell < d->cells);
	const struct cell_state *c = &d->cell[cell];
	struct disclosure_decision decision = {.reason = c->reason, .exposed = c->exposed};
	if (disclosure_units(d, cell, d->rules.earlier) == 0)
		decision.action = DISCLOSURE_EMPTY;
	else if (c->open)
		decision.action = DISCLOSURE_SHOW;
	else if (c->given.shown != 0)
		decision.action = DISCLOSURE_KEEP;
	else
		decision.action = DISCLOSURE_WITHHOLD;
	if (decision.action == DISCLOSURE_KEEP)
		decision.kept = last_shown(c->given.shown);
	return decision;
}

bool
disclosure_is_held(const struct disclosure *d)
{
	return d->held;
}

uint64_t
disclosure_units(const struct disclosure *d, size_t cell, unsigned release)
{
	assert(cell < d->cells && release < d->releases);
	return counts_of(d, cell, release)[0];
}

uint64_t
disclosure_count(const struct disclosure *d, size_t cell, unsigned release, unsigned measure)
{
	assert(cell < d->cells && release < d->releases && measure < d->rules.measures);
	return counts_of(d, cell, release)[1 + measure];
}

char
disclosure_conf_status(const struct disclosure_decision *decision)
{
	if (decision->action == DISCLOSURE_SHOW || decision->action == DISCLOSURE_EMPTY)
		return 'F';
	return decision->reason == DISCLOSURE_FEW_UNITS ? 'A' : 'C';
}
