/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORD_MAX 32
#define OPTIONS_MAX 32

const char *
client_text(const struct client *client, struct label label)
{
	return client->language == LANGUAGE_EN ? label.en : label.vi;
}

const char *
client_say(const struct client *client, const char *vi, const char *en)
{
	return client->language == LANGUAGE_EN ? en : vi;
}

void
client_error(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fflush(stdout);
	fputs("khaosat: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* ------------------------------------------------------------------------------- near words */

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Levenshtein's distance of two words, one row of the table at a time. */
static unsigned
edits(const char *a, const char *b)
{
	unsigned row[WORD_MAX + 1];
	size_t n = strlen(b);
	if (strlen(a) > WORD_MAX || n > WORD_MAX)
		return WORD_MAX;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; *a != '\0'; a++, i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			unsigned up = row[j];
			row[j] = least(up + 1, row[j - 1] + 1, diagonal + (*a != b[j - 1]));
			diagonal = up;
		}
	}
	return row[n];
}

const char *
client_nearest(const char *word, const char *const *words, size_t n)
{
	const char *nearest = NULL;
	unsigned best = (unsigned)strlen(word) / 3 + 2;
	for (size_t i = 0; i < n; i++) {
		unsigned distance = edits(word, words[i]);
		if (distance < best) {
			best = distance;
			nearest = words[i];
		}
	}
	return nearest;
}

/* ------------------------------------------------------------------------------- options */

static const struct option *
option_of_value(const struct option *options, int value)
{
	for (; options->name != NULL; options++)
		if (options->val == value && options->flag == NULL)
			return options;
	return NULL;
}

static void
unknown_option(const struct client *client, const char *given, const struct option *options)
{
	const char *names[OPTIONS_MAX];
	char word[WORD_MAX + 1];
	size_t n = 0;
	for (; options->name != NULL && n < OPTIONS_MAX; options++)
		names[n++] = options->name;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(given + strspn(given, "-"), "="),
	    given + strspn(given, "-"));
	const char *near = client_nearest(word, names, n);
	if (near == NULL)
		client_error(
		    client_say(client, "không có tùy chọn %s", "there is no option %s"), given);
	else
		client_error(client_say(client, "không có tùy chọn %s; có phải --%s?",
				 "there is no option %s; did you mean --%s?"),
		    given, near);
}

int
client_option(const struct client *client, int argc, char **argv, const struct option *options)
{
	opterr = 0;
	int c = getopt_long(argc, argv, ":", options, NULL);
	if (c == ':') {
		client_error(
		    client_say(client, "tùy chọn %s cần một giá trị", "option %s needs a value"),
		    argv[optind - 1]);
		return '?';
	}
	if (c != '?')
		return c;
	if (optopt != 0 && option_of_value(options, optopt) != NULL)
		client_error(client_say(client, "tùy chọn %s không nhận giá trị",
				 "option %s takes no value"),
		    argv[optind - 1]);
	else
		unknown_option(client, argv[optind - 1], options);
	return '?';
}

int
client_usage(const struct client *client, const struct command *command, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fflush(stdout);
	fputs("khaosat: ", stderr);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr,
	    client_say(client, "\nCách dùng: khaosat %s %s\n", "\nUsage: khaosat %s %s\n"),
	    command->name, command->usage);
	return EXIT_USAGE;
}

bool
client_is_end(const struct client *client, const struct command *command, int argc, char **argv)
{
	if (optind >= argc)
		return true;
	client_usage(
	    client, command, client_say(client, "thừa \"%s\"", "\"%s\" is too much"), argv[optind]);
	return false;
}

int
client_bad_time(const struct client *client, const char *option, const char *value)
{
	client_error(client_say(client,
			 "%s %s: phải là ngày 2026-01-31 hoặc thời điểm kèm múi giờ "
			 "2026-01-31T17:00+07:00",
			 "%s %s: must be a day, 2026-01-31, or a time with its zone, "
			 "2026-01-31T17:00+07:00"),
	    option, value);
	return EXIT_USAGE;
}

/* ------------------------------------------------------------------------------- progress */

void
client_progress(const struct client *client, const char *what, uint64_t done, uint64_t total)
{
	static uint64_t shown; /* tenths of the total, on something that is not a terminal */
	if (client->quiet)
		return;
	unsigned percent = total == 0 ? 0 : (unsigned)(done * 100 / total);
	bool last = total != 0 && done >= total;
	if (isatty(STDERR_FILENO)) {
		if (total == 0)
			fprintf(stderr, "\r%s: %llu", what, (unsigned long long)done);
		else
			fprintf(stderr, "\r%s: %llu/%llu (%u %%)%s", what, (unsigned long long)done,
			    (unsigned long long)total, percent, last ? "\n" : "");
		return;
	}
	if (total != 0 && percent / 10 != shown && percent >= 10)
		fprintf(stderr, "%s: %llu/%llu (%u %%)\n", what, (unsigned long long)done,
		    (unsigned long long)total, percent);
	shown = last ? 0 : percent / 10;
}
