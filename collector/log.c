/* SPDX-License-Identifier: Apache-2.0 */
/* A line is put together on the stack and leaves in one write, so that lines of several threads
 * never mix. */
#include "collector/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static atomic_int least_level = LOG_INFO;

void
log_set_level(enum log_level least)
{
	atomic_store(&least_level, (int)least);
}

bool
log_is_on(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

static size_t
print_head(enum log_level level, char *line, size_t cap)
{
	static const char *const name[] = {"debug", "info", "notice", "warn", "error"};
	struct timespec now;
	struct tm utc;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	size_t n = strftime(line, cap, "%Y-%m-%dT%H:%M:%S", &utc);
	n += (size_t)snprintf(line + n, cap - n, ".%03ldZ %s ", now.tv_nsec / 1000000, name[level]);
	return n;
}

void
log_write(enum log_level level, const char *format, ...)
{
	if (!log_is_on(level))
		return;
	char line[LINE_MAX_BYTES];
	size_t n = print_head(level, line, sizeof(line) - 1);
	va_list arguments;
	va_start(arguments, format);
	int more = vsnprintf(line + n, sizeof(line) - 1 - n, format, arguments);
	va_end(arguments);
	if (more > 0)
		n += (size_t)more;
	if (n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
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

void
log_escape(const char *bytes, size_t n, char *out, size_t cap)
{
	size_t at = 0;
	for (size_t i = 0; i < n && at + 5 <= cap; i++) {
		unsigned char c = (unsigned char)bytes[i];
		if (c > ' ' && c < 0x7f && c != '=' && c != '"' && c != '\\')
			out[at++] = (char)c;
		else
			at += (size_t)snprintf(out + at, cap - at, "\\x%02x", c);
	}
	if (cap > 0)
		out[at] = '\0';
}
