/* SPDX-License-Identifier: Apache-2.0 */
/* The ceiling to measure against: LMDB group commit and nothing else. Takes the same frames from
 * the same load generator, stores each as it came under the next number, commits all that is there
 * in one synced transaction, then answers. No checks, no codes, no receipts, no state.
 *
 *   bench-bare-lmdb FOLDER      prints the port it listens on; ends on SIGTERM
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <lmdb.h>

#include "proto/frame.h"
#include "proto/limits.h"

#define BUFFER_BYTES (512 * 1024)

struct peer {
	int fd;
	size_t in_n, out_n;
	uint8_t in[BUFFER_BYTES], out[BUFFER_BYTES];
};

static MDB_env *env;
static MDB_dbi dbi;
static uint64_t number;

static void
check(int rc, const char *what)
{
	if (rc == 0)
		return;
	fprintf(stderr, "bench-bare-lmdb: %s: %s\n", what, mdb_strerror(rc));
	exit(1);
}

static void
open_store(const char *folder)
{
	MDB_txn *txn;
	check(mdb_env_create(&env), "create");
	check(mdb_env_set_mapsize(env, (size_t)64 << 30), "mapsize");
	check(mdb_env_open(env, folder, 0, 0600), folder);
	check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
	check(mdb_dbi_open(txn, NULL, MDB_INTEGERKEY, &dbi), "dbi");
	check(mdb_txn_commit(txn), "commit");
}

/* Request.id is the first field of every frame of the load generator; the response is that id and
 * the status ACCEPTED. */
static void
take_frame(struct peer *p, const struct frame *f, MDB_txn *txn)
{
	size_t id_bytes = 1;
	uint64_t key_number = ++number;
	MDB_val key = {sizeof(key_number), &key_number};
	MDB_val value = {f->body_bytes, (void *)(uintptr_t)f->body};
	check(mdb_put(txn, dbi, &key, &value, MDB_APPEND), "put");
	while (f->body[id_bytes++] & 0x80)
		;
	frame_header(p->out + p->out_n, id_bytes + 2);
	memcpy(p->out + p->out_n + 4, f->body, id_bytes);
	memcpy(p->out + p->out_n + 4 + id_bytes, "\x10\x02", 2);
	p->out_n += 4 + id_bytes + 2;
}

static void
take_frames(struct peer *p, MDB_txn *txn)
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
		take_frame(p, &f, txn);
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

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	open_store(argv[1]);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t at_n = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    epoll = epoll_create1(EPOLL_CLOEXEC);
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(listener, 1024) != 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &at_n) != 0)
		return 1;
	printf("127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, ready[1024];
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
	for (;;) {
		int n = epoll_wait(epoll, ready, 1024, -1);
		MDB_txn *txn = NULL;
		check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
		for (int i = 0; i < n; i++)
			if (ready[i].data.ptr == NULL)
				accept_peer(epoll, listener);
			else
				take_frames(ready[i].data.ptr, txn);
		check(mdb_txn_commit(txn), "commit");
		for (int i = 0; i < n; i++)
			if (ready[i].data.ptr != NULL)
				answer(ready[i].data.ptr);
	}
}
