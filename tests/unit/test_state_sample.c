/* SPDX-License-Identifier: Apache-2.0 */
/* The state under the survey that ships, with a sample's register and answers. */
#include "collector/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/default_survey.h"
#include "tests/support/sample.h"
#include "tests/support/state_oracle.h"
#include "tests/support/state_rig.h"

static struct state_rig rig;

static int
set_up(void **state)
{
	(void)state;
	state_rig_make(&rig);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	state_rig_free(&rig);
	return 0;
}

#define SAMPLE_UNITS 400

struct sample_log {
	struct definition *survey;
	uint64_t tax_code[SAMPLE_UNITS];
	size_t units;
};

/* The sample's register in the rig's only round. */
static void
load_sample(struct sample_log *log, uint32_t round)
{
	struct sample_register s = {.seed = 21, .units = SAMPLE_UNITS};
	struct sample_unit unit;
	struct register_text text;
	struct round_view view;
	uint8_t *rows = malloc(SAMPLE_UNITS * 512);
	size_t n = 0;
	while (sample_register_next(&s, log->survey, &unit)) {
		sample_unit_cells(&unit, &text);
		struct register_row row;
		struct register_problems problems;
		assert_true(register_judge(log->survey, 2025, &text, &row, &problems));
		text.has_code_hash = true;
		log->tax_code[log->units++] = row.tax_code;
		n += register_encode(&text, rows + n, SAMPLE_UNITS * 512 - n);
	}
	assert_true(state_round_at(rig.state, round, &view));
	struct entry chunk = {.kind = ENTRY_REGISTER_CHUNK, .round = view.number};
	uint64_t number = state_rig_put(&rig, &chunk, rows, n, 0);
	free(rows);
	state_rig_load_chunks(&rig, round, &number, 1, log->units, false);
	state_rig_phase(&rig, round, ENTRY_ROUND_OPENED);
}

static void
answer_sample(struct sample_log *log, uint32_t round, size_t i, uint64_t seed)
{
	struct unit_view unit;
	struct round_view view;
	size_t n;
	assert_true(state_round_at(rig.state, round, &view));
	assert_true(state_unit(rig.state, round, log->tax_code[i], &unit));
	uint8_t *bytes = sample_answers(
	    view.definition, 2025, &unit.row, seed, &sample_adoption_default, rig.validation, &n);
	assert_non_null(bytes);
	state_rig_submit(&rig, round, log->tax_code[i], bytes, n);
	free(bytes);
}

static void
rates_of_the_survey_that_ships_equal_a_walk_too(void **state)
{
	(void)state;
	struct sample_log log = {.survey = default_survey()};
	size_t compared;
	state_rig_use_survey(&rig, KHAOSAT_SOURCE_DIR "/survey/definitions/ha-tinh-dt-1.json");
	state_rig_define(&rig);
	uint32_t round = state_rig_round(&rig, "one", "");
	load_sample(&log, round);
	for (size_t i = 0; i < log.units; i += 2)
		answer_sample(&log, round, i, 1);
	for (size_t i = 0; i < log.units; i += 5)
		answer_sample(&log, round, i, 2); /* some for the first time, some again */
	assert_int_equal(oracle_rates(rig.state, round, log.tax_code, log.units, &compared), 0);
	assert_true(compared > 3000);
	state_rig_close(&rig);
	state_rig_open(&rig, false);
	assert_int_equal(oracle_rates(rig.state, round, log.tax_code, log.units, &compared), 0);
	definition_free(log.survey);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		rates_of_the_survey_that_ships_equal_a_walk_too, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
