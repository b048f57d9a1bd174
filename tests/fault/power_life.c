/* SPDX-License-Identifier: Apache-2.0 */
/* Which jobs stand in which batch follows from the seed alone: a section of jobs is queued behind a
 * call that holds the writer, and other calls, which do nothing, part its batches. */
#include "tests/fault/power_life.h"

#include <inttypes.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/checkpoint.h"
#include "storage/erasable.h"
#include "storage/layout.h"
#include "tests/support/store_rig.h"

#define UNITS 12 /* each answered for by one client, which waits before it corrects */
#define MAP_BYTES ((uint64_t)256 << 20)
#define VALUE_MAX_BYTES 3000

struct life {
	struct rig rig;
	struct ledger *ledger;
	struct erasable *contacts; /* NULL: none in this history */
	uint64_t seed;
	uint64_t unit_last[UNITS + 1];
};

uint64_t
life_draw(uint64_t *seed)
{
	uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t
draw(struct life *life, uint64_t below)
{
	return life_draw(&life->seed) % below;
}

__attribute__((format(printf, 2, 3))) static bool
wrong(struct life *life, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(life->ledger->wrong, sizeof(life->ledger->wrong), format, arguments);
	va_end(arguments);
	return false;
}

/* ------------------------------------------------------------------- the log */

static bool
on_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct life *life = context;
	if (number > life->ledger->sent)
		return wrong(life, "entry %" PRIu64 " was sent by nobody", number);
	const struct ledger_entry *e = &life->ledger->entry[number];
	if (n != e->n || !rig_bytes_are_whole(bytes, n))
		return wrong(life, "entry %" PRIu64 " is not as it was sent", number);
	if (rig_field(bytes, 0) != e->subject || rig_field(bytes, 1) != e->last ||
	    rig_field(bytes, 2) != e->serial)
		return wrong(life, "entry %" PRIu64 " is another one", number);
	life->unit_last[e->subject] = number;
	return true;
}

static bool
check_log(struct life *life)
{
	struct ledger *ledger = life->ledger;
	uint64_t last = store_last(life->rig.store);
	if (last < ledger->accepted)
		return wrong(life, "%" PRIu64 " entries were accepted, %" PRIu64 " are there",
		    ledger->accepted, last);
	if (store_read(life->rig.store, 1, 0, on_entry, life) != STORE_OK)
		return wrong(life, "the log of %" PRIu64 " entries cannot be read", last);
	if (ledger->wrong[0] != '\0')
		return false;
	ledger->accepted = ledger->sent = last;
	return true;
}

/* ------------------------------------------------------------------- contacts */

/* Each fourth version of a contact is that there is none. */
static size_t
make_value(uint64_t key, uint64_t version, uint8_t value[VALUE_MAX_BYTES])
{
	if (version % 4 == 0)
		return 0;
	size_t n =
	    RIG_HEAD_BYTES + (key * 131 + version * 977) % (VALUE_MAX_BYTES - RIG_HEAD_BYTES);
	rig_fill(value, n, key, version, 0);
	return n;
}

static bool
is_version(uint64_t key, uint64_t version, const uint8_t *found, size_t n)
{
	uint8_t value[VALUE_MAX_BYTES];
	return make_value(key, version, value) == n && (n == 0 || memcmp(value, found, n) == 0);
}

static bool
check_contact(struct life *life, uint64_t key)
{
	struct ledger_version *version = &life->ledger->contact[key];
	uint8_t *found;
	size_t n;
	if (erasable_get(life->contacts, &key, sizeof(key), &found, &n) != STORE_OK)
		return wrong(life, "contact %" PRIu64 " cannot be read", key);
	bool is_tried = is_version(key, version->tried, found, n);
	bool is_done = is_version(key, version->done, found, n);
	free(found);
	if (!is_tried && !is_done)
		return wrong(life, "contact %" PRIu64 " is not as it was put", key);
	if (is_tried)
		version->done = version->tried;
	else
		version->tried = version->done;
	return true;
}

static bool
check_contacts(struct life *life)
{
	char message[256];
	if (!life->ledger->has_contacts)
		return true;
	if (erasable_open(life->rig.folder, &life->contacts, message) != STORE_OK)
		return wrong(life, "contacts do not open: %s", message);
	for (uint64_t key = 0; key < LEDGER_CONTACTS; key++)
		if (!check_contact(life, key))
			return false;
	return true;
}

static bool
put_contact(struct life *life)
{
	uint64_t key = draw(life, LEDGER_CONTACTS);
	struct ledger_version *version = &life->ledger->contact[key];
	uint8_t value[VALUE_MAX_BYTES];
	version->tried = version->done + 1;
	size_t n = make_value(key, version->tried, value);
	if (erasable_put(life->contacts, &key, sizeof(key), value, n) != STORE_OK)
		return wrong(life, "contact %" PRIu64 " cannot be put", key);
	version->done = version->tried;
	return true;
}

/* ------------------------------------------------------------------- the checkpoint */

static void
checkpoint_path(const struct life *life, char path[256])
{
	snprintf(path, 256, "%s/%s", life->rig.folder, LAYOUT_CHECKPOINT);
}

/* A damaged one would be left aside by the collector; but there shall be none. */
static bool
check_checkpoint(struct life *life)
{
	struct ledger_version *version = &life->ledger->checkpoint;
	char path[256], message[256] = "there is none";
	struct fold fold;
	checkpoint_path(life, path);
	if (!checkpoint_load(path, life->rig.store, &fold, message)) {
		if (version->done > 0 || strcmp(message, "there is none") != 0)
			return wrong(life, "%s", message);
		return true;
	}
	uint64_t last = fold.last;
	fold_clear(&fold);
	if (last < version->done || last > version->tried)
		return wrong(life, "the checkpoint of %" PRIu64 " is not the last one", last);
	return true; /* seen is not promised here: an older one serves as well */
}

static bool
write_checkpoint(struct life *life)
{
	struct ledger_version *version = &life->ledger->checkpoint;
	struct checkpoint checkpoint = {.fold.last = life->ledger->accepted};
	char path[256];
	checkpoint_path(life, path);
	memcpy(checkpoint.log, store_log_id(life->rig.store), sizeof(checkpoint.log));
	if (!checkpoint_digest_entry(life->rig.store, checkpoint.fold.last, checkpoint.last_entry))
		return wrong(life, "an accepted entry cannot be read");
	version->tried = checkpoint.fold.last;
	if (!checkpoint_write(&checkpoint, path))
		return wrong(life, "the checkpoint cannot be written");
	version->done = version->tried;
	return true;
}

/* ------------------------------------------------------------------- opening */

static bool
begin(struct life *life, const char *folder, struct ledger *ledger)
{
	memset(life, 0, sizeof(*life));
	life->ledger = ledger;
	snprintf(life->rig.folder, sizeof(life->rig.folder), "%s", folder);
	struct store_options options = rig_options(&life->rig);
	options.map_max_bytes = MAP_BYTES;
	options.journal_segments = ledger->segments;
	options.journal_segment_bytes = ledger->segment_bytes;
	if (!mailbox_open(&life->rig.box))
		return wrong(life, "no mailbox");
	if (rig_open(&life->rig, &options) != STORE_OK)
		return wrong(life, "the store does not open: %s", life->rig.message);
	if (!check_log(life) || !check_contacts(life) || !check_checkpoint(life))
		return false;
	rig_fold(&life->rig);
	return true;
}

static void
finish(struct life *life)
{
	erasable_close(life->contacts);
	rig_close(&life->rig);
	mailbox_close(&life->rig.box);
}

bool
life_check(const char *folder, struct ledger *ledger)
{
	struct life life;
	if (!begin(&life, folder, ledger))
		return false; /* the process ends */
	finish(&life);
	return true;
}

/* ------------------------------------------------------------------- work */

struct gate {
	struct store_call call; /* first */
	sem_t opened;
};

static void
wait_at_gate(void *argument, uint64_t last)
{
	struct gate *gate = argument;
	(void)last;
	sem_wait(&gate->opened);
}

static void
part(void *argument, uint64_t last)
{
	(void)last;
	free(argument);
}

static void
part_batches(struct life *life)
{
	struct store_call *call = calloc(1, sizeof(*call));
	if (call == NULL)
		abort();
	*call = (struct store_call){.call = part, .argument = call};
	store_call(life->rig.store, call);
}

/* Some overflow a page, few a segment of the journal. */
static size_t
draw_size(struct life *life)
{
	size_t most = draw(life, 16) != 0 ? 600 : draw(life, 8) != 0 ? 9000 : 40000;
	return RIG_HEAD_BYTES + draw(life, most);
}

static void
send_one(struct life *life)
{
	struct ledger *ledger = life->ledger;
	uint64_t subject = 1 + draw(life, UNITS);
	uint64_t number = ledger->sent + 1;
	struct ledger_entry *e = &ledger->entry[number];
	*e = (struct ledger_entry){
	    subject, life->unit_last[subject], ++ledger->serial, draw_size(life)};
	life->unit_last[subject] = number;
	ledger->sent = number;
	struct rig_job *job = rig_job_new(e->subject, e->last, e->serial, e->n);
	job->job.reply = &life->rig.box;
	store_submit(life->rig.store, &job->job);
}

static bool
take_answer(struct life *life, struct rig_job *job)
{
	struct ledger *ledger = life->ledger;
	enum store_outcome outcome = job->job.outcome;
	uint64_t number = job->job.number;
	rig_job_free(job);
	if (outcome != STORE_ACCEPTED)
		return wrong(
		    life, "entry %" PRIu64 " has outcome %d", ledger->accepted + 1, outcome);
	if (number != ledger->accepted + 1)
		return wrong(life, "entry %" PRIu64 " was accepted as %" PRIu64,
		    ledger->accepted + 1, number);
	ledger->accepted = number;
	return true;
}

static bool
take_answers(struct life *life)
{
	while (life->ledger->accepted < life->ledger->sent) {
		for (struct mail *mail = mailbox_wait(&life->rig.box), *next; mail != NULL;
		     mail = next) {
			next = mail->next;
			if (!take_answer(life, (struct rig_job *)mail))
				return false;
		}
	}
	return true;
}

/* Up to eight batches of up to 20 jobs. */
static bool
run_section(struct life *life)
{
	struct gate gate = {.call = {.call = wait_at_gate, .argument = &gate}};
	sem_init(&gate.opened, 0, 0);
	store_call(life->rig.store, &gate.call);
	uint64_t most = draw(life, 2) == 0 ? 20 : 3;
	for (uint64_t batches = 1 + draw(life, 8); batches > 0; batches--) {
		for (uint64_t jobs = 1 + draw(life, most); jobs > 0; jobs--)
			if (life->ledger->sent + 1 < LEDGER_ENTRIES_MAX)
				send_one(life);
		part_batches(life);
	}
	sem_post(&gate.opened);
	bool good = take_answers(life);
	sem_destroy(&gate.opened);
	return good;
}

static bool
run_contacts(struct life *life)
{
	for (uint64_t puts = draw(life, 6); puts > 0; puts--)
		if (!put_contact(life))
			return false;
	if (draw(life, 3) == 0 && erasable_compact(life->contacts) != STORE_OK)
		return wrong(life, "contacts cannot be compacted");
	return draw(life, 3) != 0 || write_checkpoint(life);
}

bool
life_run(const char *folder, struct ledger *ledger, uint64_t seed)
{
	struct life life;
	if (!begin(&life, folder, ledger))
		return false;
	life.seed = seed;
	if (!rig_start(&life.rig))
		return wrong(&life, "the writer does not start");
	for (uint64_t sections = 1 + draw(&life, 4); sections > 0; sections--) {
		if (!run_section(&life) || (life.contacts != NULL && !run_contacts(&life)))
			return false;
	}
	finish(&life);
	return true;
}
