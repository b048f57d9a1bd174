# SPDX-License-Identifier: Apache-2.0
# What ./dev bench runs; built with everything else so that it keeps compiling, run by no test.
add_executable(bench-load bench/load.c)
target_link_libraries(bench-load PRIVATE sample proto khaosat_options)
add_executable(bench-bare-lmdb bench/bare_lmdb.c)
target_link_libraries(bench-bare-lmdb PRIVATE proto PkgConfig::LMDB khaosat_options)
