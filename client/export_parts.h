/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the export*.c files only. */
#ifndef KHAOSAT_CLIENT_EXPORT_PARTS_H
#define KHAOSAT_CLIENT_EXPORT_PARTS_H

#include <jansson.h>

#include "client/client.h"
#include "client/connection.h"
#include "client/rounds.h"

#define EXPORT_MANIFEST "manifest.json"
#define EXPORT_MANIFEST_BYTES_MAX (1u << 20)

/* One run of the collector's, and a connection over which its files are read. */
struct export_run {
	const struct client *client;
	struct connection *connection;
	const char *round;
	bool internal;
	uint32_t vintage;
};

/* A file as one piece of memory, NUL-terminated, to be freed. NULL: said, *exit_code set. */
char *export_read(const struct export_run *run, const char *file, size_t *n, int *exit_code);
/* All files and, last, the manifest, into a folder. The exit code. */
int export_download(const struct export_run *run, const char *folder);

/* Exports that the log has, newest first; a visit says false when it has seen enough. */
struct export_walk {
	const struct client *client;
	struct connection *connection;
	const char *round; /* "": of all */
	bool (*visit)(void *context, const Khaosat__V1__ExportInfo *e);
	void *context;
	char failure[512]; /* of the schedule's last run, in the client's language; set by it */
};
int export_walk(struct export_walk *walk); /* the exit code */

const char *export_audience(const struct client *client, bool internal);
const char *export_stage(const struct client *client, Khaosat__V1__ExportStage stage);

/* The array of files of a manifest, borrowed from it; NULL: it is none. Names are plain names. */
json_t *export_files(const json_t *manifest);

#endif
