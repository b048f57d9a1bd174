# SPDX-License-Identifier: Apache-2.0
# A second implementation of the field's rules, in Python, held against the product. Here a few
# thousand questionnaires; ./dev oracle takes 100,000.
add_executable(oracle-judge oracle/judge.c)
target_link_libraries(oracle-judge PRIVATE survey default_survey khaosat_options)
add_test(NAME oracle COMMAND ${KHAOSAT_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/oracle/oracle.py
	--judge $<TARGET_FILE:oracle-judge> --rounds 5000)
set_tests_properties(oracle PROPERTIES TIMEOUT 300)
