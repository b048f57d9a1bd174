/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/row_edit.h"

#include <stdlib.h>
#include <string.h>

#include "collector/answer.h"
#include "collector/log.h"
#include "collector/messages.h"
#include "collector/row_text.h"
#include "survey/text.h"
#include "survey/validate.h"

#define ROWS_MAX_BYTES 8192u /* of one row's message: register_encode takes half of it at most */

static void
free_edit(void *result)
{
	struct row_edit *x = result;
	free(x->was);
	free(x->rows);
	free(x->values);
	free(x);
}

bool
row_edit_has_reason(struct request *r, const char *field, const char *reason, bool required)
{
	enum text_status status = text_check(reason, strlen(reason), REASON_MAX_CHARS, false);
	if (status == TEXT_TOO_LONG)
		answer_invalid(r, field, "at most 500 characters");
	else if (status != TEXT_OK)
		answer_invalid(r, field, text_rule_en(status));
	else if (required && reason[strspn(reason, " ")] == '\0')
		answer_invalid(r, field, "required");
	else
		return true;
	return false;
}

/* ------------------------------------------------------------------------------ the row as it is
 */

static bool
read_row(const uint8_t *rows, size_t n, struct register_text *out)
{
	size_t at = 0;
	return rows != NULL && register_next(rows, n, &at, out) == REGISTER_ROW;
}

struct row_edit *
row_edit_begin(struct request *r, const struct unit *unit)
{
	if (r->result != NULL) /* the store said moved */
		free_edit(r->result);
	struct row_edit *x = r->result = calloc(1, sizeof(*x));
	r->free_result = free_edit;
	if (x == NULL) {
		answer_memory(r);
		return NULL;
	}
	x->round = unit->round;
	x->was = row_text_copy(
	    r->server->store, unit->view.chunk, unit->view.row_in_chunk, &x->was_bytes);
	if (read_row(x->was, x->was_bytes, &x->text_was) &&
	    read_row(x->was, x->was_bytes, &x->text))
		return x;
	answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	return NULL;
}

/* ------------------------------------------------------------------------------ other values */

bool
row_edit_set(
    struct request *r, struct row_edit *x, const char *column, const char *value, const char *field)
{
	int c = register_find_column(column, strlen(column));
	if (c < 0)
		answer_invalid(r, field, "a column of the register");
	else if (c == REGISTER_TAX_CODE || c == REGISTER_STRATUM || c == REGISTER_WEIGHT)
		answer_invalid(
		    r, field, "not tax_code, stratum or weight, which stay what they are");
	else if (x->asked >> c & 1)
		answer_invalid(r, field, "each column once");
	else {
		x->asked |= UINT32_C(1) << c;
		x->text.cell[c] = (struct cell){value, strlen(value)};
		return true;
	}
	return false;
}

static void
fill_problem(Khaosat__V1__Finding *out, const struct definition *d, const struct messages *messages,
    const struct register_problem *p)
{
	const struct check *check = &d->check[p->check];
	struct label message = messages_check(messages, p->check);
	khaosat__v1__finding__init(out);
	out->question = answer_text(register_column_name[p->column]);
	out->check = answer_text(check->code);
	out->severity = check->hard ? KHAOSAT__V1__SEVERITY__HARD : KHAOSAT__V1__SEVERITY__SOFT;
	out->message_vi = answer_text(message.vi);
	out->message_en = answer_text(message.en);
	if (text_check(p->value, strlen(p->value), SIZE_MAX, true) == TEXT_OK)
		out->value = answer_text(p->value);
}

#define FOUND_MAX (REGISTER_PROBLEMS_MAX + FINDINGS_MAX)

struct found {
	struct messages *messages;
	Khaosat__V1__Finding finding[FOUND_MAX], *list[FOUND_MAX];
	size_t n;
};

/* All of the row, and what the answers have that is not confirmed. False: out of memory. */
static bool
find_all(const struct row_edit *x, struct found *out)
{
	const struct definition *d = x->round.definition;
	out->n = 0;
	out->messages = messages_new(&x->round);
	if (out->messages == NULL)
		return false;
	for (size_t i = 0; i < x->problems.n; i++)
		fill_problem(&out->finding[out->n++], d, out->messages, &x->problems.problem[i]);
	for (size_t i = 0; i < x->findings.n; i++)
		if (!x->findings.finding[i].confirmed)
			answer_fill_finding(
			    &out->finding[out->n++], d, out->messages, &x->findings.finding[i]);
	for (size_t i = 0; i < out->n; i++)
		out->list[i] = &out->finding[i];
	return true;
}

static void
answer_rejected(struct request *r, const struct row_edit *x)
{
	struct found found;
	Khaosat__V1__Response response;
	if (!find_all(x, &found)) {
		answer_memory(r);
		return;
	}
	khaosat__v1__response__init(&response);
	response.status = KHAOSAT__V1__STATUS__REJECTED;
	response.message_vi = answer_text("Giá trị mới có lỗi; danh sách đơn vị không thay đổi.");
	response.message_en =
	    answer_text("The new values have errors; the register stays as it is.");
	response.finding = found.list;
	response.n_finding = found.n;
	answer(r, &response);
	messages_free(found.messages);
}

/* ------------------------------------------------------------------------------ what differs */

static char *
copy_cell(char **room, const struct cell *cell)
{
	char *copy = *room;
	if (cell->n > 0)
		memcpy(copy, cell->bytes, cell->n);
	copy[cell->n] = '\0';
	*room += cell->n + 1;
	return copy;
}

/* Both as they stand in messages, so that 007 is 7. False: out of memory. */
static bool
compare(struct row_edit *x)
{
	size_t bytes = 0;
	for (int c = 0; c < REGISTER_COLUMNS; c++)
		bytes += x->text_was.cell[c].n + x->text.cell[c].n + 2;
	char *room = x->values = malloc(bytes);
	if (room == NULL)
		return false;
	for (int c = 0; c < REGISTER_COLUMNS; c++) {
		const struct cell *was = &x->text_was.cell[c], *is = &x->text.cell[c];
		if (was->n == is->n && (is->n == 0 || memcmp(was->bytes, is->bytes, is->n) == 0))
			continue;
		Khaosat__V1__CellChange *change = &x->cell[x->n];
		khaosat__v1__cell_change__init(change);
		change->column = answer_text(register_column_name[c]);
		change->before = copy_cell(&room, was);
		change->after = copy_cell(&room, is);
		x->cells[x->n++] = change;
	}
	return true;
}

static bool
encode(struct row_edit *x)
{
	x->rows = malloc(ROWS_MAX_BYTES);
	if (x->rows == NULL)
		return false;
	x->text.has_code_hash = false;
	x->rows_bytes = register_encode(&x->text, x->rows, ROWS_MAX_BYTES);
	return read_row(x->rows, x->rows_bytes, &x->text) && compare(x);
}

bool
row_edit_judge(struct request *r, struct row_edit *x, bool may_be_same)
{
	const struct round_view *round = &x->round;
	if (!register_judge(round->definition, round->ref_year, &x->text, &x->row, &x->problems))
		answer_rejected(r, x);
	else if (!encode(x))
		answer_memory(r);
	else if (x->n == 0 && !may_be_same)
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY, "Danh sách đơn vị đã ghi đúng như vậy.",
		    "The register says just that.");
	else
		return true;
	return false;
}

/* ------------------------------------------------------------------------------ the entry */

/* False: answered. */
static bool
evaluate_head(struct request *r, struct row_edit *x, const struct unit *unit)
{
	struct unit changed = *unit;
	struct chain chain;
	size_t n = 0;
	uint8_t *answers = NULL;
	if (!chain_walk(r->server->store, &unit->view, NULL, NULL, &chain)) {
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
		return false;
	}
	if (chain.is_full) {
		unit_answer_full(r, &chain);
		return false;
	}
	if (unit->view.head == 0)
		return true;
	changed.view.row = x->row;
	const struct facts facts = unit_facts(&changed);
	struct validation *v = loop_validation(r->loop);
	bool good = chain_answers(r->server->store, chain_answers_entry(&chain), &answers, &n) ==
			CHAIN_OK &&
		    validate_bytes(&facts, answers, n, v) != VALIDATE_MALFORMED;
	if (good) {
		x->findings = v->findings;
		x->bits = v->evaluation.bits;
	} else {
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	}
	free(answers);
	return good;
}

static void
changed(struct request *r)
{
	const struct row_edit *x = r->result;
	log_info("account=%u round=%s row changed number=%llu", (unsigned)r->actor, x->round.name,
	    (unsigned long long)r->job.number);
	row_edit_answer(r, x, r->job.number);
}

void
row_edit_store(struct request *r, struct row_edit *x, const struct unit *unit, uint64_t proposal,
    const char *reason)
{
	struct entry e;
	Khaosat__V1__RowChange m;
	if (!evaluate_head(r, x, unit))
		return;
	khaosat__v1__row_change__init(&m);
	m.proposal = proposal;
	m.cell = x->cells;
	m.n_cell = x->n;
	m.reason = answer_text(reason);
	m.rows = answer_bytes(x->rows, x->rows_bytes);
	unit_entry(r, unit, &e);
	e.kind = ENTRY_ROW_CHANGED;
	e.channel = KHAOSAT__V1__CHANNEL__OFFICE;
	e.replaced = unit->view.head;
	indicator_bits_write(&x->bits, e.bits);
	size_t n = khaosat__v1__row_change__get_packed_size(&m);
	uint8_t *payload = malloc(n + 1);
	r->arena.budget += ENTRY_HEADER_BYTES + n + 64; /* more than what came in can be */
	if (payload != NULL &&
	    request_entry(r, &e, payload, khaosat__v1__row_change__pack(&m, payload)))
		unit_store(r, unit, changed);
	else
		answer_memory(r);
	free(payload);
}

void
row_edit_answer(struct request *r, const struct row_edit *x, uint64_t number)
{
	struct found found = {.n = 0};
	Khaosat__V1__Response response;
	Khaosat__V1__RowStored stored;
	if (x != NULL && !find_all(x, &found)) {
		answer_memory(r);
		return;
	}
	khaosat__v1__response__init(&response);
	khaosat__v1__row_stored__init(&stored);
	stored.number = number;
	stored.finding = found.list;
	stored.n_finding = found.n;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_ROW_STORED;
	response.row_stored = &stored;
	answer(r, &response);
	messages_free(found.messages);
}
