/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat correct: a submission that replaces the one that counts. */
#include <stddef.h>

#include "client/commands.h"
#include "client/submitting.h"

static const struct option options[] = {
    UNIT_LONG_OPTIONS,
    SUBMITTING_LONG_OPTIONS,
    {0},
};

static int
run(struct client *client, int argc, char **argv)
{
	struct submitting s = {.client = client};
	int option;
	while ((option = client_option(client, argc, argv, options)) != -1)
		if (option == '?' || !submitting_take(&s, option, optarg))
			return EXIT_USAGE;
	if (argc == optind)
		return client_usage(client, &command_correct, "%s",
		    client_say(client, "cần tệp JSON", "a JSON file is needed"));
	int result = EXIT_DONE;
	submitting_connect(&s);
	for (int i = optind; i < argc; i++)
		result = submitting_worse(result, submitting_file(&s, argv[i], true));
	submitting_clear(&s);
	return result;
}

const struct command command_correct = {
    .name = "correct",
    .usage = "[--round R] [--unit TAX] FILE.json...",
    .summary_vi = "sửa câu trả lời đã được nhận, khi đợt khảo sát còn mở",
    .summary_en = "correct accepted answers while the round is open",
    .run = run,
};
