/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/exporter_rig.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/digest.h"
#include "storage/mailbox.h"

#define PATH_BYTES 512
#define NAMES_MAX 64

static void
must(bool good)
{
	if (!good)
		abort();
}

/* ------------------------------------------------------------------- start, stop */

static void
start(struct exporter_rig *x)
{
	char message[EXPORTER_MESSAGE_BYTES];
	x->server.state = x->rig.state;
	x->server.store = x->rig.store;
	x->exporter = exporter_new(&x->server, message);
	x->server.press = worker_start("press", 0);
	must(x->exporter != NULL && x->server.press != NULL);
}

static void
stop(struct exporter_rig *x)
{
	worker_stop(x->server.press);
	exporter_free(x->exporter);
}

void
exporter_rig_make(struct exporter_rig *x, unsigned units, bool two, const char *schedule)
{
	unsigned seed = 3;
	memset(x, 0, sizeof(*x));
	state_rig_make(&x->rig);
	state_rig_define(&x->rig);
	for (uint32_t round = 0; round < (two ? 2 : 1); round++) {
		state_rig_round(&x->rig, round == 0 ? "one" : "two", "");
		state_rig_load(&x->rig, round, units, units, true);
		state_rig_phase(&x->rig, round, ENTRY_ROUND_OPENED);
		for (unsigned serial = 0; serial < units; serial++)
			state_rig_answer(&x->rig, round, serial, &seed);
	}
	strcpy(x->root, "/tmp/khaosat-test-export-XXXXXX");
	must(mkdtemp(x->root) != NULL);
	x->server.config = (struct config){.data = x->rig.folder,
	    .export_dir = x->root,
	    .export_schedule = schedule,
	    .export_frequency = 5};
	start(x);
}

void
exporter_rig_restart(struct exporter_rig *x)
{
	stop(x);
	state_rig_close(&x->rig);
	state_rig_open(&x->rig, false);
	start(x);
}

static void
remove_tree(const char *path)
{
	char below[PATH_BYTES];
	struct stat status;
	DIR *dir = lstat(path, &status) == 0 && S_ISDIR(status.st_mode) ? opendir(path) : NULL;
	if (dir == NULL) {
		unlink(path);
		return;
	}
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, e->d_name);
		remove_tree(below);
	}
	closedir(dir);
	rmdir(path);
}

void
exporter_rig_free(struct exporter_rig *x)
{
	stop(x);
	remove_tree(x->root);
	state_rig_free(&x->rig);
}

/* ------------------------------------------------------------------- runs */

struct last_task {
	struct task task; /* first */
	struct mailbox box;
	struct mail mail;
};

static void
say(struct task *task)
{
	struct last_task *last = (struct last_task *)task;
	mailbox_put(&last->box, &last->mail);
}

void
exporter_rig_tick(struct exporter_rig *x, int64_t now_ms)
{
	struct last_task last = {.task = {.work = say}};
	exporter_tick(x->exporter, now_ms);
	must(mailbox_open(&last.box) && worker_put(x->server.press, &last.task));
	mailbox_wait(&last.box);
	mailbox_close(&last.box);
	exporter_note_end(x->exporter, now_ms);
}

void
exporter_rig_run(struct exporter_rig *x, bool is_public, struct run_result *out)
{
	const struct exporter_wish wish = {.round = "one",
	    .settings = {.is_public = is_public, .stage = STAGE_INTERIM, .method = INTERVAL_WILSON},
	    .format = {format_find("json", 4)},
	    .formats = 1};
	exporter_run(x->exporter, &wish, out);
}

struct export_record *
exporter_rig_records(struct exporter_rig *x, size_t *n)
{
	struct export_record *record = NULL;
	must(state_exports(x->rig.state, 0, &record, n));
	return record;
}

/* ------------------------------------------------------------------- what is on the disk */

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

const char *
exporter_rig_names(struct exporter_rig *x, const char *folder)
{
	static char name[NAMES_MAX][64], all[NAMES_MAX * 64];
	char path[PATH_BYTES];
	size_t n = 0;
	snprintf(path, sizeof(path), "%s/%s", x->root, folder);
	DIR *dir = opendir(path);
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL && n < NAMES_MAX;)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			snprintf(name[n++], sizeof(name[0]), "%.60s", e->d_name);
	if (dir != NULL)
		closedir(dir);
	qsort(name, n, sizeof(name[0]), by_name);
	all[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		strcat(all, name[i]);
		strcat(all, " ");
	}
	return all;
}

static char *
read_all(const char *path, size_t *n)
{
	struct stat status;
	FILE *f = fopen(path, "rb");
	bool good = f != NULL && fstat(fileno(f), &status) == 0;
	char *bytes = good ? malloc((size_t)status.st_size + 1) : NULL;
	if (bytes != NULL) {
		*n = fread(bytes, 1, (size_t)status.st_size, f);
		bytes[*n] = '\0';
	}
	if (f != NULL)
		fclose(f);
	return bytes;
}

static bool
has_digest(const char *path, const char *hex)
{
	size_t n;
	uint8_t digest[SHA256_BYTES];
	char found[2 * SHA256_BYTES + 1];
	char *bytes = read_all(path, &n);
	if (bytes == NULL)
		return false;
	digest_sha256(&(struct digest_part){bytes, n}, 1, digest);
	digest_hex(digest, sizeof(digest), found);
	free(bytes);
	return strcmp(found, hex) == 0;
}

static bool
is_run_whole(const char *folder)
{
	char path[PATH_BYTES], name[64], hex[2 * SHA256_BYTES + 1];
	size_t n, files = 0;
	snprintf(path, sizeof(path), "%.400s/manifest.json", folder);
	char *manifest = read_all(path, &n);
	bool good = manifest != NULL;
	for (const char *at = manifest; good && (at = strstr(at, "{\"name\": ")) != NULL; at++) {
		good = sscanf(at,
			   "{\"name\": \"%63[^\"]\", \"bytes\": %*u, \"sha256\": \"%64[0-9a-f]\"",
			   name, hex) == 2;
		snprintf(path, sizeof(path), "%.400s/%s", folder, name);
		good = good && has_digest(path, hex);
		files++;
	}
	free(manifest);
	return good && files > 0;
}

bool
exporter_rig_is_whole(struct exporter_rig *x)
{
	char path[PATH_BYTES], names[NAMES_MAX * 64];
	struct stat status;
	bool good = true, has_latest = false;
	snprintf(names, sizeof(names), "%s", exporter_rig_names(x, "public/one"));
	for (char *at = names, *name; good && (name = strsep(&at, " ")) != NULL;) {
		has_latest |= strcmp(name, "latest") == 0;
		if (name[0] != 'v')
			continue;
		snprintf(path, sizeof(path), "%s/public/one/%.60s", x->root, name);
		good = is_run_whole(path);
	}
	snprintf(path, sizeof(path), "%s/public/one/latest/manifest.json", x->root);
	return good && (!has_latest || stat(path, &status) == 0);
}
