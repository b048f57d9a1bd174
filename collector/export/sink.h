/* SPDX-License-Identifier: Apache-2.0 */
/* One file of an export on its way to the disk: buffered, hashed as it goes, synced at the end. An
 * error is remembered and told at the end, so that who writes need not ask after each piece. One
 * thread each. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_SINK_H
#define KHAOSAT_COLLECTOR_EXPORT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct sink;

/* A new file `name` in an open folder; one that is there already is an error. NULL: errno. */
struct sink *sink_open(int folder_fd, const char *name);
/* Into memory, for tests of those who write. NULL: out of memory. */
struct sink *sink_memory(void);
/* To nowhere: only hashed. */
struct sink *sink_hash(void);

void sink_put(struct sink *s, const void *bytes, size_t n);
void sink_text(struct sink *s, const char *text);
void sink_printf(struct sink *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What stops a writer elsewhere: ENOMEM. The first error stays. */
void sink_fail(struct sink *s, int error);
bool sink_has_failed(const struct sink *s);

struct sink_result {
	uint64_t bytes;
	uint8_t digest[SHA256_BYTES];
};

/* Written out and synced, closed, freed in every case. False: errno. */
bool sink_close(struct sink *s, struct sink_result *out);
/* Of a sink in memory, what was put so far, ended by a NUL that does not count. */
const char *sink_bytes(struct sink *s, size_t *n);
void sink_discard(struct sink *s); /* accepts NULL; the file stays */

#endif
