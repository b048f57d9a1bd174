/* SPDX-License-Identifier: Apache-2.0 */
#include "client/figure_options.h"

#include <string.h>

bool
figure_options_format(const struct client *client, const char *value, enum format *out)
{
	static const char *const name[] = {"table", "json", "csv"};
	for (int i = 0; i < 3; i++)
		if (strcmp(value, name[i]) == 0) {
			*out = (enum format)i;
			return true;
		}
	client_error(client_say(client, "--format %s: phải là table, json hoặc csv",
			 "--format %s: must be table, json or csv"),
	    value);
	return false;
}

bool
figure_options_by(const struct client *client, const char *value, struct rates_asked *asked)
{
	int dimension = rates_dimension(value);
	for (size_t i = 0; i < asked->dimensions; i++)
		if ((int)asked->by[i] == dimension)
			return true;
	if (dimension >= 0) {
		asked->by[asked->dimensions++] = (Khaosat__V1__Dimension)dimension;
		return true;
	}
	const char *near = client_nearest(value, rates_dimension_name, RATES_DIMENSIONS);
	client_error(
	    client_say(client,
		"--by %s: phải là whole, zone, zone_type, commune, sector, size hoặc unit_type%s%s",
		"--by %s: must be whole, zone, zone_type, commune, sector, size or unit_type%s%s"),
	    value, near != NULL ? ": " : "", near != NULL ? near : "");
	return false;
}

bool
figure_options_cell(const struct client *client, char *value, struct rates_asked *asked)
{
	if (asked->cells < RATES_CELLS_MAX) {
		asked->cell[asked->cells++] = value;
		return true;
	}
	client_error(client_say(client, "--cell: nhiều nhất %d mã", "--cell: at most %d of them"),
	    RATES_CELLS_MAX);
	return false;
}

bool
figure_options_goal(const struct client *client, char *value, struct rates_asked *asked)
{
	if (asked->goals < RATES_GOALS_MAX) {
		asked->goal[asked->goals++] = value;
		return true;
	}
	client_error(
	    client_say(client, "--goal: nhiều nhất %d mục tiêu", "--goal: at most %d of them"),
	    RATES_GOALS_MAX);
	return false;
}
