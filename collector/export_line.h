/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that read exports wait for the scribe, as those for contacts do. Strangers may be many:
 * of them a few wait at a time, and the others are told to try later. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_LINE_H
#define KHAOSAT_COLLECTOR_EXPORT_LINE_H

#include "collector/request.h"

/* Nobody of staff asks: public exports only. */
bool export_line_is_stranger(const struct request *r);
/* `work` on the scribe, which ends with export_line_leave; then `worked`. Loop's thread. */
void export_line_join(struct request *r, request_handler *work, request_handler *worked);
void export_line_leave(struct request *r);

#endif
