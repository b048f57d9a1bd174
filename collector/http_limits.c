/* SPDX-License-Identifier: Apache-2.0 */
/* How often one may still ask, on every answer that a limit concerns, as
 * draft-ietf-httpapi-ratelimit-headers has it: a bucket of `q` requests that takes `w` seconds to
 * fill, `r` of them left, `t` seconds until it is full. */
#include <inttypes.h>

#include "collector/dispatch.h"
#include "collector/http.h"
#include "collector/peers.h"
#include "collector/session.h"
#include "survey/taxcode.h"

struct limits {
	struct bytes policy, left;
};

static void
add(struct limits *l, const char *name, const struct allowance_left *left)
{
	const char *comma = l->left.n > 0 ? ", " : "";
	bytes_print(&l->policy, "%s\"%s\";q=%" PRIu64 ";w=%d", comma, name, left->burst,
	    PEERS_BURST_SECONDS);
	bytes_print(&l->left, "%s\"%s\";r=%" PRIu64 ";t=%" PRIu64, comma, name, left->tokens,
	    (left->full_ms + 999) / 1000);
}

/* The unit's own limit is told to the unit: where the answer could not be had without its code, or
 * where that limit is why there is none. */
static bool
is_told_of_unit(const struct http_ask *ask, int code, const struct allowance_left *left)
{
	const struct route *route = ask->route != NULL && ask->route->local == NULL
					? dispatch_route(ask->route->body)
					: NULL;
	if (route == NULL || (route->who != ROUTE_UNIT && route->who != ROUTE_UNIT_ALONE))
		return false;
	return code < 400 || code == 409 || code == 422 || (code == 429 && left->tokens == 0);
}

void
http_put_limits(
    struct loop *loop, struct session *s, const struct http_ask *ask, struct http_reply *out)
{
	struct limits l = {0};
	struct allowance_left left;
	uint64_t unit;
	struct peers *peers = &loop_server(loop)->peers;
	if (!session_is_certified(s) && peers_left_address(peers, loop_peer(loop, s), &left))
		add(&l, "address", &left);
	if (taxcode_parse(ask->unit, &unit) == TAXCODE_OK && peers_left_unit(peers, unit, &left) &&
	    is_told_of_unit(ask, out->code, &left))
		add(&l, "unit", &left);
	if (l.left.n > 0) {
		bytes_text(&out->headers, "RateLimit-Policy: ");
		bytes_put(&out->headers, l.policy.at, l.policy.n);
		bytes_text(&out->headers, "\r\nRateLimit: ");
		bytes_put(&out->headers, l.left.at, l.left.n);
		bytes_text(&out->headers, "\r\n");
	}
	out->headers.failed = out->headers.failed || l.policy.failed || l.left.failed;
	bytes_free(&l.policy);
	bytes_free(&l.left);
}
