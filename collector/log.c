/* SPDX-License-Identifier: Apache-2.0 */
/* A line is put together on the stack and leaves in one write, so that lines of several threads
 * never mix. */
#include "collector/log.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

static atomic_int least_level = LOG_INFO;
static atomic_int form = LOG_FORMAT_TEXT;

void
log_set_level(enum log_level least)
{
	atomic_store(&least_level, (int)least);
}

void
log_set_format(enum log_format chosen)
{
	atomic_store(&form, (int)chosen);
}

bool
log_is_on(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

void
log_write(enum log_level level, const char *format, ...)
{
	static const char *const name[] = {"debug", "info", "notice", "warn", "error"};
	if (!log_is_on(level))
		return;
	char line[LOG_LINE_BYTES];
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	va_list arguments;
	va_start(arguments, format);
	size_t n = log_line(
	    line, (enum log_format)atomic_load(&form), name[level], &now, format, arguments);
	va_end(arguments);
	/* A log that cannot be written must not stop the collector. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

bool
log_gate_pass(struct log_gate *gate, int64_t now_ms, unsigned *held_back)
{
	int64_t window = atomic_load(&gate->window_ms);
	if (now_ms - window >= LOG_GATE_WINDOW_MS &&
	    atomic_compare_exchange_strong(&gate->window_ms, &window, now_ms))
		atomic_store(&gate->lines, 0);
	if (atomic_fetch_add(&gate->lines, 1) >= LOG_GATE_LINES) {
		atomic_fetch_add(&gate->held_back, 1);
		return false;
	}
	*held_back = atomic_exchange(&gate->held_back, 0);
	return true;
}
