/* SPDX-License-Identifier: Apache-2.0 */
/* A mailbox: an intrusive list behind a mutex, and an eventfd that turns readable when it is no
 * longer empty. Any thread puts; one thread, the owner, takes all at once. The lock is held over a
 * few pointers and no call. */
#ifndef KHAOSAT_STORAGE_MAILBOX_H
#define KHAOSAT_STORAGE_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>

/* Stands first in, or anywhere inside, what is sent. */
struct mail {
	struct mail *next;
};

struct mailbox {
	pthread_mutex_t lock;
	struct mail *first, *last;
	int event_fd; /* non-blocking, close-on-exec; readable: take */
};

bool mailbox_open(struct mailbox *box); /* false: no descriptor */

/* What is still inside is the caller's affair: take first. A mail can be taken a moment before its
 * put has returned, so stop the putters first too: a reply box is closed after store_close. */
void mailbox_close(struct mailbox *box);

/* Append; the mail belongs to the taker from here on. Wakes only when the box was empty. */
void mailbox_put(struct mailbox *box, struct mail *mail);

/* Append a whole chain, first to last (last->next is ignored): one lock, at most one wake. */
void mailbox_put_chain(struct mailbox *box, struct mail *first, struct mail *last);

/* Everything, in the order it was put, linked by next; NULL when empty. Clears the eventfd. */
struct mail *mailbox_take(struct mailbox *box);

/* Block until the box is not empty, then take. For threads without an event loop. */
struct mail *mailbox_wait(struct mailbox *box);

#endif
