/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a register, said row by row: line, column, value, check and reason. The first
 * thousand errors and as many warnings are printed, all are counted. One thread. */
#ifndef KHAOSAT_CLIENT_REGISTER_REPORT_H
#define KHAOSAT_CLIENT_REGISTER_REPORT_H

#include "client/client.h"
#include "client/register_csv.h"
#include "client/register_table.h"
#include "client/survey_cache.h"
#include "proto/khaosat.pb-c.h"
#include "survey/definition.h"
#include "survey/register.h"

#define REGISTER_REPORT_MAX 1000

struct register_report {
	const struct client *client;
	struct questionnaire questionnaire; /* for wording; borrows the definition */
	uint64_t hard, soft;
};

void register_report_begin(struct register_report *r, const struct client *client,
    struct definition *definition, const char *reference_date, int ref_year);

/* What is wrong with a file, in the client's language. */
const char *register_csv_words(const struct client *client, enum register_csv_problem problem);

/* A finding of register_judge; `text` is the row, for the rule that a text broke. */
void register_report_problem(struct register_report *r, uint64_t line,
    const struct register_text *text, const struct register_problem *problem);
void register_report_csv(struct register_report *r, uint64_t line, const char *column,
    enum register_csv_problem problem, const char *value);
/* One of the whole stratum, whose first unit stands there. */
void register_report_design(
    struct register_report *r, uint64_t line, const struct register_problem *problem);
void register_report_twice(
    struct register_report *r, uint64_t line, uint64_t first_line, uint64_t tax_code);

/* How many there were beyond those printed. */
void register_report_end(const struct register_report *r);

/* What the collector says of the register: N of each goal, what is unknown and for want of which
 * column, and problems that only it has seen. */
void register_report_loaded(const struct register_report *r, const struct register_table *table,
    const Khaosat__V1__RegisterLoaded *loaded);

#endif
