/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a certificate that comes to its end, by a clock that is the test's. */
#include "collector/tls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/clock.h"
#include "collector/self_signed.h"

#define DAY_MS INT64_C(86400000)

static int64_t ahead_ms; /* of the true time */

int64_t __real_clock_wall_ms(void);
int64_t __wrap_clock_wall_ms(void);

int64_t
__wrap_clock_wall_ms(void)
{
	return __real_clock_wall_ms() + ahead_ms;
}

struct place {
	char folder[64], certificate[128], key[128];
	FILE *log;
	int before; /* the true stderr */
};

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct sockaddr_storage address = {.ss_family = AF_INET};
	char message[TLS_MESSAGE_BYTES];
	assert_non_null(p);
	strcpy(p->folder, "/tmp/khaosat-test-tls-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->certificate, sizeof(p->certificate), "%s/" SELF_SIGNED_CERT, p->folder);
	snprintf(p->key, sizeof(p->key), "%s/" SELF_SIGNED_KEY, p->folder);
	assert_true(self_signed_make(p->folder, &address, message));
	p->log = tmpfile();
	p->before = dup(STDERR_FILENO);
	assert_non_null(p->log);
	assert_true(p->before >= 0 && dup2(fileno(p->log), STDERR_FILENO) == STDERR_FILENO);
	ahead_ms = 0;
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *p = *state;
	dup2(p->before, STDERR_FILENO);
	close(p->before);
	fclose(p->log);
	unlink(p->certificate);
	unlink(p->key);
	rmdir(p->folder);
	free(p);
	return 0;
}

/* What was logged since it was last asked for. */
static const char *
said(struct place *p)
{
	static char text[4096];
	ssize_t n = pread(fileno(p->log), text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_int_equal(ftruncate(fileno(p->log), 0), 0);
	lseek(fileno(p->log), 0, SEEK_SET);
	return text;
}

static void
the_end_of_a_certificate_is_told_thirty_days_ahead_and_every_day(void **state)
{
	struct place *p = *state;
	char message[TLS_MESSAGE_BYTES];
	const struct tls_files files = {.certificate = p->certificate, .key = p->key};
	int64_t now_ms = clock_monotonic_ms();
	struct tls *tls = tls_open(&files, message);
	assert_non_null(tls);
	int64_t left_ms = tls_expires_ms(tls) - clock_wall_ms();
	assert_true(left_ms > (SELF_SIGNED_DAYS - 1) * DAY_MS);
	assert_true(left_ms <= SELF_SIGNED_DAYS * DAY_MS);
	now_ms += 2 * DAY_MS; /* the first look was a little after it was read above */
	tls_tick(tls, now_ms);
	assert_string_equal(said(p), "");
	ahead_ms = (SELF_SIGNED_DAYS - 29) * DAY_MS;
	tls_tick(tls, now_ms + DAY_MS - 1);
	assert_string_equal(said(p), "");
	tls_tick(tls, now_ms + DAY_MS);
	assert_non_null(strstr(said(p), "warn tls certificate expires soon days=28\n"));
	tls_tick(tls, now_ms + 2 * DAY_MS - 1);
	assert_string_equal(said(p), "");
	ahead_ms = (SELF_SIGNED_DAYS + 1) * DAY_MS;
	tls_tick(tls, now_ms + 2 * DAY_MS);
	assert_non_null(strstr(said(p), "error tls certificate has expired"));
	assert_true(tls_reload(tls, &files, message));
	assert_non_null(strstr(said(p), "error tls certificate has expired"));
	tls_close(tls);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		the_end_of_a_certificate_is_told_thirty_days_ahead_and_every_day, set_up,
		tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
