/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/mailbox.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define PUTTERS 4
#define LETTERS 5000

struct letter {
	int from; /* the mail stands anywhere inside */
	struct mail mail;
	int serial;
};

static struct letter *
letter_of(struct mail *mail)
{
	return (struct letter *)((char *)mail - offsetof(struct letter, mail));
}

static bool
is_readable(const struct mailbox *box)
{
	struct pollfd fd = {.fd = box->event_fd, .events = POLLIN};
	return poll(&fd, 1, 0) == 1;
}

static void
what_is_put_comes_out_once_in_order(void **state)
{
	(void)state;
	struct mailbox box;
	struct letter letters[5] = {0};
	assert_true(mailbox_open(&box));
	for (int i = 0; i < 5; i++) {
		letters[i].serial = i;
		mailbox_put(&box, &letters[i].mail);
	}
	struct mail *mail = mailbox_take(&box);
	for (int i = 0; i < 5; i++, mail = mail->next)
		assert_int_equal(letter_of(mail)->serial, i);
	assert_null(mail);
	assert_null(mailbox_take(&box));
	mailbox_close(&box);
}

static void
a_box_is_readable_until_it_is_taken(void **state)
{
	(void)state;
	struct mailbox box;
	struct letter letter = {0};
	assert_true(mailbox_open(&box));
	assert_false(is_readable(&box));
	mailbox_put(&box, &letter.mail);
	assert_true(is_readable(&box));
	assert_ptr_equal(mailbox_take(&box), &letter.mail);
	assert_false(is_readable(&box));
	mailbox_put(&box, &letter.mail);
	assert_true(is_readable(&box));
	assert_ptr_equal(mailbox_take(&box), &letter.mail);
	mailbox_close(&box);
}

static void
a_chain_and_what_follows_it_cost_one_wake(void **state)
{
	(void)state;
	struct mailbox box;
	struct letter a = {0}, b = {0}, c = {0}, d = {0};
	assert_true(mailbox_open(&box));
	a.mail.next = &b.mail;
	b.mail.next = &c.mail; /* ignored: b is the last */
	mailbox_put_chain(&box, &a.mail, &b.mail);
	mailbox_put(&box, &d.mail);
	uint64_t wakes = 0;
	assert_int_equal(read(box.event_fd, &wakes, sizeof(wakes)), sizeof(wakes));
	assert_int_equal(wakes, 1);
	struct mail *mail = mailbox_take(&box);
	assert_ptr_equal(mail, &a.mail);
	assert_ptr_equal(mail->next, &b.mail);
	assert_ptr_equal(mail->next->next, &d.mail);
	assert_null(mail->next->next->next);
	mailbox_close(&box);
}

struct putter {
	struct mailbox *box;
	int from;
	struct letter letters[LETTERS];
};

static void *
put_letters(void *argument)
{
	struct putter *putter = argument;
	for (int i = 0; i < LETTERS; i++) {
		putter->letters[i] = (struct letter){.from = putter->from, .serial = i};
		mailbox_put(putter->box, &putter->letters[i].mail);
	}
	return NULL;
}

static void
of_many_putters_nothing_is_lost_and_each_keeps_its_order(void **state)
{
	(void)state;
	struct mailbox box;
	pthread_t threads[PUTTERS];
	int next[PUTTERS] = {0};
	struct putter *putters = calloc(PUTTERS, sizeof(*putters));
	assert_non_null(putters);
	assert_true(mailbox_open(&box));
	for (int i = 0; i < PUTTERS; i++) {
		putters[i].box = &box;
		putters[i].from = i;
		assert_int_equal(pthread_create(&threads[i], NULL, put_letters, &putters[i]), 0);
	}
	for (int got = 0; got < PUTTERS * LETTERS;) {
		for (struct mail *mail = mailbox_wait(&box); mail != NULL;
		     mail = mail->next, got++) {
			struct letter *letter = letter_of(mail);
			assert_int_equal(letter->serial, next[letter->from]);
			next[letter->from]++;
		}
	}
	for (int i = 0; i < PUTTERS; i++)
		pthread_join(threads[i], NULL);
	assert_null(mailbox_take(&box));
	mailbox_close(&box);
	free(putters);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_put_comes_out_once_in_order),
	    cmocka_unit_test(a_box_is_readable_until_it_is_taken),
	    cmocka_unit_test(a_chain_and_what_follows_it_cost_one_wake),
	    cmocka_unit_test(of_many_putters_nothing_is_lost_and_each_keeps_its_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
