/* SPDX-License-Identifier: Apache-2.0 */
/* Whose request it is: the round and the unit it speaks of, copied out of the state, and whether
 * the credential is the unit's, or that of a firm which it has granted. Wrong code, no grant,
 * unknown unit and, for units and firms, unknown round get one and the same refusal, so that nobody
 * learns who is in a register. Loop's thread. */
#ifndef KHAOSAT_COLLECTOR_UNIT_H
#define KHAOSAT_COLLECTOR_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/chain.h"
#include "collector/request.h"
#include "collector/state.h"
#include "survey/rule.h"
#include "survey/taxcode.h"

struct unit {
	struct round_view round;
	struct unit_view view;
	uint64_t tax_code;
	char tax_text[TAXCODE_TEXT_BYTES];
	uint64_t key;    /* entry that made the code it came with, or granted the firm; 0: the
			  * register's    code, or staff */
	bool is_subcode; /* it is a sub-code */
};

/* `on_behalf` is the body's tax_code, which counts for staff and firms. False: the request has been
 * answered.
 */
bool unit_find(struct request *r, const char *round, const char *on_behalf, struct unit *out);

/* Staff named a round. False: the request has been answered. */
bool unit_find_round(struct request *r, const char *name, struct round_view *out);

bool unit_has_code(const struct unit *unit); /* its own was not revoked */

bool unit_may_submit(const struct unit *unit, int64_t now_ms);
/* Until when that lasts; 0: no end known, or it may not. */
int64_t unit_until_ms(const struct unit *unit, int64_t now_ms);

/* What its answers are judged by; points into the unit. */
struct facts unit_facts(const struct unit *unit);

/* 16 bytes, not all zero. */
bool unit_is_uuid(ProtobufCBinaryData bytes);

/* What the entry of a unit's act has in common, and the conditions it is made under: the unit, its
 * round, and the unit in the earlier round, whose indicators its answers were evaluated with. */
void unit_entry(const struct request *r, const struct unit *unit, struct entry *out);
void unit_store(struct request *r, const struct unit *unit, request_handler *accepted);

/* The same for an act over a round itself, which it advances, or only rests on. */
void unit_round_entry(const struct request *r, const struct round_view *round, enum entry_kind kind,
    struct entry *out);
void unit_store_round(
    struct request *r, const struct round_view *round, bool advances, request_handler *accepted);

/* INVALID: it has as many entries in the round as it may, or as anybody may add. */
void unit_answer_full(struct request *r, const struct chain *chain);

#endif
