/* SPDX-License-Identifier: Apache-2.0 */
/* A form being filled in at the terminal: what the parts of `submit --interactive` share. One
 * thread. */
#ifndef KHAOSAT_CLIENT_FILLING_H
#define KHAOSAT_CLIENT_FILLING_H

#include <time.h>

#include "client/prompt.h"
#include "client/submitting.h"
#include "survey/form.h"

struct filling {
	struct submitting *s;
	const struct client *client;
	const struct questionnaire *q; /* of s */
	struct prompt *prompt;
	struct unit_state unit;
	struct facts facts;
	struct answers answers;
	struct form form;
	bool corrects; /* the unit's head, of the unit state */
	int place;     /* question to be asked next */
	int shown;     /* question on the screen, or -1: a line misread is asked again without it */
	int section;   /* whose title was shown last, or -1 */
	size_t missing_passed; /* questions left out on purpose, at the last review */
	time_t started;
	int32_t seconds_before; /* from an earlier sitting */
	bool save_failed;
	void **kept; /* what the answers' spans point into, until the end */
	size_t kepts;
};

enum filling_end {
	FILLING_GOES_ON,
	FILLING_DONE, /* every question was passed: review, then send */
	FILLING_QUIT, /* ":q" */
	FILLING_ENDED /* the input ended */
};

const char *filling_say(const struct filling *f, const char *vi, const char *en)
    __attribute__((format_arg(2), format_arg(3)));

/* Keep a text, in normal form C, for as long as the form: a span of it. n 0 when memory is out or
 * it is no UTF-8. */
struct span filling_keep(struct filling *f, const char *text);
/* Take memory over, to be freed at the end. False: freed already, memory is out. */
bool filling_own(struct filling *f, void *memory);
void filling_clear(struct filling *f);

/* Write the draft (fsynced). What goes wrong is said once. `sent` NULL: not sent yet. */
void filling_save(struct filling *f, const uint8_t *sent);

/* Seconds spent so far. */
int32_t filling_seconds(const struct filling *f);

/* A question answered by yes or no; `usual` is what an empty line means. False at the end of input.
 */
bool filling_yes_no(struct filling *f, const char *vi, const char *en, bool usual, bool *yes);

/* Show one question and take its answer; moves `place`. (filling_ask.c) */
enum filling_end filling_ask(struct filling *f);

/* The answer as people read it: labels, not codes. */
void filling_answer_words(const struct filling *f, size_t question, char *out, size_t cap);

/* Go through what is missing, wrong or doubtful until nothing is, then show a summary and ask
 * whether to send. DONE: send it. (filling_review.c) */
enum filling_end filling_review(struct filling *f);

/* After acceptance: who answered, kept apart, if they agree. (filling_contact.c) */
void filling_contact(struct filling *f);

#endif
