/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into a program: from when the file that KHAOSAT_HANG names is there, a thread hangs for
 * ever, once it has waited. Which one stands in the file: "loop", one that waits in epoll and is
 * not the first thread; "main", the first; "writer", who waits on a condition. */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
hang_if(const char *name)
{
	char bytes[16] = "";
	const char *path = getenv("KHAOSAT_HANG");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	ssize_t n = read(fd, bytes, sizeof(bytes) - 1);
	close(fd);
	while (n > 0 && strcmp(bytes, name) == 0)
		pause();
}

int
epoll_wait(int fd, struct epoll_event *events, int most, int timeout_ms)
{
	int n = (int)syscall(SYS_epoll_pwait, fd, events, most, timeout_ms, NULL, 0);
	hang_if(gettid() == getpid() ? "main" : "loop");
	return n;
}

int
pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock)
{
	int (*wait)(pthread_cond_t *, pthread_mutex_t *);
	void *found = dlsym(RTLD_NEXT, "pthread_cond_wait");
	memcpy(&wait, &found, sizeof(wait));
	int result = wait(condition, lock);
	hang_if("writer");
	return result;
}
