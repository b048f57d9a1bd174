/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options, what a value must be, and --help. A new option is a field in struct config
 * and a line here; the table in collector/README.md is made of this one
 * (tests/support/options_table.py). */
#include "collector/config_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/address.h"
#include "collector/export/schedule.h"
#include "collector/log.h"
#include "proto/limits.h"
#include "storage/store.h"
#include "survey/disclosure.h"
#include "survey/rounding.h"

#define MIB (1024u * 1024u)
#define DISK_RESERVE_MIB 256

static option_check check_listen, check_http_listen, check_schedule;

static const char *const no_yes[] = {"no", "yes", NULL};
static const char *const formats[] = {"text", "json", NULL};
static const char *const levels[] = {"debug", "info", "notice", "warn", "error", NULL};

#define TEXT(field, use, name, argument, value, check, help)                                       \
	{                                                                                          \
		name, argument, help, value, OPTION_TEXT, use, 0, 0, 0,                            \
		    offsetof(struct config, field), NULL, check                                    \
	}
#define NUMBER(field, use, name, argument, value, min, max, help)                                  \
	{                                                                                          \
		name, argument, help, NULL, OPTION_NUMBER, use, value, min, max,                   \
		    offsetof(struct config, field), NULL, NULL                                     \
	}
#define CHOICE(field, use, name, argument, value, words, help)                                     \
	{                                                                                          \
		name, argument, help, NULL, OPTION_CHOICE, use, value, 0, 0,                       \
		    offsetof(struct config, field), words, NULL                                    \
	}
#define SWITCH(field, name, help)                                                                  \
	{                                                                                          \
		name, "", help, NULL, OPTION_SWITCH, OPTION_COMMAND, 0, 0, 1,                      \
		    offsetof(struct config, field), NULL, NULL                                     \
	}

const struct option_line config_lines[] = {
    TEXT(config, OPTION_COMMAND, "config", "FILE", NULL, NULL,
	"read NAME = VALUE lines first; options given here win"),
    SWITCH(check_config, "check-config", "say whether the options and the file are good, and end"),
    TEXT(restore, OPTION_COMMAND, "restore", "FILE", NULL, NULL,
	"make --data, empty or missing, of a backup (-: stdin), and end"),
    TEXT(verify, OPTION_COMMAND, "verify", "FILE", NULL, NULL,
	"recount a backup, in TMPDIR or /var/tmp; end with 1 if it differs"),
    TEXT(self_signed, OPTION_COMMAND, "self-signed", "DIR", NULL, NULL,
	"make cert.pem and key.pem there, for a trial, and end"),
    TEXT(data, OPTION_START, "data", "DIR", "./khaosat-data", NULL,
	"folder of the log; made, mode 0700, if there is none"),
    TEXT(user, OPTION_START, "user", "NAME", NULL, NULL,
	"become this user, to whom the folder must belong, when started as root"),
    CHOICE(core_dumps, OPTION_START, "core-dumps", "YES", 0, no_yes,
	"whether core files and debuggers, which see answers and codes, are allowed: no, yes"),
    TEXT(listen, OPTION_START, "listen", "ADDRESS:PORT", "127.0.0.1:5757", check_listen,
	"where to listen; other than loopback with TLS only; port 0: any free one"),
    TEXT(http_listen, OPTION_START, "http-listen", "ADDRESS:PORT", "127.0.0.1:8080",
	check_http_listen, "the same for HTTP; none: nowhere"),
    TEXT(tls_cert, OPTION_START, "tls-cert", "FILE", NULL, NULL,
	"PEM: the certificate, then those that signed it; read again at SIGHUP"),
    TEXT(tls_key, OPTION_START, "tls-key", "FILE", NULL, NULL, "PEM: its key; likewise"),
    TEXT(tls_client_ca, OPTION_START, "tls-client-ca", "FILE", NULL, NULL,
	"PEM: clients may show a certificate of this authority, and none of another; who does may "
	"ask "
	"as often as it likes; likewise"),
    NUMBER(loops, OPTION_START, "loops", "N", 0, 0, 64, "event loops; 0: one a core, at most 8"),
    NUMBER(batch, OPTION_START, "batch", "N", 1024, 1, 65536, "entries committed at once, at most"),
    NUMBER(checkpoint_every, OPTION_RELOAD, "checkpoint-every", "N", 1000000, 1, 1000000000,
	"entries between two checkpoints of the state"),
    NUMBER(disk_reserve_mib, OPTION_START, "disk-reserve", "MIB", DISK_RESERVE_MIB, 0, 1048576,
	"below so much free space nothing is accepted; untold at most 5 % of the disk"),
    TEXT(export_dir, OPTION_START, "export-dir", "DIR", NULL, NULL,
	"folder of exports; untold the folder exports in that of the log"),
    TEXT(export_schedule, OPTION_START, "export-schedule", "RULES", NULL, check_schedule,
	"public exports to be made: daily 02:00; weekly mon 03:00; monthly 1 04:00; close; "
	"preliminary; final"),
    TEXT(export_office, OPTION_START, "export-office", "FILE", NULL, NULL,
	"what exports say of the office: name, contact, codes; read again at SIGHUP"),
    NUMBER(export_frequency, OPTION_START, "export-frequency", "N", DISCLOSURE_FREQUENCY_PUBLIC,
	DISCLOSURE_FREQUENCY_FLOOR, 1000, "least number of units in a published figure"),
    NUMBER(export_rounding, OPTION_START, "export-rounding", "N", 0, 0, ROUNDING_BASE_MAX,
	"round published counts to multiples of N, 3 or more; 0: withhold figures instead"),
    NUMBER(export_keep, OPTION_START, "export-keep", "N", 0, 0, 100000,
	"interim exports of a round kept on the disk, at least; 0: all, or as export-keep-days "
	"says"),
    NUMBER(export_keep_days, OPTION_START, "export-keep-days", "N", 0, 0, 36500,
	"and all that are younger than this; 0: by their number alone"),
    CHOICE(export_open, OPTION_START, "export-open", "YES", 0, no_yes,
	"whether anybody may list and read public exports, without a token: no, yes"),
    CHOICE(log_level, OPTION_RELOAD, "log-level", "LEVEL", LOG_INFO, levels,
	"least to log: debug, info, notice, warn, error"),
    CHOICE(log_format, OPTION_RELOAD, "log-format", "FORMAT", LOG_FORMAT_TEXT, formats,
	"how to log: text, or json: an object a line"),
    NUMBER(connections, OPTION_START, "connections", "N", 4096, 1, 1000000, "connections at once"),
    NUMBER(connections_per_address, OPTION_RELOAD, "connections-per-address", "N", 256, 0, 1000000,
	"of one IPv4 address or one IPv6 /64; 0: any number"),
    NUMBER(address_rate, OPTION_RELOAD, "address-rate", "N", 500, 0, 1000000,
	"connections and requests a second of one address, in bursts ten times as large; over it "
	"try later; 0: "
	"any"),
    NUMBER(unit_rate, OPTION_RELOAD, "unit-rate", "N", 10, 0, 1000000,
	"the same for one unit that has shown its code"),
    CHOICE(limit_loopback, OPTION_RELOAD, "limit-loopback", "YES", 0, no_yes,
	"whether limits per address hold for loopback too, where a proxy may stand: no, yes"),
    NUMBER(output_memory_mib, OPTION_RELOAD, "output-memory", "MIB", 256, 1, 1048576,
	"answers that wait until peers take them, and large requests that are not whole, in all; "
	"over it no further ones"),
    NUMBER(in_flight, OPTION_RELOAD, "in-flight", "N", 2048, 1, 65536,
	"requests under way, in all; over it units are told to try later"),
    NUMBER(session_in_flight, OPTION_RELOAD, "session-in-flight", "N", IN_FLIGHT_MAX_PER_SESSION, 1,
	IN_FLIGHT_MAX_PER_SESSION, "requests under way on one connection"),
    NUMBER(idle_timeout_ms, OPTION_RELOAD, "idle-timeout", "MS", 600000, 100, 86400000,
	"a connection without requests is closed after this"),
    NUMBER(read_timeout_ms, OPTION_RELOAD, "read-timeout", "MS", 30000, 100, 3600000,
	"a frame must be complete, and an answer taken, within this"),
    NUMBER(handshake_timeout_ms, OPTION_RELOAD, "handshake-timeout", "MS", 10000, 100, 600000,
	"of TLS, from the connection on"),
};

#define LINES (sizeof(config_lines) / sizeof(config_lines[0]))
const size_t config_n_lines = LINES;
_Static_assert(LINES <= CONFIG_LINES_MAX, "CONFIG_LINES_MAX is too small");

static void
set_text(struct config *config, const struct option_line *line, const char *value)
{
	memcpy((char *)config + line->offset, &value, sizeof(value));
}

static const char *
get_text(const struct config *config, const struct option_line *line)
{
	const char *value;
	memcpy(&value, (const char *)config + line->offset, sizeof(value));
	return value;
}

static void
set_number(struct config *config, const struct option_line *line, uint64_t value)
{
	memcpy((char *)config + line->offset, &value, sizeof(value));
}

static uint64_t
get_number(const struct config *config, const struct option_line *line)
{
	uint64_t value;
	memcpy(&value, (const char *)config + line->offset, sizeof(value));
	return value;
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

/* ------------------------------------------------------------------------------ values */

static enum config_status
check_address(const char *option, const char *value, struct sockaddr_storage *address,
    socklen_t *address_bytes, char message[CONFIG_MESSAGE_BYTES])
{
	if (address_parse(value, address, address_bytes))
		return CONFIG_OK;
	snprintf(message, CONFIG_MESSAGE_BYTES,
	    "%s %.80s: not an address and a port, as 127.0.0.1:5757", option, value);
	return CONFIG_USAGE;
}

static enum config_status
check_listen(struct config *config, const char *value, char message[CONFIG_MESSAGE_BYTES])
{
	return check_address("listen", value, &config->address, &config->address_bytes, message);
}

static enum config_status
check_http_listen(struct config *config, const char *value, char message[CONFIG_MESSAGE_BYTES])
{
	config->http_address_bytes = 0;
	if (strcmp(value, "none") == 0)
		return CONFIG_OK;
	return check_address(
	    "http-listen", value, &config->http_address, &config->http_address_bytes, message);
}

static enum config_status
check_schedule(struct config *config, const char *value, char message[CONFIG_MESSAGE_BYTES])
{
	struct schedule schedule;
	char why[SCHEDULE_WHY_BYTES];
	(void)config;
	if (schedule_parse(value, &schedule, why))
		return CONFIG_OK;
	snprintf(message, CONFIG_MESSAGE_BYTES, "export-schedule: %s", why);
	return CONFIG_USAGE;
}

static enum config_status
set_choice(struct config *config, const struct option_line *line, const char *value,
    char message[CONFIG_MESSAGE_BYTES])
{
	char all[80] = "";
	size_t n = 0;
	for (uint64_t i = 0; line->words[i] != NULL; i++) {
		if (strcmp(value, line->words[i]) == 0) {
			set_number(config, line, i);
			return CONFIG_OK;
		}
		n += (size_t)snprintf(
		    all + n, sizeof(all) - n, "%s%s", i == 0 ? "" : ", ", line->words[i]);
	}
	snprintf(message, CONFIG_MESSAGE_BYTES, "%s %.40s: not one of %s", line->name, value, all);
	return CONFIG_USAGE;
}

enum config_status
config_set(struct config *config, const struct option_line *line, const char *value,
    char message[CONFIG_MESSAGE_BYTES])
{
	uint64_t number;
	switch (line->kind) {
	case OPTION_TEXT:
		if (*value == '\0') {
			snprintf(message, CONFIG_MESSAGE_BYTES, "%s is empty", line->name);
			return CONFIG_USAGE;
		}
		set_text(config, line, value);
		return line->check != NULL ? line->check(config, value, message) : CONFIG_OK;
	case OPTION_CHOICE:
		return set_choice(config, line, value, message);
	case OPTION_NUMBER:
	case OPTION_SWITCH:
		break;
	}
	if (!parse_number(value, &number) || number < line->min || number > line->max) {
		snprintf(message, CONFIG_MESSAGE_BYTES, "%s %.40s: not a number from %llu to %llu",
		    line->name, value, (unsigned long long)line->min,
		    (unsigned long long)line->max);
		return CONFIG_USAGE;
	}
	set_number(config, line, number);
	return CONFIG_OK;
}

void
config_set_defaults(struct config *config)
{
	char message[CONFIG_MESSAGE_BYTES];
	*config = (struct config){0};
	for (size_t i = 0; i < LINES; i++) {
		if (config_lines[i].kind != OPTION_TEXT)
			set_number(config, &config_lines[i], config_lines[i].default_number);
		else if (config_lines[i].default_text != NULL)
			config_set(config, &config_lines[i], config_lines[i].default_text, message);
	}
}

/* ------------------------------------------------------------------------------ reload */

static bool
is_same(const struct config *a, const struct config *b, const struct option_line *line)
{
	if (line->kind != OPTION_TEXT)
		return get_number(a, line) == get_number(b, line);
	const char *left = get_text(a, line), *right = get_text(b, line);
	return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

void
config_reload(struct config *running, const struct config *fresh, config_changed *changed)
{
	for (size_t i = 0; i < LINES; i++) {
		if (is_same(running, fresh, &config_lines[i]))
			continue;
		bool is_taken = config_lines[i].use == OPTION_RELOAD;
		if (is_taken)
			set_number(running, &config_lines[i], get_number(fresh, &config_lines[i]));
		changed(config_lines[i].name, is_taken);
	}
}

/* ------------------------------------------------------------------------------ help */

static void
print_default(const struct option_line *line, char out[32])
{
	out[0] = '\0';
	switch (line->kind) {
	case OPTION_TEXT:
		if (line->default_text != NULL)
			snprintf(out, 32, " (%s)", line->default_text);
		return;
	case OPTION_NUMBER:
		snprintf(out, 32, " (%llu)", (unsigned long long)line->default_number);
		return;
	case OPTION_CHOICE:
		snprintf(out, 32, " (%s)", line->words[line->default_number]);
		return;
	case OPTION_SWITCH:
		return;
	}
}

static size_t
help_line(const struct option_line *line, char *out, size_t cap)
{
	static const char mark[] = {
	    [OPTION_COMMAND] = '-', [OPTION_START] = ' ', [OPTION_RELOAD] = '*'};
	char left[48], value[32];
	snprintf(left, sizeof(left), "--%s %s", line->name, line->argument);
	print_default(line, value);
	return (size_t)snprintf(
	    out, cap, "%c %-26s %s%s\n", mark[line->use], left, line->help, value);
}

size_t
config_help(char *out, size_t cap)
{
	static const char head[] =
	    "usage: khaosatd [option value]...\n"
	    "The collector: takes in submissions, keeps the log, answers for rates.\n\n"
	    "An option may stand in the file of --config too, as NAME = VALUE, but for those\n"
	    "marked -. Those marked * are taken from it again at SIGHUP.\n\n";
	size_t n = (size_t)snprintf(out, cap, "%s", head);
	for (size_t i = 0; i < LINES; i++)
		n += help_line(&config_lines[i], n < cap ? out + n : NULL, n < cap ? cap - n : 0);
	n += (size_t)snprintf(n < cap ? out + n : NULL, n < cap ? cap - n : 0,
	    "- %-26s %s\n- %-26s %s\n", "--help", "this text", "--version", "the version");
	return n;
}

uint64_t
config_disk_reserve(const struct config *config, const char *folder)
{
	uint64_t bytes = config->disk_reserve_mib * MIB;
	return config->disk_reserve_mib == DISK_RESERVE_MIB ? store_reserve(folder, bytes) : bytes;
}
