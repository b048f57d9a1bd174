# SPDX-License-Identifier: Apache-2.0
add_library(store_rig STATIC support/store_rig.c)
target_link_libraries(store_rig PUBLIC storage PRIVATE khaosat_options Threads::Threads)

khaosat_test(test_mailbox SOURCES unit/test_mailbox.c LINK storage Threads::Threads)
khaosat_test(test_pack SOURCES unit/test_pack.c LINK storage)
khaosat_test(test_journal SOURCES unit/test_journal.c LINK store_rig)
target_link_options(test_journal PRIVATE LINKER:--wrap=clock_gettime)
khaosat_test(test_store SOURCES unit/test_store.c LINK store_rig)
khaosat_test(test_store_meter SOURCES unit/test_store_meter.c LINK store_rig)
khaosat_test(test_store_open SOURCES unit/test_store_open.c LINK store_rig PkgConfig::LMDB)
khaosat_test(test_store_damaged SOURCES unit/test_store_damaged.c LINK store_rig change_log PkgConfig::LMDB)
khaosat_test(test_lmdb_check SOURCES unit/test_lmdb_check.c LINK store_rig)
khaosat_test(test_store_threads SOURCES unit/test_store_threads.c LINK store_rig Threads::Threads)

# Every call of storage/ that tests/fault/storage_faults.c can make fail.
set(STORAGE_WRAPPED
	mdb_env_create mdb_env_set_mapsize mdb_env_open mdb_env_sync mdb_env_info mdb_txn_begin
	mdb_txn_commit mdb_dbi_open mdb_stat mdb_get mdb_put mdb_del mdb_cursor_open mdb_cursor_get
	mdb_env_copyfd2 flock fsync fdatasync pwrite pread openat mmap renameat statx getrandom calloc malloc
	realloc fstatvfs)
list(TRANSFORM STORAGE_WRAPPED PREPEND "LINKER:--wrap=" OUTPUT_VARIABLE STORAGE_WRAP_FLAGS)
khaosat_test(test_store_fault SOURCES fault/test_store_fault.c fault/storage_faults.c
	LINK store_rig PkgConfig::LMDB)
target_link_options(test_store_fault PRIVATE ${STORAGE_WRAP_FLAGS})
khaosat_test(test_store_crash SOURCES fault/test_store_crash.c fault/storage_faults.c
	LINK store_rig PkgConfig::LMDB)
target_link_options(test_store_crash PRIVATE ${STORAGE_WRAP_FLAGS})
khaosat_test(test_store_disk SOURCES fault/test_store_disk.c LINK store_rig)
khaosat_test(test_erasable SOURCES unit/test_erasable.c LINK store_rig Threads::Threads)
khaosat_test(test_erasable_fault SOURCES fault/test_erasable_fault.c fault/storage_faults.c
	LINK store_rig PkgConfig::LMDB)
target_link_options(test_erasable_fault PRIVATE ${STORAGE_WRAP_FLAGS})
