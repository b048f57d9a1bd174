# SPDX-License-Identifier: Apache-2.0
khaosat_test(test_file SOURCES unit/test_file.c LINK client_lib)
khaosat_test(test_register_csv SOURCES unit/test_register_csv.c LINK client_lib)
khaosat_test(test_connection SOURCES unit/test_connection.c LINK client_lib Threads::Threads)
# A home of its own and submissions to send, for the tests of the client.
add_library(client_rig STATIC support/client_rig.c)
target_link_libraries(client_rig PUBLIC client_lib PRIVATE khaosat_options)
khaosat_test(test_submission_file SOURCES unit/test_submission_file.c LINK client_rig mini_survey)
khaosat_test(test_bulk_csv SOURCES unit/test_bulk_csv.c LINK client_rig mini_survey)
khaosat_test(test_spool SOURCES unit/test_spool.c LINK client_rig)
khaosat_test(test_receipt SOURCES unit/test_receipt.c LINK client_rig)
khaosat_test(test_typed SOURCES unit/test_typed.c LINK client_rig mini_survey)
khaosat_test(test_local_time SOURCES unit/test_local_time.c LINK client_lib)
khaosat_test(test_rates_table SOURCES unit/test_rates_table.c LINK client_lib)
