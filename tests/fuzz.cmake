# SPDX-License-Identifier: Apache-2.0
# One target a parser. khaosat_fuzz(NAME LINK libraries... [SOURCES more...] [SEEDS folders...]) makes
# replay_NAME, which runs fuzz/fuzz_NAME.c over its corpus as a plain test in every build, and in a
# KHAOSAT_FUZZ build fuzz_NAME, the fuzzer itself. tests/fuzz/fuzz runs those.
add_custom_target(fuzzers)
add_custom_target(replays)

function(khaosat_fuzz name)
	cmake_parse_arguments(F "" "" "SOURCES;LINK;SEEDS" ${ARGN})
	set(programs replay_${name})
	add_executable(replay_${name} fuzz/fuzz_${name}.c fuzz/replay.c ${F_SOURCES})
	add_dependencies(replays replay_${name})
	if(KHAOSAT_FUZZ)
		list(APPEND programs fuzz_${name})
		add_executable(fuzz_${name} fuzz/fuzz_${name}.c ${F_SOURCES})
		target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
		add_dependencies(fuzzers fuzz_${name})
	endif()
	foreach(program ${programs})
		target_compile_definitions(${program} PRIVATE KHAOSAT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
		target_link_libraries(${program} PRIVATE ${F_LINK} khaosat_options)
	endforeach()
	add_test(NAME replay_${name} COMMAND replay_${name}
		${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name} ${F_SEEDS})
	set_tests_properties(replay_${name} PROPERTIES TIMEOUT 120)
endfunction()

khaosat_fuzz(frame LINK proto)
khaosat_fuzz(message LINK collector)
khaosat_fuzz(text LINK survey)
khaosat_fuzz(definition LINK survey SEEDS ${CMAKE_SOURCE_DIR}/survey/definitions)
khaosat_fuzz(rule SOURCES support/naive_rule.c support/random_rule.c LINK definition_rig)
khaosat_fuzz(answers LINK mini_survey proto_messages)
khaosat_fuzz(answers_json LINK mini_survey)
khaosat_fuzz(register_csv LINK client_lib mini_survey)
khaosat_fuzz(register_rows LINK mini_survey proto_messages)
khaosat_fuzz(bulk LINK client_lib mini_survey)
khaosat_fuzz(submission LINK client_lib mini_survey)
khaosat_fuzz(checkpoint LINK state_rig)
khaosat_fuzz(backup LINK proto)
khaosat_fuzz(session SOURCES fuzz/session_script.c fuzz/session_talk.c fuzz/session_rig.c
	LINK state_rig PkgConfig::EVENT)
khaosat_fuzz(journal LINK storage PkgConfig::XXHASH)
khaosat_fuzz(recovery LINK storage PkgConfig::LMDB)
