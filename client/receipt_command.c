/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat receipt: read a receipt file, of one submission or of many lines, and verify it offline.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/local_time.h"
#include "client/receipt.h"
#include "client/uuid.h"
#include "client/words.h"
#include "proto/digest.h"

#define RECEIPT_MAX_BYTES (1024u * 1024)

static void
show(const struct client *client, const json_t *receipt, const struct entry *e, bool has_answers)
{
	char tax_code[TAXCODE_TEXT_BYTES];
	char time[LOCAL_TIME_BYTES];
	char digest[2 * SHA256_BYTES + 1];
	char id[UUID_TEXT_BYTES];
	taxcode_print(e->tax_code, tax_code);
	local_time_print(e->time_ms, client->language == LANGUAGE_VI, time);
	digest_hex(e->digest, SHA256_BYTES, digest);
	uuid_print(e->instance_id, id);
	printf(
	    client_say(client,
		"Biên nhận số %lld của sổ %s\n  %s, đợt %s, lần %u (%s)\n  lúc   %s\n  mã    %s\n",
		"Receipt %lld of log %s\n  %s, round %s, revision %u (%s)\n  at    %s\n  id    "
		"%s\n"),
	    (long long)json_integer_value(json_object_get(receipt, "number")),
	    json_string_value(json_object_get(receipt, "log")), tax_code,
	    json_string_value(json_object_get(receipt, "round")), e->revision,
	    words_entry(client->language, e->kind), time, id);
	if (e->kind == ENTRY_WITHDRAWAL)
		return;
	printf(
	    client_say(client, "  SHA-256 của câu trả lời  %s\n", "  SHA-256 of the answers  %s\n"),
	    digest);
	puts(has_answers ? client_say(client, "  khớp với câu trả lời lưu kèm",
			       "  agrees with the answers kept in it")
			 : client_say(client, "  (không lưu kèm câu trả lời)",
			       "  (no answers kept in it)"));
}

static int
verify(const struct client *client, const char *where, const json_t *receipt, bool loud)
{
	struct entry e;
	bool has_answers;
	char problem[RECEIPT_PROBLEM_BYTES];
	if (!receipt_verify(receipt, &e, &has_answers, client->language, problem)) {
		client_error("%s: %s", where, problem);
		return EXIT_FAILED;
	}
	if (loud)
		show(client, receipt, &e, has_answers);
	return EXIT_DONE;
}

/* A file of lines: each is a receipt. */
static int
verify_lines(const struct client *client, const char *path, FILE *f)
{
	char *line = NULL;
	size_t cap = 0;
	unsigned long long n = 0;
	int result = EXIT_DONE;
	while (getline(&line, &cap, f) > 0) {
		char where[512];
		snprintf(where, sizeof(where), "%.480s:%llu", path, ++n);
		json_t *receipt = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		if (verify(client, where, receipt, false) != EXIT_DONE)
			result = EXIT_FAILED;
		json_decref(receipt);
	}
	free(line);
	if (result == EXIT_DONE)
		printf(client_say(client, "%s: %llu biên nhận, tất cả nhất quán\n",
			   "%s: %llu receipts, all consistent\n"),
		    path, n);
	return result;
}

static int
verify_file(const struct client *client, const char *path)
{
	size_t length = strlen(path);
	if (length > 6 && strcmp(path + length - 6, ".jsonl") == 0) {
		FILE *f = fopen(path, "re");
		int result = EXIT_FAILED;
		if (f == NULL)
			client_error("%s: %s", path, words_errno(client->language, errno));
		else {
			result = verify_lines(client, path, f);
			fclose(f);
		}
		return result;
	}
	size_t n;
	char *text = file_read(path, RECEIPT_MAX_BYTES, &n);
	if (text == NULL) {
		client_error("%s: %s", path, words_errno(client->language, errno));
		return EXIT_FAILED;
	}
	json_t *receipt = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	int result = verify(client, path, receipt, true);
	json_decref(receipt);
	return result;
}

static int
run(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{0}};
	if (client_option(client, argc, argv, options) != -1)
		return EXIT_USAGE;
	if (argc == optind)
		return client_usage(client, &command_receipt, "%s",
		    client_say(client, "cần tệp biên nhận", "a receipt file is needed"));
	int result = EXIT_DONE;
	for (int i = optind; i < argc; i++)
		if (verify_file(client, argv[i]) != EXIT_DONE)
			result = EXIT_FAILED;
	return result;
}

const struct command command_receipt = {
    .name = "receipt",
    .usage = "FILE...",
    .summary_vi = "đọc và kiểm tra biên nhận, không cần kết nối",
    .summary_en = "read and verify receipts without the collector",
    .run = run,
};
