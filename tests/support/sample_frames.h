/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions of a sample register as they travel: one frame a unit, with its own access code and
 * its own answers, ready to be sent. Made once, then only read. */
#ifndef KHAOSAT_TESTS_SUPPORT_SAMPLE_FRAMES_H
#define KHAOSAT_TESTS_SUPPORT_SAMPLE_FRAMES_H

#include <stddef.h>
#include <stdint.h>

struct sample_frames {
	uint8_t *bytes;
	size_t n, cap;
	size_t
	    *start; /* of each frame, whose Request.id is its place + 1; start[count] is the end */
	size_t count;
};

struct sample_frames_of {
	const char *survey; /* file of the definition */
	const char *round;
	const char
	    *codes;     /* file that `khaosat register import --codes` made of this very register */
	uint64_t units; /* in the register, made from SAMPLE_FRAMES_SEED */
	uint64_t from, count;
};

#define SAMPLE_FRAMES_SEED 57

/* Ends the program with a word on stderr where a file is not what it should be. */
void sample_frames_make(struct sample_frames *out, const struct sample_frames_of *of);
void sample_frames_free(struct sample_frames *frames);

#endif
