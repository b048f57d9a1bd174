/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to the collector: frames of Request and Response, pipelined. Blocking sockets with
 * time-outs, TCP_NODELAY. One thread. */
#ifndef KHAOSAT_CLIENT_CONNECTION_H
#define KHAOSAT_CLIENT_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "proto/khaosat.pb-c.h"

struct connection;

/* Connect; with a token also say Hello, so that staff's large frames are allowed. NULL: `error`
 * says why (file and reason, or host, port and reason). */
struct connection *connection_open(const struct client *client, char error[256]);

/* The token is a firm's. */
bool connection_is_firm(const struct connection *c);

/* The same for a command: what is wrong is said, and *exit_code set to EXIT_UNREACHABLE, or to
 * EXIT_FAILED when it is the token. */
struct connection *connection_begin(const struct client *client, int *exit_code);
void connection_close(struct connection *c); /* accepts NULL */

/* Fill in id, version and, where no unit's code is, the token, then queue the frame; flushed when
 * enough is queued, by connection_receive and by connection_flush. False: the connection is gone.
 */
bool connection_send(struct connection *c, Khaosat__V1__Request *request);
bool connection_flush(struct connection *c);

/* The next response, whichever request it belongs to; freed with
 * khaosat__v1__response__free_unpacked. NULL: the connection is gone or timed out. */
Khaosat__V1__Response *connection_receive(struct connection *c);

/* Send one request and wait for its own response (nothing else may be under way). NULL as above. */
Khaosat__V1__Response *connection_call(struct connection *c, Khaosat__V1__Request *request);

/* How long to wait for a response; the default is 30 s; 0: for ever (recount, register load). */
void connection_timeout(struct connection *c, unsigned seconds);

/* Wait before the next attempt: longer each time, at most five seconds. */
void connection_pause(unsigned attempt);

/* Print what the collector refused: status, message in the client's language, field and rule,
 * findings. Returns the exit code that fits. */
int connection_explain(const struct client *client, const Khaosat__V1__Response *response);

/* Call, and when there is no response, or its status is not DONE, say why. NULL then, with
 * *exit_code set. */
Khaosat__V1__Response *connection_ask(const struct client *client, struct connection *c,
    Khaosat__V1__Request *request, int *exit_code);

/* Say that the collector has gone without an answer. Returns EXIT_UNREACHABLE. */
int connection_lost(const struct client *client);

/* Say that its answer is none that this client understands. Returns EXIT_FAILED. */
int connection_unreadable(const struct client *client);

#endif
