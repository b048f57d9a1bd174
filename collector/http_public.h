/* SPDX-License-Identifier: Apache-2.0 */
/* What anybody may ask for over HTTP, kept so that it costs no more than a copy: the description of
 * the API, and large bodies as gzip has them, found by a tag that follows from their bytes. The
 * server's; any thread. */
#ifndef KHAOSAT_COLLECTOR_HTTP_PUBLIC_H
#define KHAOSAT_COLLECTOR_HTTP_PUBLIC_H

#include "collector/bytes.h"
#include "collector/http.h"

struct http_public;
struct server;

struct http_public *http_public_new(const struct server *server); /* NULL: out of memory */
void http_public_free(struct http_public *p);                     /* accepts NULL */

void http_public_openapi(const struct http_public *p, struct http_reply *out);

/* The body of a public reply, packed, into `packed`, which is empty; it stays empty where packing
 * gains nothing, or memory is out. */
void http_public_pack(struct http_public *p, const struct http_reply *reply, struct bytes *packed);

#endif
