/* SPDX-License-Identifier: Apache-2.0 */
/* The log as staff read it, and the recount that proves the state against it. */
#include "collector/answer.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/recount.h"
#include "collector/unit.h"
#include "proto/limits.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------ read */

struct reading {
	Khaosat__V1__LoggedEntry *entry;
	size_t n, most;
	size_t bytes;
	bool is_spent;
};

/* The first entry is taken whatever its size, so that a reader always gets on. */
static bool
copy_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct reading *reading = context;
	if (reading->n > 0 && reading->bytes + n > LOG_READ_MAX_BYTES)
		return false;
	uint8_t *copy = malloc(n);
	if (copy == NULL) {
		reading->is_spent = true;
		return false;
	}
	memcpy(copy, bytes, n);
	size_t header = n < ENTRY_HEADER_BYTES ? n : ENTRY_HEADER_BYTES;
	Khaosat__V1__LoggedEntry *out = &reading->entry[reading->n++];
	khaosat__v1__logged_entry__init(out);
	out->number = number;
	out->header = answer_bytes(copy, header);
	out->payload = answer_bytes(copy + header, n - header);
	reading->bytes += n;
	return reading->n < reading->most;
}

static void
answer_entries(struct request *r, const struct reading *reading, uint64_t last)
{
	Khaosat__V1__LoggedEntry *list[LOG_READ_MAX_ENTRIES];
	Khaosat__V1__Response response;
	Khaosat__V1__LogEntries entries;
	khaosat__v1__response__init(&response);
	khaosat__v1__log_entries__init(&entries);
	for (size_t i = 0; i < reading->n; i++)
		list[i] = &reading->entry[i];
	entries.n_entry = reading->n;
	entries.entry = list;
	entries.last = last;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_LOG_ENTRIES;
	response.log_entries = &entries;
	answer(r, &response);
}

void
handle_read_log(struct request *r)
{
	const Khaosat__V1__ReadLog *m = r->message->read_log;
	uint64_t last = store_last(r->server->store);
	Khaosat__V1__LoggedEntry entry[LOG_READ_MAX_ENTRIES];
	struct reading reading = {.entry = entry, .most = m->most};
	if (m->from == 0 || m->most > LOG_READ_MAX_ENTRIES) {
		answer_invalid(r, m->from == 0 ? "read_log.from" : "read_log.most",
		    m->from == 0 ? "from 1" : "at most 1000");
		return;
	}
	if (reading.most == 0)
		reading.most = LOG_READ_MAX_ENTRIES;
	bool is_read = m->from > last || store_read(r->server->store, m->from, last, copy_entry,
					     &reading) == STORE_OK;
	if (reading.is_spent)
		answer_memory(r);
	else if (is_read)
		answer_entries(r, &reading, last);
	else
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	for (size_t i = 0; i < reading.n; i++)
		free(entry[i].header.data);
}

/* ------------------------------------------------------------------------------ recount */

struct recounting {
	struct store_call call;
	struct request *r;
	struct checkpoint *copy;
	bool is_refused; /* too much waits for the worker */
	struct recount_result result;
};

static void
answer_recount(struct request *r, const struct recount_result *result)
{
	char *list[RECOUNT_LINES_MAX];
	Khaosat__V1__Response response;
	Khaosat__V1__RecountResult body;
	khaosat__v1__response__init(&response);
	khaosat__v1__recount_result__init(&body);
	for (size_t i = 0; i < result->lines; i++)
		list[i] = result->line[i];
	body.last = result->last;
	body.entries = result->entries;
	body.answers = result->answers;
	body.figures = result->figures;
	body.differences = result->differences;
	body.difference = list;
	body.n_difference = result->lines;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_RECOUNT;
	response.recount = &body;
	answer(r, &response);
}

static void
free_recounting(void *result)
{
	struct recounting *c = result;
	recount_result_free(&c->result);
	checkpoint_free(c->copy);
	free(c);
}

static void
counted(struct request *r)
{
	struct recounting *c = r->result;
	atomic_store(&r->server->is_recounting, false);
	if (c->is_refused || c->copy == NULL || c->result.status == RECOUNT_MEMORY ||
	    c->result.status == RECOUNT_STOPPED) {
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
	} else if (c->result.status == RECOUNT_UNKNOWN_ROUND) {
		answer_status(r, KHAOSAT__V1__STATUS__UNKNOWN_ROUND);
	} else if (c->result.status == RECOUNT_STORE) {
		const char *why =
		    c->result.lines > 0 ? c->result.line[0] : "the log cannot be read";
		log_error("recount stopped: %s", why);
		answer_say(r, KHAOSAT__V1__STATUS__UNAVAILABLE, "Không đọc được nhật ký.", why);
	} else {
		log_write(c->result.differences == 0 ? LOG_INFO : LOG_ERROR,
		    "recount last=%llu answers=%llu differences=%llu",
		    (unsigned long long)c->result.last, (unsigned long long)c->result.answers,
		    (unsigned long long)c->result.differences);
		answer_recount(r, &c->result);
	}
}

static void
count(struct request *r)
{
	struct recounting *c = r->result;
	const char *round = r->message->recount->round;
	if (c->copy != NULL)
		recount_run(r->server->store, c->copy, *round != '\0' ? round : NULL,
		    &r->server->is_stopping, &c->result);
}

/* On the writer thread, between two batches. */
static void
copy_state(void *argument, uint64_t last)
{
	struct recounting *c = argument;
	(void)last;
	c->copy = state_copy(c->r->server->state);
	if (request_work(c->r, c->r->server->worker, count, counted))
		return;
	c->is_refused = true;
	request_return(c->r, counted);
}

void
handle_recount(struct request *r)
{
	if (atomic_exchange(&r->server->is_recounting, true)) {
		answer_say(r, KHAOSAT__V1__STATUS__TRY_LATER, "Đang có một lần tính lại khác.",
		    "Another recount is under way.");
		return;
	}
	struct recounting *c = calloc(1, sizeof(*c));
	if (c == NULL) {
		atomic_store(&r->server->is_recounting, false);
		answer_memory(r);
		return;
	}
	c->r = r;
	c->call.call = copy_state;
	c->call.argument = c;
	r->result = c;
	r->free_result = free_recounting;
	store_call(r->server->store, &c->call);
}
