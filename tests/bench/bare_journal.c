/* SPDX-License-Identifier: Apache-2.0 */
/* A journal alone: what came together is written behind the last, in one write and one sync, into a
 * file that is written already; from its end on again at its start. Nothing could be found in it:
 * it shows what sockets and disk leave to whoever stores at all. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bare.h"

#define FILE_BYTES ((size_t)64 << 20)

static int fd;
static uint8_t *batch; /* as large as the file */
static size_t batch_n;
static off_t place;

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

void
bare_open(const char *folder)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/journal", folder);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	batch = calloc(1, FILE_BYTES);
	if (fd < 0 || batch == NULL || pwrite(fd, batch, FILE_BYTES, 0) != (ssize_t)FILE_BYTES ||
	    fsync(fd) != 0)
		fail(path);
}

void
bare_begin(void)
{
	batch_n = 0;
}

static void
put(const uint8_t *bytes, size_t n)
{
	if (FILE_BYTES - batch_n < n)
		abort(); /* more than all connections can have under way */
	memcpy(batch + batch_n, bytes, n);
	batch_n += n;
}

void
bare_put(const struct bare_submission *s)
{
	const size_t n[] = {s->id_n, s->unit_n, s->answers_n};
	put((const uint8_t *)n, sizeof(n));
	put(s->id, s->id_n);
	put(s->unit, s->unit_n);
	put(s->answers, s->answers_n);
}

void
bare_commit(void)
{
	if (batch_n == 0)
		return;
	if ((size_t)place + batch_n > FILE_BYTES)
		place = 0;
	if (pwrite(fd, batch, batch_n, place) != (ssize_t)batch_n || fdatasync(fd) != 0)
		fail("journal");
	place += (off_t)batch_n;
}
