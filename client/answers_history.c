/* SPDX-License-Identifier: Apache-2.0 */
/* A version of the answers for each entry that made one; a question is printed with those versions
 * in which its answer is another than before. */
#include "client/answers_history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/local_time.h"
#include "client/width.h"
#include "client/words.h"
#include "proto/entry.h"
#include "survey/answers.h"

struct version {
	struct entry entry;
	uint64_t number;
	uint8_t *bytes; /* of the answers, which point into them */
	struct answers answers;
	char reason[REASON_MAX_CHARS * 4 + 1];
};

struct answers_history {
	struct version **version; /* newest first */
	size_t n, room;
};

struct answers_history *
answers_history_new(void)
{
	return calloc(1, sizeof(struct answers_history));
}

static void
version_free(struct version *v)
{
	if (v != NULL)
		free(v->bytes);
	free(v);
}

void
answers_history_free(struct answers_history *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < h->n; i++)
		version_free(h->version[i]);
	free(h->version);
	free(h);
}

/* ------------------------------------------------------------------------------- reading */

static bool
decode(struct version *v, const struct definition *d, int ref_year, const uint8_t *bytes, size_t n)
{
	struct findings findings;
	const char *reason;
	v->bytes = malloc(n + 1);
	if (v->bytes == NULL)
		return false;
	if (n > 0)
		memcpy(v->bytes, bytes, n);
	return answers_decode(d, ref_year, v->bytes, n, &v->answers, &findings, &reason) ==
	       ANSWERS_OK;
}

static bool
take_answers(
    struct version *v, const struct definition *d, int ref_year, const uint8_t *payload, size_t n)
{
	if (v->entry.kind == ENTRY_WITHDRAWAL)
		return true; /* all blank */
	if (!entry_is_edit(v->entry.kind))
		return decode(v, d, ref_year, payload, n);
	Khaosat__V1__AnswerEdit *edit = khaosat__v1__answer_edit__unpack(NULL, n, payload);
	if (edit == NULL)
		return false;
	snprintf(v->reason, sizeof(v->reason), "%s", edit->reason);
	bool good = decode(v, d, ref_year, edit->answers.data, edit->answers.len);
	khaosat__v1__answer_edit__free_unpacked(edit, NULL);
	return good;
}

static bool
make_room(struct answers_history *h)
{
	if (h->n < h->room)
		return true;
	size_t room = h->room * 2 + 16;
	struct version **grown = realloc(h->version, room * sizeof(struct version *));
	if (grown == NULL)
		return false;
	h->version = grown;
	h->room = room;
	return true;
}

bool
answers_history_add(struct answers_history *h, const struct definition *d, int ref_year,
    const Khaosat__V1__LoggedEntry *logged)
{
	struct entry e;
	if (!entry_decode(logged->header.data, logged->header.len, true, &e))
		return false;
	if (!entry_moves_head(e.kind) && !entry_is_edit(e.kind))
		return true;
	struct version *v = calloc(1, sizeof(*v));
	if (v == NULL || !make_room(h)) {
		free(v);
		return false;
	}
	v->entry = e;
	v->number = logged->number;
	h->version[h->n++] = v;
	return take_answers(v, d, ref_year, logged->payload.data, logged->payload.len);
}

/* ------------------------------------------------------------------------------- printing */

static const char *
state_words(const struct client *client, const struct entry *e)
{
	switch ((int)e->kind) {
	case ENTRY_SUBMISSION:
		return client_say(client, "thu thập", "collected");
	case ENTRY_CORRECTION:
		return client_say(client, "đơn vị sửa", "corrected by the firm");
	case ENTRY_ANSWER_EDITED:
		return client_say(client, "cơ quan sửa", "corrected by the office");
	case ENTRY_ANSWER_RECODED:
		return client_say(client, "mã hóa lại", "recoded");
	default:
		return client_say(client, "đã rút", "withdrawn");
	}
}

static bool
is_same(const struct answer *a, const struct answer *b)
{
	return a->state == b->state && a->mask == b->mask && a->number == b->number &&
	       a->text.n == b->text.n &&
	       (a->text.n == 0 || memcmp(a->text.bytes, b->text.bytes, a->text.n) == 0);
}

/* The choices, and what was written beside OTHER. */
static void
print_value(const struct question *q, const struct answer *a)
{
	char value[256], whole[512];
	answer_print(q, a, value, sizeof(value));
	bool has_other = q->type != QUESTION_TEXT && a->text.n > 0;
	snprintf(whole, sizeof(whole), "%s%s%.*s%s", value[0] != '\0' ? value : "-",
	    has_other ? " (" : "", has_other ? (int)(a->text.n < 200 ? a->text.n : 200) : 0,
	    has_other ? a->text.bytes : "", has_other ? ")" : "");
	width_print(stdout, whole, 28);
}

static void
print_version(const struct client *client, const struct question *q, size_t at,
    const struct version *v, const char *who, bool is_first)
{
	char time[LOCAL_TIME_BYTES];
	width_print(stdout, is_first ? q->code : "", 8);
	print_value(q, &v->answers.answer[at]);
	width_print(stdout, state_words(client, &v->entry), 23);
	local_time_print(v->entry.time_ms, client->language == LANGUAGE_VI, time);
	width_print(stdout, time, 19);
	printf("%s, %" PRIu64, who, v->number);
	printf(v->reason[0] != '\0' ? ": %s\n" : "%s\n", v->reason);
}

void
answers_history_print(const struct client *client, const struct answers_history *h,
    const struct definition *d, actor_name *name, const void *context)
{
	char who[WORDS_ACTOR_BYTES];
	static const struct answer blank;
	for (size_t question = 0; question < d->questions; question++) {
		const struct answer *before = &blank;
		bool is_first = true;
		for (size_t i = h->n; i > 0; i--) {
			const struct version *v = h->version[i - 1];
			const struct answer *now = &v->answers.answer[question];
			if (!is_same(before, now)) {
				name(context, &v->entry, who);
				print_version(
				    client, &d->question[question], question, v, who, is_first);
				is_first = false;
			}
			before = now;
		}
	}
}
