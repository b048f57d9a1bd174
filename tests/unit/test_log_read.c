/* SPDX-License-Identifier: Apache-2.0 */
/* The log over the wire, from collectors that answer out of order, a little at a time, or wrongly.
 */
#include "client/log_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/entry.h"
#include "tests/support/fake_server.h"

#define LAST (3 * LOG_READ_PAGES * LOG_READ_PAGE_ENTRIES + 77)
#define FRAME_BYTES (1u << 20)

/* How a collector behaves. */
struct manner {
	uint32_t most;  /* entries in a response; 0: as asked for */
	bool backwards; /* waits for all pages that are asked for at once, answers the last first */
	uint64_t wrong; /* this entry comes with another number */
	uint64_t short_head; /* this one with half a header */
	uint64_t refused;    /* pages that reach this one are refused */
	uint64_t lost;       /* or the connection ends there */
	bool is_empty;       /* DONE, and no entries */
};

struct asked {
	uint64_t id, from;
	uint32_t most;
};

static uint8_t frame[FRAME_BYTES];

static bool
next_request(struct fake_server *s, struct asked *out)
{
	Khaosat__V1__Request *request = fake_server_request(s);
	if (request == NULL)
		return false;
	*out =
	    (struct asked){request->id, request->read_log->from, (uint32_t)request->read_log->most};
	khaosat__v1__request__free_unpacked(request, NULL);
	return true;
}

static void
refuse(struct fake_server *s, uint64_t id)
{
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	response.id = id;
	response.status = KHAOSAT__V1__STATUS__UNAVAILABLE;
	fake_server_send(s, &response);
}

static void
answer(struct fake_server *s, const struct manner *m, const struct asked *asked)
{
	static uint8_t head[ENTRY_HEADER_BYTES];
	Khaosat__V1__LoggedEntry entry[LOG_READ_PAGE_ENTRIES], *list[LOG_READ_PAGE_ENTRIES];
	Khaosat__V1__LogEntries body;
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	khaosat__v1__log_entries__init(&body);
	body.n_entry = m->most != 0 && m->most < asked->most ? m->most : asked->most;
	body.entry = list;
	for (size_t i = 0; i < body.n_entry; i++) {
		uint64_t number = asked->from + i;
		khaosat__v1__logged_entry__init(&entry[i]);
		entry[i].number = number == m->wrong ? number + 1 : number;
		entry[i].header = (ProtobufCBinaryData){
		    number == m->short_head ? sizeof(head) / 2 : sizeof(head), head};
		list[i] = &entry[i];
	}
	response.id = asked->id;
	response.status = KHAOSAT__V1__STATUS__DONE;
	if (!m->is_empty) {
		response.body_case = KHAOSAT__V1__RESPONSE__BODY_LOG_ENTRIES;
		response.log_entries = &body;
	}
	fake_server_bytes(s, frame, fake_server_frame(&response, frame, sizeof(frame)));
}

/* False: that was the end of it. */
static bool
reply(struct fake_server *s, const struct manner *m, const struct asked *asked)
{
	uint64_t to = asked->from + asked->most - 1;
	if (m->lost != 0 && to >= m->lost)
		return false;
	if (m->refused != 0 && to >= m->refused)
		refuse(s, asked->id);
	else
		answer(s, m, asked);
	return true;
}

static void
serve(struct fake_server *s)
{
	const struct manner *m = s->user;
	struct asked asked[LOG_READ_PAGES];
	size_t n = 0;
	while (next_request(s, &asked[n])) {
		n++;
		bool is_last = asked[n - 1].from + asked[n - 1].most > LAST;
		if (m->backwards && n < LOG_READ_PAGES && !is_last)
			continue;
		while (n > 0)
			if (!reply(s, m, &asked[--n]))
				return;
	}
}

struct seen {
	uint64_t n;
	uint64_t enough; /* 0: all */
};

static bool
visit(void *context, const Khaosat__V1__LoggedEntry *entry)
{
	struct seen *seen = context;
	assert_int_equal(entry->number, ++seen->n);
	return seen->n != seen->enough;
}

static int
read_from(const struct manner *manner, uint64_t last, struct seen *seen)
{
	struct fake_server s;
	struct manner copy = *manner;
	char error[256];
	fake_server_start(&s, serve, 1, &copy);
	struct client client = fake_server_client(&s);
	struct connection *c = connection_open(&client, error);
	assert_non_null(c);
	int exit_code = log_read(&client, c, last, visit, seen);
	connection_close(c);
	fake_server_stop(&s);
	return exit_code;
}

static void
every_entry_is_visited_in_order(void **state)
{
	(void)state;
	static const uint64_t lasts[] = {0, 1, LOG_READ_PAGE_ENTRIES, LOG_READ_PAGE_ENTRIES + 1,
	    LOG_READ_PAGES * LOG_READ_PAGE_ENTRIES, LAST};
	for (size_t i = 0; i < sizeof(lasts) / sizeof(lasts[0]); i++) {
		struct seen seen = {0};
		assert_int_equal(read_from(&(struct manner){0}, lasts[i], &seen), EXIT_DONE);
		assert_int_equal(seen.n, lasts[i]);
	}
}

static void
answers_may_come_in_another_order(void **state)
{
	(void)state;
	struct seen seen = {0};
	/* As many pages as fit the ring: a collector that waits for more would wait for ever. */
	const uint64_t last = LOG_READ_PAGES * LOG_READ_PAGE_ENTRIES;
	assert_int_equal(read_from(&(struct manner){.backwards = true}, last, &seen), EXIT_DONE);
	assert_int_equal(seen.n, last);
}

static void
a_page_cut_short_is_asked_for_again_from_where_it_ended(void **state)
{
	(void)state;
	for (uint32_t most = 1; most < LOG_READ_PAGE_ENTRIES; most = 7 * most + 2) {
		struct seen seen = {0};
		assert_int_equal(read_from(&(struct manner){.most = most}, LAST, &seen), EXIT_DONE);
		assert_int_equal(seen.n, LAST);
	}
}

static void
what_is_not_the_next_entry_is_refused(void **state)
{
	(void)state;
	const struct manner bad[] = {{.wrong = 300}, {.short_head = 300}, {.is_empty = true}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct seen seen = {0};
		assert_int_equal(read_from(&bad[i], LAST, &seen), EXIT_FAILED);
		assert_int_equal(seen.n, bad[i].is_empty ? 0 : 299);
	}
}

static void
a_refusal_or_a_lost_connection_ends_it(void **state)
{
	(void)state;
	struct seen seen = {0};
	assert_int_equal(
	    read_from(&(struct manner){.refused = LAST / 2}, LAST, &seen), EXIT_UNREACHABLE);
	seen.n = 0;
	assert_int_equal(
	    read_from(&(struct manner){.lost = LAST / 2}, LAST, &seen), EXIT_UNREACHABLE);
	assert_true(seen.n < LAST / 2);
}

static void
a_visitor_that_has_enough_ends_it(void **state)
{
	(void)state;
	struct seen seen = {.enough = 10};
	assert_int_equal(read_from(&(struct manner){0}, LAST, &seen), EXIT_FAILED);
	assert_int_equal(seen.n, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_entry_is_visited_in_order),
	    cmocka_unit_test(answers_may_come_in_another_order),
	    cmocka_unit_test(a_page_cut_short_is_asked_for_again_from_where_it_ended),
	    cmocka_unit_test(what_is_not_the_next_entry_is_refused),
	    cmocka_unit_test(a_refusal_or_a_lost_connection_ends_it),
	    cmocka_unit_test(a_visitor_that_has_enough_ends_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
