/* SPDX-License-Identifier: Apache-2.0 */
/* A peer of the collector over HTTP, and what it may expect: it keeps what it sent, walks the
 * requests in it as a collector should, and so knows how many answers must come, in which order,
 * which have no body, and where the connection must end. What comes is taken apart strictly. One
 * thread. */
#ifndef KHAOSAT_TESTS_FUZZ_HTTP_TALK_H
#define KHAOSAT_TESTS_FUZZ_HTTP_TALK_H

#include "collector/bytes.h"
#include "proto/http.h"

#define HTTP_TALK_ASKED_MAX 512
#define HTTP_TALK_TEXT_BYTES 128

/* An answer; a loan for the call. */
struct http_said {
	int code;
	char type[HTTP_TALK_TEXT_BYTES], range[HTTP_TALK_TEXT_BYTES]; /* "": it has none */
	const uint8_t *body;                                          /* unpacked */
	size_t n;
};

typedef void http_talk_said(void *context, const struct http_said *said);

struct http_asked {
	bool is_head, closes, is_refused;
};

struct http_talk {
	int fd; /* -1: none */
	http_talk_said *said;
	void *context;
	struct bytes sent, received;
	bool is_at_end; /* the collector has closed */
	size_t walked;  /* of what was sent */
	bool is_over;   /* what is sent from there on is no request any more */
	struct http_asked asked[HTTP_TALK_ASKED_MAX];
	size_t n_asked; /* not answered yet */
	size_t read;    /* of what was received */
	bool is_ended;  /* an answer has said that it is the last */
};

/* Takes the connection over. */
void http_talk_begin(struct http_talk *t, int fd, http_talk_said *said, void *context);

/* Send, taking whatever comes meanwhile. What the collector no longer takes is dropped. */
void http_talk_send(struct http_talk *t, const uint8_t *bytes, size_t n);

/* Let the collector see what was sent before more comes, most likely. */
void http_talk_pause(struct http_talk *t);

/* Wait until all that was asked is answered, or the collector has closed. */
void http_talk_await(struct http_talk *t);

/* Say that no more comes, read to the end, close: all was answered, nothing is left over. */
void http_talk_end(struct http_talk *t);

/* Vanish. */
void http_talk_close(struct http_talk *t);

#endif
