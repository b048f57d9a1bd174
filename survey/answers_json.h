/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as people and scripts write them: a JSON object of question codes. One to one with the
 * Answers message. Uses jansson; duplicate keys are refused. Any thread.
 *
 *   {"answers": {"B01": ["EOFFICE", "TASK"], "B03": "YES", "C01": "DK", "F01": 60, "G03": 12.5,
 *                "D01": {"choices": ["PLC", "OTHER"], "other": "in lụa"}, "H08": "..."},
 *    "confirmed": {"ES04": "thuê theo tháng"}, "seconds": 640}
 *
 * "DK" stands for don't know, alone or as the only member of a list; null, "" and [] mean no
 * answer. One choice may stand without its list. With the text of OTHER: {"choices": [...],
 * "other": "..."}, of a single {"choice": "OTHER", "other": "..."}. A share in tenths is written in
 * percent with at most one decimal. For text that admits don't know, {"text": "DK"} is the text. */
#ifndef KHAOSAT_SURVEY_ANSWERS_JSON_H
#define KHAOSAT_SURVEY_ANSWERS_JSON_H

#include <jansson.h>

#include "survey/answers.h"

struct answers_json_error {
	char path[96]; /* "answers/F01" */
	char reason[160];
};

#define ANSWERS_JSON_ERRORS_MAX 32

struct answers_json_errors {
	struct answers_json_error error[ANSWERS_JSON_ERRORS_MAX];
	size_t n;
};

/* Fill `out` from the keys "answers", "confirmed" and "seconds" of `object`; other keys are not
 * looked at; `findings` and `errors` are set, not added to. Spans point into `object`, which must
 * outlive `out`. Text is taken as it is: normalise first (text_to_nfc). False when any error was
 * recorded: unknown question or choice, wrong type; ranges and checks are validate's. DK or NONE
 * beside other choices is recorded in `findings` under BUILTIN_EXCLUSIVE_CHOICE. */
bool answers_from_json(const struct definition *d, const json_t *object, struct answers *out,
    struct findings *findings, struct answers_json_errors *errors);

/* The object {"answers", "confirmed", "seconds" where measured}, a new reference; NULL when memory
 * is out or text is not UTF-8. Dump it with JSON_REAL_PRECISION(15): jansson else writes 12.3 as
 * 12.300000000000001. */
json_t *answers_to_json(const struct definition *d, const struct answers *answers);

#endif
