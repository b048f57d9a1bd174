/* SPDX-License-Identifier: Apache-2.0 */
/* The side of systemd, or whatever else started us and speaks its protocols: sd_notify, socket
 * activation, the watchdog's interval. Without one each call does nothing. Main's thread. */
#ifndef KHAOSAT_COLLECTOR_SUPERVISOR_H
#define KHAOSAT_COLLECTOR_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

/* "READY=1" and the like, lines apart by LF. */
void supervisor_notify(const char *state);
void supervisor_notify_reloading(void);

/* Listening sockets that were passed on, ours by now, non-blocking; -1: none was. The one that is
 * named "http" is that of HTTP, one of any other name that of frames. */
struct supervisor_sockets {
	int frames, http;
};

/* Once. False: `message` says what is wrong with one of them; not loopback's without TLS is. */
bool supervisor_take_sockets(struct supervisor_sockets *out, bool has_tls, char message[256]);

/* It wants to hear WATCHDOG=1 at least this often; 0: it does not. */
int64_t supervisor_watchdog_ms(void);

#endif
