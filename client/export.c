/* SPDX-License-Identifier: Apache-2.0 */
/* export run, show: the collector makes an export and keeps it; its files can be had here. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/export_parts.h"
#include "client/staff.h"
#include "proto/digest.h"

#define FORMATS_MAX 16

static const char *const stages[] = {"", "interim", "preliminary", "final"};
static const char *const methods[] = {
    "", "wilson", "logit", "beta", "clopper-pearson", "hypergeometric"};

/* The number of a word; words[0] is none of them. False: said which there are. */
static bool
read_word(const struct client *client, const char *option, const char *const *words, size_t n,
    const char *word, int *out)
{
	char all[128] = "";
	size_t at = 0;
	for (size_t i = 1; i < n; i++) {
		if (strcmp(words[i], word) == 0) {
			*out = (int)i;
			return true;
		}
		at += (size_t)snprintf(
		    all + at, sizeof(all) - at, "%s%s", i > 1 ? ", " : "", words[i]);
	}
	client_error(client_say(client, "%s %s: phải là một trong %s", "%s %s: must be one of %s"),
	    option, word, all);
	return false;
}

/* ------------------------------------------------------------------- run */

struct running {
	const char *round, *output;
	Khaosat__V1__RunExport request;
	char *format[FORMATS_MAX];
	char *formats; /* what they point into, to be freed */
};

/* Names apart by commas; which there are is the collector's to say. */
static bool
read_formats(const struct client *client, struct running *r, const char *list)
{
	free(r->formats);
	r->formats = strdup(list);
	r->request.n_format = 0;
	r->request.format = r->format;
	for (char *at = r->formats, *word; (word = strsep(&at, ",")) != NULL;) {
		if (*word == '\0' || r->request.n_format == FORMATS_MAX) {
			client_error(
			    client_say(client,
				"--format %s: phải là tên định dạng cách nhau bằng dấu phẩy, "
				"nhiều nhất %d",
				"--format %s: must be names of formats apart by commas, at "
				"most %d"),
			    list, FORMATS_MAX);
			return false;
		}
		r->format[r->request.n_format++] = word;
	}
	return r->formats != NULL;
}

/* A base, or 0: none. */
static bool
read_rounding(const struct client *client, struct running *r, const char *text)
{
	char *end;
	unsigned long base = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || base > 100 || (base > 0 && base < 3)) {
		client_error(client_say(client, "--rounding %s: phải là 0, hoặc từ 3 đến 100",
				 "--rounding %s: must be 0, or 3 to 100"),
		    text);
		return false;
	}
	r->request.rounding = base == 0 ? 1 : (uint32_t)base;
	return true;
}

static void
print_made(const struct client *client, const Khaosat__V1__ExportInfo *info)
{
	char hex[2 * SHA256_BYTES + 1] = "";
	if (info->manifest_sha256.len == SHA256_BYTES)
		digest_hex(info->manifest_sha256.data, SHA256_BYTES, hex);
	printf(
	    client_say(client, "đợt %s, %s, %s, lần %" PRIu32 ", đến bản ghi %" PRIu64 ", %s %s\n",
		"round %s, %s, %s, vintage %" PRIu32 ", up to entry %" PRIu64 ", %s %s\n"),
	    info->round, export_audience(client, info->internal), export_stage(client, info->stage),
	    info->vintage, info->last, EXPORT_MANIFEST, hex);
	if (info->internal)
		client_error("%s",
		    client_say(client,
			"số liệu nội bộ, không công bố: chưa áp dụng kiểm soát bí mật thống kê",
			"internal figures, not for publication: disclosure control is not "
			"applied"));
}

static int
run_in(const struct client *client, struct connection *c, struct running *r)
{
	int exit_code = EXIT_DONE;
	struct round_found round;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	if (!rounds_find(client, c, r->round, &round, &exit_code))
		return exit_code;
	r->request.round = round.name;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_RUN_EXPORT;
	request.run_export = &r->request;
	connection_timeout(c, 0);
	Khaosat__V1__Response *response = connection_ask(client, c, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	if (response->body_case == KHAOSAT__V1__RESPONSE__BODY_EXPORT) {
		const struct export_run run = {
		    client, c, round.name, r->request.internal, response->export->vintage};
		print_made(client, response->export);
		if (r->output != NULL)
			exit_code = export_download(&run, r->output);
	}
	khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

static bool
take_option(const struct client *client, struct running *r, int o)
{
	int word = 0;
	switch (o) {
	case 'r':
		r->round = optarg;
		return true;
	case 'o':
		r->output = optarg;
		return true;
	case 'i':
		r->request.internal = true;
		return true;
	case 'f':
		return read_formats(client, r, optarg);
	case 'n':
		return read_rounding(client, r, optarg);
	case 's':
		if (!read_word(client, "--stage", stages, 4, optarg, &word))
			return false;
		r->request.stage = (Khaosat__V1__ExportStage)word;
		return true;
	case 'm':
		if (!read_word(client, "--interval", methods, 6, optarg, &word))
			return false;
		r->request.method = (Khaosat__V1__IntervalMethod)word;
		return true;
	default:
		return false;
	}
}

static int
run_run(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"internal", no_argument, NULL, 'i'}, {"stage", required_argument, NULL, 's'},
	    {"format", required_argument, NULL, 'f'}, {"interval", required_argument, NULL, 'm'},
	    {"rounding", required_argument, NULL, 'n'}, {"output", required_argument, NULL, 'o'},
	    {NULL, 0, NULL, 0}};
	struct running r = {0};
	int exit_code = EXIT_DONE;
	khaosat__v1__run_export__init(&r.request);
	for (int o;
	     exit_code == EXIT_DONE && (o = client_option(client, argc, argv, options)) != -1;)
		exit_code = take_option(client, &r, o) ? EXIT_DONE : EXIT_USAGE;
	if (exit_code == EXIT_DONE &&
	    (!client_is_end(client, &command_export_run, argc, argv) || !staff_has_token(client)))
		exit_code = EXIT_USAGE;
	struct connection *c = exit_code == EXIT_DONE ? connection_begin(client, &exit_code) : NULL;
	if (c != NULL)
		exit_code = run_in(client, c, &r);
	connection_close(c);
	free(r.formats);
	return exit_code;
}

/* ------------------------------------------------------------------- show */

struct showing {
	const char *round, *file, *output;
	bool internal;
	uint32_t vintage;
};

struct newest {
	bool internal;
	uint32_t vintage;
};

static bool
take_newest(void *context, const Khaosat__V1__ExportInfo *e)
{
	struct newest *newest = context;
	if (e->internal == newest->internal)
		newest->vintage = e->vintage;
	return newest->vintage == 0;
}

/* The newest of that audience. 0: none, said. */
static uint32_t
find_newest(const struct client *client, struct connection *c, const struct showing *s,
    const char *round, int *exit_code)
{
	struct newest newest = {.internal = s->internal};
	struct export_walk walk = {.client = client,
	    .connection = c,
	    .round = round,
	    .visit = take_newest,
	    .context = &newest};
	*exit_code = export_walk(&walk);
	if (*exit_code == EXIT_DONE && newest.vintage == 0) {
		client_error(
		    "%s", client_say(client, "chưa có lần xuất nào", "there is no export yet"));
		*exit_code = EXIT_FAILED;
	}
	return newest.vintage;
}

static int
show(const struct client *client, struct connection *c, const struct showing *s)
{
	int exit_code = EXIT_DONE;
	struct round_found round;
	if (!rounds_find(client, c, s->round, &round, &exit_code))
		return exit_code;
	struct export_run run = {client, c, round.name, s->internal, s->vintage};
	if (run.vintage == 0)
		run.vintage = find_newest(client, c, s, round.name, &exit_code);
	if (run.vintage == 0)
		return exit_code;
	if (s->output != NULL)
		return export_download(&run, s->output);
	size_t n;
	char *text = export_read(&run, s->file != NULL ? s->file : EXPORT_MANIFEST, &n, &exit_code);
	if (text != NULL)
		fwrite(text, 1, n, stdout);
	free(text);
	return exit_code;
}

/* Vintages count from 1. */
static bool
read_vintage(const struct client *client, const char *text, uint32_t *out)
{
	size_t n = strlen(text);
	bool good = n > 0 && n <= 9 && strspn(text, "0123456789") == n;
	*out = good ? (uint32_t)strtoul(text, NULL, 10) : 0;
	if (*out == 0)
		client_error(
		    client_say(client, "--vintage %s: phải là một số từ 1, xem khaosat export list",
			"--vintage %s: must be a number from 1, see khaosat export list"),
		    text);
	return *out != 0;
}

static int
run_show(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"internal", no_argument, NULL, 'i'}, {"vintage", required_argument, NULL, 'v'},
	    {"file", required_argument, NULL, 'f'}, {"output", required_argument, NULL, 'o'},
	    {NULL, 0, NULL, 0}};
	struct showing s = {0};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'r')
			s.round = optarg;
		else if (o == 'i')
			s.internal = true;
		else if (o == 'v' && read_vintage(client, optarg, &s.vintage))
			continue;
		else if (o == 'f')
			s.file = optarg;
		else if (o == 'o')
			s.output = optarg;
		else
			return EXIT_USAGE;
	}
	if (optind < argc || (s.file != NULL && s.output != NULL))
		return client_usage(client, &command_export_show, "%s",
		    client_say(client, "--file hoặc --output", "--file or --output"));
	if (!staff_has_token(client))
		return EXIT_USAGE;
	int exit_code = EXIT_DONE;
	struct connection *c = connection_begin(client, &exit_code);
	if (c != NULL)
		exit_code = show(client, c, &s);
	connection_close(c);
	return exit_code;
}

const struct command command_export_run = {"export run",
    "[--round R] [--internal] [--stage S] [--format csv,json] [--interval M] [--rounding N] "
    "[--output DIR]",
    "lập một lần xuất số liệu để công bố (--internal: cho nội bộ) tại máy chủ\n\n"
    "Kiểm soát bí mật thống kê được áp dụng cho mọi số liệu công bố, kể cả so với các lần trước. "
    "--output\ntải các tệp về. --stage: interim (mặc định), preliminary, final.",
    "make an export for publication (--internal: for staff) at the collector\n\n"
    "Disclosure control is applied to all that is public, against earlier ones too. --output "
    "brings "
    "the files\nhere. --stage: interim (the default), preliminary, final.",
    run_run};
const struct command command_export_show = {"export show",
    "[--round R] [--internal] [--vintage N] [--file NAME | --output DIR]",
    "xem manifest.json hoặc một tệp của một lần xuất, hoặc tải tất cả về",
    "show manifest.json or a file of an export, or bring all of them here", run_show};
