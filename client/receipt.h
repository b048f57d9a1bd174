/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts on disk: JSON with what the collector signed off (log, number, header), what it says in
 * words, and the bytes that were sent, so that a firm can recompute the digest without anybody's
 * help. A receipt of many rows is a file of lines, each one JSON object, without the bytes. */
#ifndef KHAOSAT_CLIENT_RECEIPT_H
#define KHAOSAT_CLIENT_RECEIPT_H

#include <jansson.h>

#include "client/client.h"
#include "client/outgoing.h"
#include "proto/entry.h"
#include "proto/khaosat.pb-c.h"

/* What a receipt says of the submission or withdrawal it is for. A new reference; NULL: the header
 * cannot be read, or memory is out. `answers` may be NULL. */
json_t *receipt_to_json(
    const char *round, const Khaosat__V1__Receipt *receipt, const uint8_t *answers, size_t n);

/* Write the receipt to home/receipts/ROUND-TAX-rREVISION-NUMBER.json, fsynced. `path` is to be
 * freed. False: errno. */
bool receipt_write(const struct client *client, const char *round,
    const Khaosat__V1__Receipt *receipt, const uint8_t *answers, size_t n, char **path);

/* The newest receipt of a unit in a round that is kept here, or NULL; a new reference. */
json_t *receipt_newest(const struct client *client, const char *round, const char *tax_code);

#define RECEIPT_PROBLEM_BYTES 160

/* Whether a receipt's words, header and bytes agree. False: `problem` names the first difference.
 * `has_answers` says whether there were bytes to check. */
bool receipt_verify(const json_t *receipt, struct entry *entry, bool *has_answers,
    enum language language, char problem[RECEIPT_PROBLEM_BYTES]);

#endif
