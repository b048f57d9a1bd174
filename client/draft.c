/* SPDX-License-Identifier: Apache-2.0 */
#include "client/draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/file.h"
#include "client/home.h"
#include "client/uuid.h"
#include "survey/answers_json.h"

#define DRAFT_MAX_BYTES (1024u * 1024)

static char *
draft_path(const struct client *client, const char *round, const char *tax_code)
{
	char name[128];
	return home_name(round, tax_code, ".json", name) ? home_path(client, "drafts", name) : NULL;
}

bool
draft_save(const struct client *client, const struct questionnaire *q, const char *tax_code,
    const struct answers *answers, const struct draft *draft)
{
	char *path = draft_path(client, q->round, tax_code);
	json_t *object = answers_to_json(q->definition, answers);
	bool ok = false;
	if (path != NULL && object != NULL) {
		const struct definition *d = q->definition;
		int bad = json_object_set_new(object, "survey", json_string(d->id));
		bad |= json_object_set_new(object, "version", json_integer(d->version));
		bad |=
		    json_object_set_new(object, "saved_at", json_integer((json_int_t)time(NULL)));
		bad |= json_object_set_new(object, "place", json_string(draft->place));
		if (draft->corrects != NULL)
			bad |= uuid_put(object, "corrects", draft->corrects);
		if (draft->sent != NULL)
			bad |= uuid_put(object, "sent", draft->sent);
		errno = ENOMEM;
		ok = bad == 0 && home_write_json(path, object);
	}
	json_decref(object);
	free(path);
	return ok;
}

json_t *
draft_load(const struct client *client, const struct questionnaire *q, const char *tax_code)
{
	char *path = draft_path(client, q->round, tax_code);
	size_t n;
	char *text = path == NULL ? NULL : file_read(path, DRAFT_MAX_BYTES, &n);
	free(path);
	json_t *object = text == NULL ? NULL : json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	const char *id = json_string_value(json_object_get(object, "survey"));
	if (id != NULL && strcmp(id, q->definition->id) == 0 &&
	    json_integer_value(json_object_get(object, "version")) == q->definition->version)
		return object;
	json_decref(object);
	return NULL;
}

bool
draft_remove(const struct client *client, const struct questionnaire *q, const char *tax_code)
{
	char *path = draft_path(client, q->round, tax_code);
	bool ok = path != NULL && (file_remove(path) || errno == ENOENT);
	free(path);
	return ok;
}

bool
draft_is_there(const struct client *client, const char *round, const char *tax_code)
{
	char *path = draft_path(client, round, tax_code);
	bool is_there = path != NULL && access(path, F_OK) == 0;
	free(path);
	return is_there;
}
