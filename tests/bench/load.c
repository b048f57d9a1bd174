/* SPDX-License-Identifier: Apache-2.0 */
/* The load generator: full, distinct questionnaires of the sample register, over N connections,
 * each with up to DEPTH submissions under way, until all of a SLICE are sent or the time is up.
 * Everything is encoded before the clock starts; every answer is checked. Prints one line of JSON;
 * exit code 3 if a submission was not accepted. One thread. The same for each PROTOCOL, so that it
 * costs each server the same: khaosat, redis, postgres, http; all that are ready are served in one
 * system call, so that as little as can be is taken from the servers beside it. An address of the
 * form tls:HOST:PORT is spoken to within TLS.
 *
 *   bench-load prepare SLICE SURVEY ROUND CODES.csv UNITS FROM COUNT    writes the file SLICE
 *   bench-load submit PROTOCOL HOST:PORT SLICE CONNECTIONS DEPTH MS
 *   bench-load rates HOST:PORT TOKEN_FILE ROUND TIMES          all goals by every dimension
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/sockets.h"
#include "tests/bench/load.h"

#define DEPTH_MAX 64
#define READY_MAX 64
#define TLS_PREFIX "tls:"
#define REQUEST_BYTES_MAX (16 * 1024)
#define BUFFER_BYTES (256 * 1024)
#define SEALING_BYTES 4096 /* what TLS adds to that at most */
#define GIVE_UP_NS ((uint64_t)60 * 1000000000)

static const struct protocol *const protocols[] = {
    &load_khaosat, &load_redis, &load_postgres, &load_http};

/* ------------------------------------------------------------------------------ requests */

static void
append(struct requests *r, const struct protocol *protocol, const struct submission *s)
{
	if (r->cap - r->n < REQUEST_BYTES_MAX) {
		r->cap = r->cap == 0 ? 1 << 20 : r->cap * 2;
		r->bytes = realloc(r->bytes, r->cap);
		if (r->bytes == NULL)
			die("memory");
	}
	r->start[r->count++] = r->n;
	r->n += protocol->encode(s, r->bytes + r->n, REQUEST_BYTES_MAX);
	r->start[r->count] = r->n;
}

/* The submissions of a slice, each encoded; the bytes of all answers. */
static size_t
encode_all(struct requests *r, const struct protocol *protocol, struct slice *slice)
{
	struct submission s;
	size_t bytes = 0;
	r->start = calloc(slice->count + 1, sizeof(*r->start));
	if (r->start == NULL || slice->count == 0)
		die("slice");
	while (slice_next(slice, &s)) {
		append(r, protocol, &s);
		bytes += s.answers_n;
	}
	return bytes;
}

/* ------------------------------------------------------------------------------- running */

struct peer {
	int fd;
	struct ssl_st *ssl; /* NULL: in the clear */
	uint8_t in[16384];
	size_t in_n;
	uint8_t *out; /* requests that the socket did not take yet */
	size_t out_n;
	size_t sealed_n; /* of them, at the start, as TLS has them */
	bool waits_to_send;
	unsigned under_way;
	size_t sent[DEPTH_MAX]; /* a ring: their places among the requests, in order */
	unsigned oldest;
};

struct run {
	const struct protocol *protocol;
	const struct requests *requests;
	struct peer *peers;
	unsigned connections, depth;
	int epoll;
	struct sockets *sockets;
	size_t next, done, accepted;
	uint64_t until_ns; /* no request is sent after this; 0: the time is up */
	uint64_t *sent_ns, *took_ns;
};

struct measured {
	uint64_t start_ns, end_ns;
	uint64_t cpu_us; /* of this program */
	size_t done;
};

static uint64_t
own_cpu_us(void)
{
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	return (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static void
take_reply(struct run *r, struct peer *p, const struct reply *reply)
{
	if (p->under_way == 0 || reply->number > r->next)
		die("an answer to nothing");
	size_t which = reply->number > 0 ? reply->number - 1 : p->sent[p->oldest];
	p->oldest = (p->oldest + 1) % DEPTH_MAX;
	p->under_way--;
	r->took_ns[which] = now_ns() - r->sent_ns[which];
	r->accepted += reply->accepted;
	r->done++;
}

static bool
has_more(const struct run *r)
{
	return r->next < r->requests->count && r->until_ns != 0;
}

/* Top up: half of the depth at a time, so that pipelined requests travel together. */
static void
fill(struct run *r, struct peer *p)
{
	if (p->under_way > r->depth / 2)
		return;
	while (p->under_way < r->depth && has_more(r)) {
		size_t from = r->requests->start[r->next];
		size_t n = r->requests->start[r->next + 1] - from;
		uint64_t now = now_ns();
		if (now > r->until_ns)
			r->until_ns = 0;
		if (r->until_ns == 0 || BUFFER_BYTES - SEALING_BYTES - p->out_n < n)
			break;
		memcpy(p->out + p->out_n, r->requests->bytes + from, n);
		p->out_n += n;
		p->sent[(p->oldest + p->under_way++) % DEPTH_MAX] = r->next;
		r->sent_ns[r->next++] = now;
	}
}

static void
check(ssize_t moved)
{
	errno = (int)-moved;
	if (moved == 0 || (moved < 0 && moved != -EAGAIN))
		die("the server has closed the connection");
}

static void
take_replies(struct run *r, struct peer *p)
{
	struct reply reply;
	size_t used = 0;
	while (r->protocol->reply(p->in + used, p->in_n - used, &reply)) {
		take_reply(r, p, &reply);
		used += reply.bytes;
	}
	if (p->in_n - used == sizeof(p->in))
		die("an answer without end");
	memmove(p->in, p->in + used, p->in_n - used);
	p->in_n -= used;
	fill(r, p);
}

/* What came for each, all in one system call where the system can. */
static void
receive_all(struct run *r, struct peer **peers, size_t n)
{
	static uint8_t sealed[READY_MAX][sizeof(peers[0]->in) - 512];
	struct socket_call calls[READY_MAX];
	for (size_t i = 0; i < n; i++) {
		struct peer *p = peers[i];
		calls[i] = (struct socket_call){.fd = p->fd,
		    .bytes = p->ssl != NULL ? sealed[i] : p->in + p->in_n,
		    .n = (p->ssl != NULL ? sizeof(sealed[i]) : sizeof(p->in)) - p->in_n};
	}
	sockets_run(r->sockets, calls, n);
	for (size_t i = 0; i < n; i++) {
		struct peer *p = peers[i];
		ssize_t moved = calls[i].moved;
		check(moved);
		if (moved > 0 && p->ssl != NULL)
			moved = (ssize_t)tls_unseal(p->ssl, sealed[i], (size_t)moved,
			    p->in + p->in_n, sizeof(p->in) - p->in_n);
		p->in_n += moved > 0 ? (size_t)moved : 0;
	}
}

/* What the socket did not take is sent once it takes more. */
static void
note_sent(struct run *r, struct peer *p, size_t n)
{
	memmove(p->out, p->out + n, p->out_n - n);
	p->out_n -= n;
	p->sealed_n -= p->ssl != NULL ? n : 0;
	if (p->waits_to_send == (p->out_n > 0))
		return;
	p->waits_to_send = p->out_n > 0;
	struct epoll_event e = {
	    .events = EPOLLIN | (p->waits_to_send ? (unsigned)EPOLLOUT : 0), .data.ptr = p};
	epoll_ctl(r->epoll, EPOLL_CTL_MOD, p->fd, &e);
}

/* As receive_all. */
static void
send_all(struct run *r, struct peer **peers, size_t n)
{
	struct socket_call calls[READY_MAX];
	struct peer *sending[READY_MAX];
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		struct peer *p = peers[i];
		if (p->ssl != NULL && p->out_n > p->sealed_n)
			p->out_n = p->sealed_n += tls_seal(p->ssl, p->out + p->sealed_n,
			    p->out_n - p->sealed_n, BUFFER_BYTES - p->sealed_n);
		calls[k] = (struct socket_call){
		    .fd = p->fd, .sends = true, .bytes = p->out, .n = p->out_n};
		sending[k] = p;
		k += p->out_n > 0;
	}
	sockets_run(r->sockets, calls, k);
	for (size_t i = 0; i < k; i++) {
		check(calls[i].moved);
		note_sent(r, sending[i], calls[i].moved > 0 ? (size_t)calls[i].moved : 0);
	}
}

static void
connect_all(struct run *r, const char *address)
{
	bool is_secret = strncmp(address, TLS_PREFIX, strlen(TLS_PREFIX)) == 0;
	address += is_secret ? strlen(TLS_PREFIX) : 0;
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->peers = calloc(r->connections, sizeof(*r->peers));
	for (unsigned i = 0; i < r->connections; i++) {
		struct peer *p = &r->peers[i];
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = p};
		p->fd = dial(address);
		p->ssl = is_secret ? tls_greet(p->fd) : NULL;
		if (r->protocol->greet != NULL)
			r->protocol->greet(p->fd);
		p->out = malloc(BUFFER_BYTES);
		if (p->out == NULL || epoll_ctl(r->epoll, EPOLL_CTL_ADD, p->fd, &e) != 0)
			die("connections");
	}
}

static void
wait_once(struct run *r, uint64_t give_up_ns)
{
	struct epoll_event ready[READY_MAX];
	struct peer *peers[READY_MAX];
	int n = epoll_wait(r->epoll, ready, READY_MAX, 10000);
	if (n <= 0 || now_ns() > give_up_ns)
		die("no answer");
	for (int i = 0; i < n; i++)
		peers[i] = ready[i].data.ptr;
	receive_all(r, peers, (size_t)n);
	for (int i = 0; i < n; i++)
		take_replies(r, peers[i]);
	send_all(r, peers, (size_t)n);
}

/* The clock starts when there are as many answers as connections, so that what a server does once a
 * connection is not counted. */
static struct measured
drive(struct run *r, uint64_t limit_ns)
{
	struct measured m;
	r->until_ns = UINT64_MAX;
	for (unsigned i = 0; i < r->connections; i++) {
		struct peer *p = &r->peers[i];
		fill(r, p);
		send_all(r, &p, 1);
	}
	while (r->done < r->connections)
		wait_once(r, now_ns() + GIVE_UP_NS);
	m.start_ns = now_ns();
	m.cpu_us = own_cpu_us();
	m.done = r->done;
	if (r->until_ns != 0)
		r->until_ns = m.start_ns + limit_ns;
	while (has_more(r) || r->done < r->next)
		wait_once(r, m.start_ns + limit_ns + GIVE_UP_NS);
	m.end_ns = now_ns();
	m.cpu_us = own_cpu_us() - m.cpu_us;
	m.done = r->done - m.done;
	return m;
}

/* How long those took that were sent in the time measured, sorted; how many. */
static size_t
sort_times(struct run *r, uint64_t since_ns)
{
	size_t n = 0;
	for (size_t i = 0; i < r->next; i++)
		if (r->sent_ns[i] >= since_ns)
			r->took_ns[n++] = r->took_ns[i];
	qsort(r->took_ns, n, sizeof(*r->took_ns), compare_u64);
	return n;
}

static void
report(struct run *r, const struct measured *m, size_t answers_bytes)
{
	double seconds = (double)(m->end_ns - m->start_ns) / 1e9;
	size_t n = sort_times(r, m->start_ns);
	if (n == 0)
		die("too few submissions for so many connections");
	printf("{\"answered\": %zu, \"accepted\": %zu, \"seconds\": %.3f, \"per_second\": %.0f, "
	       "\"p50_us\": %.0f, \"p99_us\": %.0f, \"load_cpu_us\": %.1f, "
	       "\"request_bytes\": %zu, \"answers_bytes\": %zu}\n",
	    r->done, r->accepted, seconds, (double)m->done / seconds,
	    (double)r->took_ns[n / 2] / 1e3, (double)r->took_ns[n * 99 / 100] / 1e3,
	    (double)m->cpu_us / (double)m->done, r->requests->n / r->requests->count,
	    answers_bytes / r->requests->count);
}

static const struct protocol *
find_protocol(const char *name)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strcmp(name, protocols[i]->name) == 0)
			return protocols[i];
	errno = EINVAL;
	die(name);
}

static int
run_submissions(char **a)
{
	struct slice slice;
	struct requests requests = {0};
	struct run r = {.protocol = find_protocol(a[0]),
	    .requests = &requests,
	    .connections = (unsigned)atoi(a[3]),
	    .depth = (unsigned)atoi(a[4])};
	if (r.connections == 0 || r.depth == 0 || r.depth > DEPTH_MAX)
		die("arguments");
	slice_open(a[2], &slice);
	size_t answers_bytes = encode_all(&requests, r.protocol, &slice);
	r.sent_ns = calloc(requests.count, sizeof(*r.sent_ns));
	r.took_ns = calloc(requests.count, sizeof(*r.took_ns));
	if (r.sent_ns == NULL || r.took_ns == NULL)
		die("memory");
	if (requests.count < r.connections)
		die("too few submissions for so many connections");
	connect_all(&r, a[1]);
	r.sockets = sockets_new(true);
	if (r.sockets == NULL)
		die("memory");
	struct measured m = drive(&r, strtoull(a[5], NULL, 10) * 1000000);
	report(&r, &m, answers_bytes);
	return r.accepted == r.done ? 0 : 3;
}

int
main(int argc, char **argv)
{
	if (argc == 9 && strcmp(argv[1], "prepare") == 0)
		return slice_write(argv + 2);
	if (argc == 8 && strcmp(argv[1], "submit") == 0)
		return run_submissions(argv + 2);
	if (argc == 6 && strcmp(argv[1], "rates") == 0)
		return load_rates(argv + 2);
	fprintf(stderr, "usage: see the head of tests/bench/load.c\n");
	return 2;
}
