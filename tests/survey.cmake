# SPDX-License-Identifier: Apache-2.0
khaosat_test(test_taxcode SOURCES unit/test_taxcode.c LINK survey)
khaosat_test(test_fieldwork SOURCES unit/test_fieldwork.c LINK survey)
khaosat_test(test_rates SOURCES unit/test_rates.c LINK survey)
khaosat_test(test_interval SOURCES unit/test_interval.c LINK survey m)
khaosat_test(test_estimate SOURCES unit/test_estimate.c LINK survey m)
khaosat_test(test_response SOURCES unit/test_response.c LINK survey)
khaosat_test(test_size_classes SOURCES unit/test_size_classes.c LINK survey)
khaosat_test(test_design SOURCES unit/test_design.c LINK survey default_survey)
khaosat_test(test_register SOURCES unit/test_register.c LINK survey sample default_survey)
khaosat_test(test_register_wire SOURCES unit/test_register_wire.c LINK survey proto_messages)
khaosat_test(test_cells SOURCES unit/test_cells.c LINK survey default_survey)
khaosat_test(test_kinds SOURCES unit/test_kinds.c LINK survey default_survey)
khaosat_test(test_default_survey SOURCES unit/test_default_survey.c unit/survey_table_questions.c
	unit/survey_table_checks.c unit/survey_table_values.c LINK survey default_survey)
khaosat_test(test_default_survey_cases SOURCES unit/test_default_survey_cases.c unit/questionnaire.c
	unit/survey_table_checks.c unit/survey_table_values.c LINK survey default_survey)
khaosat_test(test_default_survey_sets SOURCES unit/test_default_survey_sets.c unit/questionnaire.c
	unit/survey_table_sets.c unit/survey_table_values.c LINK survey default_survey)
khaosat_test(test_implications SOURCES unit/test_implications.c LINK survey default_survey)

# A small survey with a question of each kind, for the tests of answers and forms.
add_library(mini_survey STATIC support/mini_survey.c)
target_compile_definitions(mini_survey PRIVATE KHAOSAT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
target_link_libraries(mini_survey PUBLIC survey PRIVATE khaosat_options)

khaosat_test(test_code_index SOURCES unit/test_code_index.c LINK survey)
khaosat_test(test_text SOURCES unit/test_text.c LINK survey PkgConfig::UTF8PROC)

# A survey to break and rules to try, for the tests of the loader and of rules.
add_library(definition_rig STATIC support/definition_rig.c)
target_compile_definitions(definition_rig PRIVATE KHAOSAT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
target_link_libraries(definition_rig PUBLIC survey PRIVATE khaosat_options)
khaosat_test(test_definition SOURCES unit/test_definition.c LINK definition_rig survey)
target_link_options(test_definition PRIVATE -Wl,--wrap=calloc)
khaosat_test(test_definition_refused SOURCES unit/test_definition_refused.c LINK definition_rig survey)
khaosat_test(test_rule SOURCES unit/test_rule.c support/rule_rig.c LINK definition_rig survey)
khaosat_test(test_relevance SOURCES unit/test_relevance.c support/rule_rig.c LINK definition_rig survey)
khaosat_test(test_rule_random SOURCES unit/test_rule_random.c support/naive_rule.c support/random_rule.c
	support/random_below.c LINK definition_rig survey)

# Answers messages made by hand.
add_library(answers_rig STATIC support/answers_rig.c)
target_link_libraries(answers_rig PUBLIC mini_survey PRIVATE khaosat_options)

khaosat_test(test_answers SOURCES unit/test_answers.c LINK answers_rig)
khaosat_test(test_answers_plain SOURCES unit/test_answers_plain.c LINK answers_rig)
khaosat_test(test_answers_wire SOURCES unit/test_answers_wire.c LINK answers_rig proto_messages)
khaosat_test(test_validate SOURCES unit/test_validate.c LINK answers_rig)
khaosat_test(test_answers_json SOURCES unit/test_answers_json.c LINK mini_survey)
khaosat_test(test_microdata SOURCES unit/test_microdata.c LINK mini_survey)
khaosat_test(test_form SOURCES unit/test_form.c LINK mini_survey)

# Disclosure control, and the attack on it: a linear program (GLPK, in the tests only). The argument
# is the number of registers attacked; ./dev torture disclosure takes more.
find_path(GLPK_INCLUDE_DIR glpk.h REQUIRED)
find_library(GLPK_LIBRARY glpk REQUIRED)
khaosat_test(test_rounding SOURCES unit/test_rounding.c support/random_below.c LINK survey)
khaosat_test(test_disclosure SOURCES unit/test_disclosure.c support/disclosure_rig.c support/random_below.c
	LINK survey)
khaosat_test(test_disclosure_called_off SOURCES unit/test_disclosure_called_off.c support/random_below.c LINK survey)
khaosat_test(test_disclosure_told SOURCES unit/test_disclosure_told.c LINK survey)
khaosat_test(test_disclosure_attack SOURCES unit/test_disclosure_attack.c support/disclosure_attack.c
	support/disclosure_greedy.c support/disclosure_rig.c support/random_below.c LINK survey ${GLPK_LIBRARY} m)
