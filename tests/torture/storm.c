/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat-storm: more submissions than a collector can take.
 *
 *   khaosat-storm ADDRESS SURVEY ROUND CODES UNITS FROM COUNT CONNECTIONS DEPTH RATE SECONDS HOW
 *
 * Sends RATE submissions a second (0: as fast as answers come) over so many connections, at most
 * DEPTH under way on each, for so many seconds or until too few units are left to fill the
 * connections. Who is told to try later waits as he was asked to (HOW is patient) and keeps his
 * place meanwhile, or leaves it to the next at once (HOW is greedy). Then nothing more is sent, and
 * the time is taken until all is answered and one more submission is accepted at once. Prints one
 * line of JSON; closes with 3 where an answer was neither accepted nor try later. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/frame.h"
#include "proto/khaosat.pb-c.h"
#include "survey/wire.h"
#include "tests/support/sample_frames.h"

#define DEPTH_MAX 256
#define OUT_BYTES ((size_t)64 * 1024)
#define IN_BYTES ((size_t)64 * 1024)
#define SECOND_NS UINT64_C(1000000000)
#define WARM_UP_NS SECOND_NS /* the first burst is not what is measured */
#define WHEEL_MS 8192
#define GRACE_NS (30 * SECOND_NS)
#define LATENCIES_MAX ((size_t)8 << 20)

enum unit_state { IDLE, UNDER_WAY, WAITING, DONE };

struct peer {
	int fd;
	uint8_t *in, *out;
	size_t in_n, out_n;
	bool waits_to_send;
	bool has_more; /* in storm.fuller */
	unsigned under_way;
};

/* Frames that were told to try later, by the millisecond in which their wait is over. */
struct wheel {
	size_t *first; /* WHEEL_MS of them; 0 is none, else a frame's place + 1 */
	size_t *next;  /* of each frame, likewise */
	struct peer **peer;
	uint64_t turned_ms;
	size_t n;
};

struct latencies {
	uint32_t *us;
	size_t n;
};

struct storm {
	struct sample_frames frames;
	uint8_t *state; /* enum unit_state of each frame */
	uint64_t *sent_ns;
	struct peer *peers;
	struct peer **fuller; /* those whose output has grown in this turn */
	unsigned connections, depth, next_peer, n_fuller;
	int epoll;
	double rate;
	bool is_patient;
	struct wheel waiting;
	size_t *idle; /* a ring of those neither accepted, under way nor waiting, in turn */
	size_t idle_first, n_idle;
	size_t accepted, accepted_before, under_way;
	uint64_t offered, refused, refused_before, others, without_delay;
	struct latencies of_accepted, of_refused;
};

static void
die(const char *what)
{
	fprintf(stderr, "khaosat-storm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t
now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static void
note(struct latencies *l, uint64_t took_ns)
{
	if (l->n < LATENCIES_MAX)
		l->us[l->n++] =
		    took_ns / 1000 < UINT32_MAX ? (uint32_t)(took_ns / 1000) : UINT32_MAX;
}

/* ------------------------------------------------------------------------------- connections */

static int
dial(const char *address)
{
	char host[64];
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const char *colon = strrchr(address, ':');
	struct sockaddr_in to = {.sin_family = AF_INET};
	if (fd < 0 || colon == NULL || (size_t)(colon - address) >= sizeof(host))
		die(address);
	snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
	to.sin_port = htons((uint16_t)atoi(colon + 1));
	if (inet_pton(AF_INET, host, &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die(address);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void
connect_all(struct storm *s, const char *address)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->peers = calloc(s->connections, sizeof(*s->peers));
	s->fuller = calloc(s->connections, sizeof(*s->fuller));
	for (unsigned i = 0; s->peers != NULL && s->fuller != NULL && i < s->connections; i++) {
		struct peer *p = &s->peers[i];
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = p};
		p->fd = dial(address);
		p->in = malloc(IN_BYTES);
		p->out = malloc(OUT_BYTES);
		if (p->in == NULL || p->out == NULL ||
		    epoll_ctl(s->epoll, EPOLL_CTL_ADD, p->fd, &e) != 0)
			die("connections");
	}
}

static void
flush(struct storm *s, struct peer *p)
{
	ssize_t n = p->out_n == 0 ? 0 : send(p->fd, p->out, p->out_n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN)
		die("send");
	if (n > 0) {
		memmove(p->out, p->out + n, p->out_n - (size_t)n);
		p->out_n -= (size_t)n;
	}
	if (p->waits_to_send == (p->out_n > 0))
		return;
	p->waits_to_send = p->out_n > 0;
	struct epoll_event e = {
	    .events = EPOLLIN | (p->waits_to_send ? (unsigned)EPOLLOUT : 0), .data.ptr = p};
	epoll_ctl(s->epoll, EPOLL_CTL_MOD, p->fd, &e);
}

/* ------------------------------------------------------------------------------- sending */

static void
make_idle(struct storm *s, size_t frame)
{
	s->state[frame] = IDLE;
	s->idle[(s->idle_first + s->n_idle++) % s->frames.count] = frame;
}

/* One frame into the peer's output; false: it has no room. */
static bool
put_frame(struct storm *s, struct peer *p, size_t at)
{
	size_t from = s->frames.start[at], bytes = s->frames.start[at + 1] - from;
	if (p->under_way >= s->depth || OUT_BYTES - p->out_n < bytes)
		return false;
	memcpy(p->out + p->out_n, s->frames.bytes + from, bytes);
	p->out_n += bytes;
	s->state[at] = UNDER_WAY;
	s->sent_ns[at] = now_ns();
	s->under_way++;
	p->under_way++;
	s->offered++;
	if (!p->has_more) {
		p->has_more = true;
		s->fuller[s->n_fuller++] = p;
	}
	return true;
}

/* Up to `most` of the idle frames. */
static unsigned
offer(struct storm *s, struct peer *p, unsigned most)
{
	unsigned n = 0;
	while (n < most && s->n_idle > 0 && put_frame(s, p, s->idle[s->idle_first])) {
		s->idle_first = (s->idle_first + 1) % s->frames.count;
		s->n_idle--;
		n++;
	}
	return n;
}

/* What a turn has put into an output goes out in one piece. */
static void
flush_all(struct storm *s)
{
	for (unsigned i = 0; i < s->n_fuller; i++) {
		s->fuller[i]->has_more = false;
		if (!s->fuller[i]->waits_to_send)
			flush(s, s->fuller[i]);
	}
	s->n_fuller = 0;
}

/* By the clock: what is due is spread over the connections, eight frames at a time. */
static void
offer_due(struct storm *s, uint64_t start_ns, bool is_over)
{
	if (s->rate <= 0 || is_over)
		return;
	double due =
	    s->rate * (double)(now_ns() - start_ns) / (double)SECOND_NS - (double)s->offered;
	for (unsigned i = 0; i < s->connections && due >= 1; i++) {
		struct peer *p = &s->peers[s->next_peer];
		s->next_peer = (s->next_peer + 1) % s->connections;
		due -= offer(s, p, due < 8 ? (unsigned)due : 8);
	}
}

/* ------------------------------------------------------------------------------- answers */

static void
refuse(struct storm *s, struct peer *p, size_t frame, uint64_t after_ms)
{
	s->refused++;
	if (!s->is_patient) {
		make_idle(s, frame);
		return;
	}
	size_t *slot = &s->waiting.first[(now_ns() / 1000000 + after_ms % WHEEL_MS) % WHEEL_MS];
	s->state[frame] = WAITING;
	s->waiting.peer[frame] = p;
	s->waiting.next[frame] = *slot;
	*slot = frame + 1;
	s->waiting.n++;
	p->under_way++;
}

static void
wake_slot(struct storm *s, size_t at, bool is_over)
{
	size_t frame = s->waiting.first[at];
	s->waiting.first[at] = 0;
	while (frame != 0) {
		struct peer *p = s->waiting.peer[frame - 1];
		s->waiting.n--;
		p->under_way--;
		if (s->rate > 0 || is_over || !put_frame(s, p, frame - 1))
			make_idle(s, frame - 1);
		frame = s->waiting.next[frame - 1];
	}
}

/* Those whose wait is over come again; when the storm is over, all. */
static void
wake(struct storm *s, bool is_over)
{
	uint64_t now_ms = now_ns() / 1000000;
	for (size_t i = 0; is_over && s->waiting.n > 0 && i < WHEEL_MS; i++)
		wake_slot(s, i, true);
	if (s->waiting.turned_ms == 0)
		s->waiting.turned_ms = now_ms;
	for (; s->waiting.turned_ms < now_ms; s->waiting.turned_ms++)
		wake_slot(s, s->waiting.turned_ms % WHEEL_MS, is_over);
}

/* Of the response only id and status, its first fields, are read, and the delay that a refusal
 * names. */
static void
take_answer(struct storm *s, struct peer *p, const uint8_t *body, size_t n)
{
	struct wire w = {body, body + n};
	uint32_t field;
	enum wire_type type;
	uint64_t id, status;
	if (!wire_tag(&w, &field, &type) || field != 1 || !wire_varint(&w, &id) ||
	    !wire_tag(&w, &field, &type) || field != 2 || !wire_varint(&w, &status) || id == 0 ||
	    id > s->frames.count || s->state[id - 1] != UNDER_WAY)
		die("an answer that is none");
	uint64_t took_ns = now_ns() - s->sent_ns[id - 1];
	s->under_way--;
	s->state[id - 1] = DONE;
	if (status == KHAOSAT__V1__STATUS__ACCEPTED) {
		note(&s->of_accepted, took_ns);
		s->accepted++;
	} else if (status == KHAOSAT__V1__STATUS__TRY_LATER) {
		uint64_t after_ms = 0;
		while (wire_tag(&w, &field, &type) &&
		       (field == 10 ? wire_varint(&w, &after_ms) : wire_skip(&w, type)))
			;
		s->without_delay += after_ms == 0 ? 1 : 0;
		note(&s->of_refused, took_ns);
		refuse(s, p, id - 1, after_ms);
	} else {
		s->accepted++; /* it is done with all the same */
		s->others++;
	}
}

static void
read_answers(struct storm *s, struct peer *p)
{
	struct frame f;
	ssize_t n = recv(p->fd, p->in + p->in_n, IN_BYTES - p->in_n, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		die("the collector has closed a connection");
	p->in_n += n > 0 ? (size_t)n : 0;
	size_t used = 0;
	while (frame_parse(p->in + used, p->in_n - used, IN_BYTES, &f) == FRAME_OK) {
		take_answer(s, p, f.body, f.body_bytes);
		used += f.frame_bytes;
		p->under_way--;
	}
	memmove(p->in, p->in + used, p->in_n - used);
	p->in_n -= used;
}

static void
turn(struct storm *s, int wait_ms, bool is_over)
{
	struct epoll_event ready[256];
	wake(s, is_over);
	flush_all(s);
	int n = epoll_wait(s->epoll, ready, 256, wait_ms);
	for (int i = 0; i < n; i++) {
		struct peer *p = ready[i].data.ptr;
		if (ready[i].events & EPOLLOUT)
			flush(s, p);
		if (ready[i].events & ~(uint32_t)EPOLLOUT)
			read_answers(s, p);
		if (s->rate <= 0 && !is_over &&
		    p->under_way <= (s->is_patient ? s->depth - 1 : s->depth / 2))
			offer(s, p, s->depth);
	}
}

/* ------------------------------------------------------------------------------- the whole */

static uint64_t
run(struct storm *s, double seconds)
{
	uint64_t start_ns = now_ns(), span_ns = (uint64_t)(seconds * (double)SECOND_NS);
	for (unsigned i = 0; s->rate <= 0 && i < s->connections; i++)
		offer(s, &s->peers[i], s->depth);
	while (now_ns() < start_ns + WARM_UP_NS) {
		offer_due(s, start_ns, false);
		turn(s, 1, false);
	}
	start_ns = now_ns();
	s->offered = 0;
	s->refused_before = s->refused;
	s->accepted_before = s->accepted;
	s->of_accepted.n = s->of_refused.n = 0;
	size_t places = (size_t)s->connections * s->depth;
	while (now_ns() - start_ns < span_ns && s->accepted + places < s->frames.count) {
		offer_due(s, start_ns, false);
		turn(s, 1, false);
	}
	return now_ns() - start_ns;
}

/* Nothing more is offered: how long until all is answered? */
static uint64_t
drain(struct storm *s)
{
	uint64_t start_ns = now_ns();
	wake(s, true);
	while (s->under_way > 0) {
		turn(s, 10, true);
		if (now_ns() - start_ns > GRACE_NS)
			die("answers are missing");
	}
	return now_ns() - start_ns;
}

/* One at a time until one is accepted; that one's latency. */
static uint64_t
probe(struct storm *s)
{
	uint64_t start_ns = now_ns(), before = s->accepted, took_ns = 0;
	while (s->accepted == before && s->accepted < s->frames.count) {
		uint64_t sent_ns = now_ns();
		offer(s, &s->peers[0], 1);
		drain(s);
		took_ns = now_ns() - sent_ns;
		if (now_ns() - start_ns > GRACE_NS)
			die("nothing is accepted after the storm");
	}
	return took_ns;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static double
centile_ms(struct latencies *l, double share)
{
	if (l->n == 0)
		return 0;
	return l->us[(size_t)((double)(l->n - 1) * share)] / 1e3;
}

static void
print_latencies(const char *name, struct latencies *l)
{
	qsort(l->us, l->n, sizeof(l->us[0]), compare);
	printf("\"%s_p50_ms\": %.2f, \"%s_p99_ms\": %.2f, \"%s_max_ms\": %.2f, ", name,
	    centile_ms(l, 0.5), name, centile_ms(l, 0.99), name, centile_ms(l, 1));
}

static void
prepare(struct storm *s, char **a)
{
	const struct sample_frames_of of = {.survey = a[1],
	    .round = a[2],
	    .codes = a[3],
	    .units = strtoull(a[4], NULL, 10),
	    .from = strtoull(a[5], NULL, 10),
	    .count = strtoull(a[6], NULL, 10)};
	s->connections = (unsigned)atoi(a[7]);
	s->depth = (unsigned)atoi(a[8]);
	s->rate = atof(a[9]);
	s->is_patient = strcmp(a[11], "patient") == 0;
	if (s->connections == 0 || s->depth == 0 || s->depth > DEPTH_MAX || of.count == 0)
		die("arguments");
	sample_frames_make(&s->frames, &of);
	s->state = calloc(s->frames.count, 1);
	s->sent_ns = calloc(s->frames.count, sizeof(*s->sent_ns));
	s->idle = calloc(s->frames.count, sizeof(size_t));
	s->waiting.first = calloc(WHEEL_MS, sizeof(size_t));
	s->waiting.next = calloc(s->frames.count, sizeof(size_t));
	s->waiting.peer = calloc(s->frames.count, sizeof(struct peer *));
	s->of_accepted.us = malloc(LATENCIES_MAX * sizeof(uint32_t));
	s->of_refused.us = malloc(LATENCIES_MAX * sizeof(uint32_t));
	if (s->state == NULL || s->sent_ns == NULL || s->idle == NULL || s->waiting.first == NULL ||
	    s->waiting.next == NULL || s->waiting.peer == NULL || s->of_accepted.us == NULL ||
	    s->of_refused.us == NULL)
		die("memory");
	for (size_t i = 0; i < s->frames.count; i++)
		make_idle(s, i);
}

int
main(int argc, char **argv)
{
	static struct storm s;
	if (argc != 13) {
		fprintf(stderr, "usage: see the head of tests/torture/storm.c\n");
		return 2;
	}
	prepare(&s, argv + 1);
	connect_all(&s, argv[1]);
	clock_t cpu = clock();
	double seconds = (double)run(&s, atof(argv[11])) / (double)SECOND_NS;
	double cpu_seconds = (double)(clock() - cpu) / CLOCKS_PER_SEC;
	size_t accepted = s.accepted - s.accepted_before;
	uint64_t refused = s.refused - s.refused_before;
	printf("{\"connections\": %u, \"depth\": %u, \"seconds\": %.3f, \"cpu_seconds\": %.3f, "
	       "\"offered\": %" PRIu64 ", \"accepted\": %zu, \"refused\": %" PRIu64 ", ",
	    s.connections, s.depth, seconds, cpu_seconds, s.offered, accepted, refused);
	print_latencies("accepted", &s.of_accepted);
	print_latencies("refused", &s.of_refused);
	double drain_ms = (double)drain(&s) / 1e6;
	double probe_ms = (double)probe(&s) / 1e6;
	printf("\"drain_ms\": %.1f, \"probe_ms\": %.1f, \"accepted_in_all\": %zu, "
	       "\"refused_in_all\": %" PRIu64 ", \"others\": %" PRIu64
	       ", \"without_delay\": %" PRIu64 "}\n",
	    drain_ms, probe_ms, s.accepted, s.refused, s.others, s.without_delay);
	sample_frames_free(&s.frames);
	return s.others == 0 ? 0 : 3;
}
