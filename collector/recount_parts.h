/* SPDX-License-Identifier: Apache-2.0 */
/* A recount under way, as its files see it: recount.c runs it, recount_answers.c judges each entry
 * as it is read, recount_compare.c lays what came of it beside the copy. */
#ifndef KHAOSAT_COLLECTOR_RECOUNT_PARTS_H
#define KHAOSAT_COLLECTOR_RECOUNT_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/fold.h"
#include "collector/recount.h"
#include "survey/validate.h"

struct recount {
	const struct fold *copy;
	struct fold fresh;         /* from the log alone, with evaluated bits */
	const struct round *named; /* of the copy; NULL: all rounds */
	bool *wanted;              /* by index in the copy: its answers are evaluated */
	struct validation *validation;
	struct recount_result *out;
};

/* One difference. */
void recount_differ(struct recount *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For fold_log: judge an entry, and put the bits that were evaluated in the place of the stored. */
void recount_look(void *context, uint64_t number, struct entry *e, const uint8_t *payload);

/* Everything the fresh fold holds against the copy. False: out of memory. */
bool recount_compare(struct recount *r);

#endif
