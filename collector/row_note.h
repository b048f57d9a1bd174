/* SPDX-License-Identifier: Apache-2.0 */
/* What has become of register rows since the register was loaded: changed, and what the unit has
 * proposed. Few units have such a note, so it stands in a table of its own, sorted by row. A part
 * of the fold; no lock and no thread of its own. */
#ifndef KHAOSAT_COLLECTOR_ROW_NOTE_H
#define KHAOSAT_COLLECTOR_ROW_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct row_note {          /* written to checkpoints as it is */
	uint64_t changed;  /* the last entry that changed the row; 0: it is the register's */
	uint64_t proposed; /* the unit's last proposal; 0: none */
	uint64_t decided;  /* the entry that ended it, or one before it; 0: none */
	uint32_t row;
	uint32_t reserved; /* 0 */
};

struct row_notes {
	struct row_note *note;
	size_t n, room;
};

static inline bool
row_note_is_open(const struct row_note *note)
{
	return note->proposed > note->decided;
}

/* The place of the first note of this row or of a later one. */
size_t row_notes_at(const struct row_notes *notes, uint32_t row);
/* NULL: the row has none. Valid until the next one is made. */
const struct row_note *row_notes_find(const struct row_notes *notes, uint32_t row);
/* The row's, or a new one. NULL: out of memory. */
struct row_note *row_notes_make(struct row_notes *notes, uint32_t row);

#endif
