/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options, and what reads it. A new option is a field in struct config and a line
 * here; the README's table is made of this one (tests/support/options_table.py). */
#include "collector/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/address.h"
#include "collector/config_file.h"
#include "collector/export/schedule.h"
#include "collector/log.h"
#include "proto/limits.h"
#include "storage/store.h"
#include "survey/disclosure.h"

enum option_kind { OPTION_TEXT, OPTION_NUMBER, OPTION_CHOICE, OPTION_SWITCH };

enum option_use {
	OPTION_COMMAND, /* on the command line only */
	OPTION_START,   /* in the file too; read at start */
	OPTION_RELOAD   /* and again at SIGHUP; never a text, which would be the file's */
};

struct option_line;
typedef enum config_status option_check(
    struct config *config, const char *value, char message[CONFIG_MESSAGE_BYTES]);

struct option_line {
	const char *name;
	const char *argument;
	const char *help;
	const char *default_text; /* OPTION_TEXT; NULL: none */
	enum option_kind kind;
	enum option_use use;
	uint64_t default_number, min, max;
	size_t offset;
	const char *const *words; /* OPTION_CHOICE: its words, then NULL */
	option_check *check;      /* what else must hold; NULL: nothing */
};

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

static const struct option_line lines[] = {
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
    NUMBER(export_frequency, OPTION_START, "export-frequency", "N", DISCLOSURE_FREQUENCY_PUBLIC,
	DISCLOSURE_FREQUENCY_FLOOR, 1000, "least number of units in a published figure"),
    NUMBER(export_keep, OPTION_START, "export-keep", "N", 0, 0, 100000,
	"interim exports of a round kept on the disk, at least; 0: all"),
    NUMBER(export_keep_days, OPTION_START, "export-keep-days", "N", 0, 0, 36500,
	"and all that are younger than this"),
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
	"answers that wait until peers take them, in all; over it large ones are told to try "
	"later"),
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

#define LINES (sizeof(lines) / sizeof(lines[0]))

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

/* Whether a door that is open to others may be so. */
static enum config_status
check_door(const char *option, const char *value, const struct sockaddr_storage *address,
    char message[CONFIG_MESSAGE_BYTES])
{
	if (address_is_loopback(address))
		return CONFIG_OK;
	snprintf(message, CONFIG_MESSAGE_BYTES,
	    "%s %.80s: not a loopback address; without TLS answers and codes would travel in the "
	    "clear. Give --tls-cert and --tls-key; khaosatd --self-signed DIR makes a pair for a "
	    "trial",
	    option, value);
	return CONFIG_REFUSED;
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

/* What holds between options. */
static enum config_status
check_together(const struct config *config, char message[CONFIG_MESSAGE_BYTES])
{
	if (config->restore != NULL && config->verify != NULL) {
		snprintf(
		    message, CONFIG_MESSAGE_BYTES, "--restore and --verify: one of them at a time");
		return CONFIG_USAGE;
	}
	bool has_tls = config->tls_cert != NULL;
	if (has_tls != (config->tls_key != NULL) || (!has_tls && config->tls_client_ca != NULL)) {
		snprintf(message, CONFIG_MESSAGE_BYTES, "tls-cert, tls-key%s: they go together",
		    config->tls_client_ca != NULL ? ", tls-client-ca" : "");
		return CONFIG_USAGE;
	}
	enum config_status status = CONFIG_OK;
	if (!has_tls)
		status = check_door("listen", config->listen, &config->address, message);
	if (!has_tls && status == CONFIG_OK && config->http_address_bytes != 0)
		status =
		    check_door("http-listen", config->http_listen, &config->http_address, message);
	return status;
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

/* `value` stays: it is in argv, a constant or the config's own memory. */
static enum config_status
set_option(struct config *config, const struct option_line *line, const char *value,
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

static void
set_defaults(struct config *config)
{
	char message[CONFIG_MESSAGE_BYTES];
	*config = (struct config){0};
	for (size_t i = 0; i < LINES; i++) {
		if (lines[i].kind != OPTION_TEXT)
			set_number(config, &lines[i], lines[i].default_number);
		else if (lines[i].default_text != NULL)
			set_option(config, &lines[i], lines[i].default_text, message);
	}
}

static const struct option_line *
find_line(const char *name, size_t n)
{
	for (size_t i = 0; i < LINES; i++)
		if (strlen(lines[i].name) == n && memcmp(lines[i].name, name, n) == 0)
			return &lines[i];
	return NULL;
}

/* ------------------------------------------------------------------------------ the file */

struct filling {
	struct config *config;
	unsigned seen_in[LINES]; /* line of the file; 0: not yet */
};

static bool
take_file_line(void *context, unsigned number, const char *name, const char *value,
    char message[CONFIG_MESSAGE_BYTES])
{
	struct filling *filling = context;
	const struct option_line *line = find_line(name, strlen(name));
	if (line == NULL) {
		snprintf(message, CONFIG_MESSAGE_BYTES, "%.80s: no such option", name);
		return false;
	}
	if (line->use == OPTION_COMMAND) {
		snprintf(message, CONFIG_MESSAGE_BYTES, "%s: on the command line only", line->name);
		return false;
	}
	unsigned *seen_in = &filling->seen_in[line - lines];
	if (*seen_in != 0) {
		snprintf(message, CONFIG_MESSAGE_BYTES, "%s: given before, in line %u", line->name,
		    *seen_in);
		return false;
	}
	*seen_in = number;
	return set_option(filling->config, line, value, message) == CONFIG_OK;
}

/* ------------------------------------------------------------------------------ the arguments */

static enum config_status
set_flag(struct config *config, const struct option_line *line, const char *value,
    char message[CONFIG_MESSAGE_BYTES])
{
	char why[CONFIG_MESSAGE_BYTES] = "";
	enum config_status status = set_option(config, line, value, why);
	if (status != CONFIG_OK)
		snprintf(message, CONFIG_MESSAGE_BYTES, "--%.500s", why);
	return status;
}

/* One argument, and the next one where it is its value: *used says how many were read. */
static enum config_status
take_argument(struct config *config, const char *text, const char *next, int *used,
    char message[CONFIG_MESSAGE_BYTES])
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
		snprintf(message, CONFIG_MESSAGE_BYTES, "%.80s: no such option; --help lists them",
		    text);
		return CONFIG_USAGE;
	}
	if (line->kind == OPTION_SWITCH && name[n] == '\0')
		return set_flag(config, line, "1", message);
	if (name[n] == '=')
		return set_flag(config, line, name + n + 1, message);
	if (next == NULL) {
		snprintf(message, CONFIG_MESSAGE_BYTES, "--%s needs a value: %s", line->name,
		    line->argument);
		return CONFIG_USAGE;
	}
	*used = 2;
	return set_flag(config, line, next, message);
}

static enum config_status
take_arguments(
    struct config *config, int argc, char *const *argv, char message[CONFIG_MESSAGE_BYTES])
{
	for (int i = 1, used; i < argc; i += used) {
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;
		enum config_status status = take_argument(config, argv[i], next, &used, message);
		if (status != CONFIG_OK)
			return status;
	}
	return CONFIG_OK;
}

static uint64_t
loops_auto(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (cores < 1)
		return 1;
	return cores > (long)CONFIG_LOOPS_AUTO ? CONFIG_LOOPS_AUTO : (uint64_t)cores;
}

/* The arguments are taken twice: they name the file, and they win over it. */
static enum config_status
fill(struct config *config, int argc, char *const *argv, char message[CONFIG_MESSAGE_BYTES])
{
	enum config_status status = take_arguments(config, argc, argv, message);
	if (status != CONFIG_OK || config->config == NULL)
		return status;
	struct filling filling = {.config = config};
	const char *path = config->config;
	set_defaults(config);
	if (!config_file_read(path, take_file_line, &filling, &config->memory, message))
		return CONFIG_REFUSED;
	return take_arguments(config, argc, argv, message);
}

enum config_status
config_parse(int argc, char *const *argv, struct config *out, char message[CONFIG_MESSAGE_BYTES])
{
	struct config config;
	set_defaults(&config);
	enum config_status status = fill(&config, argc, argv, message);
	if (status == CONFIG_OK)
		status = check_together(&config, message);
	if (status != CONFIG_OK) {
		config_free(&config);
		return status;
	}
	if (config.loops == 0)
		config.loops = loops_auto();
	*out = config;
	return CONFIG_OK;
}

void
config_free(struct config *config)
{
	free(config->memory);
	config->memory = NULL;
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
		if (is_same(running, fresh, &lines[i]))
			continue;
		bool is_taken = lines[i].use == OPTION_RELOAD;
		if (is_taken)
			set_number(running, &lines[i], get_number(fresh, &lines[i]));
		changed(lines[i].name, is_taken);
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
		n += help_line(&lines[i], n < cap ? out + n : NULL, n < cap ? cap - n : 0);
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
