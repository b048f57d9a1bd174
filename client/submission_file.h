/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON file of one submission, as people and scripts write it:
 *
 *   {"round": "2026", "survey": "HT-DT", "version": 1, "tax_code": "3000123459",
 *    "access_code": "....-....-....-....", "instance_id": "UUID", "corrects": "UUID",
 *    "answers": {...}, "confirmed": {...}, "seconds": 640, "comment": "..."}
 *
 * `answers`, `confirmed` and `seconds` are as survey/answers_json.h has them. Text is brought to
 * normal form C here, once. Duplicate and unknown keys are refused, size and depth are bounded. Any
 * thread. */
#ifndef KHAOSAT_CLIENT_SUBMISSION_FILE_H
#define KHAOSAT_CLIENT_SUBMISSION_FILE_H

#include <jansson.h>

#include "client/client.h"
#include "client/outgoing.h"
#include "survey/answers_json.h"

#define SUBMISSION_FILE_MAX_BYTES (1024u * 1024)
#define SUBMISSION_FILE_MAX_DEPTH 8

struct submission_file {
	json_t *object; /* owned; its text in normal form C */
	/* What the file says; empty where it does not. No answers yet: submission_file_encode. */
	struct outgoing outgoing;
	bool has_instance_id;
};

/* Parse text[0..n). False: `errors` says what is wrong and where, in the language asked for. */
bool submission_file_parse(const char *text, size_t n, enum language language,
    struct submission_file *out, struct answers_json_errors *errors);

/* The same for a file. An error of the file itself has an empty path. */
bool submission_file_read(const char *path, enum language language, struct submission_file *out,
    struct answers_json_errors *errors);

/* Decode the answers against the definition, then encode them for the wire into `outgoing`.
 * `answers` borrows from the file. False: `errors` or `findings` say why. */
bool submission_file_encode(struct submission_file *file, const struct definition *d,
    enum language language, struct answers *answers, struct findings *findings,
    struct answers_json_errors *errors);

void submission_file_clear(struct submission_file *file);

#endif
