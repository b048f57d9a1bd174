/* SPDX-License-Identifier: Apache-2.0 */
/* What commands of staff have in common. One thread. */
#ifndef KHAOSAT_CLIENT_STAFF_H
#define KHAOSAT_CLIENT_STAFF_H

#include <stdint.h>

#include "client/client.h"
#include "client/connection.h"
#include "proto/limits.h"

/* A token file was named, or `khaosat login` left one for this collector (staff's before a firm's),
 * which is then put into client->token_file. Without one they would only be refused: said, and
 * false. */
bool staff_has_token(struct client *client);

/* Where log-ins at this collector are kept: "HOME/tokens/HOST_PORT", a firm's with ".firm" behind;
 * to be freed. NULL: errno. */
char *staff_login_path(const struct client *client, bool is_firm);

/* What a log-in left, a firm's or else staff's, is put into *out. False: there is none. */
bool staff_find_login(const struct client *client, bool is_firm, const char **out);

/* Send one request and return the response when it is DONE; else NULL after it was explained, with
 * *exit_code set. A connection is made for it. */
Khaosat__V1__Response *staff_ask(
    const struct client *client, Khaosat__V1__Request *request, int *exit_code);

/* The same for an act, whose success is all there is to tell: "NAME: done" on stdout. Returns the
 * exit code. */
int staff_act(const struct client *client, Khaosat__V1__Request *request, const char *name,
    const char *done_vi, const char *done_en);

/* The text of a token file. */
#define STAFF_TOKEN_TEXT_BYTES (2 * STAFF_TOKEN_BYTES + 2)
void staff_token_text(const uint8_t token[STAFF_TOKEN_BYTES], char out[STAFF_TOKEN_TEXT_BYTES]);

/* "viewer", "operator", "administrator", "firm"; "-" for none. The other way: false after it was
 * said. */
const char *staff_role_name(Khaosat__V1__Role role);
bool staff_role(const struct client *client, const char *name, Khaosat__V1__Role *out);

/* protobuf-c knows no const; the strings of a request are only read. */
static inline char *
staff_borrow(const char *text)
{
	return (char *)(uintptr_t)text;
}

#endif
