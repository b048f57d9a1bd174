/* SPDX-License-Identifier: Apache-2.0 */
/* Rules are compared as they are printed, and then, name by name, what they name: a printed rule
 * names choices by their codes, and other indicators without what these are made of. Indicators
 * name earlier ones only, so this comes to an end; each is compared once. */
#include "survey/breaks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "survey/rule.h"

static const struct {
	const char *name;
	struct label words;
} kinds[BREAKS_END] = {
    [BREAK_QUESTIONNAIRE] = {"questionnaire", {"phiếu khác", "another questionnaire"}},
    [BREAK_PREDICATE] = {"predicate", {"tiêu chí đổi", "another predicate"}},
    [BREAK_POPULATION] = {"population", {"diện đổi", "another population"}},
    [BREAK_THRESHOLD] = {"threshold", {"ngưỡng đổi", "another threshold"}},
    [BREAK_CLASSIFICATION] = {"classification", {"danh mục đổi", "other classifications"}},
    [BREAK_DESIGN] = {"design", {"toàn bộ và mẫu", "a census and a sample"}},
};

const char *
break_name(enum break_kind kind)
{
	return kind < BREAKS_END && kinds[kind].name != NULL ? kinds[kind].name : "";
}

struct label
break_words(enum break_kind kind)
{
	bool is_known = kind < BREAKS_END && kinds[kind].name != NULL;
	return is_known ? kinds[kind].words : (struct label){"", ""};
}

struct comparing {
	const struct definition *before, *now;
	bool *seen; /* indicators, then scores, by index now */
	bool *failed;
};

static bool same_rule(struct comparing *c, const struct rule *before, const struct rule *now);

static bool
same_choices(const struct question *a, const struct question *b)
{
	if (a->choices != b->choices)
		return false;
	for (size_t i = 0; i < a->choices; i++)
		if (strcmp(a->choice[i].code, b->choice[i].code) != 0)
			return false;
	return true;
}

static bool
same_question(struct comparing *c, const struct question *a, const struct question *b)
{
	if (a->type != b->type || a->tenths != b->tenths || a->admits_dk != b->admits_dk ||
	    !same_choices(a, b) || (a->relevance == NULL) != (b->relevance == NULL))
		return false;
	return a->relevance == NULL || same_rule(c, a->relevance, b->relevance);
}

static bool
same_score(struct comparing *c, const struct score *a, const struct score *b)
{
	bool same = a->items == b->items;
	for (size_t i = 0; same && i < a->items; i++)
		same = same_rule(c, a->item[i], b->item[i]);
	return same;
}

/* A word of both printed rules: is what it names the same? Most words name nothing. */
static bool
same_named(struct comparing *c, const char *word)
{
	int a = definition_find_indicator(c->before, word);
	int b = definition_find_indicator(c->now, word);
	if (b >= 0 && !c->seen[b]) {
		c->seen[b] = true;
		return a >= 0 &&
		       same_rule(c, c->before->indicator[a].rule, c->now->indicator[b].rule);
	}
	a = definition_find_score(c->before, word);
	b = definition_find_score(c->now, word);
	if (b >= 0 && !c->seen[c->now->indicators + (size_t)b]) {
		c->seen[c->now->indicators + (size_t)b] = true;
		return a >= 0 && same_score(c, &c->before->score[a], &c->now->score[b]);
	}
	a = definition_find_question(c->before, word, strlen(word));
	b = definition_find_question(c->now, word, strlen(word));
	return b < 0 || (a >= 0 && same_question(c, &c->before->question[a], &c->now->question[b]));
}

static bool
is_of_word(char letter)
{
	return isalnum((unsigned char)letter) || letter == '_';
}

static bool
same_words(struct comparing *c, const char *text)
{
	char word[CODE_MAX_BYTES + 1];
	while (*text != '\0') {
		size_t n = 0;
		while (is_of_word(text[n]))
			n++;
		if (n > 0 && n < sizeof(word)) {
			memcpy(word, text, n);
			word[n] = '\0';
			if (!same_named(c, word))
				return false;
		}
		text += n > 0 ? n : 1;
	}
	return true;
}

/* To be freed; NULL: out of memory. */
static char *
print_rule(const struct definition *d, const struct rule *rule)
{
	size_t n = rule_print(d, rule, NULL, 0) + 1;
	char *text = malloc(n);
	if (text != NULL)
		rule_print(d, rule, text, n);
	return text;
}

static bool
same_rule(struct comparing *c, const struct rule *before, const struct rule *now)
{
	char *a = print_rule(c->before, before), *b = print_rule(c->now, now);
	*c->failed |= a == NULL || b == NULL;
	bool same = a != NULL && b != NULL && strcmp(a, b) == 0 && same_words(c, b);
	free(a);
	free(b);
	return same;
}

static bool
same_goal(const struct goal *a, const struct goal *b)
{
	return a->threshold_pct == b->threshold_pct && a->strict == b->strict &&
	       strcmp(a->deadline, b->deadline) == 0;
}

static bool
same_group(const struct code_group *a, const struct code_group *b)
{
	return strcmp(a->code, b->code) == 0 && a->members == b->members &&
	       (a->members == 0 ||
		   memcmp(a->member, b->member, a->members * sizeof(*a->member)) == 0);
}

static bool
same_list(const struct code_list *a, const struct code_list *b)
{
	bool same = a->codes == b->codes && a->groups == b->groups;
	for (size_t i = 0; same && i < a->codes; i++)
		same = strcmp(a->code[i].code, b->code[i].code) == 0 &&
		       a->code[i].parent == b->code[i].parent;
	for (size_t i = 0; same && i < a->groups; i++)
		same = same_group(&a->group[i], &b->group[i]);
	return same;
}

static bool
same_lists(const struct definition *a, const struct definition *b)
{
	static const enum code_list_id lists[] = {
	    CODES_UNIT_TYPE, CODES_COMMUNE, CODES_ZONE, CODES_ZONE_TYPE, CODES_SECTION, CODES_SIZE};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!same_list(&a->list[lists[i]], &b->list[lists[i]]))
			return false;
	return true;
}

unsigned
breaks_between(const struct definition *before, size_t goal_before, const struct definition *now,
    size_t goal_now, bool *failed)
{
	const struct goal *a = &before->goal[goal_before], *b = &now->goal[goal_now];
	struct comparing c = {before, now, NULL, failed};
	unsigned breaks = 0;
	if (before == now)
		return 0;
	c.seen = calloc(now->indicators + now->scores + 1, sizeof(*c.seen));
	if (c.seen == NULL) {
		*failed = true;
		return 0;
	}
	if (strcmp(before->id, now->id) != 0 || before->version != now->version)
		breaks |= 1u << BREAK_QUESTIONNAIRE;
	if (!same_rule(&c, before->indicator[a->indicator].rule, now->indicator[b->indicator].rule))
		breaks |= 1u << BREAK_PREDICATE;
	if (!same_rule(
		&c, before->population[a->population].rule, now->population[b->population].rule))
		breaks |= 1u << BREAK_POPULATION;
	if (!same_goal(a, b))
		breaks |= 1u << BREAK_THRESHOLD;
	if (!same_lists(before, now))
		breaks |= 1u << BREAK_CLASSIFICATION;
	free(c.seen);
	return *failed ? 0 : breaks;
}
