/* SPDX-License-Identifier: Apache-2.0 */
/* What the office did to a round's units, as far as microdata need it: which entry holds a head's
 * edited answers, which units are out of scope, and register rows that were changed. Grows with
 * what the office did, not with the answers. One thread. */
#ifndef KHAOSAT_CLIENT_MICRODATA_OFFICE_H
#define KHAOSAT_CLIENT_MICRODATA_OFFICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/kleene.h"

struct edited_head {
	uint64_t head, edit; /* entry numbers; the last edit */
};

struct unit_out {
	uint64_t round, tax_code;
};

struct changed_row {
	uint64_t round, tax_code;
	uint64_t number;            /* of the last entry that changed it */
	struct indicator_bits bits; /* what the answers came to by it then */
	uint8_t *rows;              /* a RegisterRows message of the row */
	size_t n;
};

struct microdata_office { /* zero at first */
	struct edited_head *edited;
	size_t edits, edit_room;
	struct unit_out *out;
	size_t outs, out_room;
	struct changed_row *row;
	size_t rows, row_room;
};

/* The last edit of a head, or NULL; valid until the next edit. */
struct edited_head *microdata_office_edit(struct microdata_office *o, uint64_t head);
/* False: out of memory, as below. */
bool microdata_office_add_edit(struct microdata_office *o, uint64_t head, uint64_t edit);

bool microdata_office_set_out(
    struct microdata_office *o, uint64_t round, uint64_t tax_code, bool is_out);
bool microdata_office_is_out(const struct microdata_office *o, uint64_t round, uint64_t tax_code);

/* A change; `row->rows` is copied. */
bool microdata_office_set_row(struct microdata_office *o, const struct changed_row *row);
/* NULL: it is as the register has it. Valid until the next change. */
const struct changed_row *microdata_office_row(
    const struct microdata_office *o, uint64_t round, uint64_t tax_code);

void microdata_office_clear(struct microdata_office *o);

#endif
