/* SPDX-License-Identifier: Apache-2.0 */
/* The log as format 1 had it, each entry a value of its own. */
#include <lmdb.h>
#include <stdio.h>
#include <string.h>

#include "storage/layout.h"
#include "tests/fault/power_life.h"
#include "tests/support/store_rig.h"

#define OLD_ENTRIES_MAX 200
#define OLD_ENTRY_MAX_BYTES 5000

static int
put(MDB_txn *txn, MDB_dbi dbi, void *key, size_t key_bytes, void *value, size_t n)
{
	MDB_val key_val = {.mv_size = key_bytes, .mv_data = key};
	MDB_val value_val = {.mv_size = n, .mv_data = value};
	return mdb_put(txn, dbi, &key_val, &value_val, 0);
}

static int
put_meta(MDB_txn *txn)
{
	MDB_dbi meta;
	uint8_t format[4] = {1, 0, 0, 0}, id[STORE_LOG_ID_BYTES] = {7, 5, 7};
	char format_name[] = LAYOUT_META_FORMAT, id_name[] = LAYOUT_META_LOG_ID;
	int code = mdb_dbi_open(txn, LAYOUT_META_DATABASE, MDB_CREATE, &meta);
	if (code == 0)
		code = put(txn, meta, format_name, strlen(format_name), format, sizeof(format));
	if (code == 0)
		code = put(txn, meta, id_name, strlen(id_name), id, sizeof(id));
	return code;
}

static int
put_entries(MDB_txn *txn, struct ledger *ledger, uint64_t *seed)
{
	MDB_dbi log;
	uint8_t bytes[OLD_ENTRY_MAX_BYTES];
	uint64_t entries = life_draw(seed) % OLD_ENTRIES_MAX;
	int code = mdb_dbi_open(txn, LAYOUT_LOG_DATABASE, MDB_CREATE | MDB_INTEGERKEY, &log);
	for (uint64_t number = 1; number <= entries && code == 0; number++) {
		struct ledger_entry *e = &ledger->entry[number];
		*e = (struct ledger_entry){0, 0, ++ledger->serial,
		    RIG_HEAD_BYTES + life_draw(seed) % (sizeof(bytes) - RIG_HEAD_BYTES)};
		rig_fill(bytes, e->n, e->subject, e->last, e->serial);
		code = put(txn, log, &number, sizeof(number), bytes, e->n);
		ledger->accepted = ledger->sent = number;
	}
	return code;
}

bool
life_make_old_log(const char *folder, struct ledger *ledger, uint64_t seed)
{
	MDB_env *env;
	MDB_txn *txn;
	if (mdb_env_create(&env) != 0)
		return false;
	int code = mdb_env_set_maxdbs(env, 2);
	if (code == 0)
		code = mdb_env_set_mapsize(env, (size_t)64 << 20);
	if (code == 0)
		code = mdb_env_open(env, folder, 0, LAYOUT_FILE_MODE);
	if (code == 0)
		code = mdb_txn_begin(env, NULL, 0, &txn);
	if (code == 0 && (code = put_meta(txn)) == 0 &&
	    (code = put_entries(txn, ledger, &seed)) == 0)
		code = mdb_txn_commit(txn);
	mdb_env_close(env);
	if (code != 0)
		snprintf(
		    ledger->wrong, sizeof(ledger->wrong), "an old log: %s", mdb_strerror(code));
	return code == 0;
}
