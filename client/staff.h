/* SPDX-License-Identifier: Apache-2.0 */
/* What commands of staff have in common. One thread. */
#ifndef KHAOSAT_CLIENT_STAFF_H
#define KHAOSAT_CLIENT_STAFF_H

#include "client/client.h"

/* Without a token they would only be refused: said, and false. */
static inline bool
staff_has_token(const struct client *client)
{
	if (client->token_file != NULL)
		return true;
	client_error(
	    "%s", client_say(client, "lệnh này cần --token-file FILE hoặc KHAOSAT_TOKEN_FILE",
		      "this command needs --token-file FILE or KHAOSAT_TOKEN_FILE"));
	return false;
}

/* protobuf-c knows no const; the strings of a request are only read. */
static inline char *
staff_borrow(const char *text)
{
	return (char *)(uintptr_t)text;
}

#endif
