/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of fields, which handlers name in English, in the language of those who break them.
 * Pure; any thread. */
#ifndef KHAOSAT_COLLECTOR_RULES_H
#define KHAOSAT_COLLECTOR_RULES_H

/* "submit.instance_id" and "16 bytes, not all zero": the rule in Vietnamese; as it is where nobody
 * has put it into words yet. */
const char *rule_in_vietnamese(const char *field, const char *rule);

#endif
