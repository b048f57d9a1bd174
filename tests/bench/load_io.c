/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets, files and the clock of the load generator. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "tests/bench/load.h"

void
die(const char *what)
{
	fprintf(stderr, "bench-load: %s: %s\n", what, strerror(errno));
	exit(1);
}

uint64_t
now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

char *
read_file(const char *path, size_t *n)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		die(path);
	long size = ftell(file);
	char *bytes = malloc((size_t)size + 1);
	rewind(file);
	if (size < 0 || bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size)
		die(path);
	bytes[size] = '\0';
	*n = (size_t)size;
	fclose(file);
	return bytes;
}

int
dial(const char *address)
{
	char host[64];
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const char *colon = strrchr(address, ':');
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct timeval patience = {.tv_sec = 60}; /* for what is received before the clock starts */
	if (fd < 0 || colon == NULL || (size_t)(colon - address) >= sizeof(host))
		die(address);
	memcpy(host, address, (size_t)(colon - address));
	host[colon - address] = '\0';
	to.sin_port = htons((uint16_t)atoi(colon + 1));
	if (inet_pton(AF_INET, host, &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die(address);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

void
send_exactly(int fd, const void *bytes, size_t n)
{
	if (send(fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
		die("send");
}

void
read_exactly(int fd, void *out, size_t n)
{
	if (n > 0 && recv(fd, out, n, MSG_WAITALL) != (ssize_t)n)
		die("recv");
}

int
compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}
