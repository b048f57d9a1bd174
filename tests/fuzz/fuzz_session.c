/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the script of a few peers that talk to a whole collector: requests made of pools,
 * frames, raw bytes, waiting, vanishing. Every whole request is answered by its id exactly once,
 * lost framing is said once and ends the session, nothing hangs. What was accepted is in the log,
 * byte for byte the receipt's header; counts add up; the state is what a recount and a new start
 * make of the log. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "survey/text.h"
#include "tests/fuzz/session_load.h"
#include "tests/fuzz/session_rig.h"
#include "tests/fuzz/session_script.h"
#include "tests/fuzz/session_talk.h"

#define PEERS 3
#define STEPS_MAX 48
#define RAW_MAX_BYTES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct scene {
	struct session_rig *rig;
	struct script script;
	struct talk peer[PEERS];
	unsigned speaking;
};

/* ------------------------------------------------------------------- what an answer must be */

static void
expect_rates(const Khaosat__V1__Rates *rates)
{
	for (size_t i = 0; i < rates->n_rate; i++) {
		const Khaosat__V1__Rate *r = rates->rate[i];
		assert(r->responded <= r->n && r->met + r->not_met + r->unknown == r->responded);
		assert(r->n_unknown_met + r->n_unknown_not_met <= r->n_unknown);
		assert(r->verdict != KHAOSAT__V1__VERDICT__VERDICT_UNSPECIFIED);
	}
}

static void
expect_entries(const Khaosat__V1__LogEntries *log)
{
	for (size_t i = 0; i < log->n_entry; i++) {
		assert(log->entry[i]->number == log->entry[0]->number + i);
		assert(log->entry[i]->header.len == ENTRY_HEADER_BYTES);
		assert(log->entry[i]->number <= log->last);
	}
}

static void
expect_acts(const Khaosat__V1__Acts *acts)
{
	for (size_t i = 0; i < acts->n_act; i++) {
		const Khaosat__V1__Act *act = acts->act[i];
		assert(i == 0 || act->number > acts->act[i - 1]->number);
		assert(act->number < acts->next && act->number <= acts->last && *act->who != '\0');
	}
}

static void
expect_body(const Khaosat__V1__Response *r)
{
	if (r->body_case == KHAOSAT__V1__RESPONSE__BODY_RATES)
		expect_rates(r->rates);
	if (r->body_case == KHAOSAT__V1__RESPONSE__BODY_RECOUNT)
		assert(r->recount->differences == 0);
	if (r->body_case == KHAOSAT__V1__RESPONSE__BODY_LOG_ENTRIES)
		expect_entries(r->log_entries);
	if (r->body_case == KHAOSAT__V1__RESPONSE__BODY_ACTS)
		expect_acts(r->acts);
	if (r->body_case == KHAOSAT__V1__RESPONSE__BODY_ROUND)
		assert(r->round->responded <= r->round->units);
	if (r->body_case == KHAOSAT__V1__RESPONSE__BODY_UNIT_STATE && r->unit_state->head)
		assert(r->unit_state->head->number > 0);
}

static bool
is_text(const char *text)
{
	return text_check(text, strlen(text), SIZE_MAX, true) == TEXT_OK;
}

static void
expect_well(const struct session_rig *rig, const Khaosat__V1__Response *r)
{
	bool is_accepted = r->status == KHAOSAT__V1__STATUS__ACCEPTED ||
			   r->status == KHAOSAT__V1__STATUS__REPLAYED;
	assert(r->status >= KHAOSAT__V1__STATUS__DONE && r->status <= KHAOSAT__V1__STATUS__ALREADY);
	assert(r->status != KHAOSAT__V1__STATUS__UNAVAILABLE);
	assert(is_text(r->message_vi) && is_text(r->message_en));
	assert(is_text(r->field) && is_text(r->rule));
	assert(is_accepted == (r->receipt != NULL));
	if (is_accepted)
		session_expect_stored(rig, r->receipt);
	if (r->status == KHAOSAT__V1__STATUS__STALE)
		assert(r->head);
	if (r->status == KHAOSAT__V1__STATUS__NEEDS_CONFIRMATION)
		assert(r->n_finding > 0);
	for (size_t i = 0; i < r->n_finding; i++)
		assert(is_text(r->finding[i]->value) && is_text(r->finding[i]->question));
	expect_body(r);
}

/* ------------------------------------------------------------------- what a session must be */

/* Its answers so far; each one's request is struck out. */
static void
expect_answers(const struct session_rig *rig, struct talk *t)
{
	Khaosat__V1__Response *r;
	while ((r = talk_answer(t))) {
		bool is_refusal = r->status == KHAOSAT__V1__STATUS__FRAME_REFUSED;
		size_t i = 0;
		expect_well(rig, r);
		while (!is_refusal && i < t->ids && t->id[i] != r->id)
			i++;
		assert(is_refusal ? r->id == 0 : i < t->ids);
		if (!is_refusal) {
			t->id[i] = t->id[--t->ids];
			t->answers--;
		}
		khaosat__v1__response__free_unpacked(r, NULL);
	}
}

static void
expect_end(const struct session_rig *rig, struct talk *t)
{
	if (t->fd >= 0) {
		talk_end(t);
		expect_answers(rig, t);
		assert(t->read == t->received.n && t->ids == 0);
		assert(t->refusals == t->is_refused);
	}
	talk_close(t);
}

/* ------------------------------------------------------------------- the script */

static struct talk *
speaker(struct scene *scene)
{
	struct talk *t = &scene->peer[scene->speaking];
	if (t->fd < 0)
		talk_begin(t, session_rig_connect(scene->rig, &dialect_frames));
	return t;
}

static void
say_frame(struct scene *scene)
{
	uint8_t frame[4 + 255];
	size_t n;
	const uint8_t *body = script_bytes(&scene->script, script_byte(&scene->script), &n);
	frame[0] = frame[1] = frame[2] = 0;
	frame[3] = (uint8_t)n;
	if (n > 0)
		memcpy(frame + 4, body, n);
	talk_send(speaker(scene), frame, 4 + n);
}

static void
say_raw(struct scene *scene)
{
	size_t n;
	const uint8_t *bytes =
	    script_bytes(&scene->script, script_byte(&scene->script) % RAW_MAX_BYTES, &n);
	talk_send(speaker(scene), bytes, n);
}

static void
say_request(struct scene *scene)
{
	size_t n;
	uint8_t *frame = script_request(&scene->script, &n);
	talk_send(speaker(scene), frame, n);
	free(frame);
}

static void
step(struct scene *scene)
{
	switch (script_byte(&scene->script) % 16) {
	case 0:
		say_raw(scene);
		break;
	case 1:
		say_frame(scene);
		break;
	case 2:
	case 3:
		scene->speaking = script_byte(&scene->script) % PEERS;
		break;
	case 4:
		talk_close(speaker(scene));
		break;
	case 5:
		expect_end(scene->rig, speaker(scene));
		break;
	case 6:
	case 7:
	case 8:
		talk_await(speaker(scene));
		expect_answers(scene->rig, speaker(scene));
		break;
	default:
		say_request(scene);
	}
}

static void
begin(struct scene *scene, const uint8_t *data, size_t n)
{
	scene->rig = session_rig();
	scene->speaking = 0;
	for (unsigned i = 0; i < PEERS; i++)
		scene->peer[i].fd = -1;
	session_load(scene->rig, &scene->script, data, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct scene scene;
	begin(&scene, data, n);
	for (unsigned i = 0; i < STEPS_MAX && !script_is_over(&scene.script); i++)
		step(&scene);
	for (unsigned i = 0; i < PEERS; i++)
		expect_end(scene.rig, &scene.peer[i]);
	session_rig_settle(scene.rig);
	return 0;
}
