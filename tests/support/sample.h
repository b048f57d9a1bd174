/* SPDX-License-Identifier: Apache-2.0 */
/* Sample registers and answers, deterministic by seed: realistic firms of Hà Tĩnh (real communes
 * and zones, valid tax codes, sectors, sizes, names with diacritics, a few empty cells) and answers
 * that pass every hard check, with a chosen adoption rate per stratum. For the demo, tests and
 * benchmarks. One thread a sample. */
#ifndef KHAOSAT_TESTS_SUPPORT_SAMPLE_H
#define KHAOSAT_TESTS_SUPPORT_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "survey/answers.h"
#include "survey/definition.h"
#include "survey/register.h"
#include "survey/validate.h"

struct sample_random {
	uint64_t state;
};

uint64_t sample_next(struct sample_random *r);
unsigned sample_below(struct sample_random *r, unsigned n); /* 0 .. n-1 */
bool sample_chance(struct sample_random *r, double p);
struct sample_random sample_seed(uint64_t seed, uint64_t index);

/* Units come in order; start with {.seed, .units}. */
struct sample_register {
	uint64_t seed;
	uint64_t units; /* in all: a few of them are boards and infrastructure investors */
	uint64_t made;
	uint64_t serial; /* of the last tax code issued */
	uint64_t parent; /* the last enterprise, whose dependent unit may follow */
};

struct sample_unit {
	char text[REGISTER_COLUMNS][160]; /* cells as in a CSV; "" is empty */
};

/* Fill in the next unit. False when all have been made. */
bool sample_register_next(
    struct sample_register *s, const struct definition *d, struct sample_unit *out);

/* Cells of a unit, for register_judge and register_encode; they point into `unit`. */
void sample_unit_cells(const struct sample_unit *unit, struct register_text *out);

/* Share of adopters per stratum: index is the size class, and 4 where it is unknown. */
struct sample_adoption {
	double of_size[5];
	double in_zone; /* added for units inside zones */
};

extern const struct sample_adoption sample_adoption_default;

/* Answer the whole questionnaire for a row, distinctly by (seed, tax code): asked questions only,
 * hard checks kept, soft ones confirmed with a reason. Returns the encoded Answers message, to be
 * freed; `v` holds the answers (its spans point to constants). */
uint8_t *sample_answers(const struct definition *d, int ref_year, const struct register_row *row,
    uint64_t seed, const struct sample_adoption *adoption, struct validation *v, size_t *n);

#endif
