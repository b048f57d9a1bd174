/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/digest.h"

#define FLUSH_BYTES (64u << 10)
#define LINE_BYTES 512

enum { IN_MEMORY = -1, NOWHERE = -2 };

struct sink {
	int fd; /* IN_MEMORY, NOWHERE */
	int error;
	struct digest *digest;
	uint64_t bytes;
	char *buffer;
	size_t used, room; /* in memory the buffer grows; else it is hashed when it is full */
};

static struct sink *
sink_new(int fd)
{
	struct sink *s = calloc(1, sizeof(*s));
	if (s == NULL) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	s->fd = fd;
	s->room = FLUSH_BYTES;
	s->buffer = malloc(s->room);
	s->digest = digest_new();
	if (s->buffer != NULL && s->digest != NULL)
		return s;
	sink_discard(s);
	return NULL;
}

struct sink *
sink_open(int folder_fd, const char *name)
{
	int fd =
	    openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd < 0)
		return NULL;
	struct sink *s = sink_new(fd);
	if (s != NULL)
		return s;
	errno = ENOMEM; /* sink_new has closed the file */
	return NULL;
}

struct sink *
sink_memory(void)
{
	return sink_new(IN_MEMORY);
}

struct sink *
sink_hash(void)
{
	return sink_new(NOWHERE);
}

void
sink_fail(struct sink *s, int error)
{
	if (s->error == 0)
		s->error = error;
}

bool
sink_has_failed(const struct sink *s)
{
	return s->error != 0;
}

static void
flush(struct sink *s)
{
	digest_add(s->digest, s->buffer, s->used);
	for (size_t done = s->fd == NOWHERE ? s->used : 0; done < s->used && s->error == 0;) {
		ssize_t n = write(s->fd, s->buffer + done, s->used - done);
		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR)
			sink_fail(s, errno);
	}
	s->used = 0;
}

/* Room for n more, and one byte. */
static bool
grow(struct sink *s, size_t n)
{
	size_t room = s->room;
	while (room - s->used <= n)
		room *= 2;
	char *buffer = room == s->room ? s->buffer : realloc(s->buffer, room);
	if (buffer == NULL) {
		sink_fail(s, ENOMEM);
		return false;
	}
	s->buffer = buffer;
	s->room = room;
	return true;
}

void
sink_put(struct sink *s, const void *bytes, size_t n)
{
	if (s->error != 0)
		return;
	s->bytes += n;
	if (s->fd == IN_MEMORY && !grow(s, n))
		return;
	for (size_t done = 0; done < n;) {
		size_t piece = n - done < s->room - s->used ? n - done : s->room - s->used;
		memcpy(s->buffer + s->used, (const char *)bytes + done, piece);
		s->used += piece;
		done += piece;
		if (s->used == s->room)
			flush(s);
	}
}

void
sink_text(struct sink *s, const char *text)
{
	sink_put(s, text, strlen(text));
}

void
sink_printf(struct sink *s, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	int n = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	char *text = line;
	if (n >= (int)sizeof(line)) {
		text = malloc((size_t)n + 1);
		if (text != NULL)
			vsnprintf(text, (size_t)n + 1, format, again);
	}
	va_end(again);
	if (n < 0 || text == NULL)
		sink_fail(s, n < 0 ? EILSEQ : ENOMEM);
	else
		sink_put(s, text, (size_t)n);
	if (text != line)
		free(text);
}

bool
sink_close(struct sink *s, struct sink_result *out)
{
	if (s->fd == IN_MEMORY)
		digest_add(s->digest, s->buffer, s->used);
	else
		flush(s);
	if (s->fd >= 0) {
		if (s->error == 0 && fsync(s->fd) != 0)
			sink_fail(s, errno);
		if (close(s->fd) != 0)
			sink_fail(s, errno);
		s->fd = NOWHERE;
	}
	int error = s->error;
	if (error == 0) {
		out->bytes = s->bytes;
		digest_end(s->digest, out->digest);
	}
	sink_discard(s);
	errno = error;
	return error == 0;
}

const char *
sink_bytes(struct sink *s, size_t *n)
{
	s->buffer[s->used] = '\0'; /* grow leaves room for it */
	*n = s->used;
	return s->buffer;
}

void
sink_discard(struct sink *s)
{
	if (s == NULL)
		return;
	if (s->fd >= 0)
		close(s->fd);
	digest_free(s->digest);
	free(s->buffer);
	free(s);
}
