# SPDX-License-Identifier: Apache-2.0
add_library(state_rig STATIC support/state_rig.c support/state_rig_units.c
	support/state_rig_rows.c support/state_oracle.c)
target_compile_definitions(state_rig PRIVATE KHAOSAT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
target_link_libraries(state_rig PUBLIC collector proto survey storage PRIVATE khaosat_options Threads::Threads)

khaosat_test(test_columns SOURCES unit/test_columns.c LINK state_rig)
khaosat_test(test_large SOURCES unit/test_large.c LINK collector)
khaosat_test(test_state SOURCES unit/test_state.c LINK state_rig Threads::Threads)
khaosat_test(test_state_sample SOURCES unit/test_state_sample.c LINK state_rig sample default_survey)
khaosat_test(test_rows SOURCES unit/test_rows.c LINK state_rig change_log)
khaosat_test(test_corrected SOURCES unit/test_corrected.c LINK state_rig)
khaosat_test(test_checkpoint SOURCES unit/test_checkpoint.c LINK state_rig)
khaosat_test(test_fold_keys SOURCES unit/test_fold_keys.c LINK state_rig change_log)
khaosat_test(test_keys SOURCES unit/test_keys.c LINK collector)
khaosat_test(test_rules SOURCES unit/test_rules.c LINK collector)
khaosat_test(test_tls SOURCES unit/test_tls.c LINK collector)
target_link_options(test_tls PRIVATE LINKER:--wrap=clock_wall_ms)
khaosat_test(test_tls_tickets SOURCES unit/test_tls_tickets.c LINK collector)
khaosat_test(test_roster SOURCES unit/test_roster.c LINK state_rig)
khaosat_test(test_secrets SOURCES unit/test_secrets.c LINK state_rig)
khaosat_test(test_certainty SOURCES unit/test_certainty.c LINK state_rig)
khaosat_test(test_recount SOURCES unit/test_recount.c LINK state_rig change_log)
khaosat_test(test_recount_before SOURCES unit/test_recount_before.c LINK state_rig)
khaosat_test(test_recount_stop SOURCES unit/test_recount_stop.c LINK state_rig)

khaosat_test(test_health SOURCES fault/test_health.c fault/storage_faults.c
	LINK collector store_rig PkgConfig::LMDB)
target_link_options(test_health PRIVATE ${STORAGE_WRAP_FLAGS})

khaosat_test(test_state_memory SOURCES fault/test_state_memory.c LINK state_rig)
target_link_options(test_state_memory PRIVATE
	LINKER:--wrap=malloc LINKER:--wrap=calloc LINKER:--wrap=realloc)

khaosat_test(test_answers_once SOURCES fault/test_answers_once.c fuzz/session_talk.c fuzz/session_rig.c
	LINK state_rig PkgConfig::EVENT)
target_link_options(test_answers_once PRIVATE LINKER:--wrap=state_staff LINKER:--wrap=secrets_admit)

# Exports: tables without a log behind them, for the formats.
add_library(export_rig STATIC support/export_rig.c)
target_link_libraries(export_rig PUBLIC collector survey default_survey PRIVATE khaosat_options)
add_executable(export-files support/export_files.c)
target_link_libraries(export-files PRIVATE export_rig khaosat_options)
khaosat_test(test_export_odd SOURCES unit/test_export_odd.c LINK export_rig m)
khaosat_test(test_export_formats SOURCES unit/test_export_formats.c LINK export_rig PkgConfig::JANSSON m)
khaosat_test(test_export_figures SOURCES unit/test_export_figures.c LINK export_rig PkgConfig::JANSSON m)
khaosat_test(test_export_words SOURCES unit/test_export_words.c LINK export_rig PkgConfig::JANSSON)
khaosat_test(test_export_schedule SOURCES unit/test_export_schedule.c LINK collector)
khaosat_test(test_export_release SOURCES unit/test_export_release.c LINK collector survey sample default_survey)
add_library(rounded_rig STATIC support/rounded_rig.c support/random_below.c)
target_link_libraries(rounded_rig PUBLIC export_rig PRIVATE khaosat_options)
khaosat_test(test_export_rounded SOURCES unit/test_export_rounded.c support/files_attack.c
	LINK rounded_rig ${GLPK_LIBRARY} m)
khaosat_test(test_rounded_attack SOURCES unit/test_rounded_attack.c support/files_attack.c
	LINK rounded_rig ${GLPK_LIBRARY} m TIMEOUT 600)
add_library(withheld_rig STATIC support/withheld_rig.c)
target_link_libraries(withheld_rig PUBLIC rounded_rig PRIVATE khaosat_options)
khaosat_test(test_withheld_attack SOURCES unit/test_withheld_attack.c support/files_attack.c
	LINK withheld_rig ${GLPK_LIBRARY} m TIMEOUT 600)
khaosat_test(test_estimates_told SOURCES unit/test_estimates_told.c LINK withheld_rig ${GLPK_LIBRARY} m)
khaosat_test(test_export_follows SOURCES unit/test_export_follows.c support/files_again.c LINK withheld_rig)
khaosat_test(test_export_run SOURCES unit/test_export_run.c LINK state_rig)
khaosat_test(test_export_stopped SOURCES unit/test_export_stopped.c LINK state_rig)
khaosat_test(test_export_rounding SOURCES unit/test_export_rounding.c LINK state_rig)
khaosat_test(test_export_crossed SOURCES unit/test_export_crossed.c LINK state_rig)

# The collector's exporter, its schedule and its folders.
add_library(exporter_rig STATIC support/exporter_rig.c)
target_link_libraries(exporter_rig PUBLIC state_rig PRIVATE khaosat_options)
khaosat_test(test_export_claim SOURCES unit/test_export_claim.c LINK exporter_rig)
khaosat_test(test_exporter SOURCES unit/test_exporter.c LINK exporter_rig)
khaosat_test(test_overdue SOURCES unit/test_overdue.c LINK collector)
khaosat_test(test_log SOURCES unit/test_log.c LINK collector)
khaosat_test(test_export_disk SOURCES fault/test_export_disk.c LINK exporter_rig)
set(EXPORT_WRAPPED openat fdopendir mkdirat write fsync fchmod renameat symlinkat)
list(TRANSFORM EXPORT_WRAPPED PREPEND "LINKER:--wrap=" OUTPUT_VARIABLE EXPORT_WRAP_FLAGS)
khaosat_test(test_export_fault SOURCES fault/test_export_fault.c LINK exporter_rig)
target_link_options(test_export_fault PRIVATE ${EXPORT_WRAP_FLAGS})
