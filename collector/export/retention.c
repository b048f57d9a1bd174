/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/retention.h"

#include <string.h>

#include "collector/export/tables.h"

static bool
is_ours(const struct retention *r, const struct export_record *record)
{
	return (record->is_public != 0) == r->is_public;
}

uint64_t
retention_least(uint64_t keep, uint64_t days)
{
	return keep == 0 && days > 0 ? 1 : keep;
}

/* Figures of that release stand in the newest one. */
static bool
is_shown(const struct retention *r, unsigned release)
{
	return r->decision != NULL && memchr(r->decision, (int)release, r->decisions) != NULL;
}

size_t
retention_find(const struct retention *r, uint32_t *out)
{
	uint64_t newer = 0;
	unsigned release = 0;
	size_t found = 0;
	for (size_t i = 0; i < r->n; i++)
		newer += is_ours(r, &r->record[i]);
	for (size_t i = 0; i < r->n && newer > r->keep && r->keep > 0; i++) {
		const struct export_record *record = &r->record[i];
		if (!is_ours(r, record))
			continue;
		bool is_needed = record->shows && is_shown(r, release);
		release += record->shows != 0;
		newer--;
		if (record->made_ms < r->since_ms && record->stage == STAGE_INTERIM && !is_needed)
			out[found++] = record->vintage;
	}
	return found;
}
