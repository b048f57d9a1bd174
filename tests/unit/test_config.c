/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/config.h"

#define ARGUMENTS(...)                                                                             \
	char *argv[] = {(char[]){"khaosatd"}, __VA_ARGS__};                                        \
	int argc = (int)(sizeof(argv) / sizeof(argv[0]));                                          \
	struct config config = {0};                                                                \
	char message[CONFIG_MESSAGE_BYTES] = ""

static void
without_arguments_the_defaults_hold(void **state)
{
	(void)state;
	char *argv[] = {(char[]){"khaosatd"}};
	struct config config;
	char message[CONFIG_MESSAGE_BYTES];
	assert_int_equal(config_parse(1, argv, &config, message), CONFIG_OK);
	assert_string_equal(config.data, "./khaosat-data");
	assert_int_equal(config.checkpoint_every, 1000000);
	assert_int_equal(config.disk_reserve_mib, 256);
	assert_int_equal(config.session_in_flight, 256);
	assert_in_range(config.loops, 1, CONFIG_LOOPS_AUTO);
	assert_int_equal(config.address.ss_family, AF_INET);
	struct sockaddr_in four;
	memcpy(&four, &config.address, sizeof(four));
	assert_int_equal(ntohs(four.sin_port), 5757);
	assert_int_equal(ntohl(four.sin_addr.s_addr), INADDR_LOOPBACK);
}

static void
a_value_stands_behind_a_blank_or_an_equals_sign(void **state)
{
	(void)state;
	ARGUMENTS((char[]){"--data"}, (char[]){"/tmp/d"}, (char[]){"--loops=3"},
	    (char[]){"--listen"}, (char[]){"[::1]:0"});
	assert_int_equal(config_parse(argc, argv, &config, message), CONFIG_OK);
	assert_string_equal(config.data, "/tmp/d");
	assert_int_equal(config.loops, 3);
	assert_int_equal(config.address.ss_family, AF_INET6);
}

static void
a_number_out_of_range_is_refused_with_the_range(void **state)
{
	(void)state;
	static const char *const bad[] = {"--loops=65", "--loops=-1", "--loops=", "--loops=3x",
	    "--loops=99999999999999999999", "--checkpoint-every=0", "--session-in-flight=257"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char argument[64];
		strcpy(argument, bad[i]);
		ARGUMENTS(argument);
		assert_int_equal(config_parse(argc, argv, &config, message), CONFIG_USAGE);
		assert_non_null(strstr(message, "not a number from "));
		assert_null(config.data); /* untouched */
	}
}

static void
what_is_not_an_option_is_refused_by_name(void **state)
{
	(void)state;
	static const char *const bad[] = {"--dat", "data", "-d", "--data-x=3", "--"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char argument[64];
		strcpy(argument, bad[i]);
		ARGUMENTS(argument);
		assert_int_equal(config_parse(argc, argv, &config, message), CONFIG_USAGE);
		assert_non_null(strstr(message, bad[i]));
	}
}

static void
an_option_without_its_value_is_refused(void **state)
{
	(void)state;
	ARGUMENTS((char[]){"--data"});
	assert_int_equal(config_parse(argc, argv, &config, message), CONFIG_USAGE);
	assert_non_null(strstr(message, "--data needs a value"));
}

static void
a_backup_is_restored_or_verified_but_not_both_at_once(void **state)
{
	(void)state;
	ARGUMENTS((char[]){"--restore=a"}, (char[]){"--verify"}, (char[]){"b"});
	assert_int_equal(config_parse(2, argv, &config, message), CONFIG_OK);
	assert_string_equal(config.restore, "a");
	assert_null(config.verify);
	assert_int_equal(config_parse(argc, argv, &config, message), CONFIG_USAGE);
	assert_non_null(strstr(message, "--restore and --verify"));
}

static void
an_address_that_is_not_loopback_is_refused_until_there_is_tls(void **state)
{
	(void)state;
	static const char *const bad[] = {"--listen=0.0.0.0:5757", "--listen=192.0.2.1:5757",
	    "--listen=[::]:5757", "--listen=128.0.0.1:1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char argument[64];
		strcpy(argument, bad[i]);
		ARGUMENTS(argument);
		assert_int_equal(config_parse(argc, argv, &config, message), CONFIG_REFUSED);
		assert_non_null(strstr(message, "TLS"));
	}
}

static void
an_address_that_is_none_is_wrong_use(void **state)
{
	(void)state;
	static const char *const bad[] = {"--listen=5757", "--listen=:5757", "--listen=127.0.0.1",
	    "--listen=127.0.0.1:", "--listen=127.0.0.1:65536", "--listen=example.org:5757",
	    "--listen=127.0.0.1:-1", "--listen=[127.0.0.1:5757"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char argument[64];
		strcpy(argument, bad[i]);
		ARGUMENTS(argument);
		assert_int_equal(config_parse(argc, argv, &config, message), CONFIG_USAGE);
		assert_non_null(strstr(message, "--listen"));
	}
}

/* A file of its own, named in argv; removed by the caller. */
static void
write_file(char path[64], const char *text)
{
	strcpy(path, "/tmp/test_config.XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void
the_file_fills_in_what_the_arguments_leave_open(void **state)
{
	(void)state;
	char path[64];
	write_file(path, "\xEF\xBB\xBF# a comment\r\ndata = /srv/a b \r\n\tloops:5\nbatch=7");
	ARGUMENTS((char[]){"--batch=9"}, (char[]){"--config"}, path);
	assert_int_equal(config_parse(argc, argv, &config, message), CONFIG_OK);
	unlink(path);
	assert_string_equal(config.data, "/srv/a b");
	assert_int_equal(config.loops, 5);
	assert_int_equal(config.batch, 9);
	assert_int_equal(config.in_flight, 2048);
	config_free(&config);
}

static void
a_bad_line_is_named_and_the_first_of_several(void **state)
{
	(void)state;
	static const struct {
		const char *text, *said;
	} bad[] = {
	    {"loops=1\n\nloops=2\n", ":3: loops: given before, in line 1"},
	    {"words\nloops=x\n", ":1: neither"},
	    {"loops=x\nwords\n", ":1: loops x"},
	    {"words\n[x]\n", ":1: neither"},
	    {"[x\nwords\n", ":1: sections"},
	    {"verify=x", ":1: verify: on the command line only"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char path[64];
		write_file(path, bad[i].text);
		ARGUMENTS((char[]){"--config"}, path);
		assert_int_equal(config_parse(argc, argv, &config, message), CONFIG_REFUSED);
		unlink(path);
		assert_int_equal(strncmp(message, path, strlen(path)), 0);
		assert_non_null(strstr(message + strlen(path), bad[i].said));
		assert_null(config.data);
	}
}

static unsigned n_taken, n_left;

static void
count_change(const char *name, bool is_taken)
{
	if (is_taken) {
		assert_true(strcmp(name, "read-timeout") == 0 || strcmp(name, "log-level") == 0);
		n_taken++;
	} else {
		assert_true(strcmp(name, "data") == 0 || strcmp(name, "connections") == 0);
		n_left++;
	}
}

static void
a_reload_takes_only_what_may_change_while_it_runs(void **state)
{
	(void)state;
	struct config fresh;
	ARGUMENTS((char[]){"--data=a"});
	assert_int_equal(config_parse(argc, argv, &config, message), CONFIG_OK);
	char *changed[] = {(char[]){"khaosatd"}, (char[]){"--data=b"}, (char[]){"--connections=5"},
	    (char[]){"--read-timeout=777"}, (char[]){"--log-level=error"}};
	assert_int_equal(config_parse(5, changed, &fresh, message), CONFIG_OK);
	config_reload(&config, &fresh, count_change);
	assert_int_equal(n_taken, 2);
	assert_int_equal(n_left, 2);
	assert_string_equal(config.data, "a");
	assert_int_equal(config.connections, 4096);
	assert_int_equal(config.read_timeout_ms, 777);
	assert_int_equal(config.log_level, 4);
}

static void
help_names_every_option_with_its_default(void **state)
{
	(void)state;
	static const char *const name[] = {"--data DIR", "--listen ADDRESS:PORT", "--loops N",
	    "--checkpoint-every N", "--disk-reserve MIB", "--connections N", "--in-flight N",
	    "--session-in-flight N", "--restore FILE", "--verify FILE", "--idle-timeout MS",
	    "--read-timeout MS", "--batch N", "--config FILE", "--check-config", "(1000000)"};
	size_t n = config_help(NULL, 0);
	char *text = malloc(n + 1);
	assert_non_null(text);
	assert_int_equal(config_help(text, n + 1), n);
	assert_int_equal(strlen(text), n);
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		assert_non_null(strstr(text, name[i]));
	free(text);
	ARGUMENTS((char[]){"--help"});
	assert_int_equal(config_parse(argc, argv, &config, message), CONFIG_HELP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_arguments_the_defaults_hold),
	    cmocka_unit_test(a_value_stands_behind_a_blank_or_an_equals_sign),
	    cmocka_unit_test(a_number_out_of_range_is_refused_with_the_range),
	    cmocka_unit_test(what_is_not_an_option_is_refused_by_name),
	    cmocka_unit_test(an_option_without_its_value_is_refused),
	    cmocka_unit_test(a_backup_is_restored_or_verified_but_not_both_at_once),
	    cmocka_unit_test(an_address_that_is_not_loopback_is_refused_until_there_is_tls),
	    cmocka_unit_test(an_address_that_is_none_is_wrong_use),
	    cmocka_unit_test(the_file_fills_in_what_the_arguments_leave_open),
	    cmocka_unit_test(a_bad_line_is_named_and_the_first_of_several),
	    cmocka_unit_test(a_reload_takes_only_what_may_change_while_it_runs),
	    cmocka_unit_test(help_names_every_option_with_its_default),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
