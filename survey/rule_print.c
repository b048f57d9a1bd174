/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in the notation of statisticians. Parentheses stand only where a weaker operator is inside
 * a stronger one. */
#include "survey/rule.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "survey/rule_tree.h"

struct printer {
	const struct definition *d;
	char *out;
	size_t cap, n; /* n: what has been wanted so far */
};

static void __attribute__((format(printf, 2, 3))) print(struct printer *p, const char *format, ...)
{
	bool room = p->n < p->cap;
	va_list arguments;
	va_start(arguments, format);
	int n = vsnprintf(room ? p->out + p->n : NULL, room ? p->cap - p->n : 0, format, arguments);
	va_end(arguments);
	p->n += n > 0 ? (size_t)n : 0;
}

static const char *
sign_of(enum relation relation)
{
	static const char *const sign[RELATIONS] = {"≥", ">", "≤", "<", "=", "≠"};
	return sign[relation];
}

static const char *
question_code(const struct printer *p, int index)
{
	return p->d->question[index].code;
}

static void
print_choices(struct printer *p, const struct question *q, uint64_t mask)
{
	const char *comma = "";
	print(p, "{");
	for (size_t i = 0; i < q->choices; i++) {
		if (!(mask >> i & 1))
			continue;
		print(p, "%s%s", comma, q->choice[i].code);
		comma = ",";
	}
	print(p, "}");
}

/* Codes of a register list; runs of three and more neighbours as "A..F". */
static void
print_codes(struct printer *p, const struct rule *r)
{
	const struct code_list *list = &p->d->list[r->index];
	const char *comma = "";
	print(p, "{");
	for (size_t i = 0; i < list->codes; i++) {
		if (!code_set_has(r->named, (int)i))
			continue;
		size_t last = i;
		while (last + 1 < list->codes && code_set_has(r->named, (int)last + 1))
			last++;
		print(p, "%s%s", comma, list->code[i].code);
		comma = ",";
		if (last - i >= 2) {
			print(p, "..%s", list->code[last].code);
			i = last;
		}
	}
	print(p, "}");
}

static void
print_attribute(struct printer *p, const struct rule *r)
{
	print(p, "%s ∈ ", code_list_name[r->index]);
	print_codes(p, r);
}

static void print_sum(struct printer *p, const struct term *t, size_t n);

static void
print_term(struct printer *p, const struct term *t)
{
	switch (t->kind) {
	case TERM_CONST:
		print(p, "%" PRIu64, t->value < 0 ? -(uint64_t)t->value : (uint64_t)t->value);
		break;
	case TERM_QUESTION:
		print(p, "%s", question_code(p, t->index));
		break;
	case TERM_REGISTER:
		print(p, "%s", register_column_name[t->index]);
		break;
	case TERM_REF_YEAR:
		print(p, "ref_year");
		break;
	case TERM_SECONDS:
		print(p, "seconds");
		break;
	case TERM_ABS:
		print(p, "|");
		print_sum(p, t->part, t->parts);
		print(p, "|");
		break;
	}
}

static void
print_sum(struct printer *p, const struct term *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool negative = t[i].kind == TERM_CONST ? t[i].value < 0 : t[i].times < 0;
		int64_t times = t[i].times < 0 ? -t[i].times : t[i].times;
		if (i > 0)
			print(p, negative ? " − " : " + ");
		else if (negative)
			print(p, "−");
		if (times != 1)
			print(p, "%" PRId64 "·", times);
		print_term(p, &t[i]);
	}
}

static void
print_states(struct printer *p, const struct rule *r)
{
	static const char *const name[] = {"blank", "dont_know", "value", "not_applicable"};
	const char *comma = "";
	print(p, "state(%s) ∈ {", question_code(p, r->index));
	for (unsigned i = 0; i < 4; i++) {
		if (!(r->mask >> i & 1))
			continue;
		print(p, "%s%s", comma, name[i]);
		comma = ",";
	}
	print(p, "}");
}

static void print_rule(struct printer *p, const struct rule *r);

static bool
is_compound(const struct rule *r)
{
	return r->op == RULE_AND || r->op == RULE_OR || r->op == RULE_WHEN;
}

/* A part of a stronger operator: parentheses around compounds, and around relations under ¬. */
static void
print_part(struct printer *p, const struct rule *r, bool negated)
{
	bool relation = r->op == RULE_COMPARE || r->op == RULE_COUNT || r->op == RULE_SCORE ||
			r->op == RULE_CODE || r->op == RULE_SIZE || r->op == RULE_STATE;
	bool enclosed = is_compound(r) || (negated && relation);
	print(p, enclosed ? "(" : "");
	print_rule(p, r);
	print(p, enclosed ? ")" : "");
}

static void
print_list(struct printer *p, const struct rule *r, const char *between)
{
	for (size_t i = 0; i < r->parts; i++) {
		print(p, "%s", i > 0 ? between : "");
		print_part(p, &r->part[i], false);
	}
}

static void
print_when(struct printer *p, const struct rule *r)
{
	print(p, "when ");
	print_rule(p, &r->part[0]);
	print(p, ": ");
	print_rule(p, &r->part[1]);
}

static void
print_at_least(struct printer *p, const struct rule *r)
{
	print(p, "at least %" PRId64 " of (", r->k);
	for (size_t i = 0; i < r->parts; i++) {
		print(p, "%s", i > 0 ? ", " : "");
		print_rule(p, &r->part[i]);
	}
	print(p, ")");
}

static void
print_of_choices(struct printer *p, const struct rule *r)
{
	const char *name = r->op == RULE_ANY ? "hasany" : r->op == RULE_TICKED ? "ticked" : "count";
	print(p, "%s(%s,", name, question_code(p, r->index));
	print_choices(p, &p->d->question[r->index], r->mask);
	print(p, ")");
	if (r->op == RULE_COUNT)
		print(p, " %s %" PRId64, sign_of(r->relation), r->k);
}

static void
print_rule(struct printer *p, const struct rule *r)
{
	switch (r->op) {
	case RULE_CONST:
		print(p, r->value == TRUTH_TRUE ? "true" : "false");
		break;
	case RULE_AND:
		print_list(p, r, " ∧ ");
		break;
	case RULE_OR:
		print_list(p, r, " ∨ ");
		break;
	case RULE_NOT:
		print(p, "¬");
		print_part(p, &r->part[0], true);
		break;
	case RULE_AT_LEAST:
		print_at_least(p, r);
		break;
	case RULE_WHEN:
		print_when(p, r);
		break;
	case RULE_ANY:
	case RULE_TICKED:
	case RULE_COUNT:
		print_of_choices(p, r);
		break;
	case RULE_COMPARE:
		print_sum(p, r->term, r->left);
		print(p, " %s ", sign_of(r->relation));
		print_sum(p, r->term + r->left, r->terms - r->left);
		break;
	case RULE_STATE:
		print_states(p, r);
		break;
	case RULE_CODE:
	case RULE_SIZE:
		print_attribute(p, r);
		break;
	case RULE_DEPENDENT:
		print(p, "dependent");
		break;
	case RULE_SUPPORTING:
		print(p, "supporting_industry");
		break;
	case RULE_INDICATOR:
		print(p, "%s", p->d->indicator[r->index].code);
		break;
	case RULE_EARLIER:
		print(p, "earlier(%s)", p->d->indicator[r->index].code);
		break;
	case RULE_SCORE:
		print(p, "%s %s %" PRId64, p->d->score[r->index].code, sign_of(r->relation), r->k);
		break;
	}
}

size_t
rule_print(const struct definition *d, const struct rule *rule, char *out, size_t cap)
{
	struct printer p = {d, out, cap, 0};
	if (cap > 0)
		out[0] = '\0';
	print_rule(&p, rule);
	return p.n;
}
