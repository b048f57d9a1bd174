/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/default_survey.h"

#include <stdio.h>
#include <stdlib.h>

struct definition *
default_survey(void)
{
	static char json[1 << 20];
	const char *path = KHAOSAT_SOURCE_DIR "/survey/definitions/ha-tinh-dt-1.json";
	struct definition_problems problems = {.n = 0};
	FILE *file = fopen(path, "rb");
	size_t n = file != NULL ? fread(json, 1, sizeof(json), file) : 0;
	if (file != NULL)
		fclose(file);
	struct definition *d = definition_load(json, n, &problems);
	for (size_t i = 0; i < problems.n; i++)
		fprintf(stderr, "%s: %s: %s\n", path, problems.problem[i].path,
		    problems.problem[i].reason);
	if (d == NULL)
		abort();
	return d;
}
