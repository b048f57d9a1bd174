# SPDX-License-Identifier: Apache-2.0
# What ./dev torture runs; its short versions are among the system tests.
add_executable(khaosat-storm torture/storm.c)
target_link_libraries(khaosat-storm PRIVATE sample_frames khaosat_options)
