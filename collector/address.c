/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
set_inet(const char *host, uint16_t port, struct sockaddr_storage *out, socklen_t *bytes)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	*out = (struct sockaddr_storage){0};
	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &four.sin_addr) == 1) {
		memcpy(out, &four, sizeof(four));
		*bytes = sizeof(four);
		return true;
	}
	if (inet_pton(AF_INET6, host, &six.sin6_addr) == 1) {
		memcpy(out, &six, sizeof(six));
		*bytes = sizeof(six);
		return true;
	}
	return false;
}

static bool
parse_port(const char *text, uint16_t *out)
{
	size_t n = strlen(text);
	if (n == 0 || n > 5 || strspn(text, "0123456789") != n)
		return false;
	unsigned long port = strtoul(text, NULL, 10);
	*out = (uint16_t)port;
	return port <= UINT16_MAX;
}

bool
address_parse(const char *text, struct sockaddr_storage *out, socklen_t *bytes)
{
	char host[INET6_ADDRSTRLEN];
	uint16_t port;
	const char *colon = strrchr(text, ':');
	size_t n = colon == NULL ? 0 : (size_t)(colon - text);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	if (colon == NULL || n == 0 || n >= sizeof(host) || !parse_port(colon + 1, &port))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	return set_inet(host, port, out, bytes);
}

void
address_print(const struct sockaddr_storage *address, char out[ADDRESS_TEXT_BYTES])
{
	char host[INET6_ADDRSTRLEN] = "";
	if (address->ss_family == AF_INET6) {
		struct sockaddr_in6 six;
		memcpy(&six, address, sizeof(six));
		inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_BYTES, "[%s]:%u", host, ntohs(six.sin6_port));
		return;
	}
	struct sockaddr_in four;
	memcpy(&four, address, sizeof(four));
	inet_ntop(AF_INET, &four.sin_addr, host, sizeof(host));
	snprintf(out, ADDRESS_TEXT_BYTES, "%s:%u", host, ntohs(four.sin_port));
}

bool
address_is_loopback(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET) {
		struct sockaddr_in four;
		memcpy(&four, address, sizeof(four));
		return ntohl(four.sin_addr.s_addr) >> 24 == 127;
	}
	struct sockaddr_in6 six;
	memcpy(&six, address, sizeof(six));
	if (address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six.sin6_addr))
		return six.sin6_addr.s6_addr[12] == 127;
	return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six.sin6_addr);
}

#define MAPPED                                                                                     \
	(UINT64_C(0xffff) << 32) /* where ::ffff:a.b.c.d has its a.b.c.d; no network is there */

static uint64_t
number_of(const uint8_t *bytes, size_t n)
{
	uint64_t number = 0;
	for (size_t i = 0; i < n; i++)
		number = number << 8 | bytes[i];
	return number;
}

uint64_t
address_key(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET) {
		struct sockaddr_in four;
		memcpy(&four, address, sizeof(four));
		return MAPPED | ntohl(four.sin_addr.s_addr);
	}
	struct sockaddr_in6 six;
	memcpy(&six, address, sizeof(six));
	if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr))
		return MAPPED | number_of(six.sin6_addr.s6_addr + 12, 4);
	uint64_t network = number_of(six.sin6_addr.s6_addr, 8);
	return network != 0 ? network : 1;
}
