/* SPDX-License-Identifier: Apache-2.0 */
/* export-files KIND DIR [OFFICE.ini]: writes every file of every format of exports, from made-up
 * tables (export_rig.h), for tests that read them back with other programs. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/export/office.h"
#include "tests/support/export_rig.h"

#define UNITS 3000
#define ROUNDED_TO 5
#define STRATA 12

static const struct kind {
	const char *name;
	uint32_t units;
	bool is_public, is_rounded, is_sample;
	const char *reference_date;
} kinds[] = {
    {"public", UNITS, true, false, false, "2025-12-31"},
    {"internal", UNITS, false, false, false, "2025-12-31"},
    {"rounded", UNITS, true, true, false, "2025-12-31"},
    {"sample", UNITS, true, false, true, "2025-12-31"},
    {"empty", 0, true, false, false, "2024-02-15"}, /* a leap year's */
    {"one", 1, false, false, false, "2025-06-30"},
    {"few", 40, true, false, false, "2025-09-30"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *
find_kind(int argc, char **argv)
{
	for (size_t i = 0; i < KINDS && argc >= 3; i++)
		if (strcmp(kinds[i].name, argv[1]) == 0)
			return &kinds[i];
	return NULL;
}

/* As a public run has it: variants of the whole only. */
static void
drop_rows(struct tables *t)
{
	size_t kept = 0;
	for (size_t i = 0; i < t->rows; i++)
		if (t->definition->goal[t->row[i].goal].headline ||
		    cells_info(t->cells, t->row[i].cell)->dimension == DIMENSION_WHOLE)
			t->row[kept++] = t->row[i];
	t->rows = kept;
}

static void
write_all(const struct export *e, int folder)
{
	struct sink_result result;
	for (size_t i = 0; i < formats_count; i++)
		for (size_t k = 0; k < FORMAT_FILES_MAX && formats[i].file[k].name != NULL; k++) {
			struct sink *out = sink_open(folder, formats[i].file[k].name);
			if (out == NULL)
				abort();
			formats[i].file[k].write(e, out);
			if (!sink_close(out, &result))
				abort();
		}
}

int
main(int argc, char **argv)
{
	struct export_rig rig;
	char message[OFFICE_MESSAGE_BYTES] = "KIND DIR [OFFICE.ini]", why[OFFICE_WHY_BYTES];
	size_t n = 0;
	const struct kind *kind = find_kind(argc, argv);
	int folder = kind != NULL ? open(argv[2], O_RDONLY | O_DIRECTORY) : -1;
	char *words = argc > 3 ? office_load(argv[3], &n, message) : NULL;
	if (folder < 0 || (argc > 3 && words == NULL)) {
		fprintf(stderr, "export-files: %s\n", message);
		return 2;
	}
	struct office *office = words != NULL ? office_parse(words, n, why) : NULL;
	free(words);
	export_rig_open(&rig, kind->units, kind->is_public);
	rig.export.office = office;
	rig.tables.facts.reference_date = kind->reference_date;
	rig.tables.facts.ref_year = (int)strtol(kind->reference_date, NULL, 10);
	if (kind->is_rounded)
		export_rig_round(&rig, ROUNDED_TO);
	if (kind->is_sample)
		export_rig_sample(&rig, kind->units, STRATA);
	if (kind->is_public)
		drop_rows(&rig.tables);
	write_all(&rig.export, folder);
	export_rig_close(&rig);
	office_free(office);
	return 0;
}
