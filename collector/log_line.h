/* SPDX-License-Identifier: Apache-2.0 */
/* One line of the log, as text or as one JSON object. The format is the line's frame, its arguments
 * are values and nothing else: whatever a value holds (line breaks, quotes, blanks, bytes that are
 * no UTF-8) it stays one value of its key, and the line stays one line. Pure; any thread.
 *
 *   "session=%llx refused body=%s"
 *   2026-11-26T08:00:00.000Z info session=2a refused body=submit
 *   {"time":"2026-11-26T08:00:00.000Z","level":"info","event":"refused","session":"2a","body":"submit"}
 *
 * A format is words apart by blanks. KEY=CONVERSION is a field, all else is the event. Conversions
 * are %s, %.Ns and d, u, x with h, l, ll, z, j before them; no width. */
#ifndef KHAOSAT_COLLECTOR_LOG_LINE_H
#define KHAOSAT_COLLECTOR_LOG_LINE_H

#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#define LOG_LINE_BYTES 2048

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Returns the bytes written, a line feed at their end and no NUL. A value that is too long is
 * shortened, a field for which there is no room left out. */
size_t log_line(char out[LOG_LINE_BYTES], enum log_format form, const char *level,
    const struct timespec *time, const char *format, va_list arguments)
    __attribute__((format(printf, 5, 0)));

#endif
