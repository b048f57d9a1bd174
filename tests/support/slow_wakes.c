/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into a program: a mailbox's wake comes late, and its taker is slow behind the clearing
 * of the eventfd. So mail is taken before its put has returned, which else happens once in a great
 * while. Both are known by their eight bytes. */
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void
pause_ms(long ms)
{
	struct timespec left = {.tv_nsec = ms * 1000000};
	nanosleep(&left, NULL);
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
	if (n == sizeof(uint64_t))
		pause_ms(30);
	return syscall(SYS_write, fd, bytes, n);
}

ssize_t
read(int fd, void *bytes, size_t n)
{
	ssize_t done = syscall(SYS_read, fd, bytes, n);
	if (n == sizeof(uint64_t))
		pause_ms(10);
	return done;
}
