/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define HANOI_MS INT64_C(25200000)
#define DAY_MS INT64_C(86400000)

void
sink_json(struct sink *out, const char *text)
{
	sink_text(out, "\"");
	for (;;) {
		size_t plain = 0;
		while (
		    (unsigned char)text[plain] >= 0x20 && text[plain] != '"' && text[plain] != '\\')
			plain++;
		sink_put(out, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		if (*text == '"' || *text == '\\')
			sink_printf(out, "\\%c", *text);
		else
			sink_printf(out, "\\u%04x", (unsigned)*text);
		text++;
	}
	sink_text(out, "\"");
}

void
sink_json_names(struct sink *out, struct label label)
{
	sink_text(out, "\"name\":");
	sink_json(out, label.vi);
	sink_text(out, ",\"names\":{\"vi\":");
	sink_json(out, label.vi);
	sink_text(out, ",\"en\":");
	sink_json(out, label.en);
	sink_text(out, "}");
}

void
sink_xml(struct sink *out, const char *text)
{
	for (;;) {
		size_t plain = strcspn(text, "&<>\"");
		sink_put(out, text, plain);
		text += plain;
		if (*text == '\0')
			return;
		sink_text(out, *text == '&'   ? "&amp;"
			       : *text == '<' ? "&lt;"
			       : *text == '>' ? "&gt;"
					      : "&quot;");
		text++;
	}
}

static void
put_quoted(struct sink *out, const char *mark, const char *text)
{
	sink_printf(out, "\"%s", mark);
	for (;;) {
		size_t plain = strcspn(text, "\"");
		sink_put(out, text, plain);
		text += plain;
		if (*text++ == '\0')
			break;
		sink_text(out, "\"\"");
	}
	sink_text(out, "\"");
}

void
sink_cell(struct sink *out, const char *text, char separator)
{
	const char special[] = {separator, '"', '\r', '\n', '\0'};
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
		put_quoted(out, "'", text);
	else if (strpbrk(text, special) != NULL)
		put_quoted(out, "", text);
	else
		sink_text(out, text);
}

void
text_end(char *text)
{
	size_t n = strlen(text), last = n;
	while (last > 0 && ((unsigned char)text[last - 1] & 0xC0) == 0x80)
		last--;
	if (last == 0)
		return;
	unsigned char lead = (unsigned char)text[last - 1];
	size_t whole = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	if (n - (last - 1) < whole)
		text[last - 1] = '\0';
}

static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December"};

void
date_words(const char *date, bool english, char out[DATE_WORDS_BYTES])
{
	int year, month, day;
	if (sscanf(date, "%4d-%2d-%2d", &year, &month, &day) != 3 || month < 1 || month > 12)
		snprintf(out, DATE_WORDS_BYTES, "%s", date);
	else if (english)
		snprintf(out, DATE_WORDS_BYTES, "%d %s %d", day, months[month - 1], year);
	else
		snprintf(out, DATE_WORDS_BYTES, "%02d/%02d/%d", day, month, year);
}

void
time_words(int64_t ms, char vi[TIME_WORDS_BYTES], char en[TIME_WORDS_BYTES])
{
	time_t seconds = (time_t)((ms + HANOI_MS) / 1000);
	struct tm tm = {0};
	gmtime_r(&seconds, &tm);
	snprintf(vi, TIME_WORDS_BYTES, "%02d:%02d ngày %02d/%02d/%d", tm.tm_hour, tm.tm_min,
	    tm.tm_mday, tm.tm_mon + 1, tm.tm_year + 1900);
	snprintf(en, TIME_WORDS_BYTES, "%d %s %d, %02d:%02d", tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min);
}

int64_t
time_day(int64_t ms)
{
	return (ms + HANOI_MS) / DAY_MS;
}

static size_t
characters_in(const char *text, size_t n)
{
	size_t characters = 0;
	while (n > 0)
		characters += ((unsigned char)text[--n] & 0xC0) != 0x80;
	return characters;
}

unsigned
text_lines(const char *text, size_t width)
{
	unsigned lines = 1;
	for (size_t at = 0; *text != '\0';) {
		size_t n = strcspn(text, " \n"), characters = characters_in(text, n);
		if (at > 0 && at + characters > width) {
			lines++;
			at = 0;
		}
		at += characters + 1;
		text += n;
		if (*text == '\n') {
			lines++;
			at = 0;
		}
		text += *text != '\0';
	}
	return lines;
}
