/* SPDX-License-Identifier: Apache-2.0 */
#include "client/staff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/home.h"
#include "proto/digest.h"

static const char *const roles[] = {"-", "viewer", "operator", "administrator"};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

/* A token is sent to the collector that gave it, and to no other. */
char *
staff_login_path(const struct client *client)
{
	char name[300];
	snprintf(name, sizeof(name), "%.256s_%u", client->host, (unsigned)client->port);
	for (char *c = name; *c != '\0'; c++)
		if (strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-",
			*c) == NULL)
			*c = '_';
	return home_path(client, "tokens", name);
}

bool
staff_has_token(struct client *client)
{
	static char kept[4096];
	if (client->token_file != NULL)
		return true;
	char *path = staff_login_path(client);
	bool found = path != NULL && access(path, F_OK) == 0 &&
		     (size_t)snprintf(kept, sizeof(kept), "%s", path) < sizeof(kept);
	free(path);
	if (found)
		client->token_file = kept;
	else
		client_error("%s",
		    client_say(client,
			"lệnh này cần khaosat login, --token-file FILE hoặc KHAOSAT_TOKEN_FILE",
			"this command needs khaosat login, --token-file FILE or "
			"KHAOSAT_TOKEN_FILE"));
	return found;
}

Khaosat__V1__Response *
staff_ask(const struct client *client, Khaosat__V1__Request *request, int *exit_code)
{
	struct connection *c = connection_begin(client, exit_code);
	if (c == NULL)
		return NULL;
	Khaosat__V1__Response *response = connection_ask(client, c, request, exit_code);
	connection_close(c);
	return response;
}

int
staff_act(const struct client *client, Khaosat__V1__Request *request, const char *name,
    const char *done_vi, const char *done_en)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__Response *response = staff_ask(client, request, &exit_code);
	if (response == NULL)
		return exit_code;
	printf("%s: %s\n", name, client_say(client, done_vi, done_en));
	khaosat__v1__response__free_unpacked(response, NULL);
	return EXIT_DONE;
}

void
staff_token_text(const uint8_t token[STAFF_TOKEN_BYTES], char out[STAFF_TOKEN_TEXT_BYTES])
{
	digest_hex(token, STAFF_TOKEN_BYTES, out);
	memcpy(out + STAFF_TOKEN_TEXT_BYTES - 2, "\n", 2);
}

const char *
staff_role_name(Khaosat__V1__Role role)
{
	return (size_t)role < ROLES ? roles[role] : "?";
}

bool
staff_role(const struct client *client, const char *name, Khaosat__V1__Role *out)
{
	for (size_t i = 1; i < ROLES; i++)
		if (strcmp(roles[i], name) == 0) {
			*out = (Khaosat__V1__Role)i;
			return true;
		}
	client_error(
	    client_say(client, "vai trò \"%s\": phải là viewer, operator hoặc administrator",
		"role \"%s\": must be viewer, operator or administrator"),
	    name);
	return false;
}
