/* SPDX-License-Identifier: Apache-2.0 */
/* A recount under way, as its files see it: recount.c runs it, recount_answers.c and
 * recount_rows.c judge each entry as it is read, recount_before.c what it says of the time before
 * it, recount_compare.c and recount_counts.c lay what came of it beside the copy. */
#ifndef KHAOSAT_COLLECTOR_RECOUNT_PARTS_H
#define KHAOSAT_COLLECTOR_RECOUNT_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/fold.h"
#include "collector/recount.h"
#include "proto/khaosat.pb-c.h"
#include "survey/taxcode.h"
#include "survey/validate.h"

struct recount {
	struct store *store;
	const struct fold *copy;
	struct fold fresh;         /* from the log alone, with evaluated bits */
	const struct round *named; /* of the copy; NULL: all rounds */
	bool *wanted;              /* by index in the copy: its answers are evaluated */
	struct validation *validation;
	struct recount_result *out;
	enum recount_status broken; /* RECOUNT_DONE: it is not */
};

/* One difference. */
void recount_differ(struct recount *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For fold_log: judge an entry, and put the bits that were evaluated in the place of the stored. */
void recount_look(void *context, uint64_t number, struct entry *e, const uint8_t *payload);

/* An entry of a unit on its way in. */
struct look {
	struct recount *recount;
	uint64_t number;
	struct entry *e;
	const uint8_t *payload;
	char unit[TAXCODE_TEXT_BYTES];
};

/* What these answers of the unit come to by this row. Those that are to count must pass the checks,
 * or those that were `edited` all but the soft ones. */
enum recount_answers { RECOUNT_SENT, RECOUNT_EDITED, RECOUNT_KEPT };
void recount_evaluate(const struct look *l, const struct round *round,
    const struct register_row *row, const uint8_t *answers, size_t n, enum recount_answers how);

/* A change of the unit's register row: the row is judged again, and the answers that count. */
void recount_row(const struct look *l, const struct round *round, uint32_t row);

/* The answers of the unit that count: of its head, or of the last edit of it; to be freed. False:
 * there are none, which has been told. */
bool recount_read_answers(
    const struct look *l, const struct unit_head *h, uint8_t **answers, size_t *n);

/* recount_before.c: what the entry says was before it. Of a unit's; of a round's deadline; of
 * accounts. */
void recount_before(const struct look *l, const struct round *round, uint32_t row);
void recount_before_deadline(const struct look *l);
void recount_before_staff(const struct look *l);
void recount_edit_before(const struct look *l, const struct round *round, const struct unit_head *h,
    const Khaosat__V1__AnswerEdit *edit);

/* Everything the fresh fold holds against the copy. False: out of memory. */
bool recount_compare(struct recount *r);

/* One round of both; the same register. False: out of memory. */
struct pair {
	struct recount *recount;
	const struct round *kept; /* of the copy */
	const struct round *fresh;
};
bool recount_compare_counts(const struct pair *p);

#endif
