/* SPDX-License-Identifier: Apache-2.0 */
#include "client/code_send.h"

#include <stdio.h>
#include <string.h>

#define UNDER_WAY_MAX 64
#define ATTEMPTS_MAX 8

struct sending {
	const struct client *client;
	struct connection *connection;
	Khaosat__V1__SetCode *message;
	struct code_units *units;
	uint64_t request[UNDER_WAY_MAX]; /* ids, beside the units they are for */
	size_t unit[UNDER_WAY_MAX];
	size_t under_way, done, refused;
	bool is_late; /* told to wait */
	int exit_code;
};

static bool
send_one(struct sending *s, size_t index)
{
	char tax_code[TAXCODE_TEXT_BYTES];
	struct code_unit *unit = &s->units->unit[index];
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	taxcode_print(unit->tax_code, tax_code);
	s->message->tax_code = tax_code;
	s->message->code_hash = (ProtobufCBinaryData){sizeof(unit->hash), unit->hash};
	request.body_case = KHAOSAT__V1__REQUEST__BODY_SET_CODE;
	request.set_code = s->message;
	if (!connection_send(s->connection, &request))
		return false;
	s->request[s->under_way] = request.id;
	s->unit[s->under_way++] = index;
	return true;
}

static void
say_refused(const struct sending *s, size_t index, const Khaosat__V1__Response *response)
{
	char tax_code[TAXCODE_TEXT_BYTES];
	taxcode_print(s->units->unit[index].tax_code, tax_code);
	client_error(
	    client_say(s->client, "%s: mã mới chưa có hiệu lực", "%s: its new code is not valid"),
	    tax_code);
	connection_explain(s->client, response);
}

static void
take(struct sending *s, size_t at, const Khaosat__V1__Response *response)
{
	size_t index = s->unit[at];
	s->under_way--;
	s->request[at] = s->request[s->under_way];
	s->unit[at] = s->unit[s->under_way];
	if (response->status == KHAOSAT__V1__STATUS__DONE) {
		s->units->unit[index].is_done = true;
		client_progress(s->client, client_say(s->client, "đã cấp mã", "codes issued"),
		    ++s->done, s->units->n);
	} else if (response->status == KHAOSAT__V1__STATUS__TRY_LATER ||
		   response->status == KHAOSAT__V1__STATUS__UNAVAILABLE) {
		s->is_late = true;
	} else {
		say_refused(s, index, response);
		s->units->unit[index].is_refused = true;
		s->refused++;
		s->exit_code = EXIT_FAILED;
	}
}

/* False: the connection is gone. */
static bool
receive_one(struct sending *s)
{
	Khaosat__V1__Response *response = connection_receive(s->connection);
	if (response == NULL)
		return false;
	size_t at = 0;
	while (at < s->under_way && s->request[at] != response->id)
		at++;
	if (at < s->under_way)
		take(s, at, response);
	khaosat__v1__response__free_unpacked(response, NULL);
	return true;
}

/* What is neither there yet nor refused. False: the connection is gone. */
static bool
send_missing(struct sending *s)
{
	bool good = true;
	s->is_late = false;
	s->under_way = 0;
	for (size_t i = 0; i < s->units->n && good; i++) {
		if (s->units->unit[i].is_done || s->units->unit[i].is_refused)
			continue;
		if (s->under_way == UNDER_WAY_MAX)
			good = receive_one(s);
		good = good && send_one(s, i);
	}
	while (s->under_way > 0 && good)
		good = receive_one(s);
	return good;
}

static bool
is_under_way(const struct sending *s)
{
	return s->done + s->refused < s->units->n;
}

int
code_send(const struct client *client, Khaosat__V1__SetCode *message, struct code_units *units)
{
	char error[256] = "";
	struct sending s = {
	    .client = client, .message = message, .units = units, .exit_code = EXIT_DONE};
	for (unsigned attempt = 0; attempt < ATTEMPTS_MAX && is_under_way(&s); attempt++) {
		size_t before = s.done + s.refused;
		s.connection = connection_open(client, error);
		bool is_whole = s.connection != NULL && send_missing(&s);
		connection_close(s.connection);
		if (is_whole && !s.is_late)
			return s.exit_code;
		if (s.done + s.refused > before)
			attempt = 0;
		connection_pause(attempt);
	}
	if (!is_under_way(&s))
		return s.exit_code;
	if (error[0] != '\0')
		client_error("%s", error);
	else
		connection_lost(client);
	return EXIT_UNREACHABLE;
}
