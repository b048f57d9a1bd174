/* SPDX-License-Identifier: Apache-2.0 */
/* A server of nothing but group commit, to measure against: takes the frames that khaosatd takes
 * from the same load generator, stores all that is there in one synced transaction of the engine it
 * is linked with, then answers.
 *
 *   bench-bare-lmdb FOLDER, and so -sqlite and -journal      prints its address; ends on SIGTERM
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/frame.h"
#include "proto/limits.h"
#include "survey/wire.h"
#include "tests/bench/bare.h"

#define BUFFER_BYTES (512 * 1024)

/* Fields of Request, UnitCredential and Submit. */
enum { REQUEST_ID = 1, REQUEST_UNIT = 3, REQUEST_SUBMIT = 20 };
enum { UNIT_TAX_CODE = 1, SUBMIT_INSTANCE_ID = 4, SUBMIT_ANSWERS = 6 };

struct peer {
	int fd;
	size_t in_n, out_n;
	uint8_t in[BUFFER_BYTES], out[BUFFER_BYTES];
};

/* The bytes of a field, the last if there are several; empty if there is none. */
static struct wire
field_bytes(struct wire message, uint32_t wanted)
{
	uint32_t field;
	enum wire_type type;
	struct wire span, found = {NULL, NULL};
	while (wire_tag(&message, &field, &type)) {
		if (field == wanted && type == WIRE_BYTES && wire_bytes(&message, &span))
			found = span;
		else if (!wire_skip(&message, type))
			break;
	}
	return found;
}

/* The response is the request's id, its first field, and the status ACCEPTED. */
static void
take_frame(struct peer *p, const struct frame *f)
{
	struct wire request = {f->body, f->body + f->body_bytes};
	struct wire submit = field_bytes(request, REQUEST_SUBMIT);
	struct wire unit = field_bytes(field_bytes(request, REQUEST_UNIT), UNIT_TAX_CODE);
	struct wire id = field_bytes(submit, SUBMIT_INSTANCE_ID);
	struct wire answers = field_bytes(submit, SUBMIT_ANSWERS);
	bare_put(&(struct bare_submission){id.at, unit.at, answers.at, (size_t)(id.end - id.at),
	    (size_t)(unit.end - unit.at), (size_t)(answers.end - answers.at)});
	size_t id_bytes = 1;
	while (f->body[id_bytes++] & 0x80)
		;
	frame_header(p->out + p->out_n, id_bytes + 2);
	memcpy(p->out + p->out_n + 4, f->body, id_bytes);
	memcpy(p->out + p->out_n + 4 + id_bytes, "\x10\x02", 2);
	p->out_n += 4 + id_bytes + 2;
}

static void
take_frames(struct peer *p)
{
	struct frame f;
	size_t used = 0;
	ssize_t n = recv(p->fd, p->in + p->in_n, sizeof(p->in) - p->in_n, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		close(p->fd);
		p->fd = -1;
		return;
	}
	p->in_n += n > 0 ? (size_t)n : 0;
	while (frame_parse(p->in + used, p->in_n - used, FRAME_UNIT_MAX_BYTES, &f) == FRAME_OK) {
		take_frame(p, &f);
		used += f.frame_bytes;
	}
	memmove(p->in, p->in + used, p->in_n - used);
	p->in_n -= used;
}

static void
answer(struct peer *p)
{
	if (p->fd >= 0 && p->out_n > 0 && send(p->fd, p->out, p->out_n, MSG_NOSIGNAL) < 0)
		perror("send");
	p->out_n = 0;
	if (p->fd < 0)
		free(p);
}

static void
accept_peer(int epoll, int listener)
{
	int one = 1;
	struct peer *p = malloc(sizeof(*p));
	if (p == NULL)
		exit(1);
	p->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	p->in_n = p->out_n = 0;
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = p};
	epoll_ctl(epoll, EPOLL_CTL_ADD, p->fd, &e);
}

static int
start_listening(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t at_n = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(listener, 1024) != 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &at_n) != 0) {
		perror("listen");
		exit(1);
	}
	printf("127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);
	return listener;
}

int
main(int argc, char **argv)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, ready[1024];
	if (argc != 2)
		return 2;
	bare_open(argv[1]);
	int listener = start_listening(), epoll = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
	for (;;) {
		int n = epoll_wait(epoll, ready, 1024, -1);
		bare_begin();
		for (int i = 0; i < n; i++)
			if (ready[i].data.ptr == NULL)
				accept_peer(epoll, listener);
			else
				take_frames(ready[i].data.ptr);
		bare_commit();
		for (int i = 0; i < n; i++)
			if (ready[i].data.ptr != NULL)
				answer(ready[i].data.ptr);
	}
}
