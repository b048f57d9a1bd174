/* SPDX-License-Identifier: Apache-2.0 */
/* The load generator: full, distinct questionnaires of the sample register, over N connections,
 * each with up to DEPTH submissions under way. Everything is encoded before the clock starts.
 * Prints one line of JSON. One thread.
 *
 *   bench-load submit HOST:PORT SURVEY ROUND CODES.csv UNITS FROM COUNT CONNECTIONS DEPTH
 *   bench-load rates HOST:PORT TOKEN_FILE ROUND TIMES          all goals by every dimension
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/frame.h"
#include "proto/khaosat.pb-c.h"
#include "survey/wire.h"
#include "tests/support/sample.h"

#define REF_YEAR 2025
#define SEED 57
#define DEPTH_MAX 64
#define BUFFER_BYTES (256 * 1024)
#define TIME_LIMIT_S 120

static void
die(const char *what)
{
	fprintf(stderr, "bench-load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t
now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static char *
read_file(const char *path, size_t *n)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		die(path);
	long size = ftell(file);
	char *bytes = malloc((size_t)size + 1);
	rewind(file);
	if (size < 0 || bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size)
		die(path);
	bytes[size] = '\0';
	*n = (size_t)size;
	fclose(file);
	return bytes;
}

static int
dial(const char *address)
{
	char host[64];
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const char *colon = strrchr(address, ':');
	struct sockaddr_in to = {.sin_family = AF_INET};
	if (fd < 0 || colon == NULL || (size_t)(colon - address) >= sizeof(host))
		die(address);
	memcpy(host, address, (size_t)(colon - address));
	host[colon - address] = '\0';
	to.sin_port = htons((uint16_t)atoi(colon + 1));
	if (inet_pton(AF_INET, host, &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die(address);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* ------------------------------------------------------------------------------- frames */

struct frames {
	uint8_t *bytes;
	size_t n, cap;
	size_t *start; /* of each frame; start[count] is the end */
	size_t count;
};

static void
append(struct frames *f, const Khaosat__V1__Request *request)
{
	size_t n = khaosat__v1__request__get_packed_size(request);
	while (f->cap - f->n < n + 4) {
		f->cap = f->cap == 0 ? 1 << 20 : f->cap * 2;
		f->bytes = realloc(f->bytes, f->cap);
		if (f->bytes == NULL)
			die("memory");
	}
	f->start[f->count++] = f->n;
	frame_header(f->bytes + f->n, n);
	khaosat__v1__request__pack(request, f->bytes + f->n + 4);
	f->n += n + 4;
	f->start[f->count] = f->n;
}

/* The access code: the last cell of a line of the codes file. */
static char *
code_of_line(char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	char *comma = strrchr(line, ',');
	if (comma == NULL)
		die("codes file");
	return comma + 1;
}

static void
append_submission(struct frames *f, const struct definition *d, char *round, char *tax_code,
    char *code, uint8_t *answers, size_t n)
{
	struct sample_random random = sample_seed(SEED + 1, strtoull(tax_code, NULL, 10) + n);
	uint64_t id[2] = {sample_next(&random), sample_next(&random)};
	Khaosat__V1__UnitCredential unit;
	Khaosat__V1__Submit submit;
	Khaosat__V1__Request request;
	char survey_id[64];
	snprintf(survey_id, sizeof(survey_id), "%s", d->id);
	khaosat__v1__unit_credential__init(&unit);
	khaosat__v1__submit__init(&submit);
	khaosat__v1__request__init(&request);
	unit.tax_code = tax_code;
	unit.access_code = code;
	submit.round = round;
	submit.survey_id = survey_id;
	submit.survey_version = d->version;
	submit.instance_id = (ProtobufCBinaryData){sizeof(id), (uint8_t *)id};
	submit.answers = (ProtobufCBinaryData){n, answers};
	submit.channel = KHAOSAT__V1__CHANNEL__TOOL;
	request.id = f->count + 1;
	request.version = 1;
	request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	request.unit = &unit;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_SUBMIT;
	request.submit = &submit;
	append(f, &request);
}

/* Units FROM .. FROM+COUNT-1 of the sample register of UNITS, each answered once. */
static void
prepare(struct frames *f, const struct definition *d, char *round, const char *codes_path,
    uint64_t units, uint64_t from, uint64_t count)
{
	static struct validation v;
	char line[512];
	struct sample_register s = {.seed = SEED, .units = units};
	struct sample_unit unit;
	FILE *codes = fopen(codes_path, "rb");
	if (codes == NULL || fgets(line, sizeof(line), codes) == NULL)
		die(codes_path);
	f->start = calloc(count + 1, sizeof(*f->start));
	for (uint64_t i = 0; i < from + count && sample_register_next(&s, d, &unit); i++) {
		struct register_text text;
		struct register_row row;
		size_t n;
		if (fgets(line, sizeof(line), codes) == NULL)
			die("codes file is too short");
		if (i < from)
			continue;
		sample_unit_cells(&unit, &text);
		register_judge(d, REF_YEAR, &text, &row, NULL);
		uint8_t *answers =
		    sample_answers(d, REF_YEAR, &row, SEED, &sample_adoption_default, &v, &n);
		append_submission(
		    f, d, round, unit.text[REGISTER_TAX_CODE], code_of_line(line), answers, n);
		free(answers);
	}
	fclose(codes);
}

/* ------------------------------------------------------------------------------- running */

struct peer {
	int fd;
	uint8_t in[16384];
	size_t in_n;
	uint8_t *out; /* frames that the socket did not take yet */
	size_t out_n;
	bool waits_to_send;
	unsigned under_way;
};

struct run {
	const struct frames *frames;
	struct peer *peers;
	unsigned connections, depth;
	int epoll;
	size_t next, done;
	uint64_t *sent_ns, *took_ns; /* by request id - 1 */
	uint64_t by_status[32];
};

/* Response.id and Response.status are its first fields and always there; the rest is not looked at,
 * so that the generator costs the collector as little of the machine as it can. */
static void
read_response(struct run *r, const uint8_t *body, size_t n)
{
	struct wire w = {body, body + n};
	uint32_t field;
	enum wire_type type;
	uint64_t id, status;
	if (!wire_tag(&w, &field, &type) || field != 1 || !wire_varint(&w, &id) ||
	    !wire_tag(&w, &field, &type) || field != 2 || !wire_varint(&w, &status) || id == 0 ||
	    id > r->frames->count)
		die("a response that is none");
	r->took_ns[id - 1] = now_ns() - r->sent_ns[id - 1];
	r->by_status[status & 31]++;
	r->done++;
}

static void
flush(struct run *r, struct peer *p)
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
	epoll_ctl(r->epoll, EPOLL_CTL_MOD, p->fd, &e);
}

/* Top up: half of the depth at a time, so that pipelined frames travel together. */
static void
fill(struct run *r, struct peer *p)
{
	if (p->under_way > r->depth / 2)
		return;
	while (p->under_way < r->depth && r->next < r->frames->count) {
		size_t from = r->frames->start[r->next], n = r->frames->start[r->next + 1] - from;
		if (BUFFER_BYTES - p->out_n < n)
			break;
		memcpy(p->out + p->out_n, r->frames->bytes + from, n);
		p->out_n += n;
		r->sent_ns[r->next++] = now_ns();
		p->under_way++;
	}
	flush(r, p);
}

static void
on_ready(struct run *r, struct peer *p, uint32_t events)
{
	struct frame f;
	if (events & EPOLLOUT)
		flush(r, p);
	if (!(events & ~(uint32_t)EPOLLOUT))
		return;
	ssize_t n = recv(p->fd, p->in + p->in_n, sizeof(p->in) - p->in_n, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		die("the collector has closed the connection");
	p->in_n += n > 0 ? (size_t)n : 0;
	size_t used = 0;
	while (frame_parse(p->in + used, p->in_n - used, sizeof(p->in), &f) == FRAME_OK) {
		read_response(r, f.body, f.body_bytes);
		used += f.frame_bytes;
		p->under_way--;
	}
	memmove(p->in, p->in + used, p->in_n - used);
	p->in_n -= used;
	fill(r, p);
}

static void
connect_all(struct run *r, const char *address)
{
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->peers = calloc(r->connections, sizeof(*r->peers));
	for (unsigned i = 0; i < r->connections; i++) {
		struct peer *p = &r->peers[i];
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = p};
		p->fd = dial(address);
		p->out = malloc(BUFFER_BYTES);
		if (p->out == NULL || epoll_ctl(r->epoll, EPOLL_CTL_ADD, p->fd, &e) != 0)
			die("connections");
	}
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void
report(struct run *r, uint64_t took_ns)
{
	size_t n = r->done;
	qsort(r->took_ns, n, sizeof(*r->took_ns), compare);
	double seconds = (double)took_ns / 1e9;
	uint64_t accepted = r->by_status[KHAOSAT__V1__STATUS__ACCEPTED];
	printf("{\"connections\": %u, \"depth\": %u, \"answered\": %zu, \"accepted\": %" PRIu64
	       ", \"seconds\": %.3f, \"per_second\": %.0f, \"p50_us\": %.0f, \"p99_us\": %.0f, "
	       "\"frame_bytes\": %zu}\n",
	    r->connections, r->depth, n, accepted, seconds, (double)accepted / seconds,
	    (double)r->took_ns[n / 2] / 1e3, (double)r->took_ns[n * 99 / 100] / 1e3,
	    r->frames->n / r->frames->count);
}

static int
run_submissions(char **a)
{
	size_t json_bytes;
	struct definition_problems problems;
	char *json = read_file(a[1], &json_bytes);
	struct definition *d = definition_load(json, json_bytes, &problems);
	struct frames frames = {0};
	struct run r = {
	    .frames = &frames, .connections = (unsigned)atoi(a[7]), .depth = (unsigned)atoi(a[8])};
	if (d == NULL || r.connections == 0 || r.depth == 0 || r.depth > DEPTH_MAX)
		die("arguments");
	prepare(&frames, d, a[2], a[3], strtoull(a[4], NULL, 10), strtoull(a[5], NULL, 10),
	    strtoull(a[6], NULL, 10));
	r.sent_ns = calloc(frames.count, sizeof(*r.sent_ns));
	r.took_ns = calloc(frames.count, sizeof(*r.took_ns));
	connect_all(&r, a[0]);
	uint64_t start = now_ns();
	for (unsigned i = 0; i < r.connections; i++)
		fill(&r, &r.peers[i]);
	while (r.done < frames.count) {
		struct epoll_event ready[256];
		int n = epoll_wait(r.epoll, ready, 256, 10000);
		if (n <= 0 || now_ns() - start > (uint64_t)TIME_LIMIT_S * 1000000000)
			die("no answer");
		for (int i = 0; i < n; i++)
			on_ready(&r, ready[i].data.ptr, ready[i].events);
	}
	report(&r, now_ns() - start);
	return r.by_status[KHAOSAT__V1__STATUS__ACCEPTED] == frames.count ? 0 : 3;
}

/* ------------------------------------------------------------------------------- rates */

static void
read_exactly(int fd, uint8_t *out, size_t n)
{
	while (n > 0) {
		ssize_t got = recv(fd, out, n, 0);
		if (got <= 0)
			die("recv");
		out += got;
		n -= (size_t)got;
	}
}

static void
read_token(const char *path, uint8_t token[32])
{
	size_t n;
	char *text = read_file(path, &n);
	for (unsigned i = 0; i < 32; i++) {
		unsigned byte;
		if (sscanf(text + 2 * (size_t)i, "%2x", &byte) != 1)
			die(path);
		token[i] = (uint8_t)byte;
	}
	free(text);
}

static int
run_rates(char **a)
{
	uint8_t token[32], out[512], header[4];
	unsigned times = (unsigned)atoi(a[3]);
	uint64_t *took = calloc(times + 1, sizeof(*took));
	Khaosat__V1__Dimension by[] = {0, 1, 2, 3, 4, 5, 6};
	Khaosat__V1__GetRates rates;
	Khaosat__V1__Request request;
	size_t bytes = 0;
	read_token(a[1], token);
	khaosat__v1__get_rates__init(&rates);
	khaosat__v1__request__init(&request);
	rates.round = a[2];
	rates.by = by;
	rates.n_by = sizeof(by) / sizeof(by[0]);
	request.version = 1;
	request.id = 1;
	request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_STAFF_TOKEN;
	request.staff_token = (ProtobufCBinaryData){sizeof(token), token};
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GET_RATES;
	request.get_rates = &rates;
	size_t n = khaosat__v1__request__pack(&request, out + 4);
	frame_header(out, n);
	int fd = dial(a[0]);
	for (unsigned i = 0; i < times; i++) {
		uint64_t start = now_ns();
		if (send(fd, out, n + 4, MSG_NOSIGNAL) != (ssize_t)(n + 4))
			die("send");
		read_exactly(fd, header, 4);
		bytes = (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 |
			header[3];
		uint8_t *body = malloc(bytes);
		read_exactly(fd, body, bytes);
		took[i] = now_ns() - start;
		Khaosat__V1__Response *response = khaosat__v1__response__unpack(NULL, bytes, body);
		if (response == NULL || response->status != KHAOSAT__V1__STATUS__DONE ||
		    response->rates->n_rate < 1000)
			die("rates");
		if (i == 0)
			printf("{\"rates\": %zu, ", response->rates->n_rate);
		khaosat__v1__response__free_unpacked(response, NULL);
		free(body);
	}
	qsort(took, times, sizeof(*took), compare);
	printf("\"response_bytes\": %zu, \"p50_us\": %.0f, \"p99_us\": %.0f}\n", bytes,
	    (double)took[times / 2] / 1e3, (double)took[times * 99 / 100] / 1e3);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 11 && strcmp(argv[1], "submit") == 0)
		return run_submissions(argv + 2);
	if (argc == 6 && strcmp(argv[1], "rates") == 0)
		return run_rates(argv + 2);
	fprintf(stderr, "usage: see the head of tests/bench/load.c\n");
	return 2;
}
