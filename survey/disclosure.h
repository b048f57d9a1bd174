/* SPDX-License-Identifier: Apache-2.0 */
/* What of a release is safe to publish: for each cell, show its figures, keep what an earlier
 * release showed, or withhold them. Pure, deterministic: the same units in any order give the same
 * pattern. A struct disclosure belongs to one thread.
 *
 * The caller feeds every unit with all cells it counts in, over all tables, populations and
 * predicate variants of the release, and with what it counted as in each earlier public release of
 * the round. Shared margins, nested zones and communes, populations within populations follow from
 * that, so no link between tables can be forgotten. A variant less another is a measure of its own.
 *
 * Unsafe is a cell, or what is left of one when another inside it is taken away (domain.md 2.7),
 * with one of
 *   few units: N below `frequency`;
 *   few respondents: R below it; with nothing released before, R units have changed;
 *   few changes: against an earlier release that showed it some figure moved, and none by as much
 *     as `frequency`: subtracted, the two releases tell of a few units all alike;
 *   a share of 0 % or 100 %: it tells each member's answer; not for a headline.
 *
 * The promise: for each unsafe set there are other ways to deal out answers among the same units so
 * that every figure of every release stays as published, and between them each secret count of the
 * set takes a range of at least `frequency`, or all that the headlines leave open. Where that is
 * one or two, a unit outside that knows its own answer still does not learn the set's, if that can
 * be had. Such a way is a list of exchanges between units (disclosure_swap.h), checked cell by
 * cell; withholding more never undoes one, so the order of work decides what is lost, never what is
 * safe. Earlier releases cannot be taken back: where they, or a search that gave up, leave a secret
 * without that proof, its cell is `exposed`, and with `certain` the release has headlines only: of
 * one family alone that would not do, for tables of the others tell how many units took each
 * course. It has no more either when the figures of everyone together are unsafe.
 *
 * It is kept to two readers. The one knows which courses of answers, over all measures, units took:
 * his ways deal out these alone. The other holds goals to be unrelated, any combination of their
 * answers to be possible. The first one's ways are among the second's, so whatever range the first
 * is left, the second is left: who assumes less never knows more. But he may lose more: headlines
 * that leave the first a range of 2 may have left him 9, of which breakdowns that keep the 2 can
 * take 7. Both are right in what they conclude, so this is a breach, and where the first is left
 * less than `frequency` the second is given ways of his own. That a range below it was all there
 * could be is shown to the second by counting (disclosure_bound.c), to the first by search; one
 * that was cut at its limits shows nothing. Who knows some relations between goals is left what the
 * first is. What no cell of a release tells, because those that could are withheld or kept, binds
 * neither: courses that differ in it alone are alike to him.
 *
 * Whoever attacks is taken to know every table of every release, that counts are whole numbers,
 * these rules, and the register: each N, and which units stand in which cells of one `family` of
 * tables (communes are one; what hangs together by tables crossed with sizes is another). What is
 * left of a cell of one family without a cell of another is kept even from a reader who knows all
 * families at once; with one family for all tables, everything is, at a higher loss. Not taken into
 * account: that a pattern of withheld cells is itself likelier for some counts; what several units
 * together know of themselves; courses in one goal that no unit took (answers that change, where
 * nobody's did); sets that are neither a cell nor a difference of two.
 *
 * Withheld means all counts of the cell (R, met, not met, unknown) and all that follows from them:
 *   the register share, respondent share and each bound: when met or not met is withheld;
 *   verdict, "how many more", estimate, interval and their flags: likewise;
 *   response rates: when R is withheld;
 *   what also uses units of unknown membership: when the cell of the certain members or the cell of
 *   the uncertain ones (give them cells of their own) is withheld.
 * An estimate of strata whose counts are not published tells of them, in steps of several percent
 * still (tests/unit/test_estimates_told.c), and no exchange is checked against it: print those that
 * follow from published counts.
 * As a cell is shown or withheld as a whole: print nothing of a withheld cell but that it is one.
 * Of a kept one print all figures of the earlier release, its verdict too, and its date. An empty
 * cell is always told: the promise takes N as known. */
#ifndef KHAOSAT_SURVEY_DISCLOSURE_H
#define KHAOSAT_SURVEY_DISCLOSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISCLOSURE_FREQUENCY_FLOOR 3
#define DISCLOSURE_FREQUENCY_PUBLIC 5
#define DISCLOSURE_CELLS_MAX 16384
#define DISCLOSURE_CELLS_OF_UNIT_MAX 256
#define DISCLOSURE_TABLES_MAX 64
#define DISCLOSURE_FAMILIES_MAX 7 /* numbered from 1 */
#define DISCLOSURE_COMMON 0
#define DISCLOSURE_EARLIER_MAX 63
#define DISCLOSURE_MEASURES_MAX 31

/* What a unit counts as in a release: one bit a measure (responded, met of a variant, not met of
 * it, ...), 0 for a silent unit; or this, where its row stood elsewhere then, so that it was in
 * none of these cells. A unit that moved is added twice: where it was, and where it is. */
#define DISCLOSURE_ABSENT UINT32_C(0x80000000)

struct disclosure_rules {
	unsigned frequency; /* DISCLOSURE_FREQUENCY_FLOOR or more */
	unsigned measures;  /* 1 to 31: bits from the lowest */
	uint32_t responded; /* the bit of R, or 0 */
	uint32_t shares;    /* bits whose share of N is published: met, one variant less another */
	/* By measure: the goal that it is a figure of, variants together, numbered from 1; 0: of
	 * none, or there is but one goal. */
	uint8_t goal[DISCLOSURE_MEASURES_MAX];
	bool certain;     /* the release has headlines only, where a secret has no proof */
	unsigned earlier; /* public releases of the round before this one, oldest first */
	/* Asked every so often by disclosure_run, which ends soon when it says true; it has to
	 * stick to that then. NULL: never. */
	bool (*is_called_off)(const void *context);
	const void *context;
};

struct disclosure_cell {
	uint8_t family; /* see above; DISCLOSURE_COMMON for the whole and a population's total */
	uint8_t table; /* one dimension or crossing of one population: its cells are the first to be
			* withheld for one another */
	bool headline; /* a provincial figure: never withheld for another cell's sake */
	bool secret;   /* in no table, to be protected all the same */
	uint32_t unpublished; /* measures whose counts it does not have: nothing to protect there */
	uint64_t shown; /* bit r: earlier release r showed the cell with the figures of that time */
};

enum disclosure_status {
	DISCLOSURE_OK,
	DISCLOSURE_BAD_INPUT, /* disclosure_problem says what */
	DISCLOSURE_NO_MEMORY,
	DISCLOSURE_CALLED_OFF /* there are no decisions */
};

enum disclosure_action {
	DISCLOSURE_SHOW,
	DISCLOSURE_KEEP, /* as in the release `kept`, with its figures */
	DISCLOSURE_WITHHOLD,
	DISCLOSURE_EMPTY /* no unit: not applicable */
};

/* For the staff's log. To the public only what disclosure_conf_status says: which rule withheld a
 * cell tells of its counts, except that N is too small. */
enum disclosure_reason {
	DISCLOSURE_SAFE,
	DISCLOSURE_FEW_UNITS,
	DISCLOSURE_FEW_RESPONDENTS,
	DISCLOSURE_ALL_ALIKE,
	DISCLOSURE_FEW_CHANGES,
	DISCLOSURE_SECRET,
	DISCLOSURE_FOR_OTHERS /* safe by itself, withheld to protect another */
};

struct disclosure_decision {
	enum disclosure_action action;
	enum disclosure_reason reason;
	unsigned kept;
	bool exposed; /* no proof was found for it, or for what is left without it; see above */
};

struct disclosure; /* opaque */

/* NULL: out of memory, or rules or cells that make no sense: *problem, if not NULL, says which, and
 * is NULL when memory ran out. Copies what it is given. */
struct disclosure *disclosure_new(const struct disclosure_rules *rules,
    const struct disclosure_cell *cells, size_t count, const char **problem);
void disclosure_free(struct disclosure *d); /* accepts NULL */

/* A unit counts in cell[0..n), each named once, and counted as now[r] in earlier release r, and as
 * now[rules.earlier] in this one. Memory grows with the number of distinct units only. */
enum disclosure_status disclosure_add(
    struct disclosure *d, const uint16_t *cell, size_t n, const uint32_t *counted_as);

/* The same in steps, where many units are alike: the number of a place, and of what units counted
 * as, then a unit. */
enum disclosure_status disclosure_place(
    struct disclosure *d, const uint16_t *cell, size_t n, uint32_t *place);
enum disclosure_status disclosure_history(
    struct disclosure *d, const uint32_t *counted_as, uint32_t *history);
enum disclosure_status disclosure_add_at(struct disclosure *d, uint32_t place, uint32_t history);

/* Once, after the last unit. */
enum disclosure_status disclosure_run(struct disclosure *d);
const char *disclosure_problem(const struct disclosure *d); /* "" when none */

/* After disclosure_run. Counts in release r (this one: rules.earlier): publish these and no other,
 * then no table disagrees with its margins. */
struct disclosure_decision disclosure_of(const struct disclosure *d, size_t cell);
/* A secret had no proof and the rules ask for certainty, or the figures of everyone are unsafe: the
 * release has its headlines only. */
bool disclosure_is_held(const struct disclosure *d);
uint64_t disclosure_units(const struct disclosure *d, size_t cell, unsigned release);
uint64_t disclosure_count(
    const struct disclosure *d, size_t cell, unsigned release, unsigned measure);

/* SDMX CL_CONF_STATUS, safe to print: F free, A too few units, C confidential. */
char disclosure_conf_status(const struct disclosure_decision *decision);

#endif
