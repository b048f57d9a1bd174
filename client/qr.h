/* SPDX-License-Identifier: Apache-2.0 */
/* A QR code as inline SVG. The one door to libqrencode. Pure; any thread. */
#ifndef KHAOSAT_CLIENT_QR_H
#define KHAOSAT_CLIENT_QR_H

#include <stdbool.h>
#include <stdio.h>

/* Write text as an <svg> of class "qr" with its quiet zone, error correction M. False: it does not
 * fit, or memory is out. */
bool qr_svg(FILE *to, const char *text);

#endif
