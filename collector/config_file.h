/* SPDX-License-Identifier: Apache-2.0 */
/* The file of options: lines NAME = VALUE and comments (# or ; first, or behind a value after a
 * blank and ;), no sections. What a name means is the caller's affair. Main thread. */
#ifndef KHAOSAT_COLLECTOR_CONFIG_FILE_H
#define KHAOSAT_COLLECTOR_CONFIG_FILE_H

#include <stdbool.h>

#include "collector/config.h"

#define CONFIG_FILE_MAX_BYTES 65536

/* `value` lives as long as the memory below; has_comment: one stood behind it. False, with the
 * reason, ends the reading. */
typedef bool config_file_line(void *context, unsigned line, const char *name, const char *value,
    bool has_comment, char message[CONFIG_MESSAGE_BYTES]);

/* Reads all of it. *memory is what the values stand in: set in every case, the caller's to free.
 * False: `message` says which file, which line and why. */
bool config_file_read(const char *path, config_file_line *take, void *context, char **memory,
    char message[CONFIG_MESSAGE_BYTES]);

#endif
