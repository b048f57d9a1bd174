/* SPDX-License-Identifier: Apache-2.0 */
/* audit: what staff did, when, with what before and after. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "client/acts.h"
#include "client/commands.h"
#include "client/csv_cell.h"
#include "client/local_time.h"
#include "client/staff.h"
#include "client/width.h"

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

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
take_format(const char *text, enum format *out)
{
	static const char *const names[] = {"table", "csv", "json"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], text) == 0) {
			*out = (enum format)i;
			return true;
		}
	return false;
}

/* A day means its beginning here. */
static bool
take_since(const char *text, int64_t *out)
{
	if (!local_time_parse(text, out))
		return false;
	if (local_date_is_good(text))
		*out -= INT64_C(86400000) - 1;
	return true;
}

static bool
take_option(struct audit *audit, int option, const char *value)
{
	switch (option) {
	case 's':
		return take_since(value, &audit->since_ms);
	case 'w':
		audit->who = value;
		return true;
	case 'k':
		audit->what = value;
		return acts_is_what(value);
	default:
		return take_format(value, &audit->format);
	}
}

static int
refuse(const struct client *client, int option, const char *value)
{
	const char *rule =
	    client_say(client, "phải là table, csv hoặc json", "must be table, csv or json");
	if (option == 's')
		rule = client_say(client,
		    "phải là ngày 2026-01-31 hoặc thời điểm kèm múi giờ 2026-01-31T17:00+07:00",
		    "must be a day, 2026-01-31, or a time with its zone, 2026-01-31T17:00+07:00");
	if (option == 'k')
		rule = client_say(client,
		    "phải là account, token, round, register, unit, case, answer, contact, survey "
		    "hoặc "
		    "submission, hoặc "
		    "một việc như round.opened",
		    "must be account, token, round, register, unit, case, answer, contact, survey "
		    "or "
		    "submission, "
		    "or one "
		    "act such as round.opened");
	client_error("--%s %s: %s",
	    option == 's'   ? "since"
	    : option == 'k' ? "what"
			    : "format",
	    value, rule);
	return EXIT_USAGE;
}

static int
run_audit(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"since", required_argument, NULL, 's'},
	    {"who", required_argument, NULL, 'w'}, {"what", required_argument, NULL, 'k'},
	    {"format", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
	struct audit audit = {.client = client, .since_ms = INT64_MIN};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == '?')
			return EXIT_USAGE;
		if (!take_option(&audit, o, optarg))
			return refuse(client, o, optarg);
	}
	if (optind < argc)
		return client_usage(client, &command_audit,
		    client_say(client, "thừa \"%s\"", "\"%s\" is too much"), argv[optind]);
	return staff_has_token(client) ? run_with(&audit) : EXIT_USAGE;
}

const struct command command_audit = {"audit",
    "[--since T] [--who NAME] [--what WHAT] [--format table|csv|json]",
    "cán bộ đã làm gì, lúc nào, trước và sau", "what staff did, when, before and after", run_audit};
