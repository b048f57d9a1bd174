# SPDX-License-Identifier: Apache-2.0
# What ./dev bench runs; built with everything else so that it keeps compiling, run by no test.
add_executable(bench-load bench/load.c bench/load_io.c bench/load_slice.c bench/load_khaosat.c
	bench/load_redis.c bench/load_postgres.c bench/load_http.c bench/load_rates.c bench/load_tls.c)
target_link_libraries(bench-load PRIVATE collector sample proto khaosat_options PkgConfig::SSL)
add_executable(bench-sync bench/sync.c bench/load_io.c)
target_link_libraries(bench-sync PRIVATE khaosat_options)
add_executable(bench-bare-lmdb bench/bare.c bench/bare_lmdb.c)
target_link_libraries(bench-bare-lmdb PRIVATE proto PkgConfig::LMDB khaosat_options)
add_executable(bench-bare-journal bench/bare.c bench/bare_journal.c)
target_link_libraries(bench-bare-journal PRIVATE proto khaosat_options)
add_executable(bench-estimates bench/estimates.c)
target_link_libraries(bench-estimates PRIVATE collector proto_messages survey sample khaosat_options)
add_custom_target(bench_programs
	DEPENDS khaosatd khaosat khaosat-sample bench-load bench-sync bench-bare-lmdb bench-bare-journal
		bench-estimates)

# The peer SQLite, where its library is installed.
pkg_check_modules(SQLITE IMPORTED_TARGET sqlite3)
if(SQLITE_FOUND)
	add_executable(bench-bare-sqlite bench/bare.c bench/bare_sqlite.c)
	target_link_libraries(bench-bare-sqlite PRIVATE proto PkgConfig::SQLITE khaosat_options)
	add_dependencies(bench_programs bench-bare-sqlite)
endif()

if(KHAOSAT_SANITIZE) # that they compile is seen where warnings are errors
	set_target_properties(bench-load bench-sync bench-bare-lmdb bench-bare-journal bench-estimates
		PROPERTIES EXCLUDE_FROM_ALL ON)
endif()

add_test(NAME bench_figures COMMAND ${KHAOSAT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/bench/test_figures.py -v)
