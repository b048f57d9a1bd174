/* SPDX-License-Identifier: Apache-2.0 */
/* Power loss. A history is a folder through a few lives of the store: each runs in a process
 * of its own under the library of power_shim.c, which ends it at a random sync, and after each the
 * log must hold all that was accepted and be a prefix of what was sent. Between two lives the
 * folder is looked into without the library, or the next one finds it as the power left it. The
 * same seed draws the same history; how far one of the store's threads has come when the other's
 * sync ends the life is the machine's affair, so a failure may take a few runs to come again.
 *
 * With --mutant the library acts as if the store were wrong, and the run fails unless that is seen.
 */
#include <dirent.h>
#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/fault/power_disk.h"
#include "tests/fault/power_life.h"

/* Of the preloaded library. */
__attribute__((weak)) void power_begin(void);
__attribute__((weak)) _Noreturn void power_end(void);

#define LIVES_MAX 5
#define LIFE_MAX_S 60
#define JOBS_MAX 64

struct options {
	uint64_t seed, histories, jobs;
	const char *mutant; /* "": none */
	bool is_verbose;
};

/* Of all workers. */
struct tally {
	atomic_uint_fast64_t histories, cuts, deaths, accepted, unanswered, failures;
	atomic_bool stop;
};

struct worker {
	const struct options *options;
	struct tally *tally;
	char base[48], folder[56], aside[56];
	struct ledger *ledger;
};

/* ------------------------------------------------------------------- the worker's folders */

static void
require(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(2);
}

static void
empty_folder(const char *path)
{
	DIR *dir = opendir(path);
	require(dir != NULL, path);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

static void
make_folders(struct worker *worker)
{
	const char *base = getenv("TMPDIR"); /* memory by choice: nothing here is to last */
	if (base == NULL)
		base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(worker->base, sizeof(worker->base), "%.30s/power-XXXXXX", base);
	require(mkdtemp(worker->base) != NULL, worker->base);
	snprintf(worker->folder, sizeof(worker->folder), "%s/data", worker->base);
	snprintf(worker->aside, sizeof(worker->aside), "%s/aside", worker->base);
	require(mkdir(worker->folder, 0700) == 0 && mkdir(worker->aside, 0700) == 0, worker->base);
}

static void
remove_folders(const struct worker *worker)
{
	empty_folder(worker->folder);
	empty_folder(worker->aside);
	rmdir(worker->folder);
	rmdir(worker->aside);
	rmdir(worker->base);
}

static void *
map_shared(size_t n)
{
	void *shared = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(shared != MAP_FAILED, "memory");
	return shared;
}

/* ------------------------------------------------------------------- one life */

/* Where and how a life ends. */
struct fate {
	uint64_t seed, at;
	bool is_death;
};

static void
set(const char *name, uint64_t value)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, value);
	setenv(name, text, 1);
}

/* In the child. */
static _Noreturn void
live(const struct worker *worker, const struct fate *fate)
{
	alarm(LIFE_MAX_S);
	setenv("POWER_FOLDER", worker->folder, 1);
	setenv("POWER_ASIDE", worker->aside, 1);
	setenv("POWER_END", fate->is_death ? "death" : "cut", 1);
	setenv("POWER_MUTANT", worker->options->mutant, 1);
	set("POWER_AT", fate->at);
	set("POWER_SEED", fate->seed);
	power_begin();
	if (!life_run(worker->folder, worker->ledger, fate->seed))
		_exit(1);
	power_end();
}

static bool
say_status(struct worker *worker, int status, const char *who)
{
	char *wrong = worker->ledger->wrong;
	size_t room = sizeof(worker->ledger->wrong);
	if (WIFSIGNALED(status))
		snprintf(wrong, room, "%s died of signal %d", who, WTERMSIG(status));
	else if (wrong[0] == '\0')
		snprintf(wrong, room, "%s ended with status %d", who, WEXITSTATUS(status));
	return false;
}

static bool
run_life(struct worker *worker, const struct fate *fate)
{
	pid_t child = fork();
	int status;
	require(child >= 0, "fork");
	if (child == 0)
		live(worker, fate);
	require(waitpid(child, &status, 0) == child, "wait");
	if (WIFEXITED(status) && WEXITSTATUS(status) == DISK_EXIT_BLIND) {
		fprintf(stderr, "seed %" PRIu64 ": the library lost sight\n", fate->seed);
		exit(2);
	}
	int expected = fate->is_death ? DISK_EXIT_DEATH : DISK_EXIT_POWER;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != expected)
		return say_status(worker, status, "a life");
	return true;
}

/* In a process of its own: what is there may be bad enough to end it. */
static bool
look(struct worker *worker)
{
	pid_t child = fork();
	int status;
	require(child >= 0, "fork");
	if (child == 0) {
		alarm(LIFE_MAX_S);
		_exit(life_check(worker->folder, worker->ledger) ? 0 : 1);
	}
	require(waitpid(child, &status, 0) == child, "wait");
	return status == 0 || say_status(worker, status, "a look");
}

/* ------------------------------------------------------------------- histories */

/* After a death rather early: opening is what has to make good for it. */
static struct fate
draw_fate(uint64_t *seed, bool is_last, bool follows_death)
{
	static const uint64_t spans[] = {4, 24, 80};
	struct fate fate = {.seed = life_draw(seed)};
	fate.at = 1 + life_draw(seed) % spans[life_draw(seed) % (follows_death ? 2 : 3)];
	fate.is_death = !is_last && life_draw(seed) % 3 == 0;
	return fate;
}

static bool
run_lives(struct worker *worker, uint64_t seed)
{
	uint64_t lives = 1 + life_draw(&seed) % LIVES_MAX;
	struct ledger *ledger = worker->ledger;
	ledger->has_contacts = life_draw(&seed) % 3 == 0;
	ledger->segments = 2 + (uint32_t)(life_draw(&seed) % 3);
	ledger->segment_bytes = 16384 * (1 + (uint32_t)(life_draw(&seed) % 3));
	if (life_draw(&seed) % 6 == 0 && !life_make_old_log(worker->folder, ledger, seed))
		return false;
	struct fate fate = {.is_death = false};
	for (uint64_t i = 1; i <= lives; i++) {
		fate = draw_fate(&seed, i == lives, fate.is_death);
		if (!run_life(worker, &fate))
			return false;
		atomic_fetch_add(fate.is_death ? &worker->tally->deaths : &worker->tally->cuts, 1);
		uint64_t accepted = ledger->accepted, sent = ledger->sent;
		atomic_fetch_add(&worker->tally->unanswered, sent - accepted);
		if (worker->options->is_verbose)
			printf("%s at sync %" PRIu64 ", %" PRIu64 " accepted, %" PRIu64 " sent\n",
			    fate.is_death ? "death" : "power", fate.at, accepted, sent);
		bool looks = i == lives || life_draw(&seed) % 2 == 0;
		if (looks && !fate.is_death && !look(worker))
			return false;
	}
	return true;
}

static bool
run_history(struct worker *worker, uint64_t seed)
{
	empty_folder(worker->folder);
	empty_folder(worker->aside);
	memset(worker->ledger, 0, sizeof(*worker->ledger));
	bool good = run_lives(worker, seed);
	atomic_fetch_add(&worker->tally->histories, 1);
	atomic_fetch_add(&worker->tally->accepted, worker->ledger->accepted);
	return good;
}

static void
report(struct worker *worker, uint64_t seed)
{
	const struct options *options = worker->options;
	atomic_fetch_add(&worker->tally->failures, 1);
	printf("seed %" PRIu64 ": %s\n", seed, worker->ledger->wrong);
	if (options->mutant[0] == '\0')
		printf("  again with: power_loss --seed %" PRIu64
		       " --histories 1; its folder is %s\n",
		    seed, worker->folder);
	fflush(stdout);
	atomic_store(&worker->tally->stop, true);
}

static void
work(const struct options *options, struct tally *tally, uint64_t first)
{
	struct worker worker = {.options = options, .tally = tally};
	make_folders(&worker);
	worker.ledger = map_shared(sizeof(*worker.ledger));
	bool good = true;
	for (uint64_t i = first; i < options->histories; i += options->jobs) {
		if (atomic_load(&tally->stop))
			break;
		good = run_history(&worker, options->seed + i);
		if (!good)
			report(&worker, options->seed + i);
	}
	if (good || options->mutant[0] != '\0')
		remove_folders(&worker);
}

static bool
run_workers(const struct options *options, struct tally *tally)
{
	pid_t child[JOBS_MAX];
	bool good = true;
	for (uint64_t k = 0; k < options->jobs; k++) {
		child[k] = fork();
		require(child[k] >= 0, "fork");
		if (child[k] == 0) {
			work(options, tally, k);
			exit(0);
		}
	}
	for (uint64_t k = 0; k < options->jobs; k++) {
		int status;
		require(waitpid(child[k], &status, 0) == child[k], "wait");
		good &= status == 0;
	}
	return good;
}

static int
run(const struct options *options)
{
	struct tally *tally = map_shared(sizeof(*tally));
	time_t begun = time(NULL);
	if (!run_workers(options, tally))
		return 2;
	printf("%" PRIuFAST64 " histories from seed %" PRIu64 ": %" PRIuFAST64
	       " power cuts, %" PRIuFAST64 " deaths, %" PRIuFAST64 " entries accepted, %" PRIuFAST64
	       " unanswered, %" PRIuFAST64 " failures, %ld s\n",
	    tally->histories, options->seed, tally->cuts, tally->deaths, tally->accepted,
	    tally->unanswered, tally->failures, (long)(time(NULL) - begun));
	bool caught = tally->failures > 0;
	if (options->mutant[0] != '\0') {
		printf("mutant %s: %s\n", options->mutant, caught ? "caught" : "SURVIVED");
		return caught ? 0 : 1;
	}
	return caught ? 1 : 0;
}

/* ------------------------------------------------------------------- the command line */

/* Again, with the library loaded, unless it is. */
static void
load_library(char **argv)
{
	if (power_begin != NULL)
		return;
	setenv("LD_PRELOAD", POWER_SHIM, 1);
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
	execv("/proc/self/exe", argv);
	require(false, POWER_SHIM);
}

static int
usage(void)
{
	fputs("usage: power_loss [--seed N] [--histories N] [--jobs N] [--mutant KIND[:FILE]]\n"
	      "       [--verbose]\n"
	      "  KIND: lie, late, order, no-meta, forget (power_plan.c)\n",
	    stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	static const struct option known[] = {{"seed", required_argument, NULL, 's'},
	    {"verbose", no_argument, NULL, 'v'}, {"histories", required_argument, NULL, 'n'},
	    {"jobs", required_argument, NULL, 'j'}, {"mutant", required_argument, NULL, 'm'},
	    {NULL, 0, NULL, 0}};
	struct options options = {.seed = 1, .histories = 300, .jobs = 2, .mutant = ""};
	load_library(argv);
	mallopt(M_MMAP_THRESHOLD, 1 << 17); /* LMDB's large lists are cheap only while not zeroed */
	for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		if (c == 's')
			options.seed = strtoull(optarg, NULL, 10);
		else if (c == 'n')
			options.histories = strtoull(optarg, NULL, 10);
		else if (c == 'j')
			options.jobs = strtoull(optarg, NULL, 10);
		else if (c == 'm')
			options.mutant = optarg;
		else if (c == 'v')
			options.is_verbose = true;
		else
			return usage();
	}
	if (optind != argc || options.jobs == 0 || options.jobs > JOBS_MAX)
		return usage();
	return run(&options);
}
