/* SPDX-License-Identifier: Apache-2.0 */
#include "client/unit_call.h"

int
unit_call_connect(struct unit_call *call)
{
	int exit_code = EXIT_DONE;
	call->connection = connection_begin(call->client, &exit_code);
	if (call->connection != NULL)
		rounds_find(
		    call->client, call->connection, call->unit.round, &call->round, &exit_code);
	return exit_code;
}

int
unit_call_begin(struct unit_call *call)
{
	int exit_code = unit_options_finish(call->client, &call->unit);
	return exit_code == EXIT_DONE ? unit_call_connect(call) : exit_code;
}

Khaosat__V1__Response *
unit_call_ask(struct unit_call *call, Khaosat__V1__Request *request, int *exit_code)
{
	Khaosat__V1__UnitCredential credential;
	unit_options_sign(&call->unit, &credential, request);
	return connection_ask(call->client, call->connection, request, exit_code);
}

void
unit_call_end(struct unit_call *call)
{
	connection_close(call->connection);
	unit_options_clear(&call->unit);
}
