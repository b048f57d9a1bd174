/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of pages, each asked for as soon as it has a place. Answers may come in another order and
 * wait in the ring for their turn; a page that was cut short (large entries) is asked for again
 * from where it ended, when it is the first. */
#include "client/log_read.h"

#include <inttypes.h>

#include "client/staff.h"
#include "proto/entry.h"
#include "proto/limits.h"

_Static_assert(LOG_READ_PAGE_ENTRIES <= LOG_READ_MAX_ENTRIES, "a page may be asked for");

struct page {
	uint64_t from, to;
	uint64_t request;
	Khaosat__V1__Response *response; /* NULL: under way */
};

struct reading {
	const struct client *client;
	struct connection *connection;
	uint64_t last;
	uint64_t asked; /* entries 1 to this one */
	struct page page[LOG_READ_PAGES];
	size_t first, n; /* of the ring */
	log_visit *visit;
	void *context;
};

static int
ask(struct reading *r, struct page *page)
{
	Khaosat__V1__ReadLog body;
	khaosat__v1__read_log__init(&body);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	body.from = page->from;
	body.most = (uint32_t)(page->to - page->from + 1);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_READ_LOG;
	request.read_log = &body;
	page->response = NULL;
	if (!connection_send(r->connection, &request))
		return connection_lost(r->client);
	page->request = request.id;
	return EXIT_DONE;
}

static int
ask_ahead(struct reading *r)
{
	int exit_code = EXIT_DONE;
	while (r->n < LOG_READ_PAGES && r->asked < r->last && exit_code == EXIT_DONE) {
		struct page *page = &r->page[(r->first + r->n) % LOG_READ_PAGES];
		uint64_t rest = r->last - r->asked;
		page->from = r->asked + 1;
		r->asked += rest < LOG_READ_PAGE_ENTRIES ? rest : LOG_READ_PAGE_ENTRIES;
		page->to = r->asked;
		exit_code = ask(r, page);
		if (exit_code == EXIT_DONE)
			r->n++;
	}
	return exit_code;
}

/* One response to its page; one that nobody asked for is dropped. */
static int
receive(struct reading *r)
{
	Khaosat__V1__Response *response = connection_receive(r->connection);
	if (response == NULL)
		return connection_lost(r->client);
	if (response->status != KHAOSAT__V1__STATUS__DONE) {
		int exit_code = connection_explain(r->client, response);
		khaosat__v1__response__free_unpacked(response, NULL);
		return exit_code != EXIT_DONE ? exit_code : EXIT_FAILED;
	}
	for (size_t i = 0; i < r->n; i++) {
		struct page *page = &r->page[(r->first + i) % LOG_READ_PAGES];
		if (page->request != response->id || page->response != NULL)
			continue;
		page->response = response;
		return EXIT_DONE;
	}
	khaosat__v1__response__free_unpacked(response, NULL);
	return EXIT_DONE;
}

static int
refuse(const struct reading *r, uint64_t number)
{
	client_error(client_say(r->client, "máy chủ trả về bản ghi số %" PRIu64 " không đọc được",
			 "the collector sent no entry %" PRIu64 " that can be read"),
	    number);
	return EXIT_FAILED;
}

/* Its entries; page->from moves behind them. */
static int
visit_page(struct reading *r, struct page *page)
{
	const Khaosat__V1__Response *response = page->response;
	const Khaosat__V1__LogEntries *entries = response->log_entries;
	if (response->body_case != KHAOSAT__V1__RESPONSE__BODY_LOG_ENTRIES || entries->n_entry == 0)
		return refuse(r, page->from);
	for (size_t i = 0; i < entries->n_entry; i++, page->from++) {
		const Khaosat__V1__LoggedEntry *entry = entries->entry[i];
		if (entry->number != page->from || page->from > page->to ||
		    entry->header.len != ENTRY_HEADER_BYTES ||
		    entry->payload.len > FRAME_STAFF_MAX_BYTES)
			return refuse(r, page->from);
		if (!r->visit(r->context, entry))
			return EXIT_FAILED;
	}
	return EXIT_DONE;
}

/* The first page's turn: out of the ring when it is complete. */
static int
take_first(struct reading *r)
{
	struct page *page = &r->page[r->first];
	int exit_code = visit_page(r, page);
	khaosat__v1__response__free_unpacked(page->response, NULL);
	page->response = NULL;
	if (exit_code != EXIT_DONE)
		return exit_code;
	if (page->from <= page->to)
		return ask(r, page);
	r->first = (r->first + 1) % LOG_READ_PAGES;
	r->n--;
	return EXIT_DONE;
}

int
log_read(const struct client *client, struct connection *c, uint64_t last, log_visit *visit,
    void *context)
{
	struct reading r = {
	    .client = client, .connection = c, .last = last, .visit = visit, .context = context};
	int exit_code = ask_ahead(&r);
	while (r.n > 0 && exit_code == EXIT_DONE) {
		if (r.page[r.first].response == NULL)
			exit_code = receive(&r);
		else
			exit_code = take_first(&r);
		if (exit_code == EXIT_DONE)
			exit_code = ask_ahead(&r);
	}
	for (size_t i = 0; i < r.n; i++)
		khaosat__v1__response__free_unpacked(
		    r.page[(r.first + i) % LOG_READ_PAGES].response, NULL);
	return exit_code;
}
