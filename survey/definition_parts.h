/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a definition, each loaded by a file of its own, in the order of definition_load.c,
 * and the rule compiler. Codes are declared before any rule is compiled. One thread. */
#ifndef KHAOSAT_SURVEY_DEFINITION_PARTS_H
#define KHAOSAT_SURVEY_DEFINITION_PARTS_H

#include <jansson.h>

#include "survey/loader.h"
#include "survey/rule_tree.h"

extern const char *const builtin_name[BUILTINS];

/* definition_codes.c: the code lists and the VSIC divisions. */
void load_code_lists(struct loader *l);
void load_vsic(struct loader *l);

/* definition_questions.c: sections and questions, then what names other parts. */
void load_sections(struct loader *l);
void link_sections(struct loader *l);

/* Where a rule stands: what it may read. */
enum rule_place {
	PLACE_ROW,        /* section relevance, register-stage checks */
	PLACE_POPULATION, /* the register; never not applicable */
	PLACE_QUESTION,   /* relevance: the register, and questions before `limit` */
	PLACE_SCORE,      /* a score's item: all but scores */
	PLACE_INDICATOR,  /* all but indicators from `limit` on */
	PLACE_CHECK       /* all */
};

struct rule_compiler {
	struct loader *l;
	enum rule_place place;
	int limit;
	int last_indicator; /* greatest one named so far, or -1 */
	unsigned depth;
};

/* Compile member `key` of an object. NULL when it is absent (recorded if `required`) or wrong
 * (recorded). `last_indicator` may be NULL. */
const struct rule *rule_compile(struct loader *l, const json_t *object, const char *key,
    bool required, enum rule_place place, int limit, int *last_indicator);

/* Within the rule compiler: rule_compile.c, rule_leaves.c, rule_terms.c. */
bool compiler_may_read(struct rule_compiler *c, struct rule *r, enum rule_reads reads);
bool compiler_question(
    struct rule_compiler *c, struct rule *r, const json_t *object, const char *key, unsigned types);
bool compiler_relation(
    struct rule_compiler *c, const json_t *object, enum relation *out, const char **key);
bool compiler_node(struct rule_compiler *c);
bool compile_choices(struct rule_compiler *c, const json_t *object, struct rule *r);
bool compile_count(struct rule_compiler *c, const json_t *object, struct rule *r);
bool compile_state(struct rule_compiler *c, const json_t *object, struct rule *r);
bool compile_register(struct rule_compiler *c, const json_t *object, struct rule *r);
bool compile_indicator(struct rule_compiler *c, const json_t *object, struct rule *r);
bool compile_score(struct rule_compiler *c, const json_t *object, struct rule *r);
bool compile_compare(struct rule_compiler *c, const json_t *object, struct rule *r);

#endif
