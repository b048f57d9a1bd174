/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json: what a run is of, and the SHA-256 of each of its files. Its own SHA-256 stands in
 * the log. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_MANIFEST_H
#define KHAOSAT_COLLECTOR_EXPORT_MANIFEST_H

#include "collector/export/sink.h"
#include "collector/export/tables.h"

#define MANIFEST_FILES_MAX 64

struct manifest_file {
	const char *name;
	struct sink_result result;
};

struct manifest {
	const struct tables *tables;
	const char *const *format;
	size_t formats;
	int64_t due_ms;
	const uint8_t *definition; /* SHA-256 of its bytes */
	const uint8_t *log;        /* its id */
	const uint8_t *office;     /* SHA-256 of the office's file; NULL: none */
	uint32_t before;           /* the vintage that revisions are against; 0: none */
	struct manifest_file file[MANIFEST_FILES_MAX];
	size_t files;
};

void manifest_write(const struct manifest *m, struct sink *out);

#endif
