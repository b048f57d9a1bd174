# SPDX-License-Identifier: Apache-2.0
# Sample registers and answers: a library for tests and benchmarks, a program for the demo.
add_library(sample STATIC support/sample_random.c support/sample_register.c support/sample_answers.c)
target_link_libraries(sample PUBLIC survey PRIVATE khaosat_options)
add_executable(khaosat-sample support/sample_main.c)
target_link_libraries(khaosat-sample PRIVATE sample khaosat_options)
add_library(sample_frames STATIC support/sample_frames.c)
target_link_libraries(sample_frames PUBLIC sample proto PRIVATE khaosat_options)

# The survey that ships, for tests that run on the real thing.
add_library(default_survey STATIC support/default_survey.c)
target_compile_definitions(default_survey PRIVATE KHAOSAT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
target_link_libraries(default_survey PUBLIC survey PRIVATE khaosat_options)

# Changes a byte of a stopped collector's log, for tests that this is seen.
add_library(change_log STATIC support/change_log.c)
target_link_libraries(change_log PUBLIC PkgConfig::LMDB PRIVATE khaosat_options storage)
add_executable(edit_log support/edit_log.c)
target_link_libraries(edit_log PRIVATE khaosat_options change_log)
