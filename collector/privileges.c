/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/privileges.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t
privileges_descriptors(uint64_t wanted)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	if (limit.rlim_cur >= wanted)
		return limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &limit);
	return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : wanted;
}

static bool
say(char message[256], const char *what, const char *name, const char *why)
{
	snprintf(message, 256, "%s %.120s: %s", what, name, why);
	return false;
}

/* Made only where there is none, and given away through a descriptor, never through a link. */
static bool
make_folder(const char *folder, const struct passwd *user, char message[256])
{
	if (mkdir(folder, 0700) != 0)
		return errno == EEXIST || say(message, "--data", folder, strerror(errno));
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool is_given = fd >= 0 && fchown(fd, user->pw_uid, user->pw_gid) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	return is_given || say(message, "--data", folder, strerror(why));
}

static bool
say_owner(char message[256], const char *folder, const char *name, const struct passwd *user)
{
	snprintf(message, 256, "--data %.80s: %.60s is not %s's; chown -R %s: it", folder, name,
	    user->pw_name, user->pw_name);
	return false;
}

/* The folder is flat. */
static bool
is_owned(DIR *dir, const char *folder, const struct passwd *user, char message[256])
{
	struct stat status;
	if (fstat(dirfd(dir), &status) == 0 && status.st_uid != user->pw_uid)
		return say_owner(message, folder, "it", user);
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		bool is_file = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
		if (is_file &&
		    fstatat(dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    status.st_uid != user->pw_uid)
			return say_owner(message, folder, entry->d_name, user);
	}
	return true;
}

static bool
check_folder(const char *folder, const struct passwd *user, char message[256])
{
	DIR *dir = opendir(folder);
	if (dir == NULL)
		return say(message, "--data", folder, strerror(errno));
	bool is_good = is_owned(dir, folder, user, message);
	closedir(dir);
	return is_good;
}

static bool
become(const struct passwd *user)
{
	return initgroups(user->pw_name, user->pw_gid) == 0 &&
	       setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == 0 &&
	       setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == 0 &&
	       setresuid(0, 0, 0) != 0 && setresgid(0, 0, 0) != 0;
}

bool
privileges_drop(const char *name, const char *folder, char message[256])
{
	errno = 0;
	const struct passwd *user = getpwnam(name);
	if (user == NULL)
		return say(message, "--user", name, errno != 0 ? strerror(errno) : "no such user");
	if (user->pw_uid == 0 || user->pw_gid == 0)
		return say(message, "--user", name, "has the rights that it is there to drop");
	if (geteuid() != 0 && geteuid() != user->pw_uid)
		return say(message, "--user", name, "only root can become somebody else");
	if (folder != NULL &&
	    (!make_folder(folder, user, message) || !check_folder(folder, user, message)))
		return false;
	if (geteuid() == 0 && !become(user))
		return say(message, "--user", name, strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return say(message, "--user", name, strerror(errno));
	return true;
}

void
privileges_seal(bool allows_dumps)
{
	const struct rlimit none = {0, 0};
	umask(077);
	if (!allows_dumps)
		setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, allows_dumps ? 1 : 0, 0, 0, 0);
}
