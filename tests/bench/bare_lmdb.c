/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB: each submission under the next number, appended; its own default sync. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lmdb.h>

#include "tests/bench/bare.h"

static MDB_env *env;
static MDB_dbi dbi;
static MDB_txn *txn;
static uint64_t number;

static void
check(int rc, const char *what)
{
	if (rc == 0)
		return;
	fprintf(stderr, "bench-bare-lmdb: %s: %s\n", what, mdb_strerror(rc));
	exit(1);
}

void
bare_open(const char *folder)
{
	check(mdb_env_create(&env), "create");
	check(mdb_env_set_mapsize(env, (size_t)64 << 30), "mapsize");
	check(mdb_env_open(env, folder, 0, 0600), folder);
	bare_begin();
	check(mdb_dbi_open(txn, NULL, MDB_INTEGERKEY, &dbi), "dbi");
	bare_commit();
}

void
bare_begin(void)
{
	check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
}

void
bare_put(const struct bare_submission *s)
{
	uint64_t key_number = ++number;
	MDB_val key = {sizeof(key_number), &key_number};
	MDB_val value = {s->id_n + s->unit_n + s->answers_n, NULL};
	check(mdb_put(txn, dbi, &key, &value, MDB_APPEND | MDB_RESERVE), "put");
	uint8_t *at = value.mv_data;
	memcpy(at, s->id, s->id_n);
	memcpy(at + s->id_n, s->unit, s->unit_n);
	memcpy(at + s->id_n + s->unit_n, s->answers, s->answers_n);
}

void
bare_commit(void)
{
	check(mdb_txn_commit(txn), "commit");
}
