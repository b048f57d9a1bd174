/* SPDX-License-Identifier: Apache-2.0 */
/* A register row that was changed: judged as an import judges it, and the answers of the unit that
 * count, read back from the log, evaluated by it. */
#include "collector/recount_parts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "collector/chain.h"
#include "collector/payload.h"

/* The entry that holds the unit's answers: its head, or the last edit of it. 0: not found. */
static uint64_t
find_answers(const struct look *l, const struct unit_head *h)
{
	struct recount *r = l->recount;
	struct chain_link link;
	for (uint64_t number = h->last; number != 0 && number != h->head;
	     number = link.entry.previous) {
		if (!chain_read(r->store, number, &link)) {
			r->broken = RECOUNT_STORE;
			return 0;
		}
		if (entry_is_edit(link.entry.kind) && link.entry.replaced == h->head)
			return number;
		if (link.entry.previous >= number)
			return 0;
	}
	return h->head;
}

bool
recount_read_answers(const struct look *l, const struct unit_head *h, uint8_t **answers, size_t *n)
{
	switch (chain_answers(l->recount->store, find_answers(l, h), answers, n)) {
	case CHAIN_OK:
		return true;
	case CHAIN_NO_ANSWERS:
		recount_differ(l->recount,
		    "entry %" PRIu64 " unit %s: the answers that count are not there", l->number,
		    l->unit);
		break;
	case CHAIN_STORE:
		l->recount->broken = RECOUNT_STORE;
		break;
	case CHAIN_MEMORY:
		l->recount->broken = RECOUNT_MEMORY;
		break;
	}
	return false;
}

static void
evaluate_head(const struct look *l, const struct round *round, const struct unit_head *h,
    const struct register_row *row)
{
	uint8_t *answers = NULL;
	size_t n = 0;
	if (recount_read_answers(l, h, &answers, &n))
		recount_evaluate(l, round, row, answers, n, RECOUNT_KEPT);
	free(answers);
}

static void
tell_problem(const struct look *l, const struct definition *d, const struct register_problems *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (d->check[p->problem[i].check].hard) {
			recount_differ(l->recount,
			    "entry %" PRIu64 " unit %s: the register row fails check %s at %s",
			    l->number, l->unit, d->check[p->problem[i].check].code,
			    register_column_name[p->problem[i].column]);
			return;
		}
	recount_differ(l->recount, "entry %" PRIu64 " unit %s: the register row cannot be read",
	    l->number, l->unit);
}

void
recount_row(const struct look *l, const struct round *round, uint32_t row)
{
	struct payload_row change;
	struct register_row r;
	struct register_problems problems = {0};
	const struct unit_head *h = &round->head[row];
	enum payload_status read = payload_row(l->payload, l->e->payload_bytes, &change);
	if (read == PAYLOAD_MEMORY)
		l->recount->broken = RECOUNT_MEMORY;
	if (read != PAYLOAD_OK)
		return; /* told when it is refused */
	l->recount->out->figures++;
	if (!fold_read_row(round, change.rows, change.n, &r, &problems))
		tell_problem(l, round->view.definition, &problems);
	else if (h->head != 0)
		evaluate_head(l, round, h, &r);
	payload_row_free(&change);
}
