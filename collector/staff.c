/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/staff.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_CHARS (2 * STAFF_TOKEN_BYTES)

static bool
write_whole(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, bytes, n);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes += written;
		n -= (size_t)written;
	}
	return fsync(fd) == 0;
}

/* O_EXCL: whoever made the file first has its token used; errno EEXIST says so. */
static bool
make_token(const char *path, struct staff *out)
{
	char hex[HEX_CHARS + 2];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	randombytes_buf(out->token, sizeof(out->token));
	sodium_bin2hex(hex, sizeof(hex), out->token, sizeof(out->token));
	hex[HEX_CHARS] = '\n';
	bool is_written = write_whole(fd, hex, HEX_CHARS + 1);
	int why = errno;
	close(fd);
	if (!is_written)
		unlink(path); /* half a token would lock staff out for good */
	sodium_memzero(hex, sizeof(hex));
	errno = why;
	return is_written;
}

static bool
parse_token(const char *hex, size_t n, struct staff *out)
{
	size_t bytes = 0;
	const char *end = NULL;
	while (n > 0 && (hex[n - 1] == '\n' || hex[n - 1] == '\r' || hex[n - 1] == ' '))
		n--;
	return n == HEX_CHARS &&
	       sodium_hex2bin(out->token, sizeof(out->token), hex, n, NULL, &bytes, &end) == 0 &&
	       bytes == sizeof(out->token) && end == hex + n;
}

static bool
read_token(const char *path, struct staff *out, char message[256])
{
	char hex[HEX_CHARS + 16];
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) != 0) {
		snprintf(message, 256, "%.180s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	ssize_t n = read(fd, hex, sizeof(hex));
	close(fd);
	if ((status.st_mode & 077) != 0) {
		snprintf(message, 256, "%.180s: others may read the token; chmod 600 it", path);
		return false;
	}
	bool is_token = n > 0 && parse_token(hex, (size_t)n, out);
	if (!is_token)
		snprintf(message, 256,
		    "%.160s: not a token of %d hexadecimal digits; delete it to have one made",
		    path, HEX_CHARS);
	sodium_memzero(hex, sizeof(hex));
	return is_token;
}

bool
staff_open(const char *folder, struct staff *out, char message[256])
{
	char path[4096];
	if (sodium_init() < 0) {
		snprintf(message, 256, "the random source of libsodium does not start");
		return false;
	}
	if ((size_t)snprintf(path, sizeof(path), "%s/staff.token", folder) >= sizeof(path)) {
		snprintf(message, 256, "the name of the data folder is too long");
		return false;
	}
	if (make_token(path, out))
		return true;
	if (errno != EEXIST) {
		snprintf(message, 256, "%.180s: %s", path, strerror(errno));
		return false;
	}
	return read_token(path, out, message);
}

bool
staff_is_token(const struct staff *staff, const uint8_t *bytes, size_t n)
{
	return n == sizeof(staff->token) && sodium_memcmp(staff->token, bytes, n) == 0;
}
