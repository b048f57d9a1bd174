/* SPDX-License-Identifier: Apache-2.0 */
/* A file of an export over HTTP: pieces of at most a MiB are asked for one after the other, each
 * when the peer has taken the one before, so that neither a large file nor a slow reader holds
 * more than that. Its head goes out with the first piece, which says how long the file is; a Range
 * that counts from the end can be told only then, and the piece is asked for anew.
 *
 *   ask -> piece -+-> head and bytes -> piece -> bytes -> ... -> all is sent
 *                 +-> not where the Range begins: ask again */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/http.h"

/* What browsers and programs are told; the first name or ending that fits. */
static const struct {
	const char *end, *type;
} types[] = {
    {"sdmx-1.0.csv", "application/vnd.sdmx.data+csv;version=1.0.0"},
    {"sdmx-2.0.csv", "application/vnd.sdmx.data+csv;version=2.0.0"},
    {"sdmx-data.json", "application/vnd.sdmx.data+json;version=2.0.0"},
    {"sdmx-structure.json", "application/vnd.sdmx.structure+json;version=2.0.0"},
    {"csv-metadata.json", "application/csvm+json"},
    {".csv", "text/csv; charset=utf-8"},
    {".json", HTTP_JSON},
    {".html", "text/html; charset=utf-8"},
    {".md", "text/markdown; charset=utf-8"},
    {".xml", "application/xml"},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
};

static const char *
type_of(struct http_span name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t n = strlen(types[i].end);
		if (name.n >= n && memcmp(name.at + name.n - n, types[i].end, n) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

/* ------------------------------------------------------------------------------ Range */

/* Digits, all of them. */
static bool
read_number(struct http_span text, uint64_t *out)
{
	uint64_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] < '0' || text.at[i] > '9' || i >= 18)
			return false;
		n = n * 10 + (uint64_t)(text.at[i] - '0');
	}
	*out = n;
	return text.n > 0;
}

/* "bytes=0-499", "bytes=500-", "bytes=-500". What is another unit, several ranges or nonsense is as
 * if it were not there, as RFC 9110, 14.2 has it. */
static void
read_range(const struct http_span *value, struct http_file *f)
{
	static const char unit[] = "bytes=";
	size_t n = sizeof(unit) - 1;
	const char *dash = value != NULL ? memchr(value->at, '-', value->n) : NULL;
	if (dash == NULL || value->n <= n || memcmp(value->at, unit, n) != 0 ||
	    dash < value->at + n)
		return;
	struct http_span first = {value->at + n, (size_t)(dash - value->at) - n};
	struct http_span last = {dash + 1, value->n - (size_t)(dash + 1 - value->at)};
	f->last = UINT64_MAX;
	f->counts_from_end = first.n == 0;
	f->has_range = (last.n == 0 || read_number(last, &f->last)) &&
		       (first.n == 0 ? last.n > 0 : read_number(first, &f->first)) &&
		       (first.n == 0 || f->first <= f->last);
}

static void
keep(const struct http_span *value, char *out, size_t room)
{
	if (value != NULL && value->n < room)
		memcpy(out, value->at, value->n);
}

void
http_file_ask(const struct http_call *call, struct http_file *f)
{
	const struct http_head *head = call->head;
	size_t name = 0;
	while (http_route_param(call->route, name + 1).n > 0)
		name++; /* the last one is the file's */
	*f = (struct http_file){.is_on = true, .type = type_of(call->param[name])};
	read_range(http_header_find(head, "range"), f);
	keep(http_header_find(head, "if-range"), f->if_range, sizeof(f->if_range));
	keep(http_header_find(head, "if-modified-since"), f->if_modified_since,
	    sizeof(f->if_modified_since));
	f->next = f->has_range && !f->counts_from_end ? f->first : 0;
}

/* ------------------------------------------------------------------------------ asking on */

bool
http_file_put_next(const struct http_file *f, struct bytes *request)
{
	Khaosat__V1__Request *r = khaosat__v1__request__unpack(NULL, request->n, request->at);
	if (r == NULL)
		return false;
	assert(r->body_case == KHAOSAT__V1__REQUEST__BODY_READ_EXPORT);
	r->read_export->offset = f->next;
	if (f->vintage != 0)
		r->read_export->vintage = f->vintage;
	request->n = 0;
	size_t n = khaosat__v1__request__get_packed_size(r);
	uint8_t *room = bytes_reserve(request, n);
	if (room != NULL)
		request->n = khaosat__v1__request__pack(r, room);
	khaosat__v1__request__free_unpacked(r, NULL);
	return !request->failed;
}

/* ------------------------------------------------------------------------------ the head */

/* A vintage never changes. */
static void
put_tags(const Khaosat__V1__ExportPiece *piece, struct http_file *f, struct http_reply *out)
{
	struct tm tm = {0};
	time_t seconds = (time_t)(piece->modified_ms / 1000);
	gmtime_r(&seconds, &tm);
	strftime(f->modified, sizeof(f->modified), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	snprintf(out->etag, sizeof(out->etag), "\"%" PRIx64 "-%" PRIx64 "\"",
	    (uint64_t)piece->modified_ms, piece->file_bytes);
	bytes_print(&out->headers, "Last-Modified: %s\r\nAccept-Ranges: bytes\r\n", f->modified);
	/* Reports are pages: they need nothing from anywhere, and act for nobody. */
	bytes_text(&out->headers,
	    "Content-Security-Policy: sandbox; default-src 'none'; style-src 'unsafe-inline'; "
	    "img-src data:\r\n");
}

static bool
is_known(const struct http_ask *ask, const struct http_file *f, const char *etag)
{
	if (ask->if_none_match[0] != '\0')
		return http_is_known(ask, etag);
	return strcmp(f->if_modified_since, f->modified) == 0;
}

/* From where to where. False: there is nothing in the Range. */
static bool
settle_range(struct http_file *f, uint64_t all, uint64_t *first)
{
	*first = 0;
	f->end = all;
	if (!f->has_range)
		return true;
	uint64_t last = f->last;
	if (f->counts_from_end)
		*first = last < all ? all - last : 0;
	else
		*first = f->first;
	if (!f->counts_from_end && last < all)
		f->end = last + 1;
	return *first < f->end;
}

static enum http_file_step
refuse_range(struct http_file *f, uint64_t all, struct http_reply *out)
{
	f->next = f->end = 0;
	out->etag[0] = '\0';
	http_problem(
	    out, 416, "range", "Tệp không có những byte đó.", "The file has no such bytes.");
	bytes_print(&out->headers, "Content-Range: bytes */%" PRIu64 "\r\n", all);
	return HTTP_FILE_REPLY;
}

/* What of the piece is wanted, from `first` on. */
static void
put_piece(struct http_file *f, const Khaosat__V1__ExportPiece *piece, struct http_reply *out)
{
	uint64_t left = f->end - f->next;
	size_t n = piece->bytes.len < left ? piece->bytes.len : (size_t)left;
	bytes_put(&out->body, piece->bytes.data, n);
	f->next += n;
}

static enum http_file_step
begin(struct http_file *f, const struct http_ask *ask, const Khaosat__V1__ExportPiece *piece,
    struct http_reply *out)
{
	uint64_t first, all = piece->file_bytes;
	f->vintage = piece->vintage;
	put_tags(piece, f, out);
	out->code = 200;
	out->type = f->type;
	out->is_public = ask->route->sets == NULL;
	f->has_range =
	    f->has_range && (f->if_range[0] == '\0' || strcmp(f->if_range, out->etag) == 0 ||
				strcmp(f->if_range, f->modified) == 0);
	if (is_known(ask, f, out->etag)) {
		f->next = f->end = 0;
		out->code = 304;
		return HTTP_FILE_REPLY;
	}
	if (!settle_range(f, all, &first))
		return refuse_range(f, all, out);
	if (first != f->next) {
		f->next = first;
		return HTTP_FILE_AGAIN;
	}
	if (f->has_range) {
		out->code = 206;
		bytes_print(&out->headers,
		    "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n", first,
		    f->end - 1, all);
	}
	out->whole_bytes = f->end - first;
	f->is_begun = true;
	put_piece(f, piece, out);
	if (ask->is_head)
		f->next = f->end;
	return HTTP_FILE_REPLY;
}

/* ------------------------------------------------------------------------------ what has come */

static enum http_file_step
take(struct http_file *f, const struct http_ask *ask, const Khaosat__V1__Response *r,
    struct http_reply *out)
{
	const Khaosat__V1__ExportPiece *piece = r->export_piece;
	if (r->body_case != KHAOSAT__V1__RESPONSE__BODY_EXPORT_PIECE)
		piece = NULL;
	if (!f->is_begun && piece == NULL) {
		f->next = f->end = 0;
		http_present_error(ask, r, out);
		return HTTP_FILE_REPLY;
	}
	if (!f->is_begun)
		return begin(f, ask, piece, out);
	if (r->status == KHAOSAT__V1__STATUS__TRY_LATER)
		return HTTP_FILE_LATER;
	if (piece == NULL || piece->bytes.len == 0)
		return HTTP_FILE_LOST;
	put_piece(f, piece, out);
	return HTTP_FILE_PIECE;
}

enum http_file_step
http_file_take(struct http_file *f, const struct http_ask *ask, const struct bytes *response,
    struct http_reply *out)
{
	Khaosat__V1__Response *r = khaosat__v1__response__unpack(NULL, response->n, response->at);
	if (r == NULL)
		return HTTP_FILE_LOST;
	enum http_file_step step = take(f, ask, r, out);
	if (step == HTTP_FILE_AGAIN) { /* what was said of it is said again */
		http_reply_free(out);
		*out = (struct http_reply){0};
	}
	khaosat__v1__response__free_unpacked(r, NULL);
	return step;
}
