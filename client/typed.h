/* SPDX-License-Identifier: Apache-2.0 */
/* What a line typed at a question means: an answer, or a wish to go elsewhere. Pure; any thread. */
#ifndef KHAOSAT_CLIENT_TYPED_H
#define KHAOSAT_CLIENT_TYPED_H

#include "client/client.h"
#include "survey/answers.h"

enum typed {
	TYPED_ANSWER,
	TYPED_EMPTY,  /* keep what is there, or skip */
	TYPED_CLEAR,  /* ":x" */
	TYPED_BACK,   /* "<" */
	TYPED_QUIT,   /* ":q" */
	TYPED_HELP,   /* ":h" */
	TYPED_REVIEW, /* ":r" */
	TYPED_GOTO,   /* ":B03"; `place` is the question */
	TYPED_WRONG   /* `reason` says why */
};

#define TYPED_REASON_BYTES 160

struct typed_line {
	struct answer answer; /* its text borrows from the line */
	int place;
	char reason[TYPED_REASON_BYTES];
};

/* `line` is in normal form C, without blanks around it. Choices are typed as their numbers from 1,
 * or as their codes; several apart by blanks or commas; "?" is don't know. Numbers may be grouped
 * (1.500.000) and a share may end in %. */
enum typed typed_parse(const struct definition *d, size_t question, enum language language,
    const char *line, struct typed_line *out);

#endif
