/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/growing.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for n more and a NUL. */
static bool
reserve(struct growing *g, size_t n)
{
	if (g->has_failed || n < g->room - g->n)
		return !g->has_failed;
	size_t room = 2 * g->room + n + 4096;
	char *grown = realloc(g->bytes, room);
	if (grown == NULL) {
		g->has_failed = true;
		return false;
	}
	g->bytes = grown;
	g->room = room;
	return true;
}

void
growing_put(struct growing *g, const char *bytes, size_t n)
{
	if (!reserve(g, n))
		return;
	memcpy(g->bytes + g->n, bytes, n);
	g->n += n;
	g->bytes[g->n] = '\0';
}

void
growing_text(struct growing *g, const char *text)
{
	growing_put(g, text, strlen(text));
}

void
growing_printf(struct growing *g, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int n = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (n < 0 || !reserve(g, (size_t)n + 1)) {
		g->has_failed = true;
		return;
	}
	va_start(arguments, format);
	vsnprintf(g->bytes + g->n, (size_t)n + 1, format, arguments);
	va_end(arguments);
	g->n += (size_t)n;
}

static const char *
entity(char c)
{
	return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&quot;";
}

void
growing_xml(struct growing *g, const char *text)
{
	for (;;) {
		size_t plain = strcspn(text, "&<>\"");
		growing_put(g, text, plain);
		text += plain;
		if (*text == '\0')
			return;
		growing_text(g, entity(*text++));
	}
}
