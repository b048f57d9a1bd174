/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options, and what reads it. A new option is a field in struct config and a line
 * here. */
#include "collector/config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/log.h"
#include "proto/limits.h"
#include "storage/store.h"

enum option_kind { OPTION_TEXT, OPTION_NUMBER };

struct option_line {
	const char *name;
	const char *argument;
	const char *help;
	const char *default_text; /* OPTION_TEXT; NULL: none */
	enum option_kind kind;
	uint64_t default_number, min, max;
	size_t offset;
};

#define MIB (1024u * 1024u)
#define DISK_RESERVE_MIB 256

#define TEXT(field, name, argument, value, help)                                                   \
	{                                                                                          \
		name, argument, help, value, OPTION_TEXT, 0, 0, 0, offsetof(struct config, field)  \
	}
#define NUMBER(field, name, argument, value, min, max, help)                                       \
	{                                                                                          \
		name, argument, help, NULL, OPTION_NUMBER, value, min, max,                        \
		    offsetof(struct config, field)                                                 \
	}

static const struct option_line lines[] = {
    TEXT(data, "data", "DIR", "./khaosat-data",
	"folder of the log; made, mode 0700, if there is none"),
    TEXT(listen, "listen", "ADDRESS:PORT", "127.0.0.1:5757",
	"where to listen; loopback only; port 0: any free one"),
    TEXT(restore, "restore", "FILE", NULL,
	"make --data, empty or missing, of a backup (-: stdin), and end"),
    TEXT(verify, "verify", "FILE", NULL,
	"recount a backup, in TMPDIR or /var/tmp; end with 1 if it differs"),
    TEXT(log_level, "log-level", "LEVEL", "info", "least to log: debug, info, notice, warn, error"),
    NUMBER(loops, "loops", "N", 0, 0, 64, "event loops; 0: one a core, at most 8"),
    NUMBER(checkpoint_every, "checkpoint-every", "N", 100000, 1, 1000000000,
	"entries between two checkpoints of the state"),
    NUMBER(disk_reserve_mib, "disk-reserve", "MIB", DISK_RESERVE_MIB, 0, 1048576,
	"below so much free space nothing is accepted; untold at most 5 % of the disk"),
    NUMBER(connections, "connections", "N", 4096, 1, 1000000, "connections at once"),
    NUMBER(in_flight, "in-flight", "N", 4096, 1, 65536,
	"requests under way, in all; over it units are told to try later"),
    NUMBER(session_in_flight, "session-in-flight", "N", IN_FLIGHT_MAX_PER_SESSION, 1,
	IN_FLIGHT_MAX_PER_SESSION, "requests under way on one connection"),
    NUMBER(idle_timeout_ms, "idle-timeout", "MS", 600000, 100, 86400000,
	"a connection without requests is closed after this"),
    NUMBER(read_timeout_ms, "read-timeout", "MS", 30000, 100, 3600000,
	"a frame must be complete, and an answer taken, within this"),
    NUMBER(batch, "batch", "N", 1024, 1, 65536, "entries committed at once, at most"),
};

#define LINES (sizeof(lines) / sizeof(lines[0]))

static void
set_text(struct config *config, const struct option_line *line, const char *value)
{
	memcpy((char *)config + line->offset, &value, sizeof(value));
}

static void
set_number(struct config *config, const struct option_line *line, uint64_t value)
{
	memcpy((char *)config + line->offset, &value, sizeof(value));
}

static void
set_defaults(struct config *config)
{
	*config = (struct config){0};
	for (size_t i = 0; i < LINES; i++) {
		if (lines[i].kind == OPTION_TEXT)
			set_text(config, &lines[i], lines[i].default_text);
		else
			set_number(config, &lines[i], lines[i].default_number);
	}
}

/* Digits only; at most 18 of them, so that nothing overflows. */
static bool
parse_number(const char *text, uint64_t *out)
{
	size_t n = strlen(text);
	if (n == 0 || n > 18 || strspn(text, "0123456789") != n)
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

static enum config_status
set_option(
    struct config *config, const struct option_line *line, const char *value, char message[256])
{
	if (line->kind == OPTION_TEXT) {
		if (*value == '\0') {
			snprintf(message, 256, "--%s is empty", line->name);
			return CONFIG_USAGE;
		}
		set_text(config, line, value);
		return CONFIG_OK;
	}
	uint64_t number;
	if (!parse_number(value, &number) || number < line->min || number > line->max) {
		snprintf(message, 256, "--%s %.40s: not a number from %llu to %llu", line->name,
		    value, (unsigned long long)line->min, (unsigned long long)line->max);
		return CONFIG_USAGE;
	}
	set_number(config, line, number);
	return CONFIG_OK;
}

static const struct option_line *
find_line(const char *name, size_t n)
{
	for (size_t i = 0; i < LINES; i++)
		if (strlen(lines[i].name) == n && memcmp(lines[i].name, name, n) == 0)
			return &lines[i];
	return NULL;
}

/* One argument, and the next one where it is its value: *used says how many were read. */
static enum config_status
take_argument(
    struct config *config, const char *text, const char *next, int *used, char message[256])
{
	*used = 1;
	if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0)
		return CONFIG_HELP;
	if (strcmp(text, "--version") == 0)
		return CONFIG_VERSION;
	const char *name = strncmp(text, "--", 2) == 0 ? text + 2 : "";
	size_t n = strcspn(name, "=");
	const struct option_line *line = find_line(name, n);
	if (line == NULL) {
		snprintf(message, 256, "%.80s: no such option; --help lists them", text);
		return CONFIG_USAGE;
	}
	if (name[n] == '=')
		return set_option(config, line, name + n + 1, message);
	if (next == NULL) {
		snprintf(message, 256, "--%s needs a value: %s", line->name, line->argument);
		return CONFIG_USAGE;
	}
	*used = 2;
	return set_option(config, line, next, message);
}

static bool
set_inet(struct config *config, const char *host, uint16_t port)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &four.sin_addr) == 1) {
		memcpy(&config->address, &four, sizeof(four));
		config->address_bytes = sizeof(four);
		return true;
	}
	if (inet_pton(AF_INET6, host, &six.sin6_addr) == 1) {
		memcpy(&config->address, &six, sizeof(six));
		config->address_bytes = sizeof(six);
		return true;
	}
	return false;
}

static bool
is_loopback(const struct config *config)
{
	if (config->address.ss_family == AF_INET) {
		struct sockaddr_in four;
		memcpy(&four, &config->address, sizeof(four));
		return ntohl(four.sin_addr.s_addr) >> 24 == 127;
	}
	struct sockaddr_in6 six;
	memcpy(&six, &config->address, sizeof(six));
	return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr);
}

/* "127.0.0.1:5757", "[::1]:5757", "localhost:0". */
static enum config_status
parse_listen(struct config *config, char message[256])
{
	char host[64];
	const char *colon = strrchr(config->listen, ':');
	uint64_t port;
	const char *from = config->listen;
	size_t n = colon == NULL ? 0 : (size_t)(colon - from);
	if (n >= 2 && from[0] == '[' && from[n - 1] == ']') {
		from++;
		n -= 2;
	}
	bool is_whole = colon != NULL && n > 0 && n < sizeof(host) &&
			parse_number(colon + 1, &port) && port <= 65535;
	if (is_whole) {
		memcpy(host, from, n);
		host[n] = '\0';
		is_whole = set_inet(config, host, (uint16_t)port);
	}
	if (!is_whole) {
		snprintf(message, 256,
		    "--listen %.80s: not an address and a port, as 127.0.0.1:5757", config->listen);
		return CONFIG_USAGE;
	}
	if (!is_loopback(config)) {
		snprintf(message, 256,
		    "--listen %.80s: not a loopback address; answers and codes would travel in the "
		    "clear, so "
		    "khaosatd serves other addresses only once it speaks TLS",
		    config->listen);
		return CONFIG_REFUSED;
	}
	return CONFIG_OK;
}

static enum config_status
parse_level(struct config *config, char message[256])
{
	static const char *const name[] = {"debug", "info", "notice", "warn", "error"};
	for (unsigned i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (strcmp(config->log_level, name[i]) == 0) {
			config->level = i;
			return CONFIG_OK;
		}
	snprintf(message, 256, "--log-level %.40s: not one of debug, info, notice, warn, error",
	    config->log_level);
	return CONFIG_USAGE;
}

static uint64_t
loops_auto(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (cores < 1)
		return 1;
	return cores > (long)CONFIG_LOOPS_AUTO ? CONFIG_LOOPS_AUTO : (uint64_t)cores;
}

enum config_status
config_parse(int argc, char *const *argv, struct config *out, char message[256])
{
	struct config config;
	set_defaults(&config);
	for (int i = 1, used; i < argc; i += used) {
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;
		enum config_status status = take_argument(&config, argv[i], next, &used, message);
		if (status != CONFIG_OK)
			return status;
	}
	enum config_status status = parse_level(&config, message);
	if (status == CONFIG_OK)
		status = parse_listen(&config, message);
	if (status != CONFIG_OK)
		return status;
	if (config.restore != NULL && config.verify != NULL) {
		snprintf(message, 256, "--restore and --verify: one of them at a time");
		return CONFIG_USAGE;
	}
	if (config.loops == 0)
		config.loops = loops_auto();
	*out = config;
	return CONFIG_OK;
}

static size_t
help_line(const struct option_line *line, char *out, size_t cap)
{
	char left[48];
	snprintf(left, sizeof(left), "--%s %s", line->name, line->argument);
	int n;
	if (line->kind == OPTION_NUMBER)
		n = snprintf(out, cap, "  %-26s %s (%llu)\n", left, line->help,
		    (unsigned long long)line->default_number);
	else if (line->default_text != NULL)
		n = snprintf(out, cap, "  %-26s %s (%s)\n", left, line->help, line->default_text);
	else
		n = snprintf(out, cap, "  %-26s %s\n", left, line->help);
	return n > 0 ? (size_t)n : 0;
}

size_t
config_help(char *out, size_t cap)
{
	static const char head[] =
	    "usage: khaosatd [option value]...\n"
	    "The collector: takes in submissions, keeps the log, answers for rates.\n\n";
	size_t n = (size_t)snprintf(out, cap, "%s", head);
	for (size_t i = 0; i < LINES; i++)
		n += help_line(&lines[i], n < cap ? out + n : NULL, n < cap ? cap - n : 0);
	n += (size_t)snprintf(n < cap ? out + n : NULL, n < cap ? cap - n : 0,
	    "  %-26s %s\n  %-26s %s\n", "--help", "this text", "--version", "the version");
	return n;
}

uint64_t
config_disk_reserve(const struct config *config, const char *folder)
{
	uint64_t bytes = config->disk_reserve_mib * MIB;
	return config->disk_reserve_mib == DISK_RESERVE_MIB ? store_reserve(folder, bytes) : bytes;
}
