/* SPDX-License-Identifier: Apache-2.0 */
/* edit_log DATA_FOLDER NUMBER OFFSET XOR: change one byte of one entry of a stopped collector's
 * log, behind its back, as a hand with access to the disk could. Prints the byte before and after.
 * For tests that the recount sees it. */
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/layout.h"

#define MAP_BYTES ((size_t)1 << 30)

static int
failed(const char *what, int error)
{
	fprintf(stderr, "edit_log: %s: %s\n", what, mdb_strerror(error));
	return EXIT_FAILURE;
}

/* The value is put anew, whole: LMDB's own pages are never written to. */
static int
edit(MDB_txn *txn, uint64_t number, size_t offset, uint8_t mask)
{
	MDB_dbi log;
	MDB_val key = {sizeof(number), &number}, value;
	int error = mdb_dbi_open(txn, LAYOUT_LOG_DATABASE, 0, &log);
	if (error == 0)
		error = mdb_get(txn, log, &key, &value);
	if (error != 0)
		return error;
	if (offset >= value.mv_size)
		return MDB_BAD_VALSIZE;
	uint8_t *bytes = malloc(value.mv_size);
	if (bytes == NULL)
		return MDB_PANIC;
	memcpy(bytes, value.mv_data, value.mv_size);
	bytes[offset] ^= mask;
	printf("%02x %02x\n", bytes[offset] ^ mask, bytes[offset]);
	MDB_val changed = {value.mv_size, bytes};
	error = mdb_put(txn, log, &key, &changed, 0);
	free(bytes);
	return error;
}

int
main(int argc, char **argv)
{
	char path[4096];
	MDB_env *env;
	MDB_txn *txn;
	if (argc != 5) {
		fputs("edit_log DATA_FOLDER NUMBER OFFSET XOR\n", stderr);
		return 2;
	}
	snprintf(path, sizeof(path), "%s/%s", argv[1], LAYOUT_DATA);
	int error = mdb_env_create(&env);
	if (error != 0)
		return failed("create", error);
	mdb_env_set_maxdbs(env, 2);
	mdb_env_set_mapsize(env, MAP_BYTES);
	error = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, LAYOUT_FILE_MODE);
	if (error == 0)
		error = mdb_txn_begin(env, NULL, 0, &txn);
	if (error != 0)
		return failed(path, error);
	error = edit(txn, strtoull(argv[2], NULL, 0), strtoul(argv[3], NULL, 0),
	    (uint8_t)strtoul(argv[4], NULL, 0));
	if (error == 0)
		error = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	mdb_env_close(env);
	return error == 0 ? EXIT_SUCCESS : failed("edit", error);
}
