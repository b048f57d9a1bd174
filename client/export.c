/* SPDX-License-Identifier: Apache-2.0 */
/* export: all goals in all dimensions, read at one instant, a file for each dimension; the
 * manifest, which names them and their digests, comes last, so that a folder with a manifest is
 * whole. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/local_time.h"
#include "client/rates_data.h"
#include "client/rounds.h"
#include "client/staff.h"
#include "client/words.h"
#include "proto/digest.h"

#define PATH_BYTES 4096u

struct exporting {
	const struct client *client;
	const char *folder, *round_asked;
	bool json;
	struct round_found round;
	const Khaosat__V1__Rates *rates;
	json_t *files; /* for the manifest */
};

static const char *const file_name[RATES_DIMENSIONS] = {
    [KHAOSAT__V1__DIMENSION__WHOLE] = "goals",
    [KHAOSAT__V1__DIMENSION__ZONE] = "goals-by-zone",
    [KHAOSAT__V1__DIMENSION__ZONE_TYPE] = "goals-by-zone-type",
    [KHAOSAT__V1__DIMENSION__COMMUNE] = "goals-by-commune",
    [KHAOSAT__V1__DIMENSION__SECTOR] = "goals-by-sector",
    [KHAOSAT__V1__DIMENSION__SIZE] = "goals-by-size",
    [KHAOSAT__V1__DIMENSION__UNIT_TYPE] = "goals-by-unit-type",
};

static bool
write_file(const struct exporting *e, const char *name, const void *bytes, size_t n)
{
	char path[PATH_BYTES];
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", e->folder, name) >= sizeof(path)) {
		client_error("%s: %s", e->folder, words_errno(e->client->language, ENAMETOOLONG));
		return false;
	}
	if (!file_write(path, bytes, n, 0640)) {
		client_error("%s: %s", path, words_errno(e->client->language, errno));
		return false;
	}
	puts(path);
	return true;
}

/* One dimension as bytes, to be freed; NULL: out of memory. */
static char *
make_bytes(const struct exporting *e, int dimension, size_t *n)
{
	char *bytes = NULL;
	FILE *to = open_memstream(&bytes, n);
	if (to == NULL)
		return NULL;
	bool good = true;
	if (e->json)
		good = rates_write_json(e->rates, dimension, to);
	else
		rates_write_csv(e->rates, dimension, to);
	good &= ferror(to) == 0;
	if (fclose(to) == 0 && good)
		return bytes;
	free(bytes);
	return NULL;
}

static bool
list_file(struct exporting *e, const char *name, const char *bytes, size_t n)
{
	uint8_t digest[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];
	const struct digest_part part = {bytes, n};
	digest_sha256(&part, 1, digest);
	digest_hex(digest, sizeof(digest), hex);
	return json_array_append_new(e->files, json_pack("{ss sI ss}", "name", name, "bytes",
						   (json_int_t)n, "sha256", hex)) == 0;
}

static bool
export_dimension(struct exporting *e, int dimension)
{
	char name[64];
	size_t n;
	snprintf(name, sizeof(name), RATES_MARK "-%s.%s", file_name[dimension],
	    e->json ? "json" : "csv");
	char *bytes = make_bytes(e, dimension, &n);
	if (bytes == NULL || !list_file(e, name, bytes, n)) {
		client_error("%s", words_errno(e->client->language, ENOMEM));
		free(bytes);
		return false;
	}
	bool good = write_file(e, name, bytes, n);
	free(bytes);
	return good;
}

static bool
export_manifest(const struct exporting *e)
{
	char time[LOCAL_TIME_BYTES];
	utc_time_print(e->rates->time_ms, time);
	json_t *manifest = json_pack("{ss ss ss ss sI sI ss sO}", "confidentiality", RATES_MARK,
	    "note",
	    "Not for publication: disclosure control is not applied. / Không công bố: chưa áp dụng "
	    "kiểm soát bí mật thống kê.",
	    "round", e->round.name, "survey", e->round.survey_id, "survey_version",
	    (json_int_t)e->round.survey_version, "last_entry", (json_int_t)e->rates->last, "time",
	    time, "files", e->files);
	if (manifest != NULL)
		json_object_set_new(manifest, "product", json_string("khaosat " KHAOSAT_VERSION));
	char *text = manifest == NULL ? NULL : json_dumps(manifest, JSON_INDENT(1));
	json_decref(manifest);
	if (text == NULL) {
		client_error("%s", words_errno(e->client->language, ENOMEM));
		return false;
	}
	bool good = write_file(e, "manifest.json", text, strlen(text));
	free(text);
	return good;
}

/* A manifest of an earlier export would vouch for files that are being replaced. */
static bool
clear_manifest(const struct exporting *e)
{
	char path[PATH_BYTES];
	snprintf(path, sizeof(path), "%s/manifest.json", e->folder);
	if (file_remove(path) || errno == ENOENT)
		return true;
	client_error("%s: %s", path, words_errno(e->client->language, errno));
	return false;
}

static int
export_all(struct exporting *e)
{
	if (!file_make_folder(e->folder, 0750)) {
		client_error("%s: %s", e->folder, words_errno(e->client->language, errno));
		return EXIT_FAILED;
	}
	e->files = json_array();
	bool good = e->files != NULL && clear_manifest(e);
	for (int d = 0; good && d < RATES_DIMENSIONS; d++)
		good = export_dimension(e, d);
	good = good && export_manifest(e);
	json_decref(e->files);
	return good ? EXIT_DONE : EXIT_FAILED;
}

static int
export_round(struct exporting *e)
{
	int exit_code = EXIT_DONE;
	struct rates_asked asked = {.dimensions = RATES_DIMENSIONS};
	for (int d = 0; d < RATES_DIMENSIONS; d++)
		asked.by[d] = (Khaosat__V1__Dimension)d;
	struct connection *c = connection_begin(e->client, &exit_code);
	if (c == NULL)
		return exit_code;
	Khaosat__V1__Response *response = NULL;
	if (rounds_find(e->client, c, e->round_asked, &e->round, &exit_code)) {
		asked.round = e->round.name;
		response = rates_ask(e->client, c, &asked, &exit_code);
	}
	connection_close(c);
	if (response == NULL)
		return exit_code;
	e->rates = response->rates;
	exit_code = export_all(e);
	khaosat__v1__response__free_unpacked(response, NULL);
	if (exit_code == EXIT_DONE)
		client_error("%s",
		    client_say(e->client,
			"số liệu nội bộ, không công bố: chưa áp dụng kiểm soát bí mật thống kê",
			"internal figures, not for publication: disclosure control is not "
			"applied"));
	return exit_code;
}

static int
run_export(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"output", required_argument, NULL, 'o'}, {"format", required_argument, NULL, 'f'},
	    {NULL, 0, NULL, 0}};
	struct exporting e = {.client = client};
	const char *format = NULL;
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'r')
			e.round_asked = optarg;
		else if (o == 'o')
			e.folder = optarg;
		else if (o == 'f')
			format = optarg;
		else
			return EXIT_USAGE;
	}
	if (optind < argc || e.folder == NULL || format == NULL ||
	    (strcmp(format, "csv") != 0 && strcmp(format, "json") != 0))
		return client_usage(client, &command_export, "%s",
		    client_say(client, "cần --format csv hoặc json, và --output",
			"--format csv or json, and --output are needed"));
	if (!staff_has_token(client))
		return EXIT_USAGE;
	e.json = format[0] == 'j';
	return export_round(&e);
}

const struct command command_export = {"export", "--format csv|json --output DIR [--round R]",
    "xuất số liệu tổng hợp nội bộ (INTERNAL) kèm mã SHA-256",
    "write aggregates, marked INTERNAL, with their SHA-256", run_export};
