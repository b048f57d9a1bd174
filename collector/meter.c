/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/meter.h"

#include <string.h>

static _Thread_local struct meter *mine;

void
meter_use(struct meter *meter)
{
	mine = meter;
}

void
meter_answer(uint32_t request, uint32_t status)
{
	if (mine != NULL && request < METER_REQUESTS && status < METER_STATUSES)
		histogram_bump(&mine->answers[request][status], 1);
}

void
meter_refused(enum meter_refusal why)
{
	if (mine != NULL)
		histogram_bump(&mine->refused[why], 1);
}

void
meter_opened(enum meter_door door)
{
	if (mine != NULL)
		histogram_bump(&mine->opened[door], 1);
}

void
meter_closed(enum meter_door door)
{
	if (mine != NULL)
		histogram_bump(&mine->closed[door], 1);
}

void
meter_handshake(void)
{
	if (mine != NULL)
		histogram_bump(&mine->handshakes, 1);
}

void
meter_code(int code)
{
	if (mine != NULL && code >= 0 && code < METER_CODES)
		histogram_bump(&mine->codes[code], 1);
}

void
meter_under_way(size_t n)
{
	if (mine != NULL)
		atomic_store_explicit(&mine->under_way, n, memory_order_relaxed);
}

void
meter_submitted(int64_t took_us)
{
	if (mine != NULL)
		histogram_add(&mine->submit_us, took_us > 0 ? (uint64_t)took_us : 0);
}

/* Where this check is counted, or the first free place, or the last one. */
static struct meter_finding *
place_of(struct meter *meter, const char *code, bool is_hard)
{
	size_t i = 0;
	while (i < METER_FINDINGS && meter->finding[i].code[0] != '\0' &&
	       (meter->finding[i].is_hard != is_hard || strcmp(meter->finding[i].code, code) != 0))
		i++;
	return &meter->finding[i];
}

void
meter_finding(const char *code, bool is_hard)
{
	size_t n = strlen(code);
	if (mine == NULL || n == 0 || n > CODE_MAX_BYTES)
		return;
	struct meter_finding *f = place_of(mine, code, is_hard);
	if (f != &mine->finding[METER_FINDINGS] && f->code[0] == '\0') {
		memcpy(f->code, code, n + 1);
		f->is_hard = is_hard;
	}
	uint64_t now = atomic_load_explicit(&f->count, memory_order_relaxed);
	atomic_store_explicit(&f->count, now + 1, memory_order_release);
}

const char *
meter_refusal_name(enum meter_refusal why)
{
	static const char *const name[METER_REFUSALS] = {
	    [METER_CONNECTIONS] = "connections",
	    [METER_ADDRESS_CONNECTIONS] = "address_connections",
	    [METER_DESCRIPTORS] = "descriptors",
	    [METER_PLAIN_TEXT] = "plain_text",
	    [METER_HANDSHAKE] = "handshake",
	    [METER_HANDSHAKE_LATE] = "handshake_late",
	    [METER_TLS_BROKEN] = "tls_broken",
	    [METER_RENEGOTIATION] = "renegotiation",
	    [METER_TLS_CHATTER] = "tls_chatter",
	    [METER_FRAME] = "bad_frame",
	    [METER_HTTP] = "bad_http",
	    [METER_SLOW] = "slow",
	    [METER_IDLE] = "idle",
	    [METER_UNREAD] = "unread",
	    [METER_OUTPUT_MEMORY] = "output_memory",
	    [METER_OVERLOAD] = "overload",
	    [METER_ADDRESS_RATE] = "address_rate",
	    [METER_UNIT_RATE] = "unit_rate",
	    [METER_LOGIN_RATE] = "login_rate",
	    [METER_CODE_RATE] = "code_rate",
	    [METER_CROSS_SITE] = "cross_site",
	};
	return name[why];
}
