/* SPDX-License-Identifier: Apache-2.0 */
/* A reply as it goes out: status line, headers that every reply has, its own, the body. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "collector/meter.h"
#include "collector/clock.h"
#include "collector/http.h"
#include "collector/http_public.h"
#include "collector/session_parts.h"

#define GZIP_MIN_BYTES 1024
#define GZIP_LEVEL 1
#define GZIP_WINDOW (15 + 16) /* with gzip's own head */
#define GZIP_MEMORY 8

/* RFC 9110, 15; 429 and 431 are of RFC 6585. An empty one is well formed too. */
static const char *
phrase_of(int code)
{
	static const struct {
		int code;
		const char *phrase;
	} known[] = {
	    {100, "Continue"},
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {206, "Partial Content"},
	    {304, "Not Modified"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {411, "Length Required"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {416, "Range Not Satisfiable"},
	    {417, "Expectation Failed"},
	    {422, "Unprocessable Content"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {503, "Service Unavailable"},
	    {505, "HTTP Version Not Supported"},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].code == code)
			return known[i].phrase;
	return "";
}

static void
put_date(struct bytes *head)
{
	char text[64];
	struct tm tm;
	time_t now = (time_t)(clock_wall_ms() / 1000);
	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
	bytes_text(head, text);
}

bool
http_is_known(const struct http_ask *ask, const char *etag)
{
	struct http_span rest = {ask->if_none_match, strlen(ask->if_none_match)}, tag;
	const char *opaque = strncmp(etag, "W/", 2) == 0 ? etag + 2 : etag;
	while (*etag != '\0' && http_list_next(&rest, ',', &tag)) {
		if (tag.n > 2 && memcmp(tag.at, "W/", 2) == 0) {
			tag.at += 2;
			tag.n -= 2;
		}
		if (http_span_is(tag, opaque) || http_span_is(tag, "*"))
			return true;
	}
	return false;
}

bool
http_pack(const struct bytes *body, struct bytes *packed)
{
	*packed = (struct bytes){0};
	z_stream z = {.next_in = body->at, .avail_in = (uInt)body->n};
	if (deflateInit2(
		&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	size_t room = deflateBound(&z, (uLong)body->n);
	z.next_out = bytes_reserve(packed, room);
	z.avail_out = (uInt)room;
	bool good = z.next_out != NULL && deflate(&z, Z_FINISH) == Z_STREAM_END;
	packed->n = z.total_out;
	deflateEnd(&z);
	if (!good || packed->n >= body->n) {
		bytes_free(packed);
		return false;
	}
	return true;
}

/* Where that fails the body stays as it is. */
static bool
pack(struct session *s, struct http_reply *reply)
{
	struct bytes packed = {0};
	if (reply->is_public)
		http_public_pack(loop_server(s->owner->context)->public, reply, &packed);
	else
		http_pack(&reply->body, &packed);
	if (packed.n == 0) {
		bytes_free(&packed);
		return false;
	}
	bytes_free(&reply->body);
	reply->body = packed;
	return true;
}

/* A body that goes on is not packed, nor a part of one. */
static bool
packs(const struct http_ask *ask, const struct http_reply *reply)
{
	return ask->wants_gzip && reply->type != NULL && reply->body.n >= GZIP_MIN_BYTES &&
	       reply->code != 206 && reply->code != 304 &&
	       (reply->whole_bytes == 0 || reply->whole_bytes == reply->body.n);
}

/* Packed it is another sequence of bytes: then only a weak tag is true of both. */
static void
put_etag(struct bytes *head, const char *etag, bool is_packed)
{
	if (*etag != '\0')
		bytes_print(head, "ETag: %s%s\r\n", is_packed && *etag == '"' ? "W/" : "", etag);
}

static void
put_body_headers(struct bytes *head, const struct http_reply *reply, bool is_packed)
{
	if (reply->type != NULL && reply->code != 304)
		bytes_print(head, "Content-Type: %s\r\n", reply->type);
	if (is_packed)
		bytes_text(head, "Content-Encoding: gzip\r\n");
	uint64_t n = reply->whole_bytes != 0 && !is_packed ? reply->whole_bytes : reply->body.n;
	if (reply->code != 204 && reply->code != 304)
		bytes_print(head, "Content-Length: %" PRIu64 "\r\n", n);
	put_etag(head, reply->etag, is_packed);
	bytes_text(head, "Vary: Accept, Accept-Encoding, Authorization, Cookie\r\n");
}

static void
put_head(
    struct bytes *head, const struct http_ask *ask, const struct http_reply *reply, bool is_packed)
{
	bytes_print(head, "HTTP/1.1 %d %s\r\n", reply->code, phrase_of(reply->code));
	put_date(head);
	put_body_headers(head, reply, is_packed);
	bytes_text(
	    head, reply->is_public ? "Cache-Control: no-cache\r\n" : "Cache-Control: no-store\r\n");
	bytes_text(head, "X-Content-Type-Options: nosniff\r\n");
	if (ask->closes)
		bytes_text(head, "Connection: close\r\n");
	bytes_put(head, reply->headers.at, reply->headers.n);
	bytes_text(head, "\r\n");
}

void
http_send(struct session *s, const struct http_ask *ask, struct http_reply *reply)
{
	struct bytes head = {0};
	if (reply->code == 200 && http_is_known(ask, reply->etag))
		reply->code = 304;
	meter_code(reply->code);
	put_head(&head, ask, reply, packs(ask, reply) && pack(s, reply));
	bool has_body = !ask->is_head && reply->code != 204 && reply->code != 304;
	size_t n = has_body ? reply->body.n : 0;
	bool good = !head.failed && !reply->headers.failed && !reply->body.failed;
	uint8_t *room = good ? stream_reserve(s->stream, head.n + n) : NULL;
	if (room != NULL) {
		memcpy(room, head.at, head.n);
		if (n > 0)
			memcpy(room + head.n, reply->body.at, n);
		stream_commit(s->stream);
	} else {
		s->is_doomed = true;
	}
	if (ask->closes)
		s->phase = PHASE_FAREWELL;
	bytes_free(&head);
}

void
http_send_more(struct session *s, const struct bytes *piece)
{
	uint8_t *room = piece->failed ? NULL : stream_reserve(s->stream, piece->n);
	if (room == NULL) {
		s->is_doomed = true;
		return;
	}
	memcpy(room, piece->at, piece->n);
	stream_commit(s->stream);
}
