/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/sockets.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "collector/log.h"

#define TOGETHER 64 /* calls in one: more gain nothing */

struct sockets {
	struct io_uring ring;
	bool has_ring;
};

static void
give_up_ring(struct sockets *s)
{
	if (s->has_ring)
		io_uring_queue_exit(&s->ring);
	s->has_ring = false;
}

/* Linux 5.1 to 5.5 have rings that neither send nor receive, and cannot be asked. */
static bool
knows_sockets(struct sockets *s)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(&s->ring);
	bool knows = probe != NULL && io_uring_opcode_supported(probe, IORING_OP_SEND) != 0 &&
		     io_uring_opcode_supported(probe, IORING_OP_RECV) != 0;
	io_uring_free_probe(probe);
	return knows;
}

struct sockets *
sockets_new(bool in_one_call)
{
	struct sockets *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->has_ring = in_one_call && io_uring_queue_init(TOGETHER, &s->ring, 0) == 0;
	if (s->has_ring && !knows_sockets(s))
		give_up_ring(s);
	return s;
}

void
sockets_free(struct sockets *s)
{
	if (s == NULL)
		return;
	give_up_ring(s);
	free(s);
}

bool
sockets_in_one_call(const struct sockets *s)
{
	return s->has_ring;
}

static void
run_one(struct socket_call *c)
{
	c->moved = c->sends ? send(c->fd, c->bytes, c->n, MSG_DONTWAIT | MSG_NOSIGNAL)
			    : recv(c->fd, c->bytes, c->n, MSG_DONTWAIT);
	if (c->moved < 0)
		c->moved = -errno;
}

static void
prepare(struct sockets *s, struct socket_call *c)
{
	struct io_uring_sqe *entry = io_uring_get_sqe(&s->ring);
	if (c->sends)
		io_uring_prep_send(entry, c->fd, c->bytes, c->n, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		io_uring_prep_recv(entry, c->fd, c->bytes, c->n, MSG_DONTWAIT);
	io_uring_sqe_set_data(entry, c);
	c->moved = -EAGAIN;
}

static unsigned
take_results(struct sockets *s)
{
	struct io_uring_cqe *result;
	unsigned head, n = 0;
	io_uring_for_each_cqe(&s->ring, head, result)
	{
		struct socket_call *c = io_uring_cqe_get_data(result);
		c->moved = result->res;
		n++;
	}
	io_uring_cq_advance(&s->ring, n);
	return n;
}

/* What does not wait is done when it has been handed over; but until its result is there, the
 * system may still be at the caller's bytes. */
static void
run_together(struct sockets *s, struct socket_call *calls, unsigned n)
{
	unsigned given = 0, done = 0;
	bool refused = false;
	for (unsigned i = 0; i < n; i++)
		prepare(s, &calls[i]);
	while (done < n && !(refused && done == given)) {
		int r = io_uring_submit_and_wait(&s->ring, refused ? given - done : n - done);
		if (r > 0)
			given += (unsigned)r;
		refused = refused || (r < 0 && r != -EINTR);
		done += take_results(s);
	}
	if (refused) {
		give_up_ring(s);
		log_warn("io_uring has failed: from now on a system call for each socket");
	}
}

void
sockets_run(struct sockets *s, struct socket_call *calls, size_t n)
{
	for (size_t i = 0; i < n; i += TOGETHER) {
		size_t together = n - i < TOGETHER ? n - i : TOGETHER;
		if (together > 1 && s->has_ring)
			run_together(s, calls + i, (unsigned)together);
		else
			for (size_t k = i; k < i + together; k++)
				run_one(&calls[k]);
	}
}
