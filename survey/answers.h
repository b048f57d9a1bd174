/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of one unit: the Answers message of khaosat.proto, its decoded form, and the way
 * back. The message is walked by hand: it is the hot path, and what protobuf-c would hide (NUL in
 * text, unknown fields, a question answered twice) must be seen. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_ANSWERS_H
#define KHAOSAT_SURVEY_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/definition.h"

#define ANSWERS_BYTES_MAX 65536
#define REASON_MAX_CHARS 500
#define OTHER_MAX_CHARS 300

enum answer_state { ANSWER_BLANK, ANSWER_DONT_KNOW, ANSWER_VALUE };

struct span {
	const char *bytes; /* UTF-8, not NUL-terminated; NULL where absent */
	uint32_t n;
};

struct answer {
	enum answer_state state;
	uint64_t mask;    /* SINGLE, MULTI, TRI: bit i is choice i */
	int64_t number;   /* INT, MONEY, PCT */
	struct span text; /* TEXT; else the text of OTHER */
};

struct confirmation {
	int16_t check;
	struct span reason;
};

/* Decoded answers. Spans point into the bytes decoded (or whatever the maker keeps alive). */
struct answers {
	struct answer answer[QUESTIONS_MAX]; /* by question index */
	struct confirmation confirmed[CHECKS_MAX];
	size_t confirmations;
	int32_t seconds; /* -1: not measured */
};

/* Whether the check is confirmed with a reason. */
bool answers_confirm(const struct answers *answers, size_t check);

#define FINDINGS_MAX 64

struct finding {
	int16_t question;       /* index, or -1 */
	int16_t check;          /* index */
	bool confirmed;         /* soft: confirmed with a reason */
	char question_code[24]; /* as sent, where the definition has no such question */
	char value[64]; /* what was found, shortened at a character boundary; "" if confirmed */
};

struct findings {
	struct finding finding[FINDINGS_MAX];
	size_t n;       /* recorded */
	size_t total;   /* found */
	size_t skipped; /* checks whose input was absent */
};

/* `question` and `check` are indices, the first may be -1; `value` is whatever was sent, valid or
 * not: what is kept of it is fit to be printed (text_quote). Once FINDINGS_MAX are recorded it only
 * counts. */
void findings_add(struct findings *f, int question, int check, const char *value, size_t n);

/* Judge one answer as answers_decode does: don't know where it is not admitted, range, text,
 * exclusive choices, the text of OTHER. A blank one is well. False when it recorded a finding. */
bool answer_judge(const struct definition *d, int ref_year, size_t question,
    const struct answer *answer, struct findings *findings);

/* The same for a confirmation: a reason that is there and is fit text. */
bool confirmation_judge(
    const struct definition *d, const struct confirmation *confirmation, struct findings *findings);

/* The answer as people write it: "60", "12.5", "EOFFICE, TASK", "DK", text fit to be printed, ""
 * where blank; shortened at a character boundary, always ended. */
void answer_print(const struct question *q, const struct answer *answer, char *out, size_t cap);

enum answers_status {
	ANSWERS_OK,       /* decoded; structural findings, if any, are in `findings` */
	ANSWERS_MALFORMED /* not an Answers message; `reason` says why */
};

/* Decode and check the structure: question and choice codes, types, exclusive choices, text, ranges
 * (which need ref_year where max_is_ref_year). `findings` is set, not added to; what it names is
 * don't know in `out`, so that the rules see neither a value nor silence. A value of the wrong type
 * is found under BUILTIN_NUMBER_RANGE, an unknown check under BUILTIN_UNKNOWN_QUESTION. `reason`
 * points to a constant string. No memory is asked for, but for text with a run of over 100 letters
 * outside Latin. */
enum answers_status answers_decode(const struct definition *d, int ref_year, const uint8_t *bytes,
    size_t n, struct answers *out, struct findings *findings, const char **reason);

/* Encode in the definition's order, confirmations in the order of the checks; to be freed by the
 * caller; NULL when memory is out or the result would be over ANSWERS_BYTES_MAX. */
uint8_t *answers_encode(const struct definition *d, const struct answers *answers, size_t *n);

#endif
