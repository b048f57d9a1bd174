/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/http_public.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "collector/http_openapi.h"

#define KEPT 8 /* the description, and some surveys */
#define KEPT_MAX_BYTES (512u * 1024)

struct http_public {
	struct bytes openapi;
	char openapi_etag[HTTP_ETAG_BYTES];
	pthread_mutex_t lock; /* over what follows */
	struct {
		char etag[HTTP_ETAG_BYTES];
		size_t plain_bytes;
		struct bytes packed;
	} kept[KEPT];
	size_t next; /* that makes room */
};

struct http_public *
http_public_new(const struct server *server)
{
	struct http_public *p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	openapi_write(server, &p->openapi);
	if (p->openapi.failed) {
		http_public_free(p);
		return NULL;
	}
	http_etag(&p->openapi, p->openapi_etag);
	return p;
}

void
http_public_free(struct http_public *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < KEPT; i++)
		bytes_free(&p->kept[i].packed);
	bytes_free(&p->openapi);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
http_public_openapi(const struct http_public *p, struct http_reply *out)
{
	bytes_put(&out->body, p->openapi.at, p->openapi.n);
	memcpy(out->etag, p->openapi_etag, sizeof(out->etag));
}

static void
find(struct http_public *p, const struct http_reply *reply, struct bytes *packed)
{
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < KEPT && packed->n == 0; i++)
		if (strcmp(p->kept[i].etag, reply->etag) == 0 &&
		    p->kept[i].plain_bytes == reply->body.n)
			bytes_put(packed, p->kept[i].packed.at, p->kept[i].packed.n);
	pthread_mutex_unlock(&p->lock);
}

static void
keep(struct http_public *p, const struct http_reply *reply, const struct bytes *packed)
{
	struct bytes copy = {0};
	if (packed->n == 0 || packed->n > KEPT_MAX_BYTES)
		return;
	bytes_put(&copy, packed->at, packed->n);
	if (copy.failed)
		return;
	pthread_mutex_lock(&p->lock);
	size_t at = p->next++ % KEPT;
	struct bytes old = p->kept[at].packed;
	p->kept[at].packed = copy;
	p->kept[at].plain_bytes = reply->body.n;
	memcpy(p->kept[at].etag, reply->etag, sizeof(p->kept[at].etag));
	pthread_mutex_unlock(&p->lock);
	bytes_free(&old);
}

/* Two loops that pack the same at once both keep it: that is no harm. */
void
http_public_pack(struct http_public *p, const struct http_reply *reply, struct bytes *packed)
{
	bool is_of_bytes = strncmp(reply->etag, "W/", 2) == 0; /* that of a file is of its time */
	if (is_of_bytes)
		find(p, reply, packed);
	if (packed->n > 0 || packed->failed)
		return;
	http_pack(&reply->body, packed);
	if (is_of_bytes)
		keep(p, reply, packed);
}
