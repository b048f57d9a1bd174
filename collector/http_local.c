/* SPDX-License-Identifier: Apache-2.0 */
/* Routes that are answered on the loop, without a Request. */
#include "collector/http.h"

#define RETRY_MS 10000

/* Whether it can still commit: what orchestrators and proxies ask. */
void
http_healthz(const struct http_call *call, struct http_reply *out)
{
	struct store_health health;
	store_health(loop_server(call->loop)->store, &health);
	if (!health.accepting || health.full) {
		http_problem(out, 503, "unavailable",
		    health.accepting ? "The disk is nearly full." : "The store takes no more.",
		    NULL, NULL);
		http_retry_after(out, RETRY_MS);
		return;
	}
	out->code = 200;
	bytes_text(&out->body, "{\"status\":\"ok\"}\n");
}
