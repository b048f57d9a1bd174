/* SPDX-License-Identifier: Apache-2.0 */
#include "client/home.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/file.h"

char *
home_path(const struct client *client, const char *folder, const char *name)
{
	char *path;
	if (asprintf(&path, "%s/%s", client->home, folder) < 0)
		return NULL;
	if (!file_make_folder(path, 0700)) {
		free(path);
		return NULL;
	}
	if (name == NULL)
		return path;
	char *whole;
	int n = asprintf(&whole, "%s/%s", path, name);
	free(path);
	return n < 0 ? NULL : whole;
}

bool
home_name(const char *round, const char *tax_code, const char *suffix, char out[128])
{
	static const char allowed[] =
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-";
	if (round[0] == '\0' || round[0] == '.' || round[strspn(round, allowed)] != '\0' ||
	    tax_code[strspn(tax_code, allowed)] != '\0') {
		errno = EINVAL;
		return false;
	}
	int n = snprintf(out, 128, "%s-%s%s", round, tax_code, suffix);
	return n > 0 && n < 128;
}

bool
home_write_json(const char *path, const struct json_t *document)
{
	char *text = json_dumps(document, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	if (text == NULL) {
		errno = ENOMEM;
		return false;
	}
	bool ok = file_write(path, text, strlen(text), 0600);
	int failed = errno;
	free(text);
	errno = failed;
	return ok;
}
