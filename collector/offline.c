/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/offline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/restore.h"
#include "collector/self_signed.h"
#include "proto/digest.h"

static __attribute__((format_arg(1), format_arg(2))) const char *
say(const char *vi, const char *en)
{
	const char *language = getenv("KHAOSAT_LANG");
	return language != NULL && strcmp(language, "vi") == 0 ? vi : en;
}

static void
print_backup(const char *what, const char *name, const struct backup_header *header)
{
	char id[2 * BACKUP_LOG_ID_BYTES + 1], taken[32] = "?";
	time_t seconds = (time_t)(header->created_ms / 1000);
	struct tm utc;
	if (gmtime_r(&seconds, &utc) != NULL)
		strftime(taken, sizeof(taken), "%Y-%m-%dT%H:%M:%SZ", &utc);
	digest_hex(header->log_id, sizeof(header->log_id), id);
	printf(say("%s %s: nhật ký %s, sao lưu lúc %s, bản ghi %llu",
		   "%s %s: log %s, taken %s, entries %llu"),
	    what, name, id, taken, (unsigned long long)header->last);
}

int
offline_restore(const struct config *config)
{
	struct backup_header header;
	char message[BACKUP_MESSAGE_BYTES];
	if (!restore_run(config, &header, message)) {
		fprintf(stderr, "khaosatd: %s\n", message);
		return EXIT_FAILURE;
	}
	print_backup(say("đã khôi phục vào", "restored"), config->data, &header);
	putchar('\n');
	return EXIT_SUCCESS;
}

int
offline_verify(const struct config *config)
{
	struct backup_header header;
	struct recount_result result;
	char message[BACKUP_MESSAGE_BYTES];
	if (!restore_verify(config, &header, &result, message)) {
		fprintf(stderr, "khaosatd: %s\n", message);
		return EXIT_FAILURE;
	}
	print_backup(say("đã kiểm tra", "verified"), config->verify, &header);
	printf(say(", phiếu tính lại %llu, số liệu so sánh %llu, khác biệt %llu\n",
		   ", answers evaluated again %llu, figures compared %llu, differences %llu\n"),
	    (unsigned long long)result.answers, (unsigned long long)result.figures,
	    (unsigned long long)result.differences);
	for (size_t i = 0; i < result.lines; i++)
		printf("  %s\n", result.line[i]);
	int code = result.differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	recount_result_free(&result);
	return code;
}

int
offline_certificate(const struct config *config)
{
	char message[TLS_MESSAGE_BYTES];
	if (!self_signed_make(config->self_signed, &config->address, message)) {
		fprintf(stderr, "khaosatd: %s\n", message);
		return EXIT_FAILURE;
	}
	printf("made %s/%s and %s; for a trial:\n"
	       "  khaosatd --tls-cert %s/%s --tls-key %s/%s --listen ADDRESS:PORT\n"
	       "  khaosat --server HOST:PORT --ca %s/%s ...\n",
	    config->self_signed, SELF_SIGNED_CERT, SELF_SIGNED_KEY, config->self_signed,
	    SELF_SIGNED_CERT, config->self_signed, SELF_SIGNED_KEY, config->self_signed,
	    SELF_SIGNED_CERT);
	return EXIT_SUCCESS;
}
