/* SPDX-License-Identifier: Apache-2.0 */
#include "client/qr.h"

#include <qrencode.h>
#include <string.h>

#define QUIET 4 /* modules around it, by ISO/IEC 18004 */

/* Dark modules of a row, run by run. */
static void
write_row(FILE *to, const unsigned char *row, int width, int y)
{
	for (int x = 0, end; x < width; x = end) {
		end = x + 1;
		if ((row[x] & 1) == 0)
			continue;
		while (end < width && (row[end] & 1) != 0)
			end++;
		fprintf(to, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, end - x, end - x);
	}
}

bool
qr_svg(FILE *to, const char *text)
{
	QRcode *code =
	    QRcode_encodeData((int)strlen(text), (const unsigned char *)text, 0, QR_ECLEVEL_M);
	if (code == NULL)
		return false;
	int side = code->width + 2 * QUIET;
	fprintf(to,
	    "<svg class=\"qr\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\" role=\"img\" "
	    "aria-label=\"QR\"><path d=\"",
	    side, side);
	for (int y = 0; y < code->width; y++)
		write_row(to, code->data + (size_t)y * (size_t)code->width, code->width, y);
	fputs("\"/></svg>", to);
	QRcode_free(code);
	return true;
}
