/* SPDX-License-Identifier: Apache-2.0 */
#include "client/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "client/file.h"
#include "client/home.h"
#include "client/uuid.h"

#define ITEM_MAX_BYTES (1024u * 1024)
#define ITEM_SUFFIX ".json"

/* "-TAX-CONTENT.json": says whose and what an item is, so that no file need be read to find it. */
static void
make_tail(const struct outgoing *o, char out[96])
{
	struct outgoing named = *o;
	char id[UUID_TEXT_BYTES];
	outgoing_name_by_content(&named);
	uuid_print(named.instance_id, id);
	snprintf(out, 96, "-%s-%s" ITEM_SUFFIX, o->tax_code, id);
}

bool
spool_is_of(const char *name, const char *tax_code)
{
	static const size_t tail = 1 + (UUID_TEXT_BYTES - 1) + sizeof(ITEM_SUFFIX) - 1;
	const char *dash = strchr(name, '-');
	size_t n = strlen(tax_code);
	return dash != NULL && strncmp(dash + 1, tax_code, n) == 0 && dash[1 + n] == '-' &&
	       strlen(dash + 1 + n) == tail;
}

static bool
ends_with(const char *text, const char *tail)
{
	size_t n = strlen(text);
	return n > strlen(tail) && strcmp(text + n - strlen(tail), tail) == 0;
}

static int
is_item(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_with(entry->d_name, ITEM_SUFFIX);
}

bool
spool_list(const struct client *client, char ***names, size_t *n)
{
	char *folder = home_path(client, "spool", NULL);
	if (folder == NULL)
		return false;
	struct dirent **entry;
	int found = scandir(folder, &entry, is_item, alphasort);
	free(folder);
	if (found < 0)
		return false;
	char **list = calloc((size_t)found + 1, sizeof(*list));
	size_t kept = 0;
	for (int i = 0; i < found; i++) {
		if (list != NULL && (list[kept] = strdup(entry[i]->d_name)) != NULL)
			kept++;
		free(entry[i]);
	}
	free(entry);
	if (list == NULL || kept != (size_t)found) {
		spool_free_names(list, kept);
		errno = ENOMEM;
		return false;
	}
	*names = list;
	*n = kept;
	return true;
}

void
spool_free_names(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

bool
spool_read(const struct client *client, const char *name, struct outgoing *out)
{
	char *path = home_path(client, "spool", name);
	size_t n;
	char *text = path == NULL ? NULL : file_read(path, ITEM_MAX_BYTES, &n);
	free(path);
	if (text == NULL)
		return false;
	json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	bool ok = outgoing_from_json(object, out);
	json_decref(object);
	errno = 0;
	return ok;
}

/* ------------------------------------------------------------------------------- adding */

/* A millisecond behind the newest item at least, though the clock may have been set back since. */
static int64_t
time_of_next(const struct client *client)
{
	struct timespec now;
	char **names;
	size_t n;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (!spool_list(client, &names, &n))
		return ms;
	int64_t newest = n > 0 ? strtoll(names[n - 1], NULL, 10) : 0;
	spool_free_names(names, n);
	return newest < ms ? ms : newest + 1;
}

/* Names begin with the time in milliseconds, 13 digits until the year 2286, so their order is the
 * order in which they were made. */
static char *
make_name(const struct client *client, const struct outgoing *o)
{
	char tail[96];
	make_tail(o, tail);
	char *name;
	return asprintf(&name, "%013" PRId64 "%s", time_of_next(client), tail) < 0 ? NULL : name;
}

/* The item that holds the same content, to be freed, its id copied; NULL: there is none. */
static char *
find_same(const struct client *client, struct outgoing *o)
{
	char **names;
	size_t n;
	char *found = NULL;
	char tail[96];
	make_tail(o, tail);
	if (!spool_list(client, &names, &n))
		return NULL;
	for (size_t i = 0; i < n && found == NULL; i++) {
		struct outgoing waiting;
		if (!ends_with(names[i], tail) || !spool_read(client, names[i], &waiting))
			continue;
		if (outgoing_same(&waiting, o)) {
			memcpy(o->instance_id, waiting.instance_id, UUID_BYTES);
			found = strdup(names[i]);
		}
		outgoing_clear(&waiting);
	}
	spool_free_names(names, n);
	return found;
}

bool
spool_add(const struct client *client, struct outgoing *o, char **name)
{
	char *item = find_same(client, o);
	if (item == NULL)
		item = make_name(client, o);
	char *path = item == NULL ? NULL : home_path(client, "spool", item);
	json_t *object = path == NULL ? NULL : outgoing_to_json(o, true);
	bool ok = object != NULL && home_write_json(path, object);
	json_decref(object);
	free(path);
	if (!ok) {
		free(item);
		return false;
	}
	*name = item;
	return true;
}

bool
spool_remove(const struct client *client, const char *name)
{
	char *path = home_path(client, "spool", name);
	bool ok = path != NULL && (file_remove(path) || errno == ENOENT);
	free(path);
	return ok;
}

bool
spool_refuse(const struct client *client, const char *name, const char *reason)
{
	char *beside;
	if (asprintf(&beside, "%s.txt", name) < 0)
		return false;
	char *from = home_path(client, "spool", name);
	char *to = home_path(client, "refused", name);
	char *why = home_path(client, "refused", beside);
	/* The reason first: after a power cut between the two the item is sent again, and refused
	 * again. */
	bool ok = from != NULL && to != NULL && why != NULL &&
		  file_write(why, reason, strlen(reason), 0600) && file_move(from, to);
	free(beside);
	free(from);
	free(to);
	free(why);
	return ok;
}

/* The newest item of this unit in this round, to be cleared. False: there is none. */
static bool
read_newest(const struct client *client, const char *round, const char *tax_code,
    const char *but_name, struct outgoing *out)
{
	char **names;
	size_t n;
	bool found = false;
	if (!spool_list(client, &names, &n))
		return false;
	for (size_t i = n; i > 0 && !found; i--) {
		if (strcmp(names[i - 1], but_name) == 0 || !spool_is_of(names[i - 1], tax_code) ||
		    !spool_read(client, names[i - 1], out))
			continue;
		found = strcmp(out->round, round) == 0;
		if (!found)
			outgoing_clear(out);
	}
	spool_free_names(names, n);
	return found;
}

bool
spool_newest(const struct client *client, const char *round, const char *tax_code,
    const char *but_name, uint8_t instance_id[UUID_BYTES])
{
	struct outgoing waiting;
	if (!read_newest(client, round, tax_code, but_name, &waiting))
		return false;
	memcpy(instance_id, waiting.instance_id, UUID_BYTES);
	outgoing_clear(&waiting);
	return true;
}

bool
spool_corrects_with(const struct client *client, struct outgoing *o)
{
	struct outgoing waiting;
	if (!read_newest(client, o->round, o->tax_code, "", &waiting))
		return false;
	bool is_same = waiting.corrects && waiting.answers_bytes == o->answers_bytes &&
		       memcmp(waiting.answers, o->answers, o->answers_bytes) == 0;
	if (is_same) {
		o->corrects = true;
		memcpy(o->deprecated_id, waiting.deprecated_id, UUID_BYTES);
	}
	outgoing_clear(&waiting);
	return is_same;
}

int
spool_lock(const struct client *client)
{
	char *path = home_path(client, "spool", ".lock");
	if (path == NULL)
		return -1;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(path);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int failed = errno;
		close(fd);
		errno = failed;
		return -1;
	}
	return fd;
}
