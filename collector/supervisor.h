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

enum supervisor_socket {
	SUPERVISOR_NO_SOCKET,
	SUPERVISOR_SOCKET,    /* *fd: ours by now, listening, non-blocking */
	SUPERVISOR_BAD_SOCKET /* `message` says what is wrong with it */
};

/* The listening socket that was passed on; one that is not loopback's only for TLS. Once. */
enum supervisor_socket supervisor_take_socket(int *fd, bool has_tls, char message[256]);

/* It wants to hear WATCHDOG=1 at least this often; 0: it does not. */
int64_t supervisor_watchdog_ms(void);

#endif
