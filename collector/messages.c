/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/messages.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/form.h"

struct messages {
	const struct definition *definition;
	int ref_year;
	char date_vi[16], date_en[16];
	size_t checks;
	struct label check[]; /* points into the definition, or to memory of its own */
};

static bool
has_place(const char *text)
{
	return strchr(text, '{') != NULL;
}

/* The text itself where nothing is to be filled in; NULL: out of memory. */
static const char *
expand(const struct messages *messages, const char *text, const char *date)
{
	if (!has_place(text))
		return text;
	size_t cap = strlen(text) * 4 + 1; /* {Y} becomes four digits, {ref_date} ten characters */
	char *out = malloc(cap);
	if (out != NULL)
		label_expand(text, messages->ref_year, date, out, cap);
	return out;
}

struct messages *
messages_new(const struct round_view *round)
{
	const struct definition *d = round->definition;
	const char *date = round->reference_date;
	struct messages *messages =
	    calloc(1, sizeof(*messages) + d->checks * sizeof(messages->check[0]));
	if (messages == NULL)
		return NULL;
	messages->definition = d;
	messages->ref_year = round->ref_year;
	snprintf(messages->date_en, sizeof(messages->date_en), "%s", date);
	snprintf(messages->date_vi, sizeof(messages->date_vi), "%.2s/%.2s/%.4s", date + 8, date + 5,
	    date);
	for (size_t i = 0; i < d->checks; i++) {
		const struct label *message = &d->check[i].message;
		struct label *out = &messages->check[messages->checks++];
		out->vi = expand(messages, message->vi, messages->date_vi);
		out->en = expand(messages, message->en, messages->date_en);
		if (out->vi != NULL && out->en != NULL)
			continue;
		messages_free(messages);
		return NULL;
	}
	return messages;
}

static void
free_expanded(const char *text, const char *original)
{
	if (text != original)
		free((void *)(uintptr_t)text);
}

void
messages_free(struct messages *messages)
{
	if (messages == NULL)
		return;
	for (size_t i = 0; i < messages->checks; i++) {
		const struct label *message = &messages->definition->check[i].message;
		free_expanded(messages->check[i].vi, message->vi);
		free_expanded(messages->check[i].en, message->en);
	}
	free(messages);
}

struct label
messages_check(const struct messages *messages, int16_t check)
{
	return messages->check[check];
}
