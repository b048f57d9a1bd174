# SPDX-License-Identifier: Apache-2.0
# R as the judge of what a statistician signs; skipped where R is absent.
add_executable(estimate-judge estimate/judge.c)
target_link_libraries(estimate-judge PRIVATE survey khaosat_options)
foreach(part quantiles rounds changes)
	add_test(NAME estimate_${part} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/estimate/run
		$<TARGET_FILE:estimate-judge> ${part}.R)
	set_tests_properties(estimate_${part} PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77)
endforeach()
