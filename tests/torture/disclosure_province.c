/* SPDX-License-Identifier: Apache-2.0 */
/* What disclosure control withholds of a register of the province's shape, and what it takes:
 * disclosure-province UNITS RELEASES. */
#include "tests/support/disclosure_province.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double
cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* Prints a line; what was shown is noted for the next release. */
static void
report(const struct disclosure *d, unsigned release, uint64_t *shown_in)
{
	unsigned shown = 0, kept = 0, withheld = 0, others = 0, exposed = 0;
	for (size_t c = 0; c < province_cells(); c++) {
		struct disclosure_decision decision = disclosure_of(d, c);
		shown += decision.action == DISCLOSURE_SHOW;
		kept += decision.action == DISCLOSURE_KEEP;
		withheld += decision.action == DISCLOSURE_WITHHOLD;
		others += decision.reason == DISCLOSURE_FOR_OTHERS;
		exposed += decision.exposed;
		if (decision.action == DISCLOSURE_SHOW)
			shown_in[c] |= UINT64_C(1) << release;
	}
	printf("%u shown, %u kept, %u withheld; %.1f %% of the safe ones for others; %u exposed\n",
	    shown, kept, withheld, 100.0 * others / (others + shown), exposed);
}

int
main(int argc, char **argv)
{
	size_t units = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	unsigned releases = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
	uint64_t *shown = calloc(province_cells(), sizeof(*shown));
	if (shown == NULL || releases > DISCLOSURE_EARLIER_MAX)
		return 1;
	for (unsigned r = 0; r < releases; r++) {
		double begin = cpu_ms();
		struct disclosure *d = province_new(7, units, 25, r, shown);
		double added = cpu_ms();
		if (disclosure_run(d) != DISCLOSURE_OK)
			return 1;
		printf("%zu units, release %u: add %.0f ms, run %.0f ms; ", units, r, added - begin,
		    cpu_ms() - added);
		report(d, r, shown);
		disclosure_free(d);
	}
	free(shown);
	return 0;
}
