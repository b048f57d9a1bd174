/* SPDX-License-Identifier: Apache-2.0 */
/* export-files public|internal|rounded|sample DIR [OFFICE.ini]: writes every file of every format
 * of exports, from made-up tables (export_rig.h), for tests that read them back with other
 * programs. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/export/office.h"
#include "tests/support/export_rig.h"

#define UNITS 3000
#define ROUNDED_TO 5
#define STRATA 12

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

int
main(int argc, char **argv)
{
	struct export_rig rig;
	struct sink_result result;
	char message[OFFICE_MESSAGE_BYTES] = "public|internal|rounded|sample DIR",
	     why[OFFICE_WHY_BYTES];
	size_t n = 0;
	int folder = argc >= 3 ? open(argv[2], O_RDONLY | O_DIRECTORY) : -1;
	char *words = argc > 3 ? office_load(argv[3], &n, message) : NULL;
	if (folder < 0 || (argc > 3 && words == NULL)) {
		fprintf(stderr, "export-files: %s\n", message);
		return 2;
	}
	struct office *office = words != NULL ? office_parse(words, n, why) : NULL;
	free(words);
	bool is_public = strcmp(argv[1], "internal") != 0;
	export_rig_open(&rig, UNITS, is_public);
	rig.export.office = office;
	if (strcmp(argv[1], "rounded") == 0)
		export_rig_round(&rig, ROUNDED_TO);
	if (strcmp(argv[1], "sample") == 0)
		export_rig_sample(&rig, UNITS, STRATA);
	if (is_public)
		drop_rows(&rig.tables);
	for (size_t i = 0; i < formats_count; i++)
		for (size_t k = 0; k < FORMAT_FILES_MAX && formats[i].file[k].name != NULL; k++) {
			struct sink *out = sink_open(folder, formats[i].file[k].name);
			if (out == NULL)
				abort();
			formats[i].file[k].write(&rig.export, out);
			if (!sink_close(out, &result))
				abort();
		}
	export_rig_close(&rig);
	office_free(office);
	return 0;
}
