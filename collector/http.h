/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP as a dialect of sessions: one request at a time, each either answered here on the loop (a
 * local route) or put into the bytes of one Request and handed to the session's owner, as a frame
 * would be; the Response is put back into a status code, headers and JSON. Loop's thread.
 *
 *   proto/http.c      the head, strictly
 *   http_routes.c     one table: what is served where; http_openapi.c describes it
 *   http_request.c    path, query, body, credentials -> Request
 *   http_accept.c     what the peer takes
 *   http_answer.c     Response -> http_reply
 *   http_problem.c    what is wrong -> http_reply
 *   http_file.c       a file, piece by piece
 *   http_session.c    the cookie of a browser, and what must come with it
 *   http_limits.c     how often one may still ask
 *   http_public.c     what anybody may ask for over and over
 *   http_send.c       http_reply -> bytes
 *   http.c            when each of these happens */
#ifndef KHAOSAT_COLLECTOR_HTTP_H
#define KHAOSAT_COLLECTOR_HTTP_H

#include "collector/bytes.h"
#include "collector/loop.h"
#include "proto/http.h"
#include "proto/khaosat.pb-c.h"

#define HTTP_PARAMS_MAX 4
#define HTTP_CSRF_CHARS 32
#define HTTP_JSON "application/json"
#define HTTP_PROTOBUF "application/x-protobuf"
#define HTTP_CSV "text/csv"

/* ------------------------------------------------------------------------------ routes */

struct http_call;
struct http_reply;

/* Answers on the loop, at once. */
typedef void http_local(const struct http_call *call, struct http_reply *out);

enum http_input {
	HTTP_INPUT_NONE,    /* no body; fields come from the path and the query */
	HTTP_INPUT_MESSAGE, /* fields come from the path and from a JSON object, or the body is the
			       message itself */
	HTTP_INPUT_ANSWERS, /* the same, with answers as survey/answers_json.h has them */
	HTTP_INPUT_ANSWER,  /* the same, with the one `answer` likewise */
	HTTP_INPUT_ROWS,    /* the same, with `rows` as a list of RegisterRow; or CSV */
	HTTP_INPUT_FILE     /* the body is the field `json` */
};

enum http_output {
	HTTP_OUTPUT_NOTHING, /* 204 */
	HTTP_OUTPUT_RESULT,  /* 200 with the Response's body of the number `result` */
	HTTP_OUTPUT_OUTCOME, /* of a submission: 201 or 202 with its receipt */
	HTTP_OUTPUT_FILE,    /* the result's field `json` */
	HTTP_OUTPUT_PART,    /* the field `part` of the result, alone */
	HTTP_OUTPUT_PIECES,  /* a file, asked for piece by piece: http_file.c */
	HTTP_OUTPUT_SESSION  /* of a browser, or its end: http_session.c */
};

struct http_route {
	enum http_method method;
	const char *path;                    /* "/v1/rounds/{round}": names of fields in braces */
	Khaosat__V1__Request__BodyCase body; /* 0: local */
	enum http_input input;
	enum http_output output;
	uint32_t result;
	const char *part;
	const char *sets;   /* a field that is true for this route */
	const char *cursor; /* a field of the request that pages on; see http_answer.c */
	http_local *local;
	bool for_staff;      /* a local route that tells nobody else */
	const char *type;    /* of what a local route answers */
	const char *summary; /* for people */
};

extern const struct http_route http_routes[];
extern const size_t http_routes_n;

/* What is served there by that method; HEAD is as GET. NULL: nothing; `allowed` then has a bit for
 * each method that is, none where the path is unknown. */
const struct http_route *http_route_find(enum http_method method, struct http_span path,
    struct http_span params[HTTP_PARAMS_MAX], unsigned *allowed);

/* The name of the n-th parameter of a route's path; n 0 where there are fewer. */
struct http_span http_route_param(const struct http_route *route, size_t n);

/* Whether fields of the request stand in the query. */
bool http_route_has_query(const struct http_route *route);

/* The message that is the Request's body of this number, or the Response's. */
const ProtobufCMessageDescriptor *http_request_body(uint32_t number);
const ProtobufCMessageDescriptor *http_response_body(uint32_t number);

/* ------------------------------------------------------------------------------ a request */

struct http_call {
	struct loop *loop;
	struct session *session;
	const struct http_head *head;
	const struct http_route *route;
	struct http_span param[HTTP_PARAMS_MAX];
	const uint8_t *body;
};

/* What of a request its answer depends on. */
struct http_ask {
	const struct http_route *route;
	char csrf[HTTP_CSRF_CHARS + 1]; /* of the token it comes with; "": none */
	char unit[16];                  /* tax code of the unit it names as itself; "": none */
	bool is_head, has_credential, wants_gzip, wants_protobuf, closes;
	char if_none_match[256];
	char *query; /* where the route has a cursor; heap */
};

/* The Request; also what stands in its query besides: `wait_s`. False: `out` says what is wrong. */
bool http_translate(
    const struct http_call *call, struct bytes *request, unsigned *wait_s, struct http_reply *out);

/* Of the value of Authorization, "Basic ...", what stands behind the scheme, which is in lower
 * case. False: it is of another. */
bool http_has_scheme(struct http_span value, const char *scheme, struct http_span *rest);

/* The tax code of a unit that comes with a code; "": none does. */
void http_unit(const struct http_head *head, char tax_code[16]);

/* Whether the value of Accept, or of Accept-Encoding, has it; NULL: there is no such header. */
bool http_admits_type(const struct http_span *accept, const char *type);
bool http_admits_gzip(const struct http_span *coding);

/* The token of staff that it comes with, in Authorization or, where that is not there, in a cookie.
 * False: none, or not the form of one. */
bool http_token(struct loop *loop, const struct http_head *head, uint8_t token[32]);

/* ------------------------------------------------------------------------------ an answer */

#define HTTP_ETAG_BYTES 48

struct http_reply {
	int code;
	const char *type;     /* of the body; NULL: there is none */
	struct bytes headers; /* further ones, each with its CRLF */
	struct bytes body;
	uint64_t whole_bytes;       /* of which the body is the beginning; 0: the body is all */
	char etag[HTTP_ETAG_BYTES]; /* with its quotes; "": none */
	bool is_public;             /* may be kept by anybody, and asked for again by its ETag */
};

void http_reply_free(struct http_reply *reply);

/* RFC 9457. `kind` is the end of its type, in lower case; the others what happened. */
void http_problem(
    struct http_reply *out, int code, const char *kind, const char *vi, const char *en);
/* 400: a field and the rule that it breaks, as answer_invalid has it. Returns false. */
bool http_invalid(struct http_reply *out, const char *field, const char *rule);
/* The same of a body that is none, and where it ceases to be. */
bool http_not_json(struct http_reply *out, int line, int column);
/* The tag of a body that says all there is to say. */
void http_etag(const struct bytes *body, char out[HTTP_ETAG_BYTES]);
/* As gzip has it. False: it would be no shorter, or memory is out; `packed` is empty. */
bool http_pack(const struct bytes *body, struct bytes *packed);
/* There is nothing at its path, or not by this method; `allowed` as http_route_find has it. */
void http_unserved(enum http_method method, unsigned allowed, struct http_reply *out);
void http_retry_after(struct http_reply *out, uint32_t ms);

void http_present_error(
    const struct http_ask *ask, const Khaosat__V1__Response *r, struct http_reply *out);
/* How often one may still ask. */
void http_put_limits(
    struct loop *loop, struct session *s, const struct http_ask *ask, struct http_reply *out);
/* False: it is no Response. */
bool http_present(struct loop *loop, const struct http_ask *ask, const uint8_t *response, size_t n,
    struct http_reply *out);

/* Puts the reply into the session's output; 304 where the ask has what it would get. Marks the
 * session where memory is out. */
void http_send(struct session *s, const struct http_ask *ask, struct http_reply *reply);

/* More of the body that http_send has begun. */
void http_send_more(struct session *s, const struct bytes *piece);

/* "*", or a list of tags of which one is this, weak or not. */
bool http_is_known(const struct http_ask *ask, const char *etag);

/* ------------------------------------------------------------------------------ a file */

#define HTTP_DATE_BYTES 32

struct http_file {
	bool is_on, is_begun;
	const char *type;
	/* Range: from `first` to `last`, or the `last` last bytes */
	bool has_range, counts_from_end;
	uint64_t first, last;
	char if_range[48], if_modified_since[HTTP_DATE_BYTES], modified[HTTP_DATE_BYTES];
	uint32_t vintage;
	uint64_t next, end; /* what is still to be sent; the same: nothing */
};

void http_file_ask(const struct http_call *call, struct http_file *f);
/* The same Request, for the piece that is next. False: out of memory. */
bool http_file_put_next(const struct http_file *f, struct bytes *request);

enum http_file_step {
	HTTP_FILE_REPLY, /* `out` is to be sent */
	HTTP_FILE_PIECE, /* its body is to be sent, behind what was */
	HTTP_FILE_AGAIN, /* ask for what is next; nothing is to be sent yet */
	HTTP_FILE_LATER, /* the same, in a while */
	HTTP_FILE_LOST   /* the rest cannot be had; what was promised cannot be kept */
};

/* What becomes of a Response. */
enum http_file_step http_file_take(struct http_file *f, const struct http_ask *ask,
    const struct bytes *response, struct http_reply *out);

/* ------------------------------------------------------------------------------ in a browser */

const char *http_cookie_name(const struct server *server);
bool http_unhex(struct http_span hex, uint8_t token[32]);
bool http_cookie(struct loop *loop, const struct http_head *head, uint8_t token[32]);
/* The secret that goes with a token, for pages. */
void http_csrf(const uint8_t token[32], char out[HTTP_CSRF_CHARS + 1]);
/* Would change something, and cannot be told from what another site's page has sent. */
bool http_is_forged(const struct http_call *call);
/* What a log-in names besides account and password. */
void http_session_ask(struct bytes *message);
void http_session_present(struct loop *loop, const struct http_ask *ask,
    const Khaosat__V1__Response *r, struct http_reply *out);
void http_session_end(struct loop *loop, struct http_reply *out); /* have the cookie dropped */

/* ------------------------------------------------------------------------------ local routes */

http_local http_healthz, http_readyz, http_metrics, http_openapi;

#endif
