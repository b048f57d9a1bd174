/* SPDX-License-Identifier: Apache-2.0 */
/* Microdata (survey/microdata.h) out of the log: read twice, first for which submissions count,
 * then for what they say. Memory: the register (client/microdata_rows.h), a bit an entry, and
 * buffers; nothing grows with the answers. Rows stand in the order of the log, so the same log
 * gives the same bytes. One thread. */
#ifndef KHAOSAT_CLIENT_MICRODATA_LOG_H
#define KHAOSAT_CLIENT_MICRODATA_LOG_H

#include <stdint.h>
#include <stdio.h>

#include "client/log_file.h"
#include "proto/limits.h"
#include "survey/definition.h"

enum microdata_log_status {
	MICRODATA_OK,
	MICRODATA_READING,  /* the log: `file` says */
	MICRODATA_ROUND,    /* no such round; or none was named, and there are several, or none */
	MICRODATA_REGISTER, /* the round has no register yet, or it cannot be read */
	MICRODATA_DEFINITION,
	MICRODATA_ANSWERS, /* of entry `number`: they cannot be read, or their unit is not known */
	MICRODATA_WRITING, /* errno */
	MICRODATA_MEMORY
};

struct microdata_log {
	struct backup_header header;
	char round[ROUND_NAME_MAX + 1];
	char reference_date[11];
	int ref_year;
	struct definition *definition;
	uint64_t units, responded; /* in the register; rows written */
	uint64_t drawn;            /* in a sample, of units; */
	uint32_t strata;           /* 0: a census. Both by the second reading */
	uint64_t number;
	enum log_file_status file;
	/* ------------------------------------------------ its own */
	struct microdata_scan *scan;
};

/* The first reading: which round (NULL: the only one), its definition, its heads. */
enum microdata_log_status microdata_log_open(
    struct microdata_log *log, FILE *backup, const char *round);
/* The second: header and rows to `to`. */
enum microdata_log_status microdata_log_write(struct microdata_log *log, FILE *backup, FILE *to);
void microdata_log_close(struct microdata_log *log); /* in every case */

#endif
