/* SPDX-License-Identifier: Apache-2.0 */
#include "client/microdata_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/microdata_office.h"
#include "client/microdata_rows.h"
#include "proto/entry.h"
#include "proto/khaosat.pb-c.h"
#include "survey/design.h"
#include "survey/microdata.h"

#define WEIGHT_BYTES 32 /* of a design weight in twelve digits */
#define OUT_BYTES ((size_t)128 << 10)

/* What a round's own entries said. */
struct scanned_round {
	uint64_t number, definition;
	char name[ROUND_NAME_MAX + 1], reference_date[11];
	uint64_t *chunk; /* those that the register is made of, ascending */
	size_t chunks;
	uint64_t rows;
	struct scanned_round *next;
};

struct scanned_definition {
	uint64_t number;
	size_t n;
	struct scanned_definition *next;
	char json[];
};

struct microdata_scan {
	uint64_t *head; /* a bit an entry */
	size_t words;
	struct microdata_office office;
	struct scanned_round *rounds;
	struct scanned_definition *definitions;
	const struct scanned_round *round; /* the one that is written */
	enum microdata_log_status status;
	/* the second reading */
	struct microdata_log *log;
	struct microdata_rows *rows;
	struct design_reading design;
	struct microdata *microdata;
	char *out;
	size_t filled, room;
	FILE *to;
};

static bool
stop(struct microdata_scan *s, enum microdata_log_status status)
{
	s->status = status;
	return false;
}

/* ------------------------------------------------------------------------------- which count */

static bool
is_head(const struct microdata_scan *s, uint64_t number)
{
	return number / 64 < s->words && s->head[number / 64] >> number % 64 & 1;
}

static bool
set_head(struct microdata_scan *s, uint64_t number)
{
	size_t word = (size_t)(number / 64);
	if (word >= s->words) {
		size_t words = word + word / 2 + 1024;
		uint64_t *grown = realloc(s->head, words * sizeof(*grown));
		if (grown == NULL)
			return stop(s, MICRODATA_MEMORY);
		memset(grown + s->words, 0, (words - s->words) * sizeof(*grown));
		s->head = grown;
		s->words = words;
	}
	s->head[word] |= UINT64_C(1) << number % 64;
	return true;
}

static bool
clear_head(struct microdata_scan *s, uint64_t number)
{
	bool was = is_head(s, number);
	if (was)
		s->head[number / 64] &= ~(UINT64_C(1) << number % 64);
	return was;
}

/* A submission that takes another's place, or a withdrawal, names it; so does an edit, and there
 * may be several of one head, of which the last holds the answers. */
static bool
scan_head(struct microdata_scan *s, uint64_t number, const struct entry *e)
{
	bool is_edit = entry_is_edit(e->kind);
	struct edited_head *edited = NULL;
	if (e->replaced != 0 && !clear_head(s, e->replaced))
		edited = microdata_office_edit(&s->office, e->replaced);
	if (edited != NULL) {
		clear_head(s, edited->edit);
		edited->edit = number;
	}
	if (is_edit && edited == NULL &&
	    !microdata_office_add_edit(&s->office, e->replaced, number))
		return stop(s, MICRODATA_MEMORY);
	return e->kind == ENTRY_WITHDRAWAL || set_head(s, number);
}

static bool
scan_case(struct microdata_scan *s, const struct entry *e, const uint8_t *payload)
{
	Khaosat__V1__CaseChange *change =
	    khaosat__v1__case_change__unpack(NULL, e->payload_bytes, payload);
	bool is_out = change != NULL && change->after == KHAOSAT__V1__CASE_STATE__OUT_OF_SCOPE;
	if (change != NULL)
		khaosat__v1__case_change__free_unpacked(change, NULL);
	return microdata_office_set_out(&s->office, e->round, e->tax_code, is_out) ||
	       stop(s, MICRODATA_MEMORY);
}

static struct indicator_bits
bits_of(const struct entry *e)
{
	struct indicator_bits bits = {{0}};
	for (size_t i = 0; i < ENTRY_BITS_BYTES; i++)
		bits.word[i / 8] |= (uint64_t)e->bits[i] << i % 8 * 8;
	return bits;
}

static bool
scan_row(struct microdata_scan *s, uint64_t number, const struct entry *e, const uint8_t *payload)
{
	Khaosat__V1__RowChange *m =
	    khaosat__v1__row_change__unpack(NULL, e->payload_bytes, payload);
	if (m == NULL)
		return stop(s, MICRODATA_MEMORY);
	const struct changed_row row = {
	    e->round, e->tax_code, number, bits_of(e), m->rows.data, m->rows.len};
	bool good = microdata_office_set_row(&s->office, &row);
	khaosat__v1__row_change__free_unpacked(m, NULL);
	return good || stop(s, MICRODATA_MEMORY);
}

static bool
scan_definition(struct microdata_scan *s, uint64_t number, const uint8_t *payload, size_t n)
{
	struct scanned_definition *d = malloc(sizeof(*d) + n);
	if (d == NULL)
		return stop(s, MICRODATA_MEMORY);
	d->number = number;
	d->n = n;
	memcpy(d->json, payload, n);
	d->next = s->definitions;
	s->definitions = d;
	return true;
}

static bool
scan_round(struct microdata_scan *s, uint64_t number, const struct entry *e, const uint8_t *payload)
{
	struct scanned_round *round = calloc(1, sizeof(*round));
	Khaosat__V1__CreateRound *created =
	    khaosat__v1__create_round__unpack(NULL, e->payload_bytes, payload);
	if (round == NULL || created == NULL) {
		free(round);
		if (created != NULL)
			khaosat__v1__create_round__free_unpacked(created, NULL);
		return stop(s, MICRODATA_MEMORY);
	}
	round->number = number;
	round->definition = e->definition;
	snprintf(round->name, sizeof(round->name), "%s", created->name);
	snprintf(
	    round->reference_date, sizeof(round->reference_date), "%s", created->reference_date);
	khaosat__v1__create_round__free_unpacked(created, NULL);
	round->next = s->rounds;
	s->rounds = round;
	return true;
}

static bool
scan_register(struct microdata_scan *s, const struct entry *e, const uint8_t *payload)
{
	struct scanned_round *round = s->rounds;
	while (round != NULL && round->number != e->round)
		round = round->next;
	Khaosat__V1__LoadRegister *loaded =
	    khaosat__v1__load_register__unpack(NULL, e->payload_bytes, payload);
	if (loaded == NULL || round == NULL || round->chunk != NULL) {
		if (loaded != NULL)
			khaosat__v1__load_register__free_unpacked(loaded, NULL);
		return true; /* it does not fit; the round is told to have no register */
	}
	round->chunk = malloc((loaded->n_chunk + 1) * sizeof(*round->chunk));
	if (round->chunk != NULL) {
		memcpy(round->chunk, loaded->chunk, loaded->n_chunk * sizeof(*round->chunk));
		round->chunks = loaded->n_chunk;
		round->rows = loaded->rows;
	}
	khaosat__v1__load_register__free_unpacked(loaded, NULL);
	return round->chunk != NULL || stop(s, MICRODATA_MEMORY);
}

/* Kinds that a later khaosat may add, and those that change no answer, pass. */
static bool
scan(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct microdata_scan *s = context;
	const uint8_t *payload = bytes + ENTRY_HEADER_BYTES;
	struct entry e;
	if (!entry_decode(bytes, n, false, &e))
		return true;
	if (entry_moves_head(e.kind) || entry_is_edit(e.kind))
		return scan_head(s, number, &e);
	if (e.kind == ENTRY_CASE_SET)
		return scan_case(s, &e, payload);
	if (e.kind == ENTRY_ROW_CHANGED)
		return scan_row(s, number, &e, payload);
	if (e.kind == ENTRY_DEFINITION)
		return scan_definition(s, number, payload, e.payload_bytes);
	if (e.kind == ENTRY_ROUND_CREATED)
		return scan_round(s, number, &e, payload);
	return e.kind != ENTRY_REGISTER_LOADED || scan_register(s, &e, payload);
}

/* ------------------------------------------------------------------------------- which round */

static bool
choose_round(struct microdata_scan *s, const char *name)
{
	for (const struct scanned_round *r = s->rounds; r != NULL; r = r->next)
		if (name == NULL ? s->rounds->next == NULL : strcmp(r->name, name) == 0)
			s->round = r;
	return s->round != NULL;
}

static struct definition *
load_definition(const struct microdata_scan *s)
{
	static struct definition_problems problems; /* large, and one thread */
	for (const struct scanned_definition *d = s->definitions; d != NULL; d = d->next) {
		problems.n = 0;
		if (d->number == s->round->definition)
			return definition_load(d->json, d->n, &problems);
	}
	return NULL;
}

static enum microdata_log_status
status_of(struct microdata_log *log, enum log_file_status file)
{
	log->file = file;
	if (log->file == LOG_FILE_OK)
		return MICRODATA_OK;
	if (log->file == LOG_FILE_STOPPED)
		return log->scan->status;
	return log->file == LOG_FILE_MEMORY ? MICRODATA_MEMORY : MICRODATA_READING;
}

enum microdata_log_status
microdata_log_open(struct microdata_log *log, FILE *backup, const char *round)
{
	*log = (struct microdata_log){.scan = calloc(1, sizeof(*log->scan))};
	struct microdata_scan *s = log->scan;
	if (s == NULL)
		return MICRODATA_MEMORY;
	s->log = log;
	enum microdata_log_status status =
	    status_of(log, log_file_read(backup, scan, s, &log->header));
	if (status != MICRODATA_OK)
		return status;
	if (!choose_round(s, round))
		return MICRODATA_ROUND;
	memcpy(log->round, s->round->name, sizeof(log->round));
	memcpy(log->reference_date, s->round->reference_date, sizeof(log->reference_date));
	log->ref_year = (int)strtol(log->reference_date, NULL, 10);
	log->units = s->round->rows;
	log->definition = load_definition(s);
	if (log->definition == NULL)
		return MICRODATA_DEFINITION;
	return s->round->chunk != NULL ? MICRODATA_OK : MICRODATA_REGISTER;
}

/* ------------------------------------------------------------------------------- what they say */

static bool
is_chunk(const struct microdata_scan *s, uint64_t number)
{
	for (size_t i = 0; i < s->round->chunks; i++)
		if (s->round->chunk[i] == number)
			return true;
	return false;
}

static bool
add_rows(struct microdata_scan *s, const uint8_t *bytes, size_t n)
{
	struct register_text text;
	struct register_row row;
	size_t at = 0;
	enum register_walk walk;
	while ((walk = register_next(bytes, n, &at, &text)) == REGISTER_ROW) {
		register_judge(s->log->definition, s->log->ref_year, &text, &row, NULL);
		uint8_t stratum;
		design_add(&s->design, s->log->definition, 0, &text, NULL, &stratum);
		if (!microdata_rows_add(s->rows, &row, stratum))
			return stop(s, MICRODATA_REGISTER);
	}
	return (walk == REGISTER_END && microdata_rows_end(s->rows)) || stop(s, MICRODATA_REGISTER);
}

static bool
flush(struct microdata_scan *s)
{
	bool good = fwrite(s->out, 1, s->filled, s->to) == s->filled;
	s->filled = 0;
	return good || stop(s, MICRODATA_WRITING);
}

static const char *
channel_word(uint8_t channel)
{
	static const char *const word[] = {[KHAOSAT__V1__CHANNEL__TOOL] = "TOOL",
	    [KHAOSAT__V1__CHANNEL__WEB] = "WEB",
	    [KHAOSAT__V1__CHANNEL__BULK] = "BULK",
	    [KHAOSAT__V1__CHANNEL__OFFICE] = "OFFICE",
	    [KHAOSAT__V1__CHANNEL__PAPER_FORM] = "PAPER",
	    [KHAOSAT__V1__CHANNEL__PHONE] = "PHONE"};
	bool is_known = channel < sizeof(word) / sizeof(word[0]) && word[channel] != NULL;
	return is_known ? word[channel] : "";
}

/* The name of a stratum; its weight goes to `weight`. */
static const char *
design_words(const struct design_reading *design, uint8_t stratum, char weight[WEIGHT_BYTES])
{
	const struct design_stratum *s = &design->stratum[(stratum & ~DESIGN_DRAWN) - 1];
	snprintf(weight, WEIGHT_BYTES, "%.12g", s->drawn > 0 ? (double)s->units / s->drawn : 0);
	return s->name;
}

/* As the office changed it last, or as the register has it. `bits` are those of the answers, made
 * by entry `number`: a change behind it has evaluated them anew. */
static bool
find_row(struct microdata_scan *s, uint64_t number, const struct entry *e, struct register_row *row,
    uint8_t *stratum, struct indicator_bits *bits)
{
	const struct changed_row *changed = microdata_office_row(&s->office, e->round, e->tax_code);
	struct register_text text;
	size_t at = 0;
	if (!microdata_rows_find(s->rows, e->tax_code, row, stratum))
		return false;
	if (changed == NULL)
		return true;
	if (changed->number > number)
		*bits = changed->bits;
	return register_next(changed->rows, changed->n, &at, &text) == REGISTER_ROW &&
	       register_judge(s->log->definition, s->log->ref_year, &text, row, NULL);
}

static bool
write_unit(struct microdata_scan *s, uint64_t number, const struct entry *e, const uint8_t *answers,
    size_t answers_bytes)
{
	struct register_row row;
	struct indicator_bits bits = bits_of(e);
	uint8_t stratum;
	char weight[WEIGHT_BYTES];
	s->log->number = number;
	if (!find_row(s, number, e, &row, &stratum, &bits))
		return stop(s, MICRODATA_ANSWERS);
	struct microdata_unit unit = {.row = &row,
	    .time_ms = e->time_ms,
	    .revision = e->revision,
	    .channel = channel_word(e->channel),
	    .bits = bits,
	    .instance_id = entry_is_edit(e->kind) ? e->deprecated_id : e->instance_id,
	    .answers = answers,
	    .n = answers_bytes};
	if (stratum != 0)
		unit.stratum = design_words(&s->design, stratum, weight);
	unit.weight = stratum != 0 ? weight : NULL;
	size_t n = microdata_row(s->microdata, &unit, s->out + s->filled);
	if (n == 0)
		return stop(s, MICRODATA_ANSWERS);
	s->filled += n;
	s->log->responded++;
	return s->filled < OUT_BYTES || flush(s);
}

/* The answers stand inside the payload of an edit. */
static bool
write_edited(
    struct microdata_scan *s, uint64_t number, const struct entry *e, const uint8_t *payload)
{
	Khaosat__V1__AnswerEdit *edit =
	    khaosat__v1__answer_edit__unpack(NULL, e->payload_bytes, payload);
	if (edit == NULL)
		return stop(s, MICRODATA_ANSWERS);
	bool good = write_unit(s, number, e, edit->answers.data, edit->answers.len);
	khaosat__v1__answer_edit__free_unpacked(edit, NULL);
	return good;
}

static bool
look(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct microdata_scan *s = context;
	const uint8_t *payload = bytes + ENTRY_HEADER_BYTES;
	struct entry e;
	if (!entry_decode(bytes, n, false, &e) || e.round != s->round->number)
		return true;
	if (e.kind == ENTRY_REGISTER_CHUNK && is_chunk(s, number))
		return add_rows(s, payload, e.payload_bytes);
	if (!is_head(s, number) || microdata_office_is_out(&s->office, e.round, e.tax_code))
		return true;
	return entry_is_edit(e.kind) ? write_edited(s, number, &e, payload)
				     : write_unit(s, number, &e, payload, e.payload_bytes);
}

enum microdata_log_status
microdata_log_write(struct microdata_log *log, FILE *backup, FILE *to)
{
	struct microdata_scan *s = log->scan;
	s->to = to;
	s->rows = microdata_rows_new(s->round->rows);
	s->microdata = microdata_new(log->definition, log->ref_year);
	if (s->rows == NULL || s->microdata == NULL)
		return MICRODATA_MEMORY;
	s->out = malloc(OUT_BYTES + microdata_row_max(s->microdata));
	if (s->out == NULL)
		return MICRODATA_MEMORY;
	s->filled = microdata_header(s->microdata, s->out);
	enum microdata_log_status status =
	    status_of(log, log_file_read_again(backup, look, s, &log->header));
	if (status == MICRODATA_OK && !flush(s))
		status = s->status;
	log->strata = (uint32_t)s->design.strata;
	for (size_t i = 0; i < s->design.strata; i++)
		log->drawn += s->design.stratum[i].drawn;
	return status;
}

void
microdata_log_close(struct microdata_log *log)
{
	struct microdata_scan *s = log->scan;
	definition_free(log->definition);
	for (struct scanned_round *r; s != NULL && (r = s->rounds) != NULL;) {
		s->rounds = r->next;
		free(r->chunk);
		free(r);
	}
	for (struct scanned_definition *d; s != NULL && (d = s->definitions) != NULL;) {
		s->definitions = d->next;
		free(d);
	}
	if (s != NULL) {
		microdata_rows_free(s->rows);
		microdata_free(s->microdata);
		microdata_office_clear(&s->office);
		free(s->head);
		free(s->out);
	}
	free(s);
	*log = (struct microdata_log){0};
}
