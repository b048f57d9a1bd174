/* SPDX-License-Identifier: Apache-2.0 */
#include "client/staff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/home.h"
#include "proto/digest.h"

static const char *const roles[] = {"-", "viewer", "operator", "administrator", "firm"};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

#define LOGIN_NAME_BYTES 300

/* A token is sent to the collector that gave it, and to no other. */
static void
login_name(const struct client *client, bool is_firm, char name[LOGIN_NAME_BYTES])
{
	snprintf(name, LOGIN_NAME_BYTES, "%.256s_%u%s", client->host, (unsigned)client->port,
	    is_firm ? ".firm" : "");
	for (char *c = name; *c != '\0'; c++)
		if (strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-",
			*c) == NULL)
			*c = '_';
}

char *
staff_login_path(const struct client *client, bool is_firm)
{
	char name[LOGIN_NAME_BYTES];
	login_name(client, is_firm, name);
	return home_path(client, "tokens", name);
}

bool
staff_find_login(const struct client *client, bool is_firm, const char **out)
{
	static char kept[2][4096];
	char name[LOGIN_NAME_BYTES];
	login_name(client, is_firm, name);
	int n = snprintf(kept[is_firm], sizeof(kept[0]), "%s/tokens/%s", client->home, name);
	if (n < 0 || (size_t)n >= sizeof(kept[0]) || access(kept[is_firm], F_OK) != 0)
		return false;
	*out = kept[is_firm];
	return true;
}

bool
staff_has_token(struct client *client)
{
	bool found = client->token_file != NULL ||
		     staff_find_login(client, false, &client->token_file) ||
		     staff_find_login(client, true, &client->token_file);
	if (!found)
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
	    client_say(client, "vai trò \"%s\": phải là viewer, operator, administrator hoặc firm",
		"role \"%s\": must be viewer, operator, administrator or firm"),
	    name);
	return false;
}
