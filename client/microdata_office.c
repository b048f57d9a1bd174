/* SPDX-License-Identifier: Apache-2.0 */
#include "client/microdata_office.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more; `room` grows by halves. */
static void *
make_room(void *array, size_t n, size_t *room, size_t item)
{
	if (n < *room)
		return array;
	size_t more = *room + *room / 2 + 64;
	void *grown = realloc(array, more * item);
	if (grown != NULL)
		*room = more;
	return grown;
}

struct edited_head *
microdata_office_edit(struct microdata_office *o, uint64_t head)
{
	for (size_t i = o->edits; i > 0; i--)
		if (o->edited[i - 1].head == head)
			return &o->edited[i - 1];
	return NULL;
}

bool
microdata_office_add_edit(struct microdata_office *o, uint64_t head, uint64_t edit)
{
	void *grown = make_room(o->edited, o->edits, &o->edit_room, sizeof(*o->edited));
	if (grown == NULL)
		return false;
	o->edited = grown;
	o->edited[o->edits++] = (struct edited_head){head, edit};
	return true;
}

/* ------------------------------------------------------------------------------- scope */

/* The first that is not before it: they are sorted. */
static size_t
find(const struct microdata_office *o, uint64_t round, uint64_t tax_code)
{
	size_t low = 0, high = o->outs;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct unit_out *u = &o->out[middle];
		if (u->round < round || (u->round == round && u->tax_code < tax_code))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
microdata_office_is_out(const struct microdata_office *o, uint64_t round, uint64_t tax_code)
{
	size_t at = find(o, round, tax_code);
	return at < o->outs && o->out[at].round == round && o->out[at].tax_code == tax_code;
}

bool
microdata_office_set_out(struct microdata_office *o, uint64_t round, uint64_t tax_code, bool is_out)
{
	size_t at = find(o, round, tax_code);
	if (microdata_office_is_out(o, round, tax_code) == is_out)
		return true;
	if (!is_out) {
		o->outs--;
		for (size_t i = at; i < o->outs; i++)
			o->out[i] = o->out[i + 1];
		return true;
	}
	void *grown = make_room(o->out, o->outs, &o->out_room, sizeof(*o->out));
	if (grown == NULL)
		return false;
	o->out = grown;
	for (size_t i = o->outs++; i > at; i--)
		o->out[i] = o->out[i - 1];
	o->out[at] = (struct unit_out){round, tax_code};
	return true;
}

/* ------------------------------------------------------------------------------- rows */

static size_t
row_at(const struct microdata_office *o, uint64_t round, uint64_t tax_code)
{
	size_t low = 0, high = o->rows;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct changed_row *r = &o->row[middle];
		if (r->round < round || (r->round == round && r->tax_code < tax_code))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct changed_row *
microdata_office_row(const struct microdata_office *o, uint64_t round, uint64_t tax_code)
{
	size_t at = row_at(o, round, tax_code);
	bool found = at < o->rows && o->row[at].round == round && o->row[at].tax_code == tax_code;
	return found ? &o->row[at] : NULL;
}

bool
microdata_office_set_row(struct microdata_office *o, const struct changed_row *row)
{
	size_t at = row_at(o, row->round, row->tax_code);
	bool is_new = microdata_office_row(o, row->round, row->tax_code) == NULL;
	uint8_t *copy = malloc(row->n + 1);
	void *grown = make_room(o->row, o->rows, &o->row_room, sizeof(*o->row));
	if (grown != NULL)
		o->row = grown;
	if (copy == NULL || grown == NULL) {
		free(copy);
		return false;
	}
	memcpy(copy, row->rows, row->n);
	if (!is_new)
		free(o->row[at].rows);
	for (size_t i = is_new ? o->rows++ : at; i > at; i--)
		o->row[i] = o->row[i - 1];
	o->row[at] = *row;
	o->row[at].rows = copy;
	return true;
}

void
microdata_office_clear(struct microdata_office *o)
{
	for (size_t i = 0; i < o->rows; i++)
		free(o->row[i].rows);
	free(o->row);
	free(o->edited);
	free(o->out);
	*o = (struct microdata_office){0};
}
