/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/row_note.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collector/sorted_rows.h"

static_assert(sizeof(struct row_note) == 32, "written as it is: no padding");

size_t
row_notes_at(const struct row_notes *notes, uint32_t row)
{
	return sorted_rows_at(
	    notes->note, notes->n, sizeof(*notes->note), offsetof(struct row_note, row), row);
}

const struct row_note *
row_notes_find(const struct row_notes *notes, uint32_t row)
{
	size_t at = row_notes_at(notes, row);
	return at < notes->n && notes->note[at].row == row ? &notes->note[at] : NULL;
}

struct row_note *
row_notes_make(struct row_notes *notes, uint32_t row)
{
	size_t at = row_notes_at(notes, row);
	if (at < notes->n && notes->note[at].row == row)
		return &notes->note[at];
	if (notes->n == notes->room) {
		size_t room = notes->room * 2 + 16;
		struct row_note *grown = realloc(notes->note, room * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		notes->note = grown;
		notes->room = room;
	}
	struct row_note *note = &notes->note[at];
	memmove(note + 1, note, (notes->n++ - at) * sizeof(*note));
	*note = (struct row_note){.row = row};
	return note;
}
