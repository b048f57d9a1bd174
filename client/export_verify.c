/* SPDX-License-Identifier: Apache-2.0 */
/* export verify: are the files those that the manifest names, offline; is the manifest the one that
 * the log has; does the collector make the same bytes once more? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/export_parts.h"
#include "client/file.h"
#include "client/staff.h"
#include "client/words.h"
#include "proto/digest.h"

#define PIECE_BYTES (1u << 20)

struct verifying {
	const struct client *client;
	const char *folder;
	json_t *manifest;
	char sha256[2 * SHA256_BYTES + 1]; /* of the manifest */
	bool is_public;
	uint32_t vintage;
	const char *round;
};

static int
say(const struct verifying *v, const char *name, const char *why)
{
	client_error("%s/%s: %s", v->folder, name, why);
	return EXIT_FAILED;
}

/* ------------------------------------------------------------------- offline */

/* False: errno. */
static bool
hash_file(const char *path, char out[2 * SHA256_BYTES + 1])
{
	uint8_t digest[SHA256_BYTES];
	char *piece = malloc(PIECE_BYTES);
	FILE *file = fopen(path, "rb");
	struct digest *d = digest_new();
	bool good = piece != NULL && file != NULL && d != NULL;
	for (size_t n; good && (n = fread(piece, 1, PIECE_BYTES, file)) > 0;)
		digest_add(d, piece, n);
	good = good && ferror(file) == 0;
	if (good) {
		digest_end(d, digest);
		digest_hex(digest, sizeof(digest), out);
	}
	int error = errno;
	if (file != NULL)
		fclose(file);
	digest_free(d);
	free(piece);
	errno = error;
	return good;
}

static int
verify_file(const struct verifying *v, const json_t *file)
{
	char path[PATH_MAX], hex[2 * SHA256_BYTES + 1];
	const char *name = json_string_value(json_object_get(file, "name"));
	snprintf(path, sizeof(path), "%s/%s", v->folder, name);
	if (!hash_file(path, hex))
		return say(v, name, words_errno(v->client->language, errno));
	if (strcmp(hex, json_string_value(json_object_get(file, "sha256"))) != 0)
		return say(v, name,
		    client_say(v->client, "không đúng SHA-256 trong manifest.json",
			"its SHA-256 is not that of manifest.json"));
	return EXIT_DONE;
}

static bool
read_manifest(struct verifying *v)
{
	char path[PATH_MAX];
	size_t n;
	snprintf(path, sizeof(path), "%s/" EXPORT_MANIFEST, v->folder);
	char *text = file_read(path, EXPORT_MANIFEST_BYTES_MAX, &n);
	if (text == NULL) {
		say(v, EXPORT_MANIFEST, words_errno(v->client->language, errno));
		return false;
	}
	uint8_t digest[SHA256_BYTES];
	digest_sha256(&(struct digest_part){text, n}, 1, digest);
	digest_hex(digest, sizeof(digest), v->sha256);
	v->manifest = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	v->round = json_string_value(json_object_get(v->manifest, "round"));
	const char *audience = json_string_value(json_object_get(v->manifest, "confidentiality"));
	if (export_files(v->manifest) == NULL || v->round == NULL || audience == NULL) {
		say(v, EXPORT_MANIFEST,
		    client_say(v->client, "không đọc được", "it cannot be read"));
		return false;
	}
	v->is_public = strcmp(audience, "PUBLIC") == 0;
	v->vintage = (uint32_t)json_integer_value(json_object_get(v->manifest, "vintage"));
	return true;
}

static int
verify_offline(struct verifying *v)
{
	int exit_code = EXIT_DONE;
	size_t i;
	json_t *file;
	if (!read_manifest(v))
		return EXIT_FAILED;
	json_t *files = export_files(v->manifest);
	json_array_foreach(files, i, file)
	{
		int code = verify_file(v, file);
		exit_code = code != EXIT_DONE ? code : exit_code;
	}
	if (exit_code == EXIT_DONE)
		printf(client_say(v->client, "%zu tệp đúng với manifest.json, SHA-256 %s\n",
			   "files as in manifest.json: %zu, SHA-256 %s\n"),
		    json_array_size(files), v->sha256);
	return exit_code;
}

/* ------------------------------------------------------------------- against the collector */

static bool
is_it(const struct verifying *v, const Khaosat__V1__ExportInfo *e)
{
	return strcmp(e->round, v->round) == 0 && e->internal != v->is_public &&
	       e->vintage == v->vintage;
}

/* Its manifest's SHA-256, as text; "": there is none. */
static void
sha256_of(const Khaosat__V1__ExportInfo *e, char hex[2 * SHA256_BYTES + 1])
{
	hex[0] = '\0';
	if (e != NULL && e->manifest_sha256.len == SHA256_BYTES)
		digest_hex(e->manifest_sha256.data, SHA256_BYTES, hex);
}

struct looking {
	const struct verifying *v;
	char sha256[2 * SHA256_BYTES + 1];
};

static bool
look_at(void *context, const Khaosat__V1__ExportInfo *e)
{
	struct looking *looking = context;
	bool found = is_it(looking->v, e);
	if (found)
		sha256_of(e, looking->sha256);
	return !found;
}

static int
compare(const struct verifying *v, const char *sha256, const char *good, const char *bad)
{
	if (strcmp(sha256, v->sha256) != 0)
		return say(v, EXPORT_MANIFEST, bad);
	puts(good);
	return EXIT_DONE;
}

static int
verify_log(const struct verifying *v)
{
	int exit_code = EXIT_DONE;
	struct looking looking = {v, ""};
	struct export_walk walk = {
	    .client = v->client, .round = v->round, .visit = look_at, .context = &looking};
	walk.connection = connection_begin(v->client, &exit_code);
	if (walk.connection != NULL)
		exit_code = export_walk(&walk);
	connection_close(walk.connection);
	if (exit_code != EXIT_DONE)
		return exit_code;
	return compare(v, looking.sha256,
	    client_say(v->client, "nhật ký có đúng lần xuất này", "the log has this export"),
	    client_say(v->client, "không phải lần xuất ghi trong nhật ký",
		"it is not the export that the log has"));
}

static int
verify_again(const struct verifying *v)
{
	int exit_code = EXIT_DONE;
	struct connection *c = connection_begin(v->client, &exit_code);
	if (c == NULL)
		return exit_code;
	Khaosat__V1__RunExport run;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__run_export__init(&run);
	run.round = staff_borrow(v->round);
	run.internal = !v->is_public;
	run.again = v->vintage;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_RUN_EXPORT;
	request.run_export = &run;
	connection_timeout(c, 0);
	Khaosat__V1__Response *response = connection_ask(v->client, c, &request, &exit_code);
	connection_close(c);
	if (response == NULL)
		return exit_code;
	const Khaosat__V1__ExportInfo *made =
	    response->body_case == KHAOSAT__V1__RESPONSE__BODY_EXPORT ? response->export : NULL;
	char sha256[2 * SHA256_BYTES + 1];
	sha256_of(made, sha256);
	exit_code = compare(v, sha256,
	    client_say(v->client, "lập lại từ nhật ký: đúng từng byte",
		"made again from the log: the same bytes"),
	    client_say(v->client, "lập lại từ nhật ký thì ra khác",
		"made again from the log it is another"));
	khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

static int
run_verify(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {
	    {"log", no_argument, NULL, 'l'}, {"again", no_argument, NULL, 'a'}, {NULL, 0, NULL, 0}};
	struct verifying v = {.client = client};
	bool log = false, again = false;
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'l')
			log = true;
		else if (o == 'a')
			again = true;
		else
			return EXIT_USAGE;
	}
	if (optind + 1 != argc)
		return client_usage(client, &command_export_verify, "%s",
		    client_say(client, "cần một thư mục", "one folder is needed"));
	if ((log || again) && !staff_has_token(client))
		return EXIT_USAGE;
	v.folder = argv[optind];
	int exit_code = verify_offline(&v);
	if (exit_code == EXIT_DONE && log)
		exit_code = verify_log(&v);
	if (exit_code == EXIT_DONE && again)
		exit_code = verify_again(&v);
	json_decref(v.manifest);
	return exit_code;
}

const struct command command_export_verify = {"export verify", "DIR [--log] [--again]",
    "tính lại SHA-256 của các tệp, không cần máy chủ; --log: so với nhật ký; --again: lập lại rồi "
    "so",
    "recompute the SHA-256 of the files, offline; --log: is it that of the log; --again: make it "
    "once "
    "more and compare",
    run_verify};
