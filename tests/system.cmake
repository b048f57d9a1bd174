# SPDX-License-Identifier: Apache-2.0
# The daemon's own parts over socket pairs, and the real programs over real sockets.
khaosat_test(test_config SOURCES unit/test_config.c LINK collector)
khaosat_test(test_log_line SOURCES unit/test_log_line.c LINK collector PkgConfig::JANSSON)
khaosat_test(test_allowance SOURCES unit/test_allowance.c LINK collector)
khaosat_test(test_admission SOURCES unit/test_admission.c LINK collector)
khaosat_test(test_spare SOURCES unit/test_spare.c LINK collector)
khaosat_test(test_throttle SOURCES unit/test_throttle.c LINK collector)
khaosat_test(test_logins SOURCES unit/test_logins.c LINK collector)
khaosat_test(test_decode SOURCES unit/test_decode.c LINK collector)
khaosat_test(test_figures SOURCES unit/test_figures.c LINK collector proto_messages survey default_survey)
khaosat_test(test_estimates SOURCES unit/test_estimates.c LINK collector proto_messages survey default_survey m)
khaosat_test(test_metrics SOURCES unit/test_metrics.c LINK collector)
khaosat_test(test_http_routes SOURCES unit/test_http_routes.c LINK collector proto_messages)
khaosat_test(test_sockets SOURCES unit/test_sockets.c LINK collector)
target_link_options(test_sockets PRIVATE LINKER:--wrap=io_uring_get_probe_ring)
khaosat_test(test_pile SOURCES unit/test_pile.c LINK collector)
khaosat_test(test_seal SOURCES unit/test_seal.c support/tls_rig.c LINK collector PkgConfig::SSL)
khaosat_test(test_stream SOURCES unit/test_stream.c LINK collector PkgConfig::EVENT)
khaosat_test(test_stream_echo SOURCES unit/test_stream_echo.c support/tls_rig.c
	LINK collector PkgConfig::EVENT PkgConfig::SSL)
foreach(name test_stream test_stream_echo)
	target_link_options(${name} PRIVATE LINKER:--wrap=sockets_new)
endforeach()
khaosat_test(test_session SOURCES unit/test_session.c support/session_pair.c LINK collector PkgConfig::EVENT)
khaosat_test(test_session_memory SOURCES unit/test_session_memory.c support/session_pair.c LINK collector PkgConfig::EVENT)

# Debian's Python, not whatever stands first in PATH: python3-protobuf is installed for that one.
find_program(SYSTEM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
find_program(PROTOC protoc REQUIRED)
set(WIRE_DIR ${CMAKE_BINARY_DIR}/generated/python)
add_custom_command(
	OUTPUT ${WIRE_DIR}/khaosat_pb2.py
	COMMAND ${CMAKE_COMMAND} -E make_directory ${WIRE_DIR}
	COMMAND ${PROTOC} -I ${CMAKE_SOURCE_DIR}/proto --python_out=${WIRE_DIR}
		${CMAKE_SOURCE_DIR}/proto/khaosat.proto
	DEPENDS ${CMAKE_SOURCE_DIR}/proto/khaosat.proto)
add_custom_target(wire_python ALL DEPENDS ${WIRE_DIR}/khaosat_pb2.py)

# Preloaded by tests below.
add_library(slow_wakes MODULE support/slow_wakes.c)
set_target_properties(slow_wakes PROPERTIES PREFIX "" OUTPUT_NAME slow-wakes
	LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

add_library(hang MODULE support/hang.c)
target_link_libraries(hang PRIVATE ${CMAKE_DL_LIBS})
target_compile_definitions(hang PRIVATE _GNU_SOURCE)
set_target_properties(hang PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

add_library(bad_sync MODULE support/bad_sync.c)
target_compile_definitions(bad_sync PRIVATE _GNU_SOURCE)
set_target_properties(bad_sync PROPERTIES PREFIX "" OUTPUT_NAME bad-sync
	LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

set(KHAOSAT_SYSTEM_ENVIRONMENT KHAOSAT_BINARY_DIR=${CMAKE_BINARY_DIR} KHAOSAT_SOURCE_DIR=${CMAKE_SOURCE_DIR}
	PYTHONPATH=${WIRE_DIR})

# khaosat_system_test(NAME FILE): a Python unittest over the programs of this build.
function(khaosat_system_test name file)
	add_test(NAME ${name} COMMAND ${SYSTEM_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/system/${file} -v)
	set_tests_properties(${name} PROPERTIES TIMEOUT 300 ENVIRONMENT "${KHAOSAT_SYSTEM_ENVIRONMENT}")
endfunction()

khaosat_system_test(system_outcomes test_outcomes.py)
khaosat_system_test(system_rounds test_rounds.py)
khaosat_system_test(system_cases test_cases.py)
khaosat_system_test(system_corrections test_corrections.py)
khaosat_system_test(system_change test_change.py)
khaosat_system_test(system_sample test_sample.py)
khaosat_system_test(system_second_reckoning test_second_reckoning.py)
khaosat_system_test(system_roles test_roles.py)
khaosat_system_test(system_staff test_staff.py)
khaosat_system_test(system_audit test_audit.py)
khaosat_system_test(system_codes test_codes.py)
khaosat_system_test(system_firms test_firms.py)
khaosat_system_test(system_firm_commands test_firm_commands.py)
khaosat_system_test(system_guesses test_guesses.py)
khaosat_system_test(system_letters test_letters.py)
khaosat_system_test(system_accounts test_accounts.py)
khaosat_system_test(system_export test_export.py)
khaosat_system_test(system_export_stop test_export_stop.py)
# Each log-in takes a core and 64 MiB for a while; on a machine that is busy that adds up.
set_tests_properties(system_staff system_accounts system_firm_commands PROPERTIES TIMEOUT 900)
khaosat_system_test(system_bad_wire test_bad_wire.py)
khaosat_system_test(system_http test_http.py)
khaosat_system_test(system_http_api test_http_api.py)
khaosat_system_test(system_http_guard test_http_guard.py)
khaosat_system_test(system_http_files test_http_files.py)
khaosat_system_test(system_hostile test_hostile.py)
khaosat_system_test(system_formulas test_formulas.py)
khaosat_system_test(system_races test_races.py)
khaosat_system_test(system_vanish test_vanish.py)
khaosat_system_test(system_crash test_crash.py)
khaosat_system_test(system_backup test_backup.py)
khaosat_system_test(system_restore_leftovers test_restore_leftovers.py)
khaosat_system_test(system_daemon test_daemon.py)
khaosat_system_test(system_config test_config.py)
khaosat_system_test(system_tls test_tls.py)
khaosat_system_test(system_limits test_limits.py)
khaosat_system_test(system_watch test_watch.py)
khaosat_system_test(system_cookies test_cookies.py)
khaosat_system_test(system_hardening test_hardening.py)
add_test(NAME options_table COMMAND ${KHAOSAT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/support/options_table.py
	$<TARGET_FILE:khaosatd>)
add_test(NAME check_docs COMMAND ${KHAOSAT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/support/check_docs.py
	$<TARGET_FILE:khaosatd> $<TARGET_FILE:khaosat>)
khaosat_system_test(system_stranger test_stranger.py)
khaosat_system_test(system_submitting test_submitting.py)
khaosat_system_test(system_interactive test_interactive.py)
khaosat_system_test(system_office test_office.py)
khaosat_system_test(system_briefing test_briefing.py)
khaosat_system_test(system_microdata test_microdata.py)
khaosat_system_test(system_export_files test_export_files.py)
khaosat_system_test(system_export_schemas test_export_schemas.py)
