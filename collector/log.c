/* SPDX-License-Identifier: Apache-2.0 */
/* A line is put together on the stack and leaves in one write, so that lines of several threads
 * never mix. */
#include "collector/log.h"

#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

static atomic_int least_level = LOG_INFO;
static atomic_int form = LOG_FORMAT_TEXT;

#define PATIENCE_MS 200 /* for whoever reads it; less than any watchdog's */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned lost; /* lines since the last that was written; under the lock */

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

/* Where lines are being lost nobody waits. A signal ends the waiting: SIGTERM must be heard. */
static bool
is_taken(void)
{
	struct pollfd reader = {.fd = STDERR_FILENO, .events = POLLOUT};
	return poll(&reader, 1, lost > 0 ? 0 : PATIENCE_MS) > 0;
}

/* A log that cannot be written, or that nobody reads, must not stop the collector. */
static void
put(const char *line, size_t n)
{
	if (is_taken() && write(STDERR_FILENO, line, n) >= 0)
		return;
	lost++;
}

static void
print(enum log_level level, const char *format, va_list arguments)
{
	static const char *const name[] = {"debug", "info", "notice", "warn", "error"};
	char line[LOG_LINE_BYTES];
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	size_t n = log_line(
	    line, (enum log_format)atomic_load(&form), name[level], &now, format, arguments);
	put(line, n);
}

static void
say(enum log_level level, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	print(level, format, arguments);
	va_end(arguments);
}

static void
tell_lost(void)
{
	unsigned n = lost;
	if (!is_taken())
		return;
	lost = 0;
	say(LOG_WARN, "nobody took lines of the log, which are lost lines=%u", n);
	if (lost > 0)
		lost = n;
}

void
log_write(enum log_level level, const char *format, ...)
{
	if (!log_is_on(level))
		return;
	va_list arguments;
	va_start(arguments, format);
	pthread_mutex_lock(&lock);
	if (lost > 0)
		tell_lost();
	if (lost == 0)
		print(level, format, arguments);
	else
		lost++;
	pthread_mutex_unlock(&lock);
	va_end(arguments);
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
