/* SPDX-License-Identifier: Apache-2.0 */
/* What must not be seen: a line from the terminal that is not shown while it is typed, and
 * passwords, which come from there or from a file, never from the command line. One thread. */
#ifndef KHAOSAT_CLIENT_SILENT_H
#define KHAOSAT_CLIENT_SILENT_H

#include <stdbool.h>
#include <stddef.h>

#include "client/client.h"

/* One line from the terminal without its end. Ctrl-C does what it does when the terminal is as it
 * was. False: there is no terminal, or nothing came. */
bool silent_line(const char *prompt, char *line, size_t cap);

#define SILENT_PASSWORD_BYTES 1024

enum silent_password { PASSWORD_TO_CHECK, PASSWORD_TO_SET /* asked for twice */ };

/* The first line of `file`, or, with NULL, of the terminal; in normal form C. EXIT_DONE, or the
 * exit code after what is wrong has been said. To be wiped with explicit_bzero. */
int silent_password(const struct client *client, enum silent_password what, const char *file,
    const char *prompt, char out[SILENT_PASSWORD_BYTES]);

#endif
