/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into a program that writes into a folder: stands in place of its calls that write, sync
 * or change names there (power_disk.h), and ends it at one of its syncs, which then never returns
 * (power_plan.h, with the environment that says where). */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/fault/power_disk.h"
#include "tests/fault/power_plan.h"

#define DESCRIPTORS_MAX 4096

static struct disk *disk; /* NULL: nothing is watched */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool is_inside; /* a call of ours */
static _Atomic int file_of[DESCRIPTORS_MAX];
static bool syncs_writes[DESCRIPTORS_MAX];

#define REAL(name) ((__typeof__(&name))real(#name))

static void *
real(const char *name)
{
	void *address = dlsym(RTLD_NEXT, name);
	if (address == NULL)
		disk_blind("no such call", name);
	return address;
}

static void
enter(void)
{
	pthread_mutex_lock(&lock);
	is_inside = true;
}

static void
leave(void)
{
	is_inside = false;
	pthread_mutex_unlock(&lock);
}

static bool
is_watching(void)
{
	return disk != NULL && !is_inside;
}

/* 0: none of ours. */
static int
watched(int fd)
{
	return is_watching() && fd >= 0 && fd < DESCRIPTORS_MAX ? atomic_load(&file_of[fd]) : 0;
}

/* ------------------------------------------------------------------- begin and end */

void power_begin(void);
_Noreturn void power_end(void);

/* When it is loaded; or later, by a program that looks for this and sets its environment first. */
__attribute__((constructor)) void
power_begin(void)
{
	if (!plan_read())
		return;
	enter();
	disk = disk_open(plan_setting("POWER_FOLDER"), plan_setting("POWER_ASIDE"));
	leave();
}

void
power_end(void)
{
	enter();
	plan_end(disk);
}

__attribute__((destructor)) static void
end_at_exit(void)
{
	if (disk != NULL)
		power_end();
}

/* ------------------------------------------------------------------- syncs */

static int
sync_file(int file)
{
	enter();
	plan_sync(disk, file, 0, UINT64_MAX, false);
	leave();
	return 0;
}

int
fsync(int fd)
{
	int file = watched(fd);
	return file == 0 ? REAL(fsync)(fd) : sync_file(file);
}

int
fdatasync(int fd)
{
	int file = watched(fd);
	return file == 0 ? REAL(fdatasync)(fd) : sync_file(file);
}

int
sync_file_range(int fd, off64_t offset, off64_t n, unsigned int flags)
{
	return watched(fd) == 0 ? REAL(sync_file_range)(fd, offset, n, flags) : 0; /* no promise */
}

/* ------------------------------------------------------------------- looking */

/* A power cut takes files away before it puts there what it has left of them: no thread that is to
 * end with it may see that they have no name. */
int
statx(int dir_fd, const char *path, int flags, unsigned int mask, struct statx *out)
{
	if (!is_watching())
		return REAL(statx)(dir_fd, path, flags, mask, out);
	enter();
	int result = REAL(statx)(dir_fd, path, flags, mask, out);
	leave();
	return result;
}

/* ------------------------------------------------------------------- writes */

static size_t
sum(const struct iovec *part, int n)
{
	size_t bytes = 0;
	for (int i = 0; i < n; i++)
		bytes += part[i].iov_len;
	return bytes;
}

/* Where a write without an offset begins. */
static uint64_t
position(int fd, int file)
{
	if ((fcntl(fd, F_GETFL) & O_APPEND) != 0)
		return disk_size(disk, file);
	return (uint64_t)lseek(fd, 0, SEEK_CUR);
}

/* Enter, keep what is there, write, note what became of it, sync if asked, leave. `AT` is evaluated
 * inside. */
#define WRITE(AT, BYTES, CALL, SYNCS)                                                              \
	do {                                                                                       \
		enter();                                                                           \
		uint64_t from_ = (uint64_t)(AT), to_ = from_ + (BYTES);                            \
		uint64_t size_before_ = disk_size(disk, file);                                     \
		disk_write(disk, file, from_, to_);                                                \
		ssize_t done_ = CALL;                                                              \
		disk_note(disk, file, size_before_);                                               \
		if (done_ > 0 && (syncs_writes[fd] || (SYNCS)))                                    \
			plan_sync(disk, file, from_, from_ + (uint64_t)done_, true);               \
		leave();                                                                           \
		return done_;                                                                      \
	} while (0)

ssize_t
write(int fd, const void *bytes, size_t n)
{
	int file = watched(fd);
	if (file == 0)
		return REAL(write)(fd, bytes, n);
	WRITE(position(fd, file), n, REAL(write)(fd, bytes, n), false);
}

ssize_t
writev(int fd, const struct iovec *part, int n)
{
	int file = watched(fd);
	if (file == 0)
		return REAL(writev)(fd, part, n);
	WRITE(position(fd, file), sum(part, n), REAL(writev)(fd, part, n), false);
}

ssize_t
pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	int file = watched(fd);
	if (file == 0)
		return REAL(pwrite)(fd, bytes, n, at);
	WRITE(at, n, REAL(pwrite)(fd, bytes, n, at), false);
}

ssize_t
pwritev(int fd, const struct iovec *part, int n, off_t at)
{
	int file = watched(fd);
	if (file == 0)
		return REAL(pwritev)(fd, part, n, at);
	WRITE(at, sum(part, n), REAL(pwritev)(fd, part, n, at), false);
}

ssize_t
pwritev2(int fd, const struct iovec *part, int n, off_t at, int flags)
{
	int file = watched(fd);
	if (file == 0)
		return REAL(pwritev2)(fd, part, n, at, flags);
	WRITE(at == -1 ? position(fd, file) : (uint64_t)at, sum(part, n),
	    REAL(pwritev2)(fd, part, n, at, flags), (flags & (RWF_DSYNC | RWF_SYNC)) != 0);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) __attribute__((alias("pwrite")));
ssize_t pwritev64(int fd, const struct iovec *part, int n, off64_t at)
    __attribute__((alias("pwritev")));
ssize_t pwritev64v2(int fd, const struct iovec *part, int n, off64_t at, int flags)
    __attribute__((alias("pwritev2")));

int
ftruncate(int fd, off_t size)
{
	int file = watched(fd);
	if (file == 0)
		return REAL(ftruncate)(fd, size);
	enter();
	uint64_t size_before = disk_size(disk, file);
	disk_shrink(disk, file, (uint64_t)size);
	int result = REAL(ftruncate)(fd, size);
	disk_note(disk, file, size_before);
	leave();
	return result;
}

int ftruncate64(int fd, off64_t size) __attribute__((alias("ftruncate")));

static void
before_fallocate(int file, int mode, off_t at, off_t n)
{
	if ((mode & ~FALLOC_FL_KEEP_SIZE) != 0)
		disk_write(disk, file, (uint64_t)at, (uint64_t)(at + n));
	else
		disk_write(disk, file, 0, 0); /* what is there stays */
}

int
fallocate(int fd, int mode, off_t at, off_t n)
{
	int file = watched(fd);
	if (file == 0)
		return REAL(fallocate)(fd, mode, at, n);
	enter();
	uint64_t size_before = disk_size(disk, file);
	before_fallocate(file, mode, at, n);
	int result = REAL(fallocate)(fd, mode, at, n);
	disk_note(disk, file, size_before);
	leave();
	return result;
}

int
posix_fallocate(int fd, off_t at, off_t n)
{
	int file = watched(fd);
	if (file == 0)
		return REAL(posix_fallocate)(fd, at, n);
	enter();
	uint64_t size_before = disk_size(disk, file);
	before_fallocate(file, 0, at, n);
	int result = REAL(posix_fallocate)(fd, at, n);
	disk_note(disk, file, size_before);
	leave();
	return result;
}

int fallocate64(int fd, int mode, off64_t at, off64_t n) __attribute__((alias("fallocate")));
int posix_fallocate64(int fd, off64_t at, off64_t n) __attribute__((alias("posix_fallocate")));

/* ------------------------------------------------------------------- descriptors */

static void
watch(int fd, int file, int flags)
{
	if (fd < 0)
		return;
	if (fd >= DESCRIPTORS_MAX)
		disk_blind("too many descriptors", disk_name_of(disk, file));
	syncs_writes[fd] = (flags & O_DSYNC) != 0; /* O_SYNC holds it, too */
	atomic_store(&file_of[fd], file);
}

/* Under the lock, with a name in the folder. */
static int
open_file(const char *name, int dir_fd, const char *path, int flags, mode_t mode)
{
	int file = disk_find(&disk->names, name);
	uint64_t size_before = file > 0 ? disk_size(disk, file) : 0;
	if (file > 0 && (flags & O_TRUNC) != 0)
		disk_shrink(disk, file, 0);
	int fd = REAL(openat)(dir_fd, path, flags, mode);
	if (fd < 0)
		return fd;
	if (file == 0)
		file = disk_create(disk, name);
	else if ((flags & O_TRUNC) != 0)
		disk_note(disk, file, size_before);
	watch(fd, file, flags);
	return fd;
}

static int
open_any(int dir_fd, const char *path, int flags, mode_t mode)
{
	char name[DISK_NAME_BYTES];
	int fd;
	if (!is_watching())
		return REAL(openat)(dir_fd, path, flags, mode);
	enter();
	if (disk_name(disk, dir_fd, path, name)) {
		fd = open_file(name, dir_fd, path, flags, mode);
	} else {
		fd = REAL(openat)(dir_fd, path, flags, mode);
		if (fd >= 0 && disk_is_folder(disk, fd))
			watch(fd, DISK_FOLDER, 0);
	}
	leave();
	return fd;
}

static mode_t
mode_of(int flags, va_list arguments)
{
	return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

int
open(const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = mode_of(flags, arguments);
	va_end(arguments);
	return open_any(AT_FDCWD, path, flags, mode);
}

int
openat(int dir_fd, const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = mode_of(flags, arguments);
	va_end(arguments);
	return open_any(dir_fd, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int openat64(int dir_fd, const char *path, int flags, ...) __attribute__((alias("openat")));

int
close(int fd)
{
	if (watched(fd) != 0)
		atomic_store(&file_of[fd], 0);
	return REAL(close)(fd);
}

/* ------------------------------------------------------------------- names */

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	char from_name[DISK_NAME_BYTES], to_name[DISK_NAME_BYTES];
	if (!is_watching())
		return REAL(renameat)(from_dir, from, to_dir, to);
	enter();
	bool is_from = disk_name(disk, from_dir, from, from_name);
	bool is_to = disk_name(disk, to_dir, to, to_name);
	if (is_from != is_to)
		disk_blind("moved into the folder or out of it", from);
	int result = REAL(renameat)(from_dir, from, to_dir, to);
	if (is_from && result == 0)
		disk_rename(disk, from_name, to_name);
	leave();
	return result;
}

int
rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int
unlinkat(int dir_fd, const char *path, int flags)
{
	char name[DISK_NAME_BYTES];
	if (!is_watching())
		return REAL(unlinkat)(dir_fd, path, flags);
	enter();
	bool is_ours = disk_name(disk, dir_fd, path, name);
	int result = REAL(unlinkat)(dir_fd, path, flags);
	if (is_ours && result == 0)
		disk_unlink(disk, name);
	leave();
	return result;
}

int
unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}
