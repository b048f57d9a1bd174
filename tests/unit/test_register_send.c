/* SPDX-License-Identifier: Apache-2.0 */
/* A register on its way, to servers that answer late, out of order, or go away. */
#include "client/register_send.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/file.h"
#include "survey/taxcode.h"
#include "tests/support/fake_server.h"

#define CHUNKS 6
#define ROWS (CHUNKS * REGISTER_CHUNK_MAX_ROWS - 100)
#define SEEN_MAX 64

/* What a server has stored: each chunk once, by its id. */
struct stored {
	uint8_t id[SEEN_MAX][UUID_BYTES];
	size_t rows_bytes[SEEN_MAX];
	size_t n;
	unsigned again; /* sent again and found */
	unsigned refused;
};

static struct register_table table;
static char token_path[64];

static int
make_table(void **state)
{
	(void)state;
	uint8_t digits[9] = {3, 0, 0, 0, 0, 0, 0, 0, 0};
	for (unsigned serial = 1; table.rows < ROWS; serial++) {
		unsigned rest = serial;
		for (int i = 9; i-- > 1; rest /= 10)
			digits[i] = (uint8_t)(rest % 10);
		unsigned check = taxcode_check_digit(digits);
		if (check > 9)
			continue;
		char tax_code[TAXCODE_TEXT_BYTES];
		uint64_t number = ((UINT64_C(300000000) + serial) * 10 + check) * 1000;
		struct register_text text = {0};
		taxcode_print(number, tax_code);
		text.cell[REGISTER_TAX_CODE] = (struct cell){tax_code, strlen(tax_code)};
		text.cell[REGISTER_NAME] = (struct cell){"A", 1};
		text.cell[REGISTER_UNIT_TYPE] = (struct cell){"DN", 2};
		if (!register_table_add(&table, serial, &text, number))
			return 1;
	}
	char digits_of_token[2 * STAFF_TOKEN_BYTES];
	memset(digits_of_token, 'a', sizeof(digits_of_token));
	snprintf(token_path, sizeof(token_path), "/tmp/khaosat-token-XXXXXX");
	int fd = mkstemp(token_path);
	close(fd);
	return !file_write(token_path, digits_of_token, sizeof(digits_of_token), 0600);
}

static int
free_table(void **state)
{
	(void)state;
	register_table_clear(&table);
	return unlink(token_path);
}

/* ------------------------------------------------------------------------------- scripts */

/* The number under which a chunk is stored, the same however often it comes. */
static uint64_t
store(struct stored *stored, const Khaosat__V1__RegisterChunk *chunk)
{
	for (size_t i = 0; i < stored->n; i++) {
		if (memcmp(stored->id[i], chunk->chunk_id.data, UUID_BYTES) != 0)
			continue;
		stored->again++;
		if (stored->rows_bytes[i] != chunk->rows.len)
			stored->refused++;
		return 100 + i;
	}
	if (stored->n == SEEN_MAX)
		return 0;
	memcpy(stored->id[stored->n], chunk->chunk_id.data, UUID_BYTES);
	stored->rows_bytes[stored->n] = chunk->rows.len;
	return 100 + stored->n++;
}

static void
answer(struct fake_server *s, uint64_t id, uint64_t number)
{
	Khaosat__V1__Response response;
	Khaosat__V1__ChunkStored body;
	khaosat__v1__response__init(&response);
	khaosat__v1__chunk_stored__init(&body);
	response.id = id;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_CHUNK_STORED;
	response.chunk_stored = &body;
	body.number = number;
	fake_server_send(s, &response);
}

static void
refuse(struct fake_server *s, uint64_t id, Khaosat__V1__Status status)
{
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	response.id = id;
	response.status = status;
	fake_server_send(s, &response);
}

/* Store one chunk; 0 when the client has gone. */
static uint64_t
take_chunk(struct fake_server *s, uint64_t *number)
{
	Khaosat__V1__Request *request = fake_server_request(s);
	uint64_t id = 0;
	if (request == NULL)
		return 0;
	if (request->body_case == KHAOSAT__V1__REQUEST__BODY_REGISTER_CHUNK) {
		id = request->id;
		*number = store(s->user, request->register_chunk);
	}
	khaosat__v1__request__free_unpacked(request, NULL);
	return id;
}

static void
answers_each(struct fake_server *s)
{
	uint64_t number;
	fake_server_hello(s, true);
	for (uint64_t id; (id = take_chunk(s, &number)) != 0;)
		answer(s, id, number);
}

/* The second of every two first. */
static void
answers_pairs_the_other_way(struct fake_server *s)
{
	uint64_t first, second;
	fake_server_hello(s, true);
	for (uint64_t id; (id = take_chunk(s, &first)) != 0;) {
		uint64_t next = take_chunk(s, &second);
		if (next != 0)
			answer(s, next, second);
		answer(s, id, first);
	}
}

/* Each connection stores one more chunk, and goes without having said so. */
static void
goes_before_it_answers(struct fake_server *s)
{
	uint64_t number;
	fake_server_hello(s, true);
	for (unsigned i = 0; i < s->connection; i++) {
		uint64_t id = take_chunk(s, &number);
		if (id == 0)
			return;
		answer(s, id, number);
	}
	if (s->connection + 1 < s->connections)
		take_chunk(s, &number);
	else
		for (uint64_t id; (id = take_chunk(s, &number)) != 0;)
			answer(s, id, number);
}

static void
is_busy_at_first(struct fake_server *s)
{
	uint64_t number;
	fake_server_hello(s, true);
	for (uint64_t id; (id = take_chunk(s, &number)) != 0;) {
		if (s->connection == 0)
			refuse(s, id, KHAOSAT__V1__STATUS__TRY_LATER);
		else
			answer(s, id, number);
	}
}

static void
refuses_the_third(struct fake_server *s)
{
	uint64_t number;
	unsigned n = 0;
	fake_server_hello(s, true);
	for (uint64_t id; (id = take_chunk(s, &number)) != 0;) {
		if (++n == 3)
			refuse(s, id, KHAOSAT__V1__STATUS__ALREADY);
		else
			answer(s, id, number);
	}
}

/* ------------------------------------------------------------------------------- tests */

static int
send_to(void (*script)(struct fake_server *s), unsigned connections, struct stored *stored)
{
	struct fake_server s;
	struct register_sending sending;
	char error[256];
	memset(stored, 0, sizeof(*stored));
	fake_server_start(&s, script, connections, stored);
	struct client client = fake_server_client(&s);
	client.token_file = token_path;
	struct connection *c = connection_open(&client, error);
	assert_non_null(c);
	assert_true(register_send_begin(&sending, &client, "r", &table, c));
	assert_int_equal(sending.chunks, CHUNKS);
	int exit_code = register_send_chunks(&sending);
	for (size_t i = 0; exit_code == EXIT_DONE && i < CHUNKS; i++) {
		uint64_t number = sending.chunk[i].number;
		assert_true(number >= 100 && number < 100 + stored->n);
		assert_memory_equal(sending.chunk[i].id, stored->id[number - 100], UUID_BYTES);
	}
	register_send_end(&sending);
	fake_server_stop(&s);
	assert_int_equal(stored->refused, 0);
	return exit_code;
}

static void
every_chunk_is_stored_once_under_the_number_that_is_kept(void **state)
{
	(void)state;
	struct stored stored;
	assert_int_equal(send_to(answers_each, 1, &stored), EXIT_DONE);
	assert_int_equal(stored.n, CHUNKS);
	assert_int_equal(stored.again, 0);
}

static void
answers_find_their_chunk_in_any_order(void **state)
{
	(void)state;
	struct stored stored;
	assert_int_equal(send_to(answers_pairs_the_other_way, 1, &stored), EXIT_DONE);
	assert_int_equal(stored.n, CHUNKS);
}

static void
a_lost_connection_loses_and_doubles_nothing(void **state)
{
	(void)state;
	struct stored stored;
	assert_int_equal(send_to(goes_before_it_answers, 4, &stored), EXIT_DONE);
	assert_int_equal(stored.n, CHUNKS);
	assert_true(stored.again > 0);
}

static void
a_busy_collector_is_asked_again(void **state)
{
	(void)state;
	struct stored stored;
	assert_int_equal(send_to(is_busy_at_first, 2, &stored), EXIT_DONE);
	assert_int_equal(stored.n, CHUNKS);
}

static void
a_refusal_ends_the_sending(void **state)
{
	(void)state;
	struct stored stored;
	assert_int_equal(send_to(refuses_the_third, 1, &stored), EXIT_FAILED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_chunk_is_stored_once_under_the_number_that_is_kept),
	    cmocka_unit_test(answers_find_their_chunk_in_any_order),
	    cmocka_unit_test(a_lost_connection_loses_and_doubles_nothing),
	    cmocka_unit_test(a_busy_collector_is_asked_again),
	    cmocka_unit_test(a_refusal_ends_the_sending),
	};
	return cmocka_run_group_tests(tests, make_table, free_table);
}
