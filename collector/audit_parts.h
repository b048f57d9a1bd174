/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the audit share: see audit.h. */
#ifndef KHAOSAT_COLLECTOR_AUDIT_PARTS_H
#define KHAOSAT_COLLECTOR_AUDIT_PARTS_H

#include "collector/audit.h"

/* Texts that last as long as the audit; "" where memory is out. */
const char *audit_text(struct audit *a, const char *text);
__attribute__((format(printf, 2, 3))) const char *audit_say(
    struct audit *a, const char *format, ...);
/* PAPER_FORM -> "paper-form"; "" for none. */
const char *audit_word(struct audit *a, const ProtobufCEnumDescriptor *d, int value);

/* Both sides last as long; empty: it was not there, or nobody knows. */
void audit_changed(struct audit *a, const char *what, const char *before, const char *after);
void audit_subject(struct audit *a, const char *text); /* likewise */
void audit_reason(struct audit *a, const char *text);  /* is copied */

/* Of kinds of entries, from their payloads, or from a->e where `message` is NULL. */
typedef void audit_fill(struct audit *a, const void *message);
audit_fill audit_fill_revision, audit_fill_edit, audit_fill_case, audit_fill_row,
    audit_fill_proposed, audit_fill_withdrawn, audit_fill_refusal, audit_fill_code,
    audit_fill_subcode, audit_fill_grant, audit_fill_contact;

#endif
