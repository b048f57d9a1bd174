# SPDX-License-Identifier: Apache-2.0
add_library(store_rig STATIC support/store_rig.c)
target_link_libraries(store_rig PUBLIC storage PRIVATE khaosat_options Threads::Threads)

khaosat_test(test_mailbox SOURCES unit/test_mailbox.c LINK storage Threads::Threads)
khaosat_test(test_store SOURCES unit/test_store.c LINK store_rig)
khaosat_test(test_store_open SOURCES unit/test_store_open.c LINK store_rig PkgConfig::LMDB)
khaosat_test(test_store_threads SOURCES unit/test_store_threads.c LINK store_rig Threads::Threads)
