/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate that nobody but itself vouches for: for a trial, given to clients as their
 * authority. P-256, for localhost, this machine's name and one address, SELF_SIGNED_DAYS long. */
#ifndef KHAOSAT_COLLECTOR_SELF_SIGNED_H
#define KHAOSAT_COLLECTOR_SELF_SIGNED_H

#include <stdbool.h>
#include <sys/socket.h>

#include "collector/tls.h"

#define SELF_SIGNED_CERT "cert.pem"
#define SELF_SIGNED_KEY "key.pem"
#define SELF_SIGNED_DAYS 90

/* Both files into a folder, which is made where it is not; nothing that is there is written over.
 * False: `message` says why. Main thread. */
bool self_signed_make(
    const char *folder, const struct sockaddr_storage *address, char message[TLS_MESSAGE_BYTES]);

#endif
