/* SPDX-License-Identifier: Apache-2.0 */
/* What the meters of all threads counted, summed up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/answer.h"
#include "collector/dispatch.h"
#include "collector/meter.h"
#include "collector/metrics_parts.h"
#include "collector/metrics_text.h"

static uint64_t
read_count(const _Atomic uint64_t *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

/* Of a count of struct meter, over all meters. */
#define SUM(server, field)                                                                         \
	__extension__({                                                                            \
		uint64_t sum = 0;                                                                  \
		for (size_t at = 0; at < (server)->n_meters; at++)                                 \
			sum += read_count(&(server)->meters[at].field);                            \
		sum;                                                                               \
	})

static void
put_connections(struct server *server, struct bytes *out)
{
	static const char *const door[METER_DOORS] = {"frames", "http"};
	metrics_family(out, "khaosat_connections_opened_total", METRICS_COUNTER,
	    "Connections that were let in, by what is spoken there.");
	for (size_t i = 0; i < METER_DOORS; i++) {
		const struct metrics_label labels[] = {{"door", door[i]}, {NULL, NULL}};
		metrics_count(
		    out, "khaosat_connections_opened_total", labels, SUM(server, opened[i]));
	}
	metrics_family(out, "khaosat_connections", METRICS_GAUGE, "Connections that are open.");
	for (size_t i = 0; i < METER_DOORS; i++) {
		const struct metrics_label labels[] = {{"door", door[i]}, {NULL, NULL}};
		uint64_t closed = SUM(server, closed[i]), opened = SUM(server, opened[i]);
		metrics_count(out, "khaosat_connections", labels, opened - closed);
	}
	metrics_family(out, "khaosat_connections_max", METRICS_GAUGE, "Connections there may be.");
	metrics_count(out, "khaosat_connections_max", NULL, server->peers.connections_max);
	metrics_family(out, "khaosat_tls_handshakes_total", METRICS_COUNTER,
	    "Handshakes that were completed.");
	metrics_count(out, "khaosat_tls_handshakes_total", NULL, SUM(server, handshakes));
}

static void
put_refusals(struct server *server, struct bytes *out)
{
	metrics_family(out, "khaosat_refused_total", METRICS_COUNTER,
	    "Connections and requests that were turned away or cut off, by reason.");
	for (size_t i = 0; i < METER_REFUSALS; i++) {
		const struct metrics_label labels[] = {
		    {"reason", meter_refusal_name((enum meter_refusal)i)}, {NULL, NULL}};
		metrics_count(out, "khaosat_refused_total", labels, SUM(server, refused[i]));
	}
}

/* Every outcome of a submission, of the other requests what has happened. */
static void
put_answers(struct server *server, struct bytes *out)
{
	const char *const name = "khaosat_answers_total";
	metrics_family(out, name, METRICS_COUNTER, "Answers, by request and status.");
	for (unsigned r = 0; r < METER_REQUESTS; r++) {
		const struct route *route = dispatch_route((Khaosat__V1__Request__BodyCase)r);
		bool is_submit = r == KHAOSAT__V1__REQUEST__BODY_SUBMIT;
		for (unsigned s = 1; s < METER_STATUSES && answer_status_name(s) != NULL; s++) {
			const struct metrics_label labels[] = {
			    {"request", route != NULL ? route->name : "unknown"},
			    {"status", answer_status_name(s)}, {NULL, NULL}};
			uint64_t n = SUM(server, answers[r][s]);
			if ((route != NULL || r == 0) && (n > 0 || is_submit))
				metrics_count(out, name, labels, n);
		}
	}
}

static void
put_codes(struct server *server, struct bytes *out)
{
	const char *const name = "khaosat_http_responses_total";
	metrics_family(out, name, METRICS_COUNTER, "Responses over HTTP, by code.");
	for (unsigned i = 0; i < METER_CODES; i++) {
		char code[16];
		snprintf(code, sizeof(code), "%u", i);
		const struct metrics_label labels[] = {{"code", code}, {NULL, NULL}};
		uint64_t n = SUM(server, codes[i]);
		if (n > 0)
			metrics_count(out, name, labels, n);
	}
}

/* ------------------------------------------------------------------------------ findings */

struct sums {
	struct {
		uint64_t count;
		bool is_hard;
		const char *code;
	} of[METER_FINDINGS + 1];
	size_t n;
};

static void
add_finding(struct sums *sums, const struct meter_finding *f, const char *code)
{
	uint64_t count = atomic_load_explicit(&f->count, memory_order_acquire);
	if (count == 0)
		return;
	for (size_t i = 0; i < sums->n; i++)
		if (sums->of[i].is_hard == f->is_hard && strcmp(sums->of[i].code, code) == 0) {
			sums->of[i].count += count;
			return;
		}
	if (sums->n > METER_FINDINGS)
		return;
	sums->of[sums->n].count = count;
	sums->of[sums->n].is_hard = f->is_hard;
	sums->of[sums->n].code = code;
	sums->n++;
}

static void
put_findings(struct server *server, struct bytes *out)
{
	const char *const name = "khaosat_findings_total";
	struct sums *sums = calloc(1, sizeof(*sums));
	metrics_family(out, name, METRICS_COUNTER,
	    "Findings in submissions that were rejected, or not confirmed, by check.");
	for (size_t m = 0; sums != NULL && m < server->n_meters; m++)
		for (size_t i = 0; i <= METER_FINDINGS; i++) {
			const struct meter_finding *f = &server->meters[m].finding[i];
			add_finding(sums, f, i < METER_FINDINGS ? f->code : "other");
		}
	for (size_t i = 0; sums != NULL && i < sums->n; i++) {
		const struct metrics_label labels[] = {{"check", sums->of[i].code},
		    {"severity", sums->of[i].is_hard ? "hard" : "soft"}, {NULL, NULL}};
		metrics_count(out, name, labels, sums->of[i].count);
	}
	free(sums);
}

/* ------------------------------------------------------------------------------ time */

static void
put_submit_time(struct server *server, struct bytes *out)
{
	struct histogram all = {0};
	for (size_t m = 0; m < server->n_meters; m++) {
		const struct histogram *one = &server->meters[m].submit_us;
		for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
			histogram_bump(&all.bucket[i], read_count(&one->bucket[i]));
		histogram_bump(&all.sum, read_count(&one->sum));
	}
	metrics_histogram(out, "khaosat_submit_seconds",
	    "From a submission's last byte to its answer.", &all, 1000000);
}

void
metrics_traffic(struct server *server, struct bytes *out)
{
	put_connections(server, out);
	put_refusals(server, out);
	metrics_family(
	    out, "khaosat_requests_under_way", METRICS_GAUGE, "Requests that have no answer yet.");
	metrics_count(out, "khaosat_requests_under_way", NULL, SUM(server, under_way));
	put_answers(server, out);
	put_findings(server, out);
	put_codes(server, out);
	put_submit_time(server, out);
}
