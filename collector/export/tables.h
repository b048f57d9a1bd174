/* SPDX-License-Identifier: Apache-2.0 */
/* What one run of an export says: the facts of the run, and a row for each goal and cell with all
 * its figures. A pure function of the log up to entry `last`, of the definition and of the settings
 * below: nothing here comes from a clock, a locale, a path or the order of a hash. Of what
 * disclosure control withholds nothing stands here, so a writer of a format cannot let it slip.
 * Immutable once made; any thread. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_TABLES_H
#define KHAOSAT_COLLECTOR_EXPORT_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"
#include "survey/cells.h"
#include "survey/definition.h"
#include "survey/estimate.h"
#include "survey/interval.h"
#include "survey/rates.h"

/* Where in the life of a round's figures a run stands (survey/METHODS.md). */
enum export_stage {
	STAGE_INTERIM = 1,     /* before the preliminary figures */
	STAGE_PRELIMINARY = 2, /* P */
	STAGE_FINAL = 3        /* A */
};

/* The tables of crossed dimensions. */
enum export_crossed {
	CROSSED_UNHEARD_OF = 0, /* it is from before there were any */
	CROSSED_TOLD = 1,       /* in internal runs only */
	CROSSED_LEFT_OUT = 2    /* which manifest and quality report say */
};

struct export_settings {
	bool is_public; /* else for staff: nothing is withheld, and every file says so */
	enum export_stage stage;
	enum interval_method method;
	unsigned frequency; /* of disclosure control; 0 in an internal run */
	unsigned rounding;  /* base to which public counts are rounded; 0: some are withheld */
	enum export_crossed crossed;
};

struct export_facts {
	const char *round;
	const char *reference_date; /* YYYY-MM-DD */
	int ref_year;
	int64_t opened_ms, closed_ms; /* 0: not yet */
	uint32_t strata;              /* that the sample was drawn from; 0: a census */
	uint64_t units, drawn;        /* of the register, and of them those asked */
	uint64_t last;                /* S: the last entry that counts */
	int64_t time_ms;              /* of that entry: the time of all that is told */
	uint32_t vintage; /* of this round, from 1; public and internal runs each have their own */
	const char *product; /* "1.2.3" */
	struct export_settings settings;
};

/* Whether figures may be told. The public learns no more of the why than this (disclosure.h). */
enum figure_state {
	FIGURE_FREE = 0,
	FIGURE_FEW_UNITS,    /* withheld: too few units. SDMX CONF_STATUS A */
	FIGURE_CONFIDENTIAL, /* withheld, for a reason that is not told. C */
	FIGURE_EMPTY         /* no unit of the population in the cell: not applicable */
};

/* One goal in one cell. Where `members` is not free, all of `counts` but its n_unknown* is 0; where
 * `unsure` is not, n_unknown_met and n_unknown_not_met are, as if those units had not answered, and
 * bounds and verdict follow from that (n_unknown itself is of the register); where `judged` is not,
 * nothing is said of what it covers. */
struct observation {
	uint16_t goal, cell;
	enum figure_state members; /* what certain members answered */
	enum figure_state unsure;  /* what units answered whose membership is unknown */
	enum figure_state judged;  /* verdict, bounds, how many more, estimate, interval */
	uint32_t vintage; /* whose figures they are: this run's, or those of an earlier one, */
	int64_t time_ms;  /* which stand until they have changed enough; and its time */
	struct rate_counts counts;
	unsigned within;          /* counts are rounded, and this near to the true ones; 0: exact */
	bool has_estimate;        /* one is made for such cells: `estimate` is set */
	struct estimate estimate; /* in a public run as it is printed: see fill.h */
	struct employee_counts
	    employees;   /* internal runs only, where has_estimate; so is the next */
	double response; /* in a sample: of units, by design weights */
};

/* What of a goal is not as it was in the round before (survey/breaks.h). */
struct series_break {
	const char *round; /* that one; NULL: there is none, or it has no such goal */
	unsigned kinds;    /* a mask of 1 << break_kind */
};

struct tables {
	struct export_facts facts;
	const struct definition *definition;
	const struct cells *cells;
	struct series_break broken[GOALS_MAX]; /* by goal */
	unsigned within;                       /* that of every rounded row; 0: they are exact */
	struct observation *row; /* goal by goal, cell by cell: [goal * cells + cell] */
	size_t rows;
};

/* ------------------------------------------------------------------- one figure */

enum measure {
	MEASURE_N,
	MEASURE_DRAWN, /* in a sample, of N, as is MEASURE_RESPONSE_RATE_WEIGHTED */
	MEASURE_RESPONDED,
	MEASURE_MET,
	MEASURE_NOT_MET,
	MEASURE_UNKNOWN,
	MEASURE_N_UNKNOWN,
	MEASURE_N_UNKNOWN_MET,
	MEASURE_N_UNKNOWN_NOT_MET,
	MEASURE_REGISTER_SHARE,
	MEASURE_RESPONDENT_SHARE,
	MEASURE_BOUND_LOW,
	MEASURE_BOUND_HIGH,
	MEASURE_VERDICT,           /* from bounds alone */
	MEASURE_VERDICT_ALL_IN,    /* if all units of unknown membership belonged to it ... */
	MEASURE_VERDICT_ALL_OUT,   /* ... and if none did */
	MEASURE_ESTIMATED_VERDICT, /* with its shades of probability */
	MEASURE_NEEDED,
	MEASURE_NEEDED_NOT,
	MEASURE_ESTIMATE,
	MEASURE_STANDARD_ERROR,
	MEASURE_CI_LOW,
	MEASURE_CI_HIGH,
	MEASURE_RESPONSE_RATE,
	MEASURE_RESPONSE_RATE_WEIGHTED,
	MEASURE_RESPONSE_RATE_EMPLOYEES,
	MEASURE_ITEM_NON_RESPONSE,
	MEASURES
};

struct measure_info {
	const char *name; /* "register_share": stable, for machines */
	struct label label;
	const char *unit; /* "count", "percent", "code" */
};
const struct measure_info *measure_info(enum measure m);

enum value_kind {
	VALUE_NONE,     /* there is no such figure: see `state` for why */
	VALUE_COUNT,    /* `count`; -1 of the needed ones: no number of them would do any more */
	VALUE_FRACTION, /* `fraction`, a share of 1 */
	VALUE_REAL,     /* `real`, likewise; where it is exact, `fraction` too, else its den is 0 */
	VALUE_VERDICT
};

struct value {
	enum value_kind kind;
	enum figure_state
	    state; /* VALUE_NONE and FIGURE_FREE: not made for this cell, or no base */
	int64_t count;
	struct fraction fraction;
	double real;
	enum verdict verdict;
	enum rounding rounding;   /* how it prints: bounds outward */
	struct threshold held_to; /* which it does not print as unless it is */
	bool is_rounded;          /* a rounded count, or made of such */
};

void observation_value(
    const struct tables *t, const struct observation *o, enum measure m, struct value *out);

/* As text for people, "" for VALUE_NONE and where no number would do: counts as they are; shares
 * and reals in percent with one decimal, and as many more as it takes not to print as what they are
 * held to (percent_print_against); verdicts as their code. `comma`: Vietnamese decimals. */
#define VALUE_TEXT_BYTES 32
void value_print_short(const struct value *v, bool comma, char out[VALUE_TEXT_BYTES]);

/* The same for programs: reals of internal runs with seven decimals. */
void value_print(
    const struct tables *t, const struct value *v, bool comma, char out[VALUE_TEXT_BYTES]);

/* SDMX's CL_CONF_STATUS: "F", "A", "C"; "F" too where the cell is empty, which is always told. */
const char *figure_conf_status(enum figure_state state);

const char *stage_name(enum export_stage stage);          /* "interim", "preliminary", "final" */
const char *dimension_name(enum dimension dimension);     /* "whole", "zone_type", ... */
const char *confidentiality_name(const struct tables *t); /* "PUBLIC", "INTERNAL" */

/* The time of an entry as "2026-11-26T09:00:00.000Z". */
#define TIME_TEXT_BYTES 25
void time_print(int64_t ms, char out[TIME_TEXT_BYTES]);

/* Every goal and cell; rows zeroed but for goal, cell, vintage and time. False: out of memory. */
bool tables_make(struct tables *t, const struct export_facts *facts,
    const struct definition *definition, const struct cells *cells);
void tables_clear(struct tables *t); /* what it holds */

#endif
