/* SPDX-License-Identifier: Apache-2.0 */
#include "client/receipt.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/file.h"
#include "client/home.h"
#include "client/uuid.h"
#include "client/words.h"
#include "proto/digest.h"

#define RECEIPT_MAX_BYTES (1024u * 1024)
#define RECEIPT_FORMAT 1

/* "2026-01-31T08:00:00.123Z" */
static void
time_text(int64_t ms, char out[32])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm t;
	gmtime_r(&seconds, &t);
	size_t n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &t);
	snprintf(out + n, 32 - n, ".%03dZ", (int)(ms % 1000));
}

static const char *
kind_word(enum entry_kind kind)
{
	switch (kind) {
	case ENTRY_SUBMISSION:
		return "submission";
	case ENTRY_CORRECTION:
		return "correction";
	case ENTRY_WITHDRAWAL:
		return "withdrawal";
	case ENTRY_DEFINITION:
	case ENTRY_ROUND_CREATED:
	case ENTRY_REGISTER_CHUNK:
	case ENTRY_REGISTER_LOADED:
	case ENTRY_ROUND_OPENED:
	case ENTRY_ROUND_CLOSED:
	case ENTRY_UNIT_REOPENED:
	case ENTRY_ACCOUNT_ADDED:
	case ENTRY_ROLE_SET:
	case ENTRY_PASSWORD_SET:
	case ENTRY_ACCOUNT_REMOVED:
	case ENTRY_TOKEN_MADE:
	case ENTRY_TOKEN_REVOKED:
	case ENTRY_CONTACT_KEPT:
	case ENTRY_CONTACT_ERASED:
	case ENTRY_EXPORT_MADE:
	case ENTRY_CASE_SET:
	case ENTRY_ANSWER_EDITED:
	case ENTRY_ANSWER_RECODED:
	case ENTRY_ROW_PROPOSED:
	case ENTRY_ROW_PROPOSAL_WITHDRAWN:
	case ENTRY_ROW_PROPOSAL_REFUSED:
	case ENTRY_ROW_CHANGED:
	case ENTRY_CODE_ISSUED:
	case ENTRY_CODE_REVOKED:
	case ENTRY_SUBCODE_MADE:
	case ENTRY_SUBCODE_REVOKED:
	case ENTRY_FIRM_GRANTED:
	case ENTRY_GRANT_ENDED:
	case ENTRY_DEADLINE_SET:
	case ENTRY_CONTACTS_ERASED:
		break;
	}
	return NULL;
}

static int
set_hex(json_t *object, const char *key, const uint8_t *bytes, size_t n)
{
	char *hex = malloc(2 * n + 1);
	if (hex == NULL)
		return -1;
	digest_hex(bytes, n, hex);
	int bad = json_object_set_new(object, key, json_string(hex));
	free(hex);
	return bad;
}

static bool
any_byte(const uint8_t *bytes, size_t n)
{
	while (n > 0)
		if (bytes[--n] != 0)
			return true;
	return false;
}

/* What the header says, in words. */
static json_t *
words(const char *round, const struct entry *e)
{
	char tax_code[TAXCODE_TEXT_BYTES];
	char time[32];
	taxcode_print(e->tax_code, tax_code);
	time_text(e->time_ms, time);
	json_t *object = json_pack("{si ss ss ss si ss}", "khaosat_receipt", RECEIPT_FORMAT, "kind",
	    kind_word(e->kind), "round", round, "tax_code", tax_code, "revision", (int)e->revision,
	    "accepted_at", time);
	if (object == NULL)
		return NULL;
	int bad = uuid_put(object, "instance_id", e->instance_id);
	if (any_byte(e->deprecated_id, UUID_BYTES))
		bad |= uuid_put(object, "corrects", e->deprecated_id);
	if (e->kind != ENTRY_WITHDRAWAL) {
		bad |= set_hex(object, "answers_sha256", e->digest, SHA256_BYTES);
		bad |= json_object_set_new(object, "answers_bytes", json_integer(e->payload_bytes));
	}
	if (bad != 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

json_t *
receipt_to_json(
    const char *round, const Khaosat__V1__Receipt *receipt, const uint8_t *answers, size_t n)
{
	struct entry e;
	if (receipt == NULL || receipt->log.len != UUID_BYTES ||
	    receipt->header.len != ENTRY_HEADER_BYTES ||
	    !entry_decode(receipt->header.data, receipt->header.len, true, &e) ||
	    kind_word(e.kind) == NULL) {
		errno = EBADMSG;
		return NULL;
	}
	json_t *object = words(round, &e);
	if (object == NULL)
		return NULL;
	int bad = set_hex(object, "log", receipt->log.data, receipt->log.len);
	bad |= json_object_set_new(object, "number", json_integer((json_int_t)receipt->number));
	bad |= set_hex(object, "header", receipt->header.data, receipt->header.len);
	if (answers != NULL)
		bad |= set_hex(object, "answers_hex", answers, n);
	if (bad != 0) {
		json_decref(object);
		errno = ENOMEM;
		return NULL;
	}
	return object;
}

bool
receipt_write(const struct client *client, const char *round, const Khaosat__V1__Receipt *receipt,
    const uint8_t *answers, size_t n, char **path)
{
	json_t *object = receipt_to_json(round, receipt, answers, n);
	if (object == NULL)
		return false;
	char suffix[64];
	char name[128];
	snprintf(suffix, sizeof(suffix), "-r%lld-%" PRIu64 ".json",
	    (long long)json_integer_value(json_object_get(object, "revision")), receipt->number);
	char *file = NULL;
	bool ok = home_name(round, json_string_value(json_object_get(object, "tax_code")), suffix,
		      name) &&
		  (file = home_path(client, "receipts", name)) != NULL &&
		  home_write_json(file, object);
	json_decref(object);
	if (!ok) {
		free(file);
		return false;
	}
	*path = file;
	return true;
}

/* The number at the end of "...-r3-1234.json", or 0. */
static uint64_t
number_of_name(const char *name)
{
	const char *dash = strrchr(name, '-');
	return dash == NULL ? 0 : strtoull(dash + 1, NULL, 10);
}

/* The newest file below `folder` that begins with `prefix`, or NULL; to be freed. */
static char *
newest_file(const char *folder, const char *prefix)
{
	DIR *dir = opendir(folder);
	char *best = NULL;
	uint64_t best_number = 0;
	struct dirent *entry;
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		uint64_t number = number_of_name(entry->d_name);
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 || number <= best_number)
			continue;
		free(best);
		best_number = number;
		if (asprintf(&best, "%s/%s", folder, entry->d_name) < 0)
			best = NULL;
	}
	if (dir != NULL)
		closedir(dir);
	return best;
}

json_t *
receipt_newest(const struct client *client, const char *round, const char *tax_code)
{
	char prefix[128];
	char *folder = home_path(client, "receipts", NULL);
	if (folder == NULL || !home_name(round, tax_code, "-r", prefix)) {
		free(folder);
		return NULL;
	}
	char *path = newest_file(folder, prefix);
	free(folder);
	size_t n;
	char *text = path == NULL ? NULL : file_read(path, RECEIPT_MAX_BYTES, &n);
	free(path);
	if (text == NULL)
		return NULL;
	json_t *receipt = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	return receipt;
}

/* Bytes of a member in hexadecimal, to be freed; NULL when it is absent or not so. */
static uint8_t *
get_hex(const json_t *receipt, const char *key, size_t *n)
{
	const char *hex = json_string_value(json_object_get(receipt, key));
	return hex == NULL ? NULL : outgoing_from_hex(hex, n);
}

static bool
answers_agree(const json_t *receipt, const struct entry *e, bool *has_answers,
    enum language language, char problem[RECEIPT_PROBLEM_BYTES])
{
	*has_answers = json_object_get(receipt, "answers_hex") != NULL;
	if (!*has_answers)
		return true;
	size_t n = 0;
	uint8_t digest[SHA256_BYTES] = {0};
	uint8_t *answers = get_hex(receipt, "answers_hex", &n);
	if (answers != NULL)
		digest_sha256(&(struct digest_part){answers, n}, 1, digest);
	bool ok = answers != NULL && n == e->payload_bytes &&
		  memcmp(digest, e->digest, sizeof(digest)) == 0;
	free(answers);
	if (!ok)
		snprintf(problem, RECEIPT_PROBLEM_BYTES, "%s",
		    words_say(language, "answers_hex: SHA-256 không phải giá trị ghi trong header",
			"answers_hex: its SHA-256 is not the one in the header"));
	return ok;
}

/* Each word that the header also says must say the same. */
static bool
words_agree(const json_t *receipt, const struct entry *e, enum language language,
    char problem[RECEIPT_PROBLEM_BYTES])
{
	json_t *expected = words("", e);
	const char *key;
	json_t *value;
	bool ok = expected != NULL;
	if (!ok)
		snprintf(problem, RECEIPT_PROBLEM_BYTES, "%s",
		    words_say(language, "header: không diễn giải được",
			"header: cannot be put in words"));
	json_object_foreach(expected, key, value)
	{
		if (!ok || strcmp(key, "round") == 0)
			continue;
		if (!json_equal(value, json_object_get(receipt, key))) {
			snprintf(problem, RECEIPT_PROBLEM_BYTES, "%.40s: %s", key,
			    words_say(language, "khác với header", "not what the header says"));
			ok = false;
		}
	}
	json_decref(expected);
	return ok;
}

bool
receipt_verify(const json_t *receipt, struct entry *entry, bool *has_answers,
    enum language language, char problem[RECEIPT_PROBLEM_BYTES])
{
	size_t n = 0;
	struct entry e;
	uint8_t *header = get_hex(receipt, "header", &n);
	bool ok = header != NULL && n == ENTRY_HEADER_BYTES && entry_decode(header, n, true, &e) &&
		  kind_word(e.kind) != NULL;
	free(header);
	if (!ok) {
		snprintf(problem, RECEIPT_PROBLEM_BYTES, "%s",
		    words_say(language, "header: không phải của một lần nộp, sửa hay rút phiếu",
			"header: not the header of a submission, a correction or a withdrawal"));
		return false;
	}
	const char *log = json_string_value(json_object_get(receipt, "log"));
	if (log == NULL || strlen(log) != (size_t)2 * UUID_BYTES ||
	    json_integer_value(json_object_get(receipt, "number")) < 1) {
		snprintf(problem, RECEIPT_PROBLEM_BYTES, "%s",
		    words_say(language, "log, number: thiếu", "log, number: missing"));
		return false;
	}
	if (!words_agree(receipt, &e, language, problem) ||
	    !answers_agree(receipt, &e, has_answers, language, problem))
		return false;
	*entry = e;
	return true;
}
