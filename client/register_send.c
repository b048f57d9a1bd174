/* SPDX-License-Identifier: Apache-2.0 */
#include "client/register_send.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/uuid.h"

#define UNDER_WAY_MAX 4
#define ATTEMPTS_MAX 8

/* Chunks sent on this connection, by the id of their request. */
struct window {
	size_t n;
	uint64_t request[UNDER_WAY_MAX];
	size_t chunk[UNDER_WAY_MAX];
};

enum progress {
	PROGRESS_GOOD,
	PROGRESS_LATER,   /* wait, then go on */
	PROGRESS_LOST,    /* connect again, then go on */
	PROGRESS_REFUSED, /* said why */
};

static bool
cut_chunks(struct register_sending *s)
{
	size_t cap = 0, n;
	for (size_t first = 0; first < s->table->rows;) {
		if (s->chunks == cap) {
			cap = cap == 0 ? 16 : cap * 2;
			struct register_chunk *grown = realloc(s->chunk, cap * sizeof(*grown));
			if (grown == NULL)
				return false;
			s->chunk = grown;
		}
		struct register_chunk *c = &s->chunk[s->chunks++];
		*c = (struct register_chunk){.first = first};
		c->rows =
		    register_table_chunk(s->table, first, s->buf, REGISTER_CHUNK_MAX_BYTES, &n);
		uuid_make(c->id);
		first += c->rows;
	}
	return true;
}

bool
register_send_begin(struct register_sending *s, const struct client *client, const char *round,
    const struct register_table *table, struct connection *connection)
{
	*s = (struct register_sending){
	    .client = client, .round = round, .table = table, .connection = connection};
	s->buf = malloc(REGISTER_CHUNK_MAX_BYTES);
	return s->buf != NULL && cut_chunks(s);
}

void
register_send_end(struct register_sending *s)
{
	connection_close(s->connection);
	free(s->chunk);
	free(s->buf);
	*s = (struct register_sending){0};
}

static bool
send_chunk(struct register_sending *s, size_t index, struct window *w)
{
	struct register_chunk *chunk = &s->chunk[index];
	Khaosat__V1__RegisterChunk message;
	khaosat__v1__register_chunk__init(&message);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	size_t n;
	register_table_chunk(s->table, chunk->first, s->buf, REGISTER_CHUNK_MAX_BYTES, &n);
	message.round = (char *)(uintptr_t)s->round;
	message.rows = (ProtobufCBinaryData){n, s->buf};
	message.chunk_id = (ProtobufCBinaryData){sizeof(chunk->id), chunk->id};
	request.body_case = KHAOSAT__V1__REQUEST__BODY_REGISTER_CHUNK;
	request.register_chunk = &message;
	if (!connection_send(s->connection, &request))
		return false;
	w->request[w->n] = request.id;
	w->chunk[w->n++] = index;
	return true;
}

static enum progress
take_answer(struct register_sending *s, struct window *w, const Khaosat__V1__Response *response)
{
	size_t i = 0;
	while (i < w->n && w->request[i] != response->id)
		i++;
	if (i < w->n && response->status == KHAOSAT__V1__STATUS__DONE &&
	    response->body_case == KHAOSAT__V1__RESPONSE__BODY_CHUNK_STORED) {
		struct register_chunk *chunk = &s->chunk[w->chunk[i]];
		chunk->number = response->chunk_stored->number;
		s->stored += chunk->rows;
		w->n--;
		w->request[i] = w->request[w->n];
		w->chunk[i] = w->chunk[w->n];
		client_progress(s->client,
		    client_say(s->client, "đã gửi danh sách", "register sent"), s->stored,
		    s->table->rows);
		return PROGRESS_GOOD;
	}
	if (response->status == KHAOSAT__V1__STATUS__TRY_LATER ||
	    response->status == KHAOSAT__V1__STATUS__UNAVAILABLE)
		return PROGRESS_LATER;
	connection_explain(s->client, response);
	return PROGRESS_REFUSED;
}

static enum progress
receive_one(struct register_sending *s, struct window *w)
{
	Khaosat__V1__Response *response = connection_receive(s->connection);
	if (response == NULL)
		return PROGRESS_LOST;
	enum progress progress = take_answer(s, w, response);
	khaosat__v1__response__free_unpacked(response, NULL);
	return progress;
}

/* Send what is not stored yet, over one connection. */
static enum progress
send_missing(struct register_sending *s)
{
	struct window w = {0};
	enum progress progress = PROGRESS_GOOD;
	for (size_t i = 0; i < s->chunks && progress == PROGRESS_GOOD; i++) {
		if (s->chunk[i].number != 0)
			continue;
		if (w.n == UNDER_WAY_MAX)
			progress = receive_one(s, &w);
		if (progress == PROGRESS_GOOD && !send_chunk(s, i, &w))
			progress = PROGRESS_LOST;
	}
	while (w.n > 0 && progress == PROGRESS_GOOD)
		progress = receive_one(s, &w);
	return progress;
}

/* A new connection: answers still to come on the old one would be taken for others. */
static bool
connect_again(struct register_sending *s, char error[256])
{
	connection_close(s->connection);
	s->connection = connection_open(s->client, error);
	return s->connection != NULL;
}

int
register_send_chunks(struct register_sending *s)
{
	char error[256] = "";
	for (unsigned attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
		size_t before = s->stored;
		if (s->connection != NULL || connect_again(s, error)) {
			enum progress progress = send_missing(s);
			if (progress == PROGRESS_GOOD)
				return EXIT_DONE;
			if (progress == PROGRESS_REFUSED)
				return EXIT_FAILED;
			connection_close(s->connection);
			s->connection = NULL;
		}
		if (s->stored > before)
			attempt = 0;
		connection_pause(attempt);
	}
	if (error[0] == '\0')
		return connection_lost(s->client);
	client_error("%s", error);
	return EXIT_UNREACHABLE;
}

Khaosat__V1__Response *
register_send_load(struct register_sending *s)
{
	Khaosat__V1__LoadRegister load;
	khaosat__v1__load_register__init(&load);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	uint64_t *numbers = calloc(s->chunks, sizeof(*numbers));
	if (numbers == NULL)
		return NULL;
	for (size_t i = 0; i < s->chunks; i++)
		numbers[i] = s->chunk[i].number;
	load.round = (char *)(uintptr_t)s->round;
	load.chunk = numbers;
	load.n_chunk = s->chunks;
	load.rows = s->table->rows;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LOAD_REGISTER;
	request.load_register = &load;
	connection_timeout(s->connection, 0);
	Khaosat__V1__Response *response = connection_call(s->connection, &request);
	free(numbers);
	return response;
}
