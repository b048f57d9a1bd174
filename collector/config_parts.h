/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options as config.c has it and config_read.c fills a config by it. */
#ifndef KHAOSAT_COLLECTOR_CONFIG_PARTS_H
#define KHAOSAT_COLLECTOR_CONFIG_PARTS_H

#include "collector/config.h"

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

#define CONFIG_LINES_MAX 96
extern const struct option_line config_lines[];
extern const size_t config_n_lines;

void config_set_defaults(struct config *config);
/* One option, judged by its line; `value` stays: it is in argv, a constant or the config's own
 * memory. */
enum config_status config_set(struct config *config, const struct option_line *line,
    const char *value, char message[CONFIG_MESSAGE_BYTES]);

#endif
