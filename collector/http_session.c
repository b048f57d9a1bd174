/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of staff and firms in a browser: the token of a log-in, in a cookie that no script can
 * read and that no other site's page makes the browser send. Since browsers have been wrong about
 * that, what comes with a cookie and changes something must also come from a page of ours: it names
 * a secret that follows from the token (which another site's page cannot read), and where the
 * browser says from where it comes, that must be here. A unit's code in Authorization needs the
 * latter only: once it has been typed in, browsers add it to what other sites' pages send too, and
 * no SameSite holds them back. A token there needs none of it: no browser adds that by itself. */
#include <sodium.h>
#include <string.h>

#include "collector/clock.h"
#include "collector/http.h"
#include "collector/meter.h"
#include "proto/digest.h"
#include "proto/limits.h"

#define TTL_S (12 * 60 * 60)
#define TOKEN_NAME "browser"
#define CSRF_BYTES 16

/* Within TLS by a name that a browser takes from this very host only. */
const char *
http_cookie_name(const struct server *server)
{
	return server->tls != NULL ? "__Host-khaosat" : "khaosat";
}

bool
http_unhex(struct http_span hex, uint8_t token[STAFF_TOKEN_BYTES])
{
	size_t n;
	return hex.n == 2 * STAFF_TOKEN_BYTES &&
	       sodium_hex2bin(token, STAFF_TOKEN_BYTES, hex.at, hex.n, NULL, &n, NULL) == 0 &&
	       n == STAFF_TOKEN_BYTES;
}

/* One that is there twice is none: who knows which of them is ours. */
bool
http_cookie(struct loop *loop, const struct http_head *head, uint8_t token[STAFF_TOKEN_BYTES])
{
	const char *const name = http_cookie_name(loop_server(loop));
	const size_t n = strlen(name);
	const struct http_span *value = http_header_find(head, "cookie");
	struct http_span rest = value != NULL ? *value : (struct http_span){NULL, 0}, pair;
	struct http_span found = {NULL, 0};
	while (http_list_next(&rest, ';', &pair)) {
		if (pair.n <= n || memcmp(pair.at, name, n) != 0 || pair.at[n] != '=')
			continue;
		if (found.at != NULL)
			return false;
		found = (struct http_span){pair.at + n + 1, pair.n - n - 1};
	}
	return found.at != NULL && http_unhex(found, token);
}

/* ------------------------------------------------------------------------------ from our pages */

void
http_csrf(const uint8_t token[STAFF_TOKEN_BYTES], char out[HTTP_CSRF_CHARS + 1])
{
	static const char purpose[] = "khaosat csrf";
	uint8_t digest[SHA256_BYTES];
	const struct digest_part parts[] = {{purpose, sizeof(purpose)}, {token, STAFF_TOKEN_BYTES}};
	_Static_assert(HTTP_CSRF_CHARS == 2 * CSRF_BYTES, "hexadecimal");
	digest_sha256(parts, 2, digest);
	digest_hex(digest, CSRF_BYTES, out);
}

static bool
has_csrf(const struct http_head *head, const uint8_t token[STAFF_TOKEN_BYTES])
{
	char wanted[HTTP_CSRF_CHARS + 1];
	const struct http_span *given = http_header_find(head, "x-csrf-token");
	http_csrf(token, wanted);
	return given != NULL && given->n == HTTP_CSRF_CHARS &&
	       sodium_memcmp(given->at, wanted, HTTP_CSRF_CHARS) == 0;
}

/* "https://HOST" and "http://HOST" are both here: a proxy may speak TLS in our stead. */
static bool
is_here(struct http_span origin, struct http_span host)
{
	static const char *const scheme[] = {"https://", "http://"};
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(scheme[i]);
		if (origin.n == n + host.n && memcmp(origin.at, scheme[i], n) == 0 &&
		    sodium_memcmp(origin.at + n, host.at, host.n) == 0)
			return true;
	}
	return false;
}

static bool
comes_from_here(const struct http_head *head)
{
	const struct http_span *site = http_header_find(head, "sec-fetch-site");
	const struct http_span *origin = http_header_find(head, "origin");
	const struct http_span *host = http_header_find(head, "host");
	if (site != NULL && !http_span_is(*site, "same-origin"))
		return false;
	return origin == NULL || is_here(*origin, *host);
}

bool
http_is_forged(const struct http_call *call)
{
	uint8_t token[STAFF_TOKEN_BYTES];
	struct http_span rest;
	const struct http_head *head = call->head;
	if (head->method == HTTP_GET || head->method == HTTP_HEAD || head->method == HTTP_OPTIONS)
		return false;
	if (call->route->output == HTTP_OUTPUT_SESSION && head->method == HTTP_POST)
		return !comes_from_here(head); /* there is no session yet */
	const struct http_span *value = http_header_find(head, "authorization");
	if (value != NULL)
		return !http_has_scheme(*value, "bearer", &rest) && !comes_from_here(head);
	if (!http_cookie(call->loop, head, token))
		return false;
	return !comes_from_here(head) || !has_csrf(head, token);
}

/* ------------------------------------------------------------------------------ what is answered
 */

void
http_session_ask(struct bytes *message)
{
	const ProtobufCMessageDescriptor *d = &khaosat__v1__log_in__descriptor;
	uint32_t name = protobuf_c_message_descriptor_get_field_by_name(d, "token_name")->id;
	uint32_t end = protobuf_c_message_descriptor_get_field_by_name(d, "expires_ms")->id;
	bytes_field(message, name, TOKEN_NAME, strlen(TOKEN_NAME));
	bytes_number(message, end, (uint64_t)(clock_wall_ms() + INT64_C(1000) * TTL_S));
}

void
http_session_end(struct loop *loop, struct http_reply *out)
{
	bytes_print(&out->headers,
	    "Set-Cookie: %s=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict%s\r\n",
	    http_cookie_name(loop_server(loop)), loop_server(loop)->tls != NULL ? "; Secure" : "");
}

static void
put_cookie(struct loop *loop, const uint8_t token[STAFF_TOKEN_BYTES], struct http_reply *out)
{
	bytes_print(&out->headers, "Set-Cookie: %s=", http_cookie_name(loop_server(loop)));
	bytes_hex(&out->headers, token, STAFF_TOKEN_BYTES);
	bytes_print(&out->headers, "; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s\r\n", TTL_S,
	    loop_server(loop)->tls != NULL ? "; Secure" : "");
}

static void
put_session(const char *account, Khaosat__V1__Role role, const char *csrf, struct http_reply *out)
{
	const ProtobufCEnumValue *name =
	    protobuf_c_enum_descriptor_get_value(&khaosat__v1__role__descriptor, (int)role);
	bytes_text(&out->body, "{\"account\":");
	bytes_quote(&out->body, account, strlen(account));
	bytes_print(&out->body, ",\"role\":\"%s\",\"csrf_token\":\"%s\"}",
	    name != NULL ? name->name : "", csrf);
}

void
http_session_present(struct loop *loop, const struct http_ask *ask, const Khaosat__V1__Response *r,
    struct http_reply *out)
{
	char csrf[HTTP_CSRF_CHARS + 1];
	out->type = HTTP_JSON;
	if (r->body_case == KHAOSAT__V1__RESPONSE__BODY_HELLO) {
		out->code = 200;
		if (*r->hello->account != '\0')
			put_session(r->hello->account, r->hello->role, ask->csrf, out);
		else
			http_problem(
			    out, 401, "refused", "Chưa đăng nhập.", "There is no session.");
	} else if (r->body_case == KHAOSAT__V1__RESPONSE__BODY_TOKEN_MADE &&
		   r->token_made->token.len == STAFF_TOKEN_BYTES && r->token_made->info != NULL) {
		out->code = 201;
		http_csrf(r->token_made->token.data, csrf);
		put_cookie(loop, r->token_made->token.data, out);
		put_session(r->token_made->info->account, r->token_made->info->role, csrf, out);
	} else {
		out->code = 204;
		out->type = NULL;
	}
}
