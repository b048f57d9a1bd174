/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into a program: while the file that KHAOSAT_BAD_SYNC names is there, the disk keeps
 * nothing: fdatasync says EIO. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int
fdatasync(int fd)
{
	const char *path = getenv("KHAOSAT_BAD_SYNC");
	if (path == NULL || access(path, F_OK) != 0)
		return (int)syscall(SYS_fdatasync, fd);
	errno = EIO;
	return -1;
}
