/* SPDX-License-Identifier: Apache-2.0 */
/* The code book of microdata, for people: CSV that Excel opens, a line a column, followed by a line
 * for each value that its cells may have. One thread. */
#ifndef KHAOSAT_CLIENT_CODEBOOK_H
#define KHAOSAT_CLIENT_CODEBOOK_H

#include <stdio.h>

#include "client/microdata_log.h"
#include "survey/microdata.h"

/* UTF-8 with a byte-order mark. */
void codebook_write(const struct microdata_log *log, const struct microdata *m, FILE *to);

#endif
