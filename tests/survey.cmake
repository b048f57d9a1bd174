# SPDX-License-Identifier: Apache-2.0
khaosat_test(test_taxcode SOURCES unit/test_taxcode.c LINK survey)
khaosat_test(test_rates SOURCES unit/test_rates.c LINK survey)
khaosat_test(test_register SOURCES unit/test_register.c LINK survey sample default_survey)
khaosat_test(test_cells SOURCES unit/test_cells.c LINK survey default_survey)
khaosat_test(test_default_survey SOURCES unit/test_default_survey.c unit/survey_table_questions.c
	unit/survey_table_checks.c unit/survey_table_values.c LINK survey default_survey)
khaosat_test(test_default_survey_cases SOURCES unit/test_default_survey_cases.c unit/questionnaire.c
	unit/survey_table_checks.c unit/survey_table_values.c LINK survey default_survey)
khaosat_test(test_implications SOURCES unit/test_implications.c LINK survey default_survey)
