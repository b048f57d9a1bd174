/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a run, over the wire in pieces. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/export_parts.h"
#include "client/file.h"
#include "client/staff.h"
#include "client/words.h"
#include "survey/growing.h"

#define FILES_MAX 256
#define IN_MEMORY_MAX_BYTES ((size_t)64 << 20)

typedef bool put_piece(void *context, const void *bytes, size_t n);

/* What is left of the file from there on, or some of it; nothing at its end only. */
static bool
is_piece_of(const Khaosat__V1__ExportPiece *piece, uint64_t offset)
{
	uint64_t left = piece->file_bytes >= offset ? piece->file_bytes - offset : 0;
	return piece->bytes.len <= left && (piece->bytes.len > 0 || left == 0);
}

static bool
fail(const struct export_run *run, const char *file, bool is_sound, int error, int *exit_code)
{
	*exit_code = EXIT_FAILED;
	if (is_sound)
		client_error("%s: %s", file, words_errno(run->client->language, error));
	else
		*exit_code = connection_unreadable(run->client);
	return false;
}

/* False: said, *exit_code set. */
static bool
read_pieces(
    const struct export_run *run, const char *file, put_piece *put, void *context, int *exit_code)
{
	Khaosat__V1__ReadExport read;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__read_export__init(&read);
	read.round = staff_borrow(run->round);
	read.internal = run->internal;
	read.vintage = run->vintage;
	read.file = staff_borrow(file);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_READ_EXPORT;
	request.read_export = &read;
	for (bool is_more = true; is_more;) {
		Khaosat__V1__Response *response =
		    connection_ask(run->client, run->connection, &request, exit_code);
		if (response == NULL)
			return false;
		const Khaosat__V1__ExportPiece *piece =
		    response->body_case == KHAOSAT__V1__RESPONSE__BODY_EXPORT_PIECE
			? response->export_piece
			: NULL;
		bool is_sound = piece != NULL && is_piece_of(piece, read.offset);
		bool good = is_sound && put(context, piece->bytes.data, piece->bytes.len);
		int error = errno;
		read.offset += is_sound ? piece->bytes.len : 0;
		is_more = is_sound && read.offset < piece->file_bytes;
		khaosat__v1__response__free_unpacked(response, NULL);
		if (!good)
			return fail(run, file, is_sound, error, exit_code);
	}
	return true;
}

/* ------------------------------------------------------------------- into memory */

static bool
grow(void *context, const void *bytes, size_t n)
{
	struct growing *g = context;
	if (n > IN_MEMORY_MAX_BYTES - g->n) {
		errno = EFBIG;
		return false;
	}
	if (n > 0)
		growing_put(g, bytes, n);
	errno = ENOMEM;
	return !g->has_failed;
}

char *
export_read(const struct export_run *run, const char *file, size_t *n, int *exit_code)
{
	struct growing g = {0};
	growing_text(&g, ""); /* also of an empty file there is a text */
	if (read_pieces(run, file, grow, &g, exit_code)) {
		*n = g.n;
		return g.bytes;
	}
	free(g.bytes);
	return NULL;
}

/* ------------------------------------------------------------------- into a folder */

json_t *
export_files(const json_t *manifest)
{
	json_t *files = json_object_get(manifest, "files"), *file;
	size_t i;
	if (!json_is_array(files) || json_array_size(files) > FILES_MAX)
		return NULL;
	json_array_foreach(files, i, file)
	{
		const char *name = json_string_value(json_object_get(file, "name"));
		const char *sha256 = json_string_value(json_object_get(file, "sha256"));
		if (name == NULL || name[0] == '\0' || name[0] == '.' ||
		    strchr(name, '/') != NULL || sha256 == NULL || strlen(sha256) != 64)
			return NULL;
	}
	return files;
}

static bool
put_file(void *context, const void *bytes, size_t n)
{
	return fwrite(bytes, 1, n, context) == n;
}

static bool
say_path(const struct export_run *run, const char *path)
{
	client_error("%s: %s", path, words_errno(run->client->language, errno));
	return false;
}

static bool
download_one(const struct export_run *run, const char *folder, const char *name, int *exit_code)
{
	char path[PATH_MAX], temporary[PATH_MAX];
	*exit_code = EXIT_FAILED;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return say_path(run, folder);
	}
	FILE *to = file_begin(path, temporary);
	if (to == NULL)
		return say_path(run, path);
	if (!read_pieces(run, name, put_file, to, exit_code)) {
		file_abandon(to, temporary);
		return false;
	}
	if (!file_end(to, temporary, path)) {
		*exit_code = EXIT_FAILED;
		return say_path(run, path);
	}
	puts(path);
	*exit_code = EXIT_DONE;
	return true;
}

/* A manifest of before would vouch for files that are being replaced. */
static bool
clear_manifest(const struct export_run *run, const char *folder)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/" EXPORT_MANIFEST, folder);
	return file_remove(path) || errno == ENOENT || say_path(run, path);
}

int
export_download(const struct export_run *run, const char *folder)
{
	int exit_code = EXIT_DONE;
	size_t n, i;
	json_t *file;
	char *text = export_read(run, EXPORT_MANIFEST, &n, &exit_code);
	if (text == NULL)
		return exit_code;
	json_t *manifest = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	json_t *files = export_files(manifest);
	free(text);
	bool good = files != NULL;
	if (!good)
		client_error(EXPORT_MANIFEST ": %s",
		    client_say(run->client, "không đọc được", "it cannot be read"));
	good = good && (file_make_folder(folder, 0750) || say_path(run, folder)) &&
	       clear_manifest(run, folder);
	if (!good)
		exit_code = EXIT_FAILED;
	json_array_foreach(files, i, file) if (good) good =
	    download_one(run, folder, json_string_value(json_object_get(file, "name")), &exit_code);
	if (good)
		download_one(run, folder, EXPORT_MANIFEST, &exit_code);
	json_decref(manifest);
	return exit_code;
}
