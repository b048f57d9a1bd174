/* SPDX-License-Identifier: Apache-2.0 */
/* Routes that are answered on the loop, without a Request: for those who watch over the collector.
 * Balancers and supervisors ask without credentials, and learn no more than whether it is well;
 * what it counts is for staff, from a viewer on, since rates of open rounds are among it. */
#include "collector/health.h"
#include "collector/http.h"
#include "collector/http_public.h"
#include "collector/metrics.h"
#include "collector/metrics_text.h"
#include "collector/request.h"

#define RETRY_MS 10000

static void
say(enum health health, struct http_reply *out)
{
	if (health != HEALTH_GOOD) {
		const struct label words = health_words(health);
		http_problem(out, 503, "unavailable", words.vi, words.en);
		http_retry_after(out, RETRY_MS);
		return;
	}
	out->code = 200;
	bytes_text(&out->body, "{\"status\":\"ok\"}\n");
}

void
http_healthz(const struct http_call *call, struct http_reply *out)
{
	say(health_of(loop_server(call->loop)), out);
}

void
http_readyz(const struct http_call *call, struct http_reply *out)
{
	say(health_ready(loop_server(call->loop)), out);
}

void
http_openapi(const struct http_call *call, struct http_reply *out)
{
	out->code = 200;
	out->is_public = true;
	http_public_openapi(loop_server(call->loop)->public, out);
}

void
http_metrics(const struct http_call *call, struct http_reply *out)
{
	uint8_t token[STAFF_TOKEN_BYTES];
	if (!http_token(call->loop, call->head, token) || !request_is_token(call->loop, token)) {
		http_problem(
		    out, 401, "refused", "Cần mã thẻ của cán bộ.", "A token of staff is needed.");
		bytes_text(&out->headers, "WWW-Authenticate: Bearer realm=\"khaosat\"\r\n");
		return;
	}
	out->code = 200;
	out->type = METRICS_TYPE;
	metrics_write(loop_server(call->loop), &out->body);
}
