/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a public export, made again of its observations.csv alone. */
#ifndef KHAOSAT_TESTS_SUPPORT_FILES_AGAIN_H
#define KHAOSAT_TESTS_SUPPORT_FILES_AGAIN_H

#include "collector/export/tables.h"

/* Facts, definition and cells are those of `of`, which tell of no answers. To be cleared. Fails the
 * process where the file is none. */
void files_again(const struct tables *of, const char *csv, struct tables *out);

#endif
