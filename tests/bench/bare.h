/* SPDX-License-Identifier: Apache-2.0 */
/* What a bare server keeps its submissions in: group commit and nothing else, no checks, no codes,
 * no receipts, no state. Each engine has these four functions, each ends the program on failure.
 * One thread. */
#ifndef KHAOSAT_TESTS_BENCH_BARE_H
#define KHAOSAT_TESTS_BENCH_BARE_H

#include <stddef.h>
#include <stdint.h>

struct bare_submission {
	const uint8_t *id, *unit, *answers; /* point into the frame */
	size_t id_n, unit_n, answers_n;
};

void bare_open(const char *folder);
void bare_begin(void);
void bare_put(const struct bare_submission *s);
void bare_commit(void); /* returns when all that was put is synced */

#endif
