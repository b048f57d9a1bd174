/* SPDX-License-Identifier: Apache-2.0 */
/* rates: what share has met each goal, and what silence could still change. goals: the same with
 * estimates of what the silent would have said. */
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/estimates_data.h"
#include "client/figure_options.h"
#include "client/goals_table.h"
#include "client/rates_data.h"
#include "client/rates_table.h"
#include "client/rounds.h"
#include "client/staff.h"

struct rates_options {
	const struct command *command;
	const char *round;
	Khaosat__V1__IntervalMethod method; /* of goals */
	enum format format;
	struct rates_asked asked;
};

static bool
take_method(const struct client *client, const char *value, Khaosat__V1__IntervalMethod *out)
{
	for (int i = 0; i < ESTIMATES_METHODS; i++) {
		if (strcmp(value, estimates_method_name[i]) == 0) {
			*out = (Khaosat__V1__IntervalMethod)(i + 1);
			return true;
		}
	}
	const char *near = client_nearest(value, estimates_method_name, ESTIMATES_METHODS);
	client_error(client_say(client,
			 "--interval %s: phải là wilson, logit, beta, clopper-pearson hoặc "
			 "hypergeometric%s%s",
			 "--interval %s: must be wilson, logit, beta, clopper-pearson or "
			 "hypergeometric%s%s"),
	    value, near != NULL ? ": " : "", near != NULL ? near : "");
	return false;
}

static bool
take_options(struct client *client, int argc, char **argv, struct rates_options *out)
{
	static const struct option options[] = {{"interval", required_argument, NULL, 'i'},
	    {"round", required_argument, NULL, 'r'}, {"goal", required_argument, NULL, 'g'},
	    {"by", required_argument, NULL, 'b'}, {"cell", required_argument, NULL, 'c'},
	    {"format", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
	bool is_goals = out->command == &command_goals;
	bool good = true;
	for (int o; good && (o = client_option(client, argc, argv, options + !is_goals)) != -1;) {
		if (o == 'r')
			out->round = optarg;
		else if (o == 'g')
			good = figure_options_goal(client, optarg, &out->asked);
		else if (o == 'b')
			good = figure_options_by(client, optarg, &out->asked);
		else if (o == 'c')
			good = figure_options_cell(client, optarg, &out->asked);
		else if (o == 'i')
			good = take_method(client, optarg, &out->method);
		else
			good = o == 'f' && figure_options_format(client, optarg, &out->format);
	}
	return good && client_is_end(client, out->command, argc, argv) && staff_has_token(client);
}

static bool
print_rates(const struct client *client, const Khaosat__V1__Rates *rates, enum format format)
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

static bool
print_goals(
    const struct client *client, const Khaosat__V1__Estimates *estimates, enum format format)
{
	switch (format) {
	case FORMAT_TABLE:
		return goals_table_print(client, estimates, stdout);
	case FORMAT_JSON:
		return estimates_write_json(estimates, stdout);
	case FORMAT_CSV:
		estimates_write_csv(estimates, stdout);
		return true;
	}
	return false;
}

static int
ask_and_print(const struct client *client, struct connection *c, struct rates_options *o)
{
	int exit_code = EXIT_DONE;
	bool is_goals = o->command == &command_goals;
	Khaosat__V1__Response *response =
	    is_goals ? estimates_ask(client, c, &o->asked, o->method, &exit_code)
		     : rates_ask(client, c, &o->asked, &exit_code);
	if (response == NULL)
		return exit_code;
	bool good = is_goals ? print_goals(client, response->estimates, o->format)
			     : print_rates(client, response->rates, o->format);
	if (!good) {
		client_error("%s", client_say(client, "hết bộ nhớ", "out of memory"));
		exit_code = EXIT_FAILED;
	}
	khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

static int
run(const struct command *command, struct client *client, int argc, char **argv)
{
	struct rates_options options = {.command = command};
	struct round_found round;
	int exit_code = EXIT_DONE;
	if (!take_options(client, argc, argv, &options))
		return EXIT_USAGE;
	struct connection *c = connection_begin(client, &exit_code);
	if (c == NULL)
		return exit_code;
	if (rounds_find(client, c, options.round, &round, &exit_code)) {
		options.asked.round = round.name;
		exit_code = ask_and_print(client, c, &options);
	}
	connection_close(c);
	return exit_code;
}

static int
run_rates(struct client *client, int argc, char **argv)
{
	return run(&command_rates, client, argc, argv);
}

static int
run_goals(struct client *client, int argc, char **argv)
{
	return run(&command_goals, client, argc, argv);
}

const struct command command_rates = {"rates",
    "[--round R] [--goal G]... [--by whole|zone|zone_type|commune|sector|size|unit_type]... "
    "[--cell C]... "
    "[--format table|json|csv]",
    "tỷ lệ, cận và kết luận của từng mục tiêu", "shares, bounds and verdict of each goal",
    run_rates};

const struct command command_goals = {"goals",
    "[--round R] [--goal G]... [--by whole|zone|zone_type|commune|sector|size|unit_type]... "
    "[--cell C]... "
    "[--interval wilson|logit|beta|clopper-pearson|hypergeometric] [--format table|json|csv]",
    "ước lượng, khoảng tin cậy, tỷ lệ trả lời và kết luận đầy đủ",
    "estimates, confidence intervals, response rates and full verdict", run_goals};
