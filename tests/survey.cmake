# SPDX-License-Identifier: Apache-2.0
khaosat_test(test_taxcode SOURCES unit/test_taxcode.c LINK survey)
khaosat_test(test_rates SOURCES unit/test_rates.c LINK survey)
khaosat_test(test_register SOURCES unit/test_register.c LINK survey sample default_survey)
khaosat_test(test_cells SOURCES unit/test_cells.c LINK survey default_survey)
