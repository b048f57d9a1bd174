/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of one connection, both ways: what has arrived and is not yet taken, what is to go out
 * and has not yet gone, in the clear or within TLS. It knows nothing of frames. One loop's thread.
 *
 * System calls limit how many submissions are accepted. So the streams that are readable in one
 * turn of the loop are read in one (sockets.h), and those that are answered together are written in
 * one. A bufferevent would need six for each submission. */
#ifndef KHAOSAT_COLLECTOR_STREAM_H
#define KHAOSAT_COLLECTOR_STREAM_H

#include <event2/util.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget;
struct event_base;
struct stream;
struct stream_group;
struct tls;

struct stream_user {
	/* There are more bytes, or stream_is_at_end or stream_has_failed has become true. What is
	 * not taken stays. False: the stream has been closed meanwhile. */
	bool (*arrived)(void *context);
	/* What stream_write or stream_write_later left has gone out. False: as above. */
	bool (*written)(void *context);
	void *context;
	int64_t write_ms;      /* the peer takes nothing for so long: the stream has failed */
	struct budget *output; /* what waits after a write is counted there */
	const char *alpn;      /* what is spoken within TLS: its length, then the name */
};

/* The streams of one loop. NULL: out of memory. */
struct stream_group *stream_group_new(struct event_base *base);
void stream_group_free(struct stream_group *g); /* after them all, before its base; accepts NULL */

/* Takes over `fd`, a connected non-blocking socket. `tls`: hands are shaken first; NULL: in the
 * clear. Does not read yet. NULL: out of memory, fd is closed. */
struct stream *stream_open(struct stream_group *group, evutil_socket_t fd, struct tls *tls,
    const struct stream_user *user);
void stream_close(struct stream *s);
void stream_rest(struct stream *s); /* it is idle: keep no memory that can be had again */

bool stream_is_at_end(const struct stream *s);  /* the peer will send no more */
bool stream_has_failed(const struct stream *s); /* nothing more comes, nothing goes out */
bool stream_is_ready(const struct stream *s);   /* hands are shaken */
/* The peer showed a certificate of the authority that the collector was told of. */
bool stream_is_certified(const struct stream *s);

/* ------------------------------------------------------------------------------ what came in */

void stream_set_reading(struct stream *s, bool reads);
size_t stream_length(const struct stream *s);
/* All stream_length bytes, in one piece; a loan until stream_take or the next return to the loop.
 */
const uint8_t *stream_peek(const struct stream *s);
void stream_take(struct stream *s, size_t n); /* drop the first n */

/* ------------------------------------------------------------------------------ what goes out */

size_t stream_waiting(const struct stream *s);
/* Room for n bytes at the end of the output; filled, they count from stream_commit on. NULL: out
 * of memory. */
uint8_t *stream_reserve(struct stream *s, size_t n);
void stream_commit(struct stream *s);
/* Send what the socket takes now; the rest, once it takes more. */
void stream_write(struct stream *s);
void stream_write_later(struct stream *s); /* all of it when it is this stream's turn again */
/* Of several streams: name them, then send at once what their sockets take now; stream_write or
 * stream_write_later of each is to follow, before anything else is done with it. */
void stream_write_soon(struct stream *s);
void stream_group_write(struct stream_group *g);
void stream_shut(struct stream *s); /* nothing more will be said */

#endif
