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
#include <signal.h>
#include <time.h>
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

static timer_t timer;
static volatile sig_atomic_t signals;

static void
on_signal(int number)
{
	static const struct itimerspec never;
	(void)number;
	if (++signals == 2)
		timer_settime(timer, 0, &never, NULL);
}

/* Of lines as long as these a page of the pipe takes two, the second when the pipe seems full
 * already. A log that writes after a signal would write that one at the first signal, and wait for
 * ever with the next at the second; none comes to its help after that. */
static void
a_signal_while_it_waits_does_not_have_it_wait_for_ever(void **state)
{
	(void)state;
	const struct sigaction action = {.sa_handler = on_signal};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	const struct itimerspec often = {{.tv_nsec = 100000000}, {.tv_nsec = 100000000}};
	char long_one[201] = {0};
	memset(long_one, 'x', sizeof(long_one) - 1);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	begin();
	assert_int_equal(timer_settime(timer, 0, &often, NULL), 0);
	for (unsigned i = 0; i < 100; i++)
		log_warn("unread i=%u a=%s b=%s c=%s d=%s e=%s f=%s g=%s h=%s", i, long_one,
		    long_one, long_one, long_one, long_one, long_one, long_one, long_one);
	unsigned taken = read_lines("warn unread i=");
	size_t line = (size_t)(strchr(told, '\n') - told);
	end();
	timer_delete(timer);
	assert_in_range(taken, 10, 90);
	assert_in_range(line, 1400, 2047);
	assert_in_range(signals, 1, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_log_that_nobody_reads_holds_nobody_up_and_tells_what_was_lost),
	    cmocka_unit_test(a_signal_while_it_waits_does_not_have_it_wait_for_ever),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
