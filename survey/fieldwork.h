/* SPDX-License-Identifier: Apache-2.0 */
/* How far a round's fieldwork is, as rates of the units that it asks, by the definitions of AAPOR:
 * each is the least one, since a unit of unknown eligibility counts as eligible, and one that
 * nothing has been heard of yet as not reached. Units out of scope are in none of them. Pure; any
 * thread. */
#ifndef KHAOSAT_SURVEY_FIELDWORK_H
#define KHAOSAT_SURVEY_FIELDWORK_H

#include <stdint.h>

#include "survey/definition.h"
#include "survey/rates.h"

#define FIELDWORK_STATES 8

enum fieldwork_rate {
	FIELDWORK_RESPONSE,        /* RR1: complete, of all */
	FIELDWORK_WITH_PARTIAL,    /* RR2: complete or partial, of all */
	FIELDWORK_WITHOUT_UNKNOWN, /* RR5: complete, of all that are known to be eligible */
	FIELDWORK_CONTACT,         /* CON1: whoever has been heard of, of all */
	FIELDWORK_COOPERATION,     /* COOP1: complete, of those */
	FIELDWORK_REFUSAL,         /* REF1: of all */
	FIELDWORK_COVERAGE,        /* with a usable contact in the register, of all */
	FIELDWORK_RATES
};

struct fieldwork_info {
	const char *name;   /* of its percentage: "response_pct", stable, for machines */
	struct label label; /* in full */
	struct label head;  /* of a column */
};
const struct fieldwork_info *fieldwork_info(enum fieldwork_rate rate);

/* `state`: units by khaosat.proto's CaseState - 1. `reachable`: those in scope with a contact in
 * the register that has not proved useless. A denominator of 0: there is no such rate. */
void fieldwork_rates(const uint64_t state[FIELDWORK_STATES], uint64_t reachable,
    struct fraction out[FIELDWORK_RATES]);

#endif
