/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of sockets: from text, to text, and who counts as one peer. Pure; any thread. */
#ifndef KHAOSAT_COLLECTOR_ADDRESS_H
#define KHAOSAT_COLLECTOR_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_BYTES 64

/* "127.0.0.1:5757", "[::1]:5757", "localhost:0"; names are not looked up. */
bool address_parse(const char *text, struct sockaddr_storage *out, socklen_t *bytes);

/* The same way round: "[::1]:5757". */
void address_print(const struct sockaddr_storage *address, char out[ADDRESS_TEXT_BYTES]);

bool address_is_loopback(const struct sockaddr_storage *address);

/* Whom limits take for one peer: an IPv4 address, or the 64 bits of an IPv6 network, all of which
 * one host may use. Never 0. */
uint64_t address_key(const struct sockaddr_storage *address);

#endif
