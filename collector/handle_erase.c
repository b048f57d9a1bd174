/* SPDX-License-Identifier: Apache-2.0 */
/* Contacts of a round, erased after the wave: counted by the scribe, entered in the log without
 * anything of them, erased, and their file rewritten so that its free pages keep nothing. */
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/contact.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/unit.h"

struct erasing {
	uint8_t prefix[CONTACT_KEY_BYTES];
	struct round_view round;
	int64_t before_ms;
	size_t contacts, erased, left;
	enum store_status status;
};

/* One that cannot be read, or of which nobody knows when it was kept, is old. */
static bool
is_old(void *context, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t n)
{
	const struct erasing *x = context;
	(void)key;
	Khaosat__V1__Contact *contact =
	    key_bytes == CONTACT_KEY_BYTES ? khaosat__v1__contact__unpack(NULL, n, value) : NULL;
	bool old = contact == NULL || contact->kept_ms < x->before_ms;
	if (contact != NULL)
		khaosat__v1__contact__free_unpacked(contact, NULL);
	return old;
}

static bool
count(void *context, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t n)
{
	struct erasing *x = context;
	bool old = is_old(x, key, key_bytes, value, n);
	x->contacts += old;
	x->left += !old;
	return true;
}

/* ------------------------------------------------------------------------------ by the scribe */

static void
count_contacts(struct request *r)
{
	struct erasing *x = r->result;
	x->contacts = x->left = 0;
	x->status = erasable_each(r->server->contacts, x->prefix, CONTACT_ROUND_BYTES, count, x);
}

static void
erase(struct request *r)
{
	struct erasing *x = r->result;
	struct erasable *contacts = r->server->contacts;
	x->status = erasable_erase(contacts, x->prefix, CONTACT_ROUND_BYTES, is_old, x, &x->erased);
	if (x->status == STORE_OK)
		x->status = erasable_compact(contacts);
	if (x->status == STORE_OK)
		count_contacts(r);
}

/* ------------------------------------------------------------------------------ on the loop */

static void
answer_failed(struct request *r)
{
	log_error(
	    "round=%s contacts not erased: disk or memory", r->message->erase_contacts->round);
	answer_say(r, KHAOSAT__V1__STATUS__TRY_LATER,
	    "Chưa xóa hết thông tin liên hệ; hãy chạy lại.",
	    "Not all contacts were erased: run it again.");
}

static void
erased(struct request *r)
{
	const struct erasing *x = r->result;
	Khaosat__V1__Response response;
	Khaosat__V1__ContactsErased out;
	if (x->status != STORE_OK) {
		answer_failed(r);
		return;
	}
	log_info("round=%s contacts erased=%zu left=%zu", x->round.name, x->erased, x->left);
	khaosat__v1__response__init(&response);
	khaosat__v1__contacts_erased__init(&out);
	out.erased = x->erased;
	out.left = x->left;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_CONTACTS_ERASED;
	response.contacts_erased = &out;
	answer(r, &response);
}

static void
begin_erasing(struct request *r)
{
	if (!request_work(r, r->server->scribe, erase, erased))
		answer_failed(r);
}

/* The entry comes first: what is in the log and not done can be done again, not the other way. */
static void
counted(struct request *r)
{
	const struct erasing *x = r->result;
	uint8_t payload[32]; /* two numbers */
	Khaosat__V1__ContactsErasure erasure;
	struct entry e;
	if (x->status != STORE_OK) {
		answer_failed(r);
		return;
	}
	unit_round_entry(r, &x->round, ENTRY_CONTACTS_ERASED, &e);
	khaosat__v1__contacts_erasure__init(&erasure);
	erasure.before_ms = x->before_ms;
	erasure.contacts = x->contacts;
	if (request_entry(r, &e, payload, khaosat__v1__contacts_erasure__pack(&erasure, payload)))
		unit_store_round(r, &x->round, true, begin_erasing);
	else
		answer_memory(r);
}

void
handle_erase_contacts(struct request *r)
{
	const Khaosat__V1__EraseContacts *m = r->message->erase_contacts;
	struct round_view round;
	if (!unit_find_round(r, m->round, &round))
		return;
	if (m->before_ms <= 0 || m->before_ms > clock_wall_ms()) {
		answer_invalid(r, "erase_contacts.before_ms", "a time that has passed");
		return;
	}
	struct erasing *x = request_alloc(r, sizeof(*x));
	if (x == NULL) {
		answer_memory(r);
		return;
	}
	*x = (struct erasing){.round = round, .before_ms = m->before_ms};
	contact_key(round.number, 0, x->prefix);
	r->result = x;
	if (!request_work(r, r->server->scribe, count_contacts, counted))
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}
