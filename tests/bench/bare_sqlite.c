/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite: a write-ahead log synced at each commit, one prepared statement. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "tests/bench/bare.h"

static sqlite3 *db;
static sqlite3_stmt *begin, *insert, *commit;

static void
check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench-bare-sqlite: %s: %s\n", what, sqlite3_errmsg(db));
	exit(1);
}

static void
run(const char *sql)
{
	check(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static sqlite3_stmt *
statement(const char *sql)
{
	sqlite3_stmt *out;
	check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &out, NULL) == SQLITE_OK,
	    sql);
	return out;
}

static void
step(sqlite3_stmt *s)
{
	check(sqlite3_step(s) == SQLITE_DONE, sqlite3_sql(s));
	sqlite3_reset(s);
}

void
bare_open(const char *folder)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/submissions.sqlite", folder);
	check(sqlite3_open(path, &db) == SQLITE_OK, path);
	run("PRAGMA journal_mode = WAL");
	run("PRAGMA synchronous = FULL");
	run("PRAGMA wal_autocheckpoint = 10000");
	run("PRAGMA cache_size = -65536");
	run("CREATE TABLE submission (id BLOB PRIMARY KEY, unit TEXT, answers BLOB)");
	begin = statement("BEGIN IMMEDIATE");
	insert = statement("INSERT INTO submission (id, unit, answers) VALUES (?, ?, ?)");
	commit = statement("COMMIT");
}

void
bare_begin(void)
{
	step(begin);
}

void
bare_put(const struct bare_submission *s)
{
	sqlite3_bind_blob64(insert, 1, s->id, s->id_n, SQLITE_STATIC);
	sqlite3_bind_text64(
	    insert, 2, (const char *)s->unit, s->unit_n, SQLITE_STATIC, SQLITE_UTF8);
	sqlite3_bind_blob64(insert, 3, s->answers, s->answers_n, SQLITE_STATIC);
	step(insert);
}

void
bare_commit(void)
{
	step(commit);
}
