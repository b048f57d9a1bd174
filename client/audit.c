/* SPDX-License-Identifier: Apache-2.0 */
/* audit: what staff did, when, with what before and after. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "client/acts.h"
#include "client/commands.h"
#include "client/csv_cell.h"
#include "client/figure_options.h"
#include "client/local_time.h"
#include "client/staff.h"
#include "client/width.h"

struct audit {
	const struct client *client;
	enum format format;
	int64_t since_ms;
	const char *who, *what; /* NULL: all */
	size_t printed;
};

/* ------------------------------------------------------------------------------- one line */

static void
print_row(const struct audit *audit, const struct act *act)
{
	char number[24], time[LOCAL_TIME_BYTES];
	snprintf(number, sizeof(number), "%" PRIu64, act->number);
	local_time_print(act->time_ms, audit->client->language == LANGUAGE_VI, time);
	width_print_right(stdout, number, 8);
	width_print(stdout, time, 19);
	width_print(stdout, act->who, 14);
	width_print(stdout, act->what, 20);
	fputs(act->on, stdout);
	if (act->before[0] != '\0' || act->after[0] != '\0')
		printf(": %s -> %s", act->before[0] != '\0' ? act->before : "-",
		    act->after[0] != '\0' ? act->after : "-");
	putchar('\n');
}

static void
print_csv(const struct audit *audit, const struct act *act)
{
	char time[LOCAL_TIME_BYTES];
	const char *cells[] = {act->who, act->what, act->on, act->before, act->after};
	if (audit->printed == 0)
		fputs("number,time,who,what,on,before,after\r\n", stdout);
	utc_time_print(act->time_ms, time);
	printf("%" PRIu64 ",%s", act->number, time);
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		putchar(',');
		csv_cell(stdout, cells[i]);
	}
	fputs("\r\n", stdout);
}

static void
print_json(const struct audit *audit, const struct act *act)
{
	char time[LOCAL_TIME_BYTES];
	utc_time_print(act->time_ms, time);
	json_t *object = json_pack("{sI ss ss ss ss ss ss}", "number", (json_int_t)act->number,
	    "time", time, "who", act->who, "what", act->what, "on", act->on, "before", act->before,
	    "after", act->after);
	fputs(audit->printed == 0 ? "[\n " : ",\n ", stdout);
	if (object != NULL)
		json_dumpf(object, stdout, JSON_PRESERVE_ORDER);
	json_decref(object);
}

static bool
on_act(void *context, const struct act *act)
{
	static void (*const print[])(const struct audit *, const struct act *) = {
	    [FORMAT_TABLE] = print_row, [FORMAT_CSV] = print_csv, [FORMAT_JSON] = print_json};
	struct audit *audit = context;
	if (act->time_ms < audit->since_ms ||
	    (audit->who != NULL && strcmp(audit->who, act->who) != 0) ||
	    (audit->what != NULL && !acts_matches(act, audit->what)))
		return true;
	print[audit->format](audit, act);
	audit->printed++;
	return true;
}

/* ------------------------------------------------------------------------------- the command */

static int
run_with(struct audit *audit)
{
	int exit_code = EXIT_DONE;
	struct connection *c = connection_begin(audit->client, &exit_code);
	if (c == NULL)
		return exit_code;
	exit_code = acts_read(audit->client, c, on_act, audit);
	connection_close(c);
	if (audit->format == FORMAT_JSON && exit_code == EXIT_DONE)
		puts(audit->printed == 0 ? "[]" : "\n]");
	return exit_code;
}

static bool
take_since(struct audit *audit, const char *value)
{
	if (local_time_parse_from(value, &audit->since_ms))
		return true;
	client_error(client_say(audit->client,
			 "--since %s: phải là ngày 2026-01-31 hoặc thời điểm kèm múi giờ "
			 "2026-01-31T17:00+07:00",
			 "--since %s: must be a day, 2026-01-31, or a time with its zone, "
			 "2026-01-31T17:00+07:00"),
	    value);
	return false;
}

static bool
take_what(struct audit *audit, const char *value)
{
	char groups[512];
	audit->what = value;
	if (acts_is_what(value))
		return true;
	acts_print_groups(groups);
	client_error(client_say(audit->client,
			 "--what %s: phải là một trong %s, hoặc một việc như round.opened",
			 "--what %s: must be one of %s, or one act such as round.opened"),
	    value, groups);
	return false;
}

static bool
take_option(struct audit *audit, int option, const char *value)
{
	switch (option) {
	case 's':
		return take_since(audit, value);
	case 'w':
		audit->who = value;
		return true;
	case 'k':
		return take_what(audit, value);
	case 'f':
		return figure_options_format(audit->client, value, &audit->format);
	default:
		return false;
	}
}

static int
run_audit(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"since", required_argument, NULL, 's'},
	    {"who", required_argument, NULL, 'w'}, {"what", required_argument, NULL, 'k'},
	    {"format", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
	struct audit audit = {.client = client, .since_ms = INT64_MIN};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;)
		if (!take_option(&audit, o, optarg))
			return EXIT_USAGE;
	if (optind < argc)
		return client_usage(client, &command_audit,
		    client_say(client, "thừa \"%s\"", "\"%s\" is too much"), argv[optind]);
	return staff_has_token(client) ? run_with(&audit) : EXIT_USAGE;
}

const struct command command_audit = {"audit",
    "[--since T] [--who NAME] [--what WHAT] [--format table|json|csv]",
    "cán bộ và đơn vị kế toán đã làm gì, lúc nào, trước và sau",
    "what staff and firms did, when, before and after", run_audit};
