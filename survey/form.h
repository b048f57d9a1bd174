/* SPDX-License-Identifier: Apache-2.0 */
/* Filling in the questionnaire, one question at a time: which comes next, what an answer does to
 * the others, what is wrong so far. A model without input or output: the terminal and the page
 * stand on top. It borrows the facts and the answers, and fills in the latter. One thread. */
#ifndef KHAOSAT_SURVEY_FORM_H
#define KHAOSAT_SURVEY_FORM_H

#include "survey/validate.h"

struct form {
	struct answers *answers;      /* being filled in; spans are the caller's to keep alive */
	struct evaluation evaluation; /* of the answers as they stand */
};

/* `facts->answers` is ignored. Answers that are there already (a saved draft) are kept where their
 * question is asked, and cleared where it is not. */
void form_start(struct form *form, const struct facts *facts, struct answers *answers);

/* Asked: relevant, or its relevance unknown for an empty register cell only. Never a list heading.
 */
bool form_asks(const struct form *form, size_t question);

/* Must be answered, don't know included: core, or required and surely relevant. */
bool form_requires(const struct form *form, size_t question);

/* The next or previous question asked, or -1. Start with -1 and next; from -1, previous is the
 * last. */
int form_next(const struct form *form, int question);
int form_previous(const struct form *form, int question);

/* Set one answer, or clear it with a blank one; then clear those of questions that are no longer
 * asked. An answer that is wrong by itself (answer_judge) or not asked for is left out: false, with
 * `findings` set. */
bool form_set(
    struct form *form, size_t question, const struct answer *answer, struct findings *findings);

/* Confirm a soft check with a reason, replacing an earlier one; an empty reason takes it back.
 * False when the reason is no fit text. */
bool form_confirm(struct form *form, size_t check, struct span reason);

struct form_progress {
	size_t asked;    /* questions */
	size_t answered; /* of these, don't know included */
};

struct form_progress form_progress(const struct form *form);

/* What to tell at one question: what is wrong with its answer, that it is missing (core), and the
 * checks that fire, concern it, and wait for no answer to a later question. `findings` is set. */
void form_findings(const struct form *form, size_t question, struct findings *findings);

/* The whole form, as the collector will judge it. */
enum validate_status form_validate(const struct form *form, struct validation *out);

/* A label with {Y} and {ref_date} filled in; cut at a character boundary, always ended. */
void label_expand(const char *text, int ref_year, const char *ref_date, char *out, size_t cap);

#endif
