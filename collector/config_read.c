/* SPDX-License-Identifier: Apache-2.0 */
/* How a config is read: the file, the arguments, what must hold between them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/address.h"
#include "collector/config_file.h"
#include "collector/config_parts.h"
#include "survey/rounding.h"

static const struct option_line *
find_line(const char *name, size_t n)
{
	for (size_t i = 0; i < config_n_lines; i++)
		if (strlen(config_lines[i].name) == n && memcmp(config_lines[i].name, name, n) == 0)
			return &config_lines[i];
	return NULL;
}

/* ------------------------------------------------------------------------------ the file */

struct filling {
	struct config *config;
	unsigned seen_in[CONFIG_LINES_MAX]; /* line of the file; 0: not yet */
};

/* What was meant for a comment or for quotes would be of the value, of a folder's name say; and
 * what was meant for a rule would be a comment. */
static const char *
why_misread(const struct option_line *line, const char *value, bool has_comment)
{
	if (*value == '"' || *value == '\'')
		return "quotes would be of the value; leave them out";
	if (strstr(value, " #") != NULL || strstr(value, "\t#") != NULL)
		return "# begins a comment at the start of a line only";
	if (has_comment && strcmp(line->name, "export-schedule") == 0)
		return "a blank and ; begin a comment; write rules as in daily 02:00; close";
	return NULL;
}

static bool
take_file_line(void *context, unsigned number, const char *name, const char *value,
    bool has_comment, char message[CONFIG_MESSAGE_BYTES])
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
	unsigned *seen_in = &filling->seen_in[line - config_lines];
	if (*seen_in != 0) {
		snprintf(message, CONFIG_MESSAGE_BYTES, "%s: given before, in line %u", line->name,
		    *seen_in);
		return false;
	}
	*seen_in = number;
	const char *why = why_misread(line, value, has_comment);
	if (why == NULL)
		return config_set(filling->config, line, value, message) == CONFIG_OK;
	snprintf(message, CONFIG_MESSAGE_BYTES, "%s: %s", line->name, why);
	return false;
}

/* ------------------------------------------------------------------------------ the arguments */

static enum config_status
set_flag(struct config *config, const struct option_line *line, const char *value,
    char message[CONFIG_MESSAGE_BYTES])
{
	char why[CONFIG_MESSAGE_BYTES] = "";
	enum config_status status = config_set(config, line, value, why);
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

/* ------------------------------------------------------------------------------ together */

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

/* What holds between options. */
static enum config_status
check_together(const struct config *config, char message[CONFIG_MESSAGE_BYTES])
{
	if (config->restore != NULL && config->verify != NULL) {
		snprintf(
		    message, CONFIG_MESSAGE_BYTES, "--restore and --verify: one of them at a time");
		return CONFIG_USAGE;
	}
	if (config->export_rounding != 0 && config->export_rounding < ROUNDING_BASE_MIN) {
		snprintf(message, CONFIG_MESSAGE_BYTES,
		    "export-rounding: 0, or 3 or more: less would protect nobody");
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

/* The arguments are taken twice: they name the file, and they win over it. */
static enum config_status
fill(struct config *config, int argc, char *const *argv, char message[CONFIG_MESSAGE_BYTES])
{
	enum config_status status = take_arguments(config, argc, argv, message);
	if (status != CONFIG_OK || config->config == NULL)
		return status;
	struct filling filling = {.config = config};
	const char *path = config->config;
	config_set_defaults(config);
	if (!config_file_read(path, take_file_line, &filling, &config->memory, message))
		return CONFIG_REFUSED;
	return take_arguments(config, argc, argv, message);
}

enum config_status
config_parse(int argc, char *const *argv, struct config *out, char message[CONFIG_MESSAGE_BYTES])
{
	struct config config;
	config_set_defaults(&config);
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
