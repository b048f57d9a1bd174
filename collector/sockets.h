/* SPDX-License-Identifier: Apache-2.0 */
/* Receives and sends on many sockets in one system call (io_uring), or one call each where the
 * system has no io_uring or has it forbidden. It is the way into the system and back that costs:
 * for a submission as much as all that is done with it. One thread; nothing here blocks. */
#ifndef KHAOSAT_COLLECTOR_SOCKETS_H
#define KHAOSAT_COLLECTOR_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sockets;

struct socket_call {
	int fd;
	bool sends;  /* else it receives */
	void *bytes; /* n of them, or room for n */
	size_t n;
	ssize_t moved; /* out: bytes; 0: the peer's end; -errno, of which -EAGAIN: not now */
};

struct sockets *sockets_new(bool in_one_call); /* false: one each. NULL: out of memory */
void sockets_free(struct sockets *s);          /* accepts NULL */
bool sockets_in_one_call(const struct sockets *s);

/* All of them, in any order. A call whose result is not to be had says -EAGAIN and has moved
 * nothing. */
void sockets_run(struct sockets *s, struct socket_call *calls, size_t n);

#endif
