/* SPDX-License-Identifier: Apache-2.0 */
/* Options that commands which print figures have in common. What is wrong is said, with what may
 * stand there. One thread. */
#ifndef KHAOSAT_CLIENT_FIGURE_OPTIONS_H
#define KHAOSAT_CLIENT_FIGURE_OPTIONS_H

#include "client/rates_data.h"

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

bool figure_options_format(const struct client *client, const char *value, enum format *out);
bool figure_options_by(
    const struct client *client, const char *value, struct rates_asked *asked); /* one more */
bool figure_options_cell(const struct client *client, char *value, struct rates_asked *asked);
bool figure_options_goal(const struct client *client, char *value, struct rates_asked *asked);

#endif
