# SPDX-License-Identifier: Apache-2.0
# What ./dev torture runs; its short versions are among the system tests.
add_executable(khaosat-storm torture/storm.c)
target_link_libraries(khaosat-storm PRIVATE sample_frames khaosat_options)
add_test(NAME torture_soak COMMAND ${SYSTEM_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/torture/soak.py
	--minutes 0.3 --units 20000 --rate 200)
set_tests_properties(torture_soak PROPERTIES TIMEOUT 300 ENVIRONMENT "${KHAOSAT_SYSTEM_ENVIRONMENT}")
add_test(NAME torture_crowd COMMAND ${SYSTEM_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/torture/crowd.py
	--connections 200 --patience-ms 3000)
set_tests_properties(torture_crowd PROPERTIES TIMEOUT 300 ENVIRONMENT "${KHAOSAT_SYSTEM_ENVIRONMENT}")
add_test(NAME torture_overload COMMAND ${SYSTEM_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/torture/overload.py
	--untimed --in-flight 64 --units 24000 --repeat 1)
set_tests_properties(torture_overload PROPERTIES TIMEOUT 300 LABELS once ENVIRONMENT "${KHAOSAT_SYSTEM_ENVIRONMENT}")
add_executable(disclosure-province torture/disclosure_province.c support/disclosure_province.c support/random_below.c)
target_link_libraries(disclosure-province PRIVATE survey khaosat_options)
add_custom_target(torture_programs DEPENDS khaosatd khaosat khaosat-sample khaosat-storm power_loss wire_python
	test_disclosure_attack test_rounded_attack test_withheld_attack test_estimates_told disclosure-province release_province)

# Where every call that can fail does so in turn, one after the other.
add_custom_target(fault_tests)
foreach(name test_store_fault test_store_crash test_store_disk test_journal_fault test_erasable_fault
		test_state_memory test_health test_answers_once test_export_fault test_export_disk)
	if(TARGET ${name})
		add_dependencies(fault_tests ${name})
		set_tests_properties(${name} PROPERTIES LABELS fault)
	endif()
endforeach()

add_executable(release_province torture/release_province.c)
target_link_libraries(release_province PRIVATE collector survey sample default_survey khaosat_options m)
if(KHAOSAT_SANITIZE)
	set_target_properties(disclosure-province release_province PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
