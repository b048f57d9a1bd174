/* SPDX-License-Identifier: Apache-2.0 */
/* The register of one round as columns: built once from register chunks, shared by count between
 * the state and the copies made of it. Where a row is changed later, its attributes and membership
 * are, in columns that nobody else holds. What answers change stands elsewhere (collector/fold.h).
 * 66 bytes a unit: tax code, code hash, attributes, membership, and its index. Built by one thread,
 * read by any; columns_hold and columns_release may be called by any. */
#ifndef KHAOSAT_COLLECTOR_COLUMNS_H
#define KHAOSAT_COLLECTOR_COLUMNS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"
#include "storage/store.h"
#include "survey/definition.h"
#include "survey/design.h"
#include "survey/kleene.h"
#include "survey/register.h"

/* A register row but for its tax code, packed; written to checkpoints as it is. Money is below 2^40
 * million VND: its low 32 bits and its high eight; all ones where it is unknown. */
struct attributes {
	uint32_t revenue_low, capital_low;
	int32_t employees, employees_prev;
	int16_t start_year, commune, zone, section;
	uint8_t revenue_high, capital_high;
	int8_t unit_type, status, legal_form, supporting_industry;
	uint8_t size_mask : 4, has_address : 1;
	uint8_t is_corrected : 1; /* in a sample: look in the columns' frame rows */
	uint8_t spare : 2;
	uint8_t stratum; /* in a sample: its number, from 1, and DESIGN_DRAWN; 0 in a census */
};

/* A row as the sample's frame had it when it was drawn. Written to checkpoints as it is. */
struct frame_row {
	struct attributes attributes;
	uint32_t membership, row;
};

/* Where the rows of a chunk begin; they end where the next one's do. */
struct chunk_rows {
	uint64_t number; /* of the chunk's entry */
	uint64_t first_row;
};

struct columns {
	atomic_uint holders;
	const struct definition *definition;
	int ref_year;
	uint32_t units;
	struct design design;
	uint8_t *block; /* holds the arrays that follow */
	uint64_t *tax_code;
	uint8_t (*code_hash)[CODE_HASH_BYTES];
	struct attributes *attributes;
	uint32_t *membership; /* enum truth of population i at bits 2i, 2i + 1 */
	uint32_t *index;      /* open addressing: rows by tax code (columns.c) */
	uint32_t slots;
	struct chunk_rows *chunk;
	size_t chunks;
	struct frame_row *frame_row; /* of a sample, of rows corrected since; sorted by row */
	size_t frame_rows;
};

void columns_hold(struct columns *columns);
void columns_release(struct columns *columns); /* accepts NULL */
/* To be changed by a holder that lets nobody else take hold meanwhile: the same, where nobody else
 * holds them, or a copy in its place. NULL: out of memory, and they are held as before. */
struct columns *columns_own(struct columns *columns);

bool columns_find(const struct columns *columns, uint64_t tax_code, uint32_t *row);
/* It will be looked for and read in a moment: have it fetched from memory. Its row, or now and then
 * that of another. */
uint32_t columns_fetch(const struct columns *columns, uint64_t tax_code);
void columns_row(const struct columns *columns, uint32_t row, struct register_row *out);
/* Likewise, as it was when the register was loaded, or as it is, where it is a census; and its
 * membership. */
void columns_frame_row(
    const struct columns *columns, uint32_t row, struct register_row *out, uint32_t *membership);
void columns_chunk(
    const struct columns *columns, uint32_t row, uint64_t *number, uint32_t *row_in_chunk);

static inline enum truth
columns_member(const struct columns *columns, uint32_t row, unsigned population)
{
	return (enum truth)(columns->membership[row] >> population * 2 & 3);
}

/* Whether it is asked: all are, but in a sample. */
static inline bool
columns_is_drawn(const struct columns *columns, uint32_t row)
{
	uint8_t stratum = columns->attributes[row].stratum;
	return stratum == 0 || (stratum & DESIGN_DRAWN) != 0;
}

uint64_t columns_drawn(const struct columns *columns);

/* Of a sample, from 1; 0 in a census. */
static inline unsigned
columns_stratum(const struct columns *columns, uint32_t row)
{
	return columns->attributes[row].stratum & ~DESIGN_DRAWN;
}

/* ------------------------------------------------------------------- building */

#define COLUMNS_PROBLEMS_MAX 1000
#define COLUMNS_UNITS_MAX 100000000u

struct columns_spec {
	const struct definition *definition; /* stays: columns point to it */
	int ref_year;
	uint64_t rows; /* how many there must be */
	bool trusted;  /* judged when it came into the log: only attributes are derived */
};

enum columns_status {
	COLUMNS_OK,
	COLUMNS_REFUSED,   /* a hard finding; the report holds it */
	COLUMNS_MALFORMED, /* not rows, or one drawn without a code hash: report's chunk and row */
	COLUMNS_COUNT,     /* more or fewer rows than there must be, or than fit */
	COLUMNS_CHUNK,     /* report's chunk is not a whole chunk of this round, or named twice */
	COLUMNS_STORE,     /* the log cannot be read */
	COLUMNS_MEMORY
};

struct columns_problem {
	uint64_t row; /* from 1, over all chunks */
	struct register_problem problem;
};

struct columns_report {
	uint64_t rows;                   /* seen */
	struct columns_problem *problem; /* the first COLUMNS_PROBLEMS_MAX */
	size_t n;
	uint64_t total, hard; /* found */
	uint64_t skipped;     /* checks whose input is unknown */
	uint64_t chunk, row;  /* where it was given up: entry number, row from 1 */
};

void columns_report_free(struct columns_report *report); /* what it holds */

/* Read the chunks of a round back from the log, check their digests unless trusted, judge every
 * row, look for duplicates over all of them. `out` is set on COLUMNS_OK only; `report` always, to
 * be freed. Any thread: meant for the worker. */
enum columns_status columns_read(struct store *store, uint64_t round_number,
    const struct columns_spec *spec, const uint64_t *chunk, size_t chunks,
    struct columns_report *report, struct columns **out);

/* The same by hand, chunk by chunk. After anything but COLUMNS_OK and COLUMNS_REFUSED no more is
 * added. columns_builder_finish frees the builder in every case; `status` is what the adding came
 * to. */
struct columns_builder;
struct columns_builder *columns_builder_new(
    const struct columns_spec *spec, struct columns_report *report); /* NULL: out of memory */
enum columns_status columns_builder_add(
    struct columns_builder *builder, uint64_t number, const uint8_t *bytes, size_t n);
enum columns_status columns_builder_finish(struct columns_builder *builder, struct columns **out);

/* ------------------------------------------------------------------- what an import reports */

struct population_count {
	uint64_t n, n_unknown;
	uint64_t
	    blame[REGISTER_COLUMNS]; /* units whose membership this empty column makes unknown */
};

/* One for each population: out[definition->populations]. */
void columns_populations(const struct columns *columns, struct population_count *out);

#endif
