/* SPDX-License-Identifier: Apache-2.0 */
/* For run.c and run_figures.c only: a run under way. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_RUN_PARTS_H
#define KHAOSAT_COLLECTOR_EXPORT_RUN_PARTS_H

#include "collector/export/build.h"
#include "collector/export/manifest.h"
#include "collector/export/past.h"
#include "collector/export/run.h"

struct running {
	const struct run_asked *asked;
	struct run_result *out;
	bool is_public;
	uint32_t vintage;
	/* public releases that showed something new, then the vintage before, then this one */
	const struct export_record *release[DISCLOSURE_EARLIER_MAX + 1];
	unsigned releases;
	const struct export_record *before;
	struct payload_export release_made[DISCLOSURE_EARLIER_MAX + 1], before_made;
	struct past past;
	struct build_source source[DISCLOSURE_EARLIER_MAX + 1], now, then;
	struct export_settings settings;        /* as asked, but what is left open is settled */
	struct rounded rounded, rounded_before; /* `then` is where the latter's figures stand */
	struct build_source figures;            /* where those of the former do */
	uint8_t *decision;
	struct tables tables, was;
	struct items *items;
	uint8_t definition[SHA256_BYTES], office_digest[SHA256_BYTES];
	struct office *office;
	struct manifest manifest;
	const char *format_name[EXPORT_FORMATS_MAX];
	int folder, work;
	int64_t step_us; /* of this thread's time, when the step under way began */
};

/* Sets status and reason; always false. */
bool run_fail(struct running *r, enum run_status status, const char *vi, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));
bool run_no_memory(struct running *r);
bool run_is_stopping(struct running *r); /* and if it is, says so */

/* run_figures.c, in this order; false: said why. */
bool run_find_before(struct running *r); /* earlier exports: which, and what they say */
bool run_read_past(struct running *r);   /* the log up to each of them, and to S */
bool run_decide(struct running *r);      /* what the public gets; for public ones only */
bool run_build(struct running *r);       /* the tables, and those of the vintage before */

#endif
