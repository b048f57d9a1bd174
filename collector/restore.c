/* SPDX-License-Identifier: Apache-2.0 */
/* The log is read into a folder with a temporary name, opened anew from there, and folded up as at
 * any start; only then is the folder renamed. So what has the right name also starts. */
#include "collector/restore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/checkpoint.h"
#include "collector/restore_folder.h"
#include "collector/state.h"

#define MIB (1024u * 1024u)

struct restoring {
	const struct config *config;
	struct backup_source source;
	struct store_options options;
	struct restore_folder folder; /* the temporary one */
	struct store *store;          /* opened anew */
	struct state *state;
	char *message;
};

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
	interrupted = number;
}

/* Without SA_RESTART: a read that waits ends. */
static void
catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static bool
fail(struct restoring *r, const char *name, const char *why)
{
	snprintf(r->message, BACKUP_MESSAGE_BYTES, "%.200s: %.250s", name, why);
	return false;
}

/* ------------------------------------------------------------------- folders */

static bool
make_temporary(struct restoring *r, const char *path, const char *ending)
{
	char stem[PATH_MAX];
	if ((size_t)snprintf(stem, sizeof(stem), "%s%s", path, ending) >= sizeof(stem))
		return fail(r, path, strerror(ENAMETOOLONG));
	return restore_folder_make(stem, &r->folder) || fail(r, path, strerror(errno));
}

static bool
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_synced = fd >= 0 && fsync(fd) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	errno = why;
	return is_synced;
}

/* Nothing in it; or it is not there. */
static bool
is_free(struct restoring *r, const char *path)
{
	DIR *dir = opendir(path);
	if (dir == NULL)
		return errno == ENOENT || fail(r, path, strerror(errno));
	size_t files = 0;
	while (readdir(dir) != NULL)
		files++;
	closedir(dir);
	return files <= 2 || fail(r, path, "not empty: a backup is restored into a new folder");
}

/* A folder is renamed within one file system only. */
static bool
is_beside(struct restoring *r, const char *path)
{
	struct stat data, temporary;
	if (stat(path, &data) != 0 || fstat(r->folder.fd, &temporary) != 0 ||
	    data.st_dev == temporary.st_dev)
		return true;
	return fail(r, path, "a disk is mounted here: restore into a folder on it");
}

static bool
give_name(struct restoring *r, const char *path)
{
	char parent[PATH_MAX];
	snprintf(parent, sizeof(parent), "%s", path);
	if (fsync(r->folder.fd) != 0 || rename(r->folder.path, path) != 0)
		return fail(r, path, strerror(errno));
	r->folder.path[0] = '\0';
	return sync_folder(dirname(parent)) || fail(r, path, strerror(errno));
}

/* ------------------------------------------------------------------- the log */

static bool
open_source(struct restoring *r, const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	r->source = (struct backup_source){
	    .fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC),
	    .name = is_stdin ? "stdin" : name,
	    .ended = &interrupted,
	};
	return r->source.fd >= 0 || fail(r, name, strerror(errno));
}

/* The backup into the temporary folder, and a state from what then stands there. */
static bool
load_and_fold(struct restoring *r, struct backup_header *header)
{
	char message[256] = "";
	r->options = store_defaults;
	r->options.folder = r->folder.path;
	r->options.disk_reserve_bytes = config_disk_reserve(r->config, r->folder.path);
	if (!backup_load(&r->source, &r->options, header, r->message))
		return false;
	if (store_open(&r->options, &r->store, message) != STORE_OK)
		return fail(r, r->source.name, message);
	if (store_last(r->store) != header->last)
		return fail(r, r->source.name, "not all of its entries were stored");
	r->state = state_new();
	if (r->state == NULL)
		return fail(r, r->source.name, "out of memory");
	if (state_fold(r->state, r->store, NULL, message) != STORE_OK)
		return fail(r, r->source.name, message);
	return interrupted == 0 || fail(r, r->source.name, "interrupted");
}

static void
close_log(struct restoring *r)
{
	state_free(r->state);
	store_close(r->store);
	r->state = NULL;
	r->store = NULL;
}

static void
end(struct restoring *r)
{
	close_log(r);
	restore_folder_end(&r->folder);
	if (r->source.fd > STDIN_FILENO)
		close(r->source.fd);
}

/* ------------------------------------------------------------------- the two */

/* Where the data folder is to stand, without links on the way and without a slash at its end. */
static bool
resolve(struct restoring *r, char path[PATH_MAX])
{
	const char *data = r->config->data;
	if (realpath(data, path) != NULL)
		return true;
	size_t n = strlen(data);
	if (errno != ENOENT || n >= PATH_MAX)
		return fail(r, data, strerror(errno == ENOENT ? ENAMETOOLONG : errno));
	memcpy(path, data, n + 1);
	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	return true;
}

bool
restore_run(
    const struct config *config, struct backup_header *header, char message[BACKUP_MESSAGE_BYTES])
{
	struct restoring r = {
	    .config = config, .source.fd = -1, .folder.fd = -1, .message = message};
	char path[PATH_MAX];
	catch_signals();
	bool good = resolve(&r, path) && is_free(&r, path) && open_source(&r, config->restore) &&
		    make_temporary(&r, path, ".restoring-") && is_beside(&r, path) &&
		    load_and_fold(&r, header);
	close_log(&r);
	good = good && give_name(&r, path);
	end(&r);
	return good;
}

static bool
recount(struct restoring *r, struct recount_result *out)
{
	struct checkpoint *copy = state_copy(r->state);
	if (copy == NULL)
		return fail(r, r->source.name, "out of memory");
	recount_run(r->store, copy, NULL, NULL, out);
	checkpoint_free(copy);
	if (out->status == RECOUNT_DONE)
		return true;
	fail(r, r->source.name, out->lines > 0 ? out->line[0] : "out of memory");
	recount_result_free(out);
	return false;
}

bool
restore_verify(const struct config *config, struct backup_header *header,
    struct recount_result *out, char message[BACKUP_MESSAGE_BYTES])
{
	struct restoring r = {
	    .config = config, .source.fd = -1, .folder.fd = -1, .message = message};
	const char *place = getenv("TMPDIR");
	if (place == NULL || *place == '\0')
		place = "/var/tmp";
	catch_signals();
	bool good = open_source(&r, config->verify) &&
		    make_temporary(&r, place, "/khaosat-verify-") && load_and_fold(&r, header) &&
		    recount(&r, out);
	end(&r);
	return good;
}
