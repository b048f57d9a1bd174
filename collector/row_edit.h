/* SPDX-License-Identifier: Apache-2.0 */
/* A register row as it would be with other values in some columns, judged as an import judges it;
 * the entry over that, and what the unit's answers come to by it. Held by a request as its result.
 * Loop's thread. */
#ifndef KHAOSAT_COLLECTOR_ROW_EDIT_H
#define KHAOSAT_COLLECTOR_ROW_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/request.h"
#include "collector/unit.h"
#include "survey/answers.h"
#include "survey/register.h"

struct row_edit {
	struct round_view round;
	uint8_t *was; /* a RegisterRows message of this row, as it is; cells point into it */
	size_t was_bytes;
	uint8_t *rows; /* as it would be; likewise */
	size_t rows_bytes;
	struct register_text text_was, text;
	struct register_row row; /* as it would be */
	struct register_problems problems;
	uint32_t asked; /* 1 << column */
	Khaosat__V1__CellChange cell[REGISTER_COLUMNS], *cells[REGISTER_COLUMNS];
	size_t n; /* cells that differ */
	char *values;
	struct findings findings; /* of the answers, by the row as it would be */
	struct indicator_bits bits;
};

/* The unit's row, read from the log. NULL: the request has been answered. */
struct row_edit *row_edit_begin(struct request *r, const struct unit *unit);

/* Another value in a column. False: answered; `field` is the one of the request that holds it. */
bool row_edit_set(struct request *r, struct row_edit *x, const char *column, const char *value,
    const char *field);

/* When all are set. False: answered, since hard checks fail, or, unless it `may_be_same`, nothing
 * differs. */
bool row_edit_judge(struct request *r, struct row_edit *x, bool may_be_same);

/* The entry that changes the row, and what the answers of the head come to by it. `proposal`: the
 * one that is accepted, or 0. Answers with RowStored when it is accepted. */
void row_edit_store(struct request *r, struct row_edit *x, const struct unit *unit,
    uint64_t proposal, const char *reason);

/* Whether the words are fit, and there, where they are `required`. False: answered. */
bool row_edit_has_reason(struct request *r, const char *field, const char *reason, bool required);

/* DONE with RowStored; x NULL: without findings. */
void row_edit_answer(struct request *r, const struct row_edit *x, uint64_t number);

#endif
