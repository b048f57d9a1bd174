# SPDX-License-Identifier: Apache-2.0
khaosat_test(test_file SOURCES unit/test_file.c LINK client_lib)
khaosat_test(test_register_csv SOURCES unit/test_register_csv.c LINK client_lib)
