/* SPDX-License-Identifier: Apache-2.0 */
/* No wake is lost: who makes the box non-empty writes to the eventfd afterwards, and the taker
 * clears the eventfd before it looks into the box. So either the taker sees the mail, or the write
 * comes after the clearing and wakes it again; that second wake may then find the box empty, which
 * is harmless. */
#include "storage/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool
mailbox_open(struct mailbox *box)
{
	box->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (box->event_fd < 0)
		return false;
	if (pthread_mutex_init(&box->lock, NULL) != 0) {
		close(box->event_fd);
		return false;
	}
	box->first = NULL;
	box->last = NULL;
	return true;
}

void
mailbox_close(struct mailbox *box)
{
	pthread_mutex_destroy(&box->lock);
	close(box->event_fd);
}

void
mailbox_put(struct mailbox *box, struct mail *mail)
{
	mailbox_put_chain(box, mail, mail);
}

static void
wake(const struct mailbox *box)
{
	const uint64_t one = 1;
	while (write(box->event_fd, &one, sizeof(one)) < 0) {
		if (errno == EAGAIN)
			return; /* the counter is at its end, hence readable */
		assert(errno == EINTR);
	}
}

void
mailbox_put_chain(struct mailbox *box, struct mail *first, struct mail *last)
{
	last->next = NULL;
	pthread_mutex_lock(&box->lock);
	bool was_empty = box->first == NULL;
	if (was_empty)
		box->first = first;
	else
		box->last->next = first;
	box->last = last;
	pthread_mutex_unlock(&box->lock);
	if (was_empty)
		wake(box);
}

struct mail *
mailbox_take(struct mailbox *box)
{
	uint64_t wakes;
	while (read(box->event_fd, &wakes, sizeof(wakes)) < 0 && errno == EINTR)
		continue;
	pthread_mutex_lock(&box->lock);
	struct mail *first = box->first;
	box->first = NULL;
	box->last = NULL;
	pthread_mutex_unlock(&box->lock);
	return first;
}

struct mail *
mailbox_wait(struct mailbox *box)
{
	for (;;) {
		struct mail *first = mailbox_take(box);
		if (first != NULL)
			return first;
		struct pollfd readable = {.fd = box->event_fd, .events = POLLIN};
		int n = poll(&readable, 1, -1);
		assert(n >= 0 || errno == EINTR || errno == ENOMEM);
	}
}
