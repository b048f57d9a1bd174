/* SPDX-License-Identifier: Apache-2.0 */
/* Whole runs over a real log, into real folders. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/export/run.h"
#include "proto/digest.h"
#include "tests/support/state_rig.h"

#define UNITS 300
#define PATH_BYTES 512

static struct state_rig rig;
static char root[64];
static const struct format *format[2];
static enum run_status commit_says; /* instead of committing */
static const char *in_the_way;      /* made a folder of, just before the name is given */

static int
set_up(void **state)
{
	unsigned seed = 11;
	(void)state;
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	state_rig_live(&rig, UNITS, 800, &seed);
	strcpy(root, "/tmp/khaosat-test-export-XXXXXX");
	assert_non_null(mkdtemp(root));
	format[0] = format_find("csv", 3);
	format[1] = format_find("json", 4);
	commit_says = RUN_OK;
	in_the_way = NULL;
	return 0;
}

static void
remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	if (dir == NULL) {
		unlink(path);
		return;
	}
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		char below[PATH_BYTES];
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, e->d_name);
		struct stat status;
		if (lstat(below, &status) == 0 && S_ISDIR(status.st_mode))
			remove_tree(below);
		else
			unlink(below);
	}
	closedir(dir);
	rmdir(path);
}

static int
tear_down(void **state)
{
	(void)state;
	chmod(root, 0700);
	remove_tree(root);
	state_rig_free(&rig);
	return 0;
}

/* ------------------------------------------------------------------- a run */

static struct export_record *record;
static size_t records;

static enum run_status
commit(void *context, const struct payload_export *made, uint64_t *number, struct run_why *why)
{
	const struct round_view *round = context;
	size_t n;
	if (commit_says != RUN_OK) {
		run_why(why, "phép thử nói vậy", "the test says so");
		return commit_says;
	}
	uint8_t *payload = payload_export_pack(made, &n);
	struct entry e = {.kind = ENTRY_EXPORT_MADE,
	    .round = round->number,
	    .definition = round->definition_number,
	    .revision = made->record.vintage,
	    .previous = records > 0 ? record[records - 1].number : 0};
	*number = state_rig_put(&rig, &e, payload, n, state_exports_subject(round->index));
	free(payload);
	if (in_the_way != NULL) {
		char path[PATH_BYTES];
		snprintf(path, sizeof(path), "%s/%s", root, in_the_way);
		assert_int_equal(mkdir(path, 0700), 0);
		strcat(path, "/file");
		assert_int_equal(mkdir(path, 0700), 0);
	}
	return RUN_OK;
}

static struct round_view
round_one(void)
{
	struct round_view round;
	assert_true(state_round(rig.state, "one", &round));
	free(record);
	assert_true(state_exports(rig.state, round.index, &record, &records));
	return round;
}

static void
run_into(const char *folder, bool is_public, struct run_result *out)
{
	struct round_view round = round_one();
	const struct run_asked asked = {.store = rig.store,
	    .root = folder,
	    .round = &round,
	    .record = record,
	    .records = records,
	    .last = state_last(rig.state),
	    .settings = {.is_public = is_public,
		.stage = STAGE_INTERIM,
		.method = INTERVAL_WILSON,
		.frequency = is_public ? 5 : 0},
	    .format = format,
	    .formats = 2,
	    .commit = commit,
	    .context = &round};
	run_make(&asked, out);
	free(record);
	record = NULL;
}

static void
run_well(bool is_public, struct run_result *out)
{
	run_into(root, is_public, out);
	if (out->status != RUN_OK)
		fail_msg("%s", out->why.en);
}

static char *
slurp(const char *name, size_t *n)
{
	char path[PATH_BYTES];
	snprintf(path, sizeof(path), "%s/%s", root, name);
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return NULL;
	char *bytes = malloc(8 << 20);
	*n = fread(bytes, 1, (8 << 20) - 1, f);
	bytes[*n] = '\0';
	fclose(f);
	return bytes;
}

static bool
is_there(const char *name)
{
	struct stat status;
	char path[PATH_BYTES];
	snprintf(path, sizeof(path), "%s/%s", root, name);
	return lstat(path, &status) == 0;
}

static size_t
names_in(const char *name)
{
	char path[PATH_BYTES];
	size_t n = 0;
	snprintf(path, sizeof(path), "%s/%s", root, name);
	DIR *dir = opendir(path);
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	if (dir != NULL)
		closedir(dir);
	return n;
}

/* ------------------------------------------------------------------- what a run leaves */

static void
a_run_is_a_folder_with_a_manifest_that_the_log_knows(void **state)
{
	(void)state;
	struct run_result made;
	struct payload_export logged;
	size_t n;
	uint8_t digest[SHA256_BYTES];
	run_well(true, &made);
	char *manifest = slurp("public/one/v0001/manifest.json", &n);
	assert_non_null(manifest);
	digest_sha256(&(struct digest_part){manifest, n}, 1, digest);
	assert_true(run_read_payload(rig.store, made.number, &logged));
	assert_memory_equal(logged.manifest, digest, sizeof(digest));
	assert_int_equal(logged.decisions, made.made.decisions);
	assert_non_null(strstr(manifest, "\"PUBLIC\""));
	assert_non_null(strstr(manifest, "\"observations.csv\""));
	char *latest = slurp("public/one/latest/manifest.json", &n);
	assert_string_equal(latest, manifest);
	assert_int_equal(names_in("public/one"), 2);
	free(latest);
	free(manifest);
	payload_export_free(&logged);
	run_result_clear(&made);
}

static void
the_log_gives_the_same_bytes_again(void **state)
{
	(void)state;
	struct run_result first, dry, other;
	run_into(NULL, true, &dry);
	run_well(true, &first);
	assert_int_equal(dry.status, RUN_OK);
	assert_memory_equal(dry.made.manifest, first.made.manifest, SHA256_BYTES);
	state_rig_close(&rig);
	state_rig_open(&rig, false);
	struct round_view round = round_one();
	const struct run_asked again = {.store = rig.store,
	    .round = &round,
	    .record = record,
	    .records = 0, /* that it followed */
	    .last = record[0].last,
	    .settings = {true, STAGE_INTERIM, INTERVAL_WILSON, 5},
	    .format = format,
	    .formats = 2};
	run_make(&again, &other);
	assert_int_equal(other.status, RUN_OK);
	assert_memory_equal(other.made.manifest, first.made.manifest, SHA256_BYTES);
	run_result_clear(&first);
	run_result_clear(&dry);
	run_result_clear(&other);
}

static void
a_checkpoint_and_a_recount_know_exports(void **state)
{
	(void)state;
	struct run_result a, b;
	struct export_record *before = NULL, *after = NULL;
	size_t n, m;
	run_well(true, &a);
	run_well(false, &b);
	struct checkpoint *copy = state_copy(rig.state);
	assert_true(copy != NULL && checkpoint_write(copy, rig.checkpoint));
	checkpoint_free(copy);
	assert_true(state_exports(rig.state, 0, &before, &n));
	state_rig_close(&rig);
	state_rig_open(&rig, true);
	assert_string_equal(rig.message, "");
	assert_true(state_exports(rig.state, 0, &after, &m));
	assert_int_equal(n, 2);
	assert_int_equal(m, 2);
	assert_memory_equal(before, after, n * sizeof(*before));
	assert_true(before[0].is_public && !before[1].is_public && before[1].vintage == 1);
	free(before);
	free(after);
	run_result_clear(&a);
	run_result_clear(&b);
}

/* The field of the figures file in the row that begins so, to be freed; NULL: no such row. */
static char *
cell_of(const char *file, const char *row, unsigned field)
{
	size_t n;
	char *text = slurp(file, &n), *found = NULL;
	assert_non_null(text);
	char *at = strstr(text, row);
	if (at != NULL) {
		for (unsigned i = 0; i < field; i++)
			at = strchr(at, ',') + 1;
		found = strndup(at, strcspn(at, ",\n"));
	}
	free(text);
	return found;
}

static void
a_later_vintage_keeps_what_changed_too_little(void **state)
{
	(void)state;
	struct run_result first, second;
	unsigned seed = 5;
	run_well(true, &first);
	for (unsigned serial = 0; serial < 3; serial++)
		state_rig_answer(&rig, 0, serial, &seed);
	run_well(true, &second);
	char *was =
	    cell_of("public/one/v0001/observations.csv", "PUBLIC,one,1,G1,ALL,whole,_T,met,", 9);
	char *is =
	    cell_of("public/one/v0002/observations.csv", "PUBLIC,one,2,G1,ALL,whole,_T,met,", 9);
	char *status =
	    cell_of("public/one/v0002/observations.csv", "PUBLIC,one,2,G1,ALL,whole,_T,met,", 10);
	assert_true(was != NULL && is != NULL && status != NULL);
	assert_string_equal(was, is);
	assert_true(strcmp(status, "kept") == 0 || *was == '\0');
	assert_true(is_there("public/one/v0002/revisions.csv"));
	assert_false(is_there("public/one/v0001/revisions.csv"));
	free(was);
	free(is);
	free(status);
	run_result_clear(&first);
	run_result_clear(&second);
}

static void
an_internal_run_withholds_nothing_and_says_so(void **state)
{
	(void)state;
	struct run_result made;
	size_t n;
	run_well(false, &made);
	char *text = slurp("internal/one/v0001/observations.csv", &n);
	assert_non_null(text);
	assert_null(strstr(text, "confidential,"));
	assert_null(strstr(text, "few_units"));
	assert_int_equal(strncmp(strchr(text, '\n') + 1, "INTERNAL,", 9), 0);
	struct stat status;
	char path[PATH_BYTES];
	snprintf(path, sizeof(path), "%s/internal", root);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 077, 0);
	free(text);
	run_result_clear(&made);
}

/* ------------------------------------------------------------------- what goes wrong */

static void
expect_nothing(const struct run_result *made, enum run_status status)
{
	assert_int_equal(made->status, status);
	assert_true(strlen(made->why.vi) > 5 && strlen(made->why.en) > 5);
	assert_false(is_there("public/one/v0001"));
	assert_false(is_there("public/one/.new-v0001"));
	assert_false(is_there("public/one/latest"));
}

static void
a_full_disk_leaves_nothing(void **state)
{
	(void)state;
	struct rlimit old, small;
	signal(SIGXFSZ, SIG_IGN);
	/* The limit holds for the whole process: the log has to have written what it will write in
	 * the background, which is so when it has just been opened. */
	state_rig_close(&rig);
	state_rig_open(&rig, false);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	for (rlim_t limit = 1; limit < 100000; limit = limit * 7) {
		struct run_result made;
		small = (struct rlimit){limit, old.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		run_into(root, true, &made);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		expect_nothing(&made, RUN_FAILED);
		assert_non_null(strstr(made.why.en, "too large"));
		run_result_clear(&made);
	}
}

static void
a_root_that_is_no_folder_is_told(void **state)
{
	(void)state;
	char path[PATH_BYTES];
	struct run_result made;
	snprintf(path, sizeof(path), "%s/file", root);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	run_into(path, true, &made);
	expect_nothing(&made, RUN_FAILED);
	strcat(path, "/deeper");
	run_result_clear(&made);
	run_into(path, true, &made);
	expect_nothing(&made, RUN_FAILED);
	run_result_clear(&made);
}

static void
an_entry_that_is_not_stored_leaves_nothing(void **state)
{
	(void)state;
	struct run_result made;
	commit_says = RUN_FAILED;
	run_into(root, true, &made);
	expect_nothing(&made, RUN_FAILED);
	run_result_clear(&made);
}

static void
a_name_that_is_taken_is_never_written_over(void **state)
{
	(void)state;
	struct run_result made;
	run_well(true, &made);
	run_result_clear(&made);
	char path[PATH_BYTES], next[PATH_BYTES];
	snprintf(path, sizeof(path), "%s/public/one/v0001", root);
	snprintf(next, sizeof(next), "%s/public/one/v0002", root);
	assert_int_equal(rename(path, next), 0);
	run_into(root, true, &made);
	assert_int_equal(made.status, RUN_FAILED);
	assert_non_null(strstr(made.why.en, "move it away"));
	run_result_clear(&made);
}

static void
what_the_log_has_gets_its_name_after_all(void **state)
{
	(void)state;
	struct run_result made;
	struct payload_export logged;
	in_the_way = "public/one/v0001";
	run_into(root, true, &made);
	assert_int_equal(made.status, RUN_FAILED);
	assert_true(is_there("public/one/.new-v0001"));
	char path[PATH_BYTES];
	snprintf(path, sizeof(path), "%s/public/one/v0001", root);
	remove_tree(path);
	struct round_view round = round_one();
	assert_int_equal(records, 1);
	assert_true(run_read_payload(rig.store, record[0].number, &logged));
	const struct run_asked asked = {.root = root, .round = &round};
	logged.manifest[0] ^= 1; /* another's */
	assert_int_equal(run_finish(&asked, &record[0], logged.manifest), RUN_FAILED);
	assert_false(is_there("public/one/v0001"));
	logged.manifest[0] ^= 1;
	assert_int_equal(run_finish(&asked, &record[0], logged.manifest), RUN_OK);
	assert_true(is_there("public/one/v0001/manifest.json"));
	assert_true(is_there("public/one/latest/manifest.json"));
	assert_int_equal(run_finish(&asked, &record[0], logged.manifest), RUN_OK); /* it stands */
	payload_export_free(&logged);
	run_result_clear(&made);
}

static void
a_round_without_a_register_is_refused(void **state)
{
	(void)state;
	struct round_view round;
	struct run_result made;
	uint32_t index = state_rig_round(&rig, "three", "");
	assert_true(state_round_at(rig.state, index, &round));
	const struct run_asked asked = {.store = rig.store,
	    .root = root,
	    .round = &round,
	    .last = state_last(rig.state),
	    .settings = {true, STAGE_INTERIM, INTERVAL_WILSON, 5},
	    .format = format,
	    .formats = 1};
	run_make(&asked, &made);
	assert_int_equal(made.status, RUN_REFUSED);
	assert_non_null(strstr(made.why.en, "register"));
	assert_false(is_there("public/three/.new-v0001"));
	run_result_clear(&made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_run_is_a_folder_with_a_manifest_that_the_log_knows),
	    TEST(the_log_gives_the_same_bytes_again),
	    TEST(a_checkpoint_and_a_recount_know_exports),
	    TEST(a_later_vintage_keeps_what_changed_too_little),
	    TEST(an_internal_run_withholds_nothing_and_says_so),
	    TEST(a_full_disk_leaves_nothing),
	    TEST(a_root_that_is_no_folder_is_told),
	    TEST(an_entry_that_is_not_stored_leaves_nothing),
	    TEST(a_name_that_is_taken_is_never_written_over),
	    TEST(what_the_log_has_gets_its_name_after_all),
	    TEST(a_round_without_a_register_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
