/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a run over the wire, from collectors that cut them wrongly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/export_parts.h"
#include "tests/support/fake_server.h"

#define FILE_TEXT "0123456789"

/* How many bytes each piece has, up to the end of the list, and how many the file is said to have.
 */
struct manner {
	const size_t *piece;
	size_t pieces;
	uint64_t said;
};

static void
answers_in_pieces(struct fake_server *s)
{
	const struct manner *m = s->user;
	size_t at = 0;
	for (size_t i = 0; i < m->pieces; i++) {
		Khaosat__V1__Request *request = fake_server_request(s);
		Khaosat__V1__Response response;
		Khaosat__V1__ExportPiece piece;
		if (request == NULL)
			return;
		assert_int_equal(request->read_export->offset, at);
		khaosat__v1__response__init(&response);
		khaosat__v1__export_piece__init(&piece);
		response.id = request->id;
		response.status = KHAOSAT__V1__STATUS__DONE;
		response.body_case = KHAOSAT__V1__RESPONSE__BODY_EXPORT_PIECE;
		response.export_piece = &piece;
		piece.file_bytes = m->said;
		piece.bytes.data = (uint8_t *)(uintptr_t)FILE_TEXT + at;
		piece.bytes.len = m->piece[i];
		at += m->piece[i];
		fake_server_send(s, &response);
		khaosat__v1__request__free_unpacked(request, NULL);
	}
	fake_server_id(s); /* the client goes first */
}

/* What the client makes of it; NULL: it failed, and said so. */
static char *
read_file(const size_t *piece, size_t pieces, uint64_t said, size_t *n)
{
	struct fake_server server;
	struct manner manner = {piece, pieces, said};
	char error[256];
	int exit_code = EXIT_DONE;
	fake_server_start(&server, answers_in_pieces, 1, &manner);
	struct client client = fake_server_client(&server);
	struct connection *c = connection_open(&client, error);
	assert_non_null(c);
	const struct export_run run = {.client = &client, .connection = c, .round = "one"};
	char *text = export_read(&run, "observations.csv", n, &exit_code);
	assert_int_equal(exit_code, text != NULL ? EXIT_DONE : EXIT_FAILED);
	connection_close(c);
	fake_server_stop(&server);
	return text;
}

static void
pieces_make_the_file(void **state)
{
	(void)state;
	static const size_t piece[] = {4, 1, 5};
	size_t n;
	char *text = read_file(piece, 3, 10, &n);
	assert_non_null(text);
	assert_int_equal(n, 10);
	assert_string_equal(text, FILE_TEXT);
	free(text);
	text = read_file((const size_t[]){0}, 1, 0, &n);
	assert_non_null(text);
	assert_int_equal(n, 0);
	free(text);
}

static void
an_empty_piece_is_no_end(void **state)
{
	(void)state;
	static const size_t piece[] = {4, 0};
	size_t n;
	assert_null(read_file(piece, 2, 10, &n));
}

static void
a_piece_beyond_the_end_is_refused(void **state)
{
	(void)state;
	static const size_t piece[] = {4, 6};
	size_t n;
	assert_null(read_file(piece, 2, 9, &n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pieces_make_the_file),
	    cmocka_unit_test(an_empty_piece_is_no_end),
	    cmocka_unit_test(a_piece_beyond_the_end_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
