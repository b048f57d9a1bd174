/* SPDX-License-Identifier: Apache-2.0 */
/* The log goes into a pipe that is read when the test says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/log.h"

#define LINES 5000u /* more than a pipe holds */
#define TIME_LIMIT_S 60

static char told[256 * 1024];
static int reader, own_stderr;

static void
begin(void)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	reader = ends[0];
	own_stderr = dup(STDERR_FILENO);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	alarm(TIME_LIMIT_S); /* a log that waits for its reader would wait for ever */
}

static void
end(void)
{
	alarm(0);
	assert_int_equal(dup2(own_stderr, STDERR_FILENO), STDERR_FILENO);
	close(own_stderr);
	close(reader);
}

/* All that has been written since, and how many lines of it have these words. */
static unsigned
read_lines(const char *words)
{
	size_t n = 0;
	for (ssize_t more; (more = read(reader, told + n, sizeof(told) - 1 - n)) > 0;)
		n += (size_t)more;
	told[n] = '\0';
	unsigned found = 0;
	for (const char *at = told; (at = strstr(at, words)) != NULL; at++)
		found++;
	return found;
}

static void
a_log_that_nobody_reads_holds_nobody_up_and_tells_what_was_lost(void **state)
{
	(void)state;
	unsigned taken[2], after[2], lost[2];
	begin();
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < LINES; i++)
			log_warn("unread i=%u", i);
		taken[round] = read_lines("warn unread i=");
		log_warn("read again");
		after[round] = read_lines("warn read again");
		const char *at = strstr(told, "which are lost lines=");
		lost[round] = at == NULL ? 0 : (unsigned)strtoul(strchr(at, '=') + 1, NULL, 10);
	}
	log_warn("once more");
	unsigned again = read_lines("which are lost");
	end();
	for (unsigned round = 0; round < 2; round++) {
		assert_in_range(taken[round], 10, LINES - 10);
		assert_int_equal(after[round], 1);
		assert_int_equal(taken[round] + lost[round], LINES);
	}
	assert_int_equal(again, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_log_that_nobody_reads_holds_nobody_up_and_tells_what_was_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
