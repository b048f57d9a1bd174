/* SPDX-License-Identifier: Apache-2.0 */
/* rates: what share has met each goal, and what silence could still change. */
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/rates_data.h"
#include "client/rates_table.h"
#include "client/rounds.h"
#include "client/staff.h"

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

struct rates_options {
	const char *round;
	enum format format;
	struct rates_asked asked;
};

static bool
take_format(const struct client *client, const char *value, enum format *out)
{
	static const char *const name[] = {"table", "json", "csv"};
	for (int i = 0; i < 3; i++) {
		if (strcmp(value, name[i]) == 0) {
			*out = (enum format)i;
			return true;
		}
	}
	client_error(client_say(client, "--format %s: phải là table, json hoặc csv",
			 "--format %s: must be table, json or csv"),
	    value);
	return false;
}

static bool
take_dimension(const struct client *client, const char *value, struct rates_asked *asked)
{
	int dimension = rates_dimension(value);
	if (dimension >= 0 && asked->dimensions < RATES_DIMENSIONS) {
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

static bool
take_goal(const struct client *client, char *value, struct rates_asked *asked)
{
	if (asked->goals < RATES_GOALS_MAX) {
		asked->goal[asked->goals++] = value;
		return true;
	}
	client_error("--goal: %s", client_say(client, "quá nhiều", "too many"));
	return false;
}

static bool
take_options(struct client *client, int argc, char **argv, struct rates_options *out)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"goal", required_argument, NULL, 'g'}, {"by", required_argument, NULL, 'b'},
	    {"format", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
	bool good = true;
	for (int o; good && (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'r')
			out->round = optarg;
		else if (o == 'g')
			good = take_goal(client, optarg, &out->asked);
		else if (o == 'b')
			good = take_dimension(client, optarg, &out->asked);
		else
			good = o == 'f' && take_format(client, optarg, &out->format);
	}
	if (good && optind < argc) {
		client_usage(client, &command_rates,
		    client_say(client, "thừa \"%s\"", "\"%s\" is too much"), argv[optind]);
		return false;
	}
	return good && staff_has_token(client);
}

static bool
print(const struct client *client, const Khaosat__V1__Rates *rates, enum format format)
{
	switch (format) {
	case FORMAT_TABLE:
		return rates_table_print(client, rates, stdout);
	case FORMAT_JSON:
		return rates_write_json(rates, -1, stdout);
	case FORMAT_CSV:
		rates_write_csv(rates, -1, stdout);
		return true;
	}
	return false;
}

static int
run_rates(struct client *client, int argc, char **argv)
{
	struct rates_options options = {0};
	struct round_found round;
	int exit_code = EXIT_DONE;
	if (!take_options(client, argc, argv, &options))
		return EXIT_USAGE;
	struct connection *c = connection_begin(client, &exit_code);
	if (c == NULL)
		return exit_code;
	if (rounds_find(client, c, options.round, &round, &exit_code)) {
		options.asked.round = round.name;
		Khaosat__V1__Response *response = rates_ask(client, c, &options.asked, &exit_code);
		if (response != NULL && !print(client, response->rates, options.format)) {
			client_error("%s", client_say(client, "hết bộ nhớ", "out of memory"));
			exit_code = EXIT_FAILED;
		}
		if (response != NULL)
			khaosat__v1__response__free_unpacked(response, NULL);
	}
	connection_close(c);
	return exit_code;
}

const struct command command_rates = {"rates",
    "[--round R] [--goal G]... [--by whole|zone|zone_type|commune|sector|size|unit_type]... "
    "[--format table|json|csv]",
    "tỷ lệ, biên và kết luận của từng mục tiêu", "shares, bounds and verdict of each goal",
    run_rates};
