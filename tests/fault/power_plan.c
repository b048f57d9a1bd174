/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fault/power_plan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HONEST_SYNCS 8

enum mutant {
	MUTANT_NONE,
	MUTANT_LIE,     /* a sync is none */
	MUTANT_LATE,    /* a sync returns before it is done: the next one first does it */
	MUTANT_ORDER,   /* a sync is done behind the synced write that follows it */
	MUTANT_NO_META, /* a synced write never comes to the disk */
	MUTANT_FORGET   /* after some syncs, as of opening, nothing ever comes to the disk */
};

static struct {
	unsigned long at, seen;
	uint64_t seed;
	bool dies;
	enum mutant mutant;
	const char *mutant_file; /* "": all */
	struct disk_sync owed;   /* by a mutant */
	int forgetful;           /* likewise: the file that comes to nothing; 0: none yet */
	unsigned int honest;     /* its syncs up to then */
} plan;

const char *
plan_setting(const char *name)
{
	const char *text = getenv(name);
	return text == NULL ? "" : text;
}

static enum mutant
mutant_named(const char *text)
{
	static const char *const kinds[] = {"", "lie", "late", "order", "no-meta", "forget"};
	const char *colon = strchr(text, ':');
	size_t n = colon == NULL ? strlen(text) : (size_t)(colon - text);
	plan.mutant_file = colon == NULL ? "" : colon + 1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i]) == n && strncmp(kinds[i], text, n) == 0)
			return (enum mutant)i;
	disk_blind("no such mutant", text);
}

bool
plan_read(void)
{
	if (plan_setting("POWER_FOLDER")[0] == '\0')
		return false;
	plan.at = strtoul(plan_setting("POWER_AT"), NULL, 10);
	plan.seed = strtoull(plan_setting("POWER_SEED"), NULL, 10);
	plan.dies = strcmp(plan_setting("POWER_END"), "death") == 0;
	plan.mutant = mutant_named(plan_setting("POWER_MUTANT"));
	return true;
}

void
plan_end(struct disk *disk)
{
	if (plan.dies)
		_exit(DISK_EXIT_DEATH);
	disk_lose(disk, &(struct disk_sync){plan.forgetful, 0, UINT64_MAX, disk->time});
	disk_cut(disk, plan.seed);
	_exit(DISK_EXIT_POWER);
}

/* ------------------------------------------------------------------- syncs */

static void
owe(struct disk *disk, const struct disk_sync *sync)
{
	disk_settle(disk, &plan.owed);
	plan.owed = *sync;
}

/* The file stays what it is now. */
static void
forget(struct disk *disk, const struct disk_sync *sync)
{
	if (++plan.honest > HONEST_SYNCS)
		plan.forgetful = sync->file;
	else
		disk_settle(disk, sync);
}

static bool
is_mutated(const struct disk *disk, int file)
{
	return plan.mutant_file[0] == '\0' ||
	       (file > 0 && strcmp(plan.mutant_file, disk_name_of(disk, file)) == 0);
}

static void
perform(struct disk *disk, const struct disk_sync *sync, bool by_write)
{
	switch (is_mutated(disk, sync->file) ? plan.mutant : MUTANT_NONE) {
	case MUTANT_NONE:
		disk_settle(disk, sync);
		return;
	case MUTANT_LIE:
		return;
	case MUTANT_LATE:
		owe(disk, sync);
		return;
	case MUTANT_ORDER:
		if (by_write)
			disk_settle(disk, sync);
		else
			owe(disk, sync);
		return;
	case MUTANT_NO_META:
		if (by_write)
			disk_lose(disk, sync);
		else
			disk_settle(disk, sync);
		return;
	case MUTANT_FORGET:
		forget(disk, sync);
		return;
	}
}

/* The power goes before a sync or in its midst, which leaves the same; or behind it, before anybody
 * learns of it. */
void
plan_sync(struct disk *disk, int file, uint64_t from, uint64_t to, bool by_write)
{
	struct disk_sync sync = {.file = file, .from = from, .to = to, .time = disk->time};
	bool is_end = ++plan.seen == plan.at;
	bool is_turned = by_write && plan.mutant == MUTANT_ORDER;
	if (is_end && plan.seed % 4 != 0 && !is_turned)
		plan_end(disk);
	perform(disk, &sync, by_write);
	if (is_end)
		plan_end(disk);
	if (is_turned)
		owe(disk, &(struct disk_sync){0});
}
