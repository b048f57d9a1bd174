/* SPDX-License-Identifier: Apache-2.0 */
/* Requests made of the bytes of a fuzzer's input: any body, each field of it filled from a small
 * pool of values that mean something to a collector (its rounds, units, codes, ids) or with bytes
 * as they come. Driven by the messages' own descriptors, so that a new field is filled too. One
 * thread. */
#ifndef KHAOSAT_TESTS_FUZZ_SESSION_SCRIPT_H
#define KHAOSAT_TESTS_FUZZ_SESSION_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/khaosat.pb-c.h"
#include "survey/answers.h"
#include "tests/support/state_rig.h"

#define SCRIPT_UNITS 6

struct script {
	const uint8_t *at, *end;
	const struct state_rig *rig; /* its survey */
	const struct definition *definition;
	char round[3]
		  [ROUND_NAME_MAX + 1]; /* "a7", "b7", "c7": a run's own, so that runs are alike */
	void *piece[256];               /* what the request being made points to */
	size_t pieces;
};

/* The next byte of the input; 0 behind its end. */
uint8_t script_byte(struct script *s);
/* Up to `most` bytes as they stand. */
const uint8_t *script_bytes(struct script *s, size_t most, size_t *n);
bool script_is_over(const struct script *s);

/* The frame of one request, in a block to be freed. */
uint8_t *script_request(struct script *s, size_t *n);

/* Pieces of requests, for who writes them in another form; they live until script_forget. */
unsigned script_below(struct script *s, unsigned n); /* made of the next byte */
char *script_text(struct script *s, const char *field);
uint64_t script_number(struct script *s, const char *field);
ProtobufCMessage *script_message(struct script *s, const ProtobufCMessageDescriptor *d);
/* Answers of the rig's survey that may pass its checks; the next call makes them anew. */
const struct answers *script_answers(struct script *s);
void script_forget(struct script *s);

extern const char script_code[]; /* every unit's access code */

/* Begin: the bytes, and a serial number for the names of rounds. */
void script_begin(struct script *s, const uint8_t *data, size_t n, unsigned serial);

/* Requests that load a collector: its survey (step 0, once in its life), then the first round with
 * a register, open. One after the other; `chunk` is the number that the register's chunk was given.
 * NULL: that is all. */
uint8_t *script_loading(struct script *s, unsigned step, uint64_t chunk, size_t *n);

#endif
