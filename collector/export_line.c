/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export_line.h"

#include "collector/answer.h"
#include "collector/exporter.h"
#include "collector/meter.h"

bool
export_line_is_stranger(const struct request *r)
{
	return r->role < ROLE_VIEWER;
}

void
export_line_leave(struct request *r)
{
	if (export_line_is_stranger(r))
		exporter_leave(r->server->exporter);
}

void
export_line_join(struct request *r, request_handler *work, request_handler *worked)
{
	if (export_line_is_stranger(r) && !exporter_admit(r->server->exporter)) {
		meter_refused(METER_OVERLOAD);
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
	} else if (!request_work(r, r->server->scribe, work, worked)) {
		export_line_leave(r);
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
	}
}
