# SPDX-License-Identifier: Apache-2.0
khaosat_test(test_frame SOURCES unit/test_frame.c LINK proto)
khaosat_test(test_http SOURCES unit/test_http.c LINK proto)
khaosat_test(test_entry SOURCES unit/test_entry.c LINK proto)
khaosat_test(test_code SOURCES unit/test_code.c LINK proto)
khaosat_test(test_backup SOURCES unit/test_backup.c LINK proto)

# Rules that a request breaks are said in both languages.
add_test(NAME check_rules COMMAND ${KHAOSAT_PYTHON}
	${CMAKE_CURRENT_SOURCE_DIR}/support/check_rules.py ${CMAKE_SOURCE_DIR})

# The layers: who may include whom, and that each header compiles alone.
add_test(NAME check_layers COMMAND ${KHAOSAT_PYTHON}
	${CMAKE_CURRENT_SOURCE_DIR}/support/check_layers.py --compile ${CMAKE_C_COMPILER} -std=gnu11
	-D_GNU_SOURCE -I${CMAKE_SOURCE_DIR} -I${CMAKE_BINARY_DIR}/generated)
