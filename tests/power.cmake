# SPDX-License-Identifier: Apache-2.0
# Power loss under the store: a library preloaded by the program that judges what is left.
add_library(power_shim MODULE fault/power_shim.c fault/power_plan.c
	fault/power_disk.c fault/power_cut.c)
# Without a sanitizer, which it would come before; otherwise compiled like the rest.
target_include_directories(power_shim PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_definitions(power_shim PRIVATE _GNU_SOURCE)
target_compile_options(power_shim PRIVATE -Wall -Wextra -Wshadow -Wconversion -Wswitch-enum
	$<$<BOOL:${KHAOSAT_STRICT}>:-Werror>)
target_link_libraries(power_shim PRIVATE Threads::Threads)
set_target_properties(power_shim PROPERTIES PREFIX "" OUTPUT_NAME power-shim
	LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

khaosat_test(test_power_disk SOURCES fault/test_power_disk.c fault/power_disk.c fault/power_cut.c)

add_executable(power_loss fault/power_loss.c fault/power_life.c fault/power_old.c)
target_compile_definitions(power_loss PRIVATE POWER_SHIM="$<TARGET_FILE:power_shim>")
target_link_libraries(power_loss PRIVATE store_rig collector PkgConfig::LMDB khaosat_options)
add_dependencies(power_loss power_shim)

# A sanitizer makes each life some five times as long.
set(POWER_HISTORIES 100)
if(KHAOSAT_SANITIZE)
	set(POWER_HISTORIES 20)
endif()
add_test(NAME power_loss COMMAND power_loss --histories ${POWER_HISTORIES})
set_tests_properties(power_loss PROPERTIES TIMEOUT 600)
# Acting as if the store were wrong, which must be seen: KIND or KIND:FILE, see power_plan.c.
foreach(mutant lie late order no-meta lie:journal late:journal order:data.mdb no-meta:data.mdb
		forget:data.mdb)
	string(REPLACE ":" "_" name ${mutant})
	add_test(NAME power_loss_mutant_${name} COMMAND power_loss --histories 300 --mutant ${mutant})
	set_tests_properties(power_loss_mutant_${name} PROPERTIES TIMEOUT 300)
endforeach()
