/* SPDX-License-Identifier: Apache-2.0 */
/* The format is read word by word. A word's value is put together raw, then made printable, then
 * quoted; fields and event gather in two buffers, since in JSON the event is a member of its own.
 */
#include "collector/log_line.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "survey/text.h"

#define VALUE_BYTES 512 /* raw, and again when it is printable */
#define EVENT_BYTES 256
#define FIELDS_BYTES 1536

struct buffer {
	char *bytes;
	size_t n, room;
};

/* All of it or nothing. */
static bool
put(struct buffer *b, const char *bytes, size_t n)
{
	if (n > b->room - b->n)
		return false;
	memcpy(b->bytes + b->n, bytes, n);
	b->n += n;
	return true;
}

static void
put_text(struct buffer *b, const char *text)
{
	put(b, text, strlen(text));
}

struct word {
	const char *key; /* points into the format */
	size_t key_bytes;
	bool is_number; /* its value is one integer in decimal */
	char value[VALUE_BYTES];
	size_t n;
};

static void
add_to_value(struct word *w, const char *bytes, size_t n)
{
	size_t room = sizeof(w->value) - w->n;
	n = n < room ? n : room;
	memcpy(w->value + w->n, bytes, n);
	w->n += n;
}

/* ------------------------------------------------------------------------------ the format */

/* So that a function may take the next of somebody's arguments. */
struct arguments {
	va_list list;
};

enum size_of_argument { SIZE_INT, SIZE_LONG, SIZE_LONG_LONG, SIZE_SIZE, SIZE_MAXIMUM };

static enum size_of_argument
read_size(const char **at)
{
	enum size_of_argument size = SIZE_INT;
	for (; **at != '\0' && strchr("hlzj", **at) != NULL; (*at)++) {
		if (**at == 'l')
			size = size == SIZE_LONG ? SIZE_LONG_LONG : SIZE_LONG;
		else if (**at == 'z')
			size = SIZE_SIZE;
		else if (**at == 'j')
			size = SIZE_MAXIMUM;
	}
	return size;
}

/* Signed ones come extended, so that they can be printed as what they are. */
static uintmax_t
next_integer(struct arguments *a, enum size_of_argument size, bool is_signed)
{
	switch (size) {
	case SIZE_INT:
		return is_signed ? (uintmax_t)va_arg(a->list, int) : va_arg(a->list, unsigned);
	case SIZE_LONG:
		return is_signed ? (uintmax_t)va_arg(a->list, long)
				 : va_arg(a->list, unsigned long);
	case SIZE_LONG_LONG:
		return is_signed ? (uintmax_t)va_arg(a->list, long long)
				 : va_arg(a->list, unsigned long long);
	case SIZE_SIZE:
		return va_arg(a->list, size_t);
	case SIZE_MAXIMUM:
		return va_arg(a->list, uintmax_t);
	}
	return 0;
}

static void
add_string(struct word *w, const char *text, size_t most)
{
	if (text == NULL)
		text = "(none)";
	add_to_value(w, text, strnlen(text, most));
}

/* One conversion, from behind its '%'. */
static void
add_conversion(struct word *w, const char **at, struct arguments *a)
{
	char digits[24];
	size_t most = SIZE_MAX;
	if (**at == '.')
		for (most = 0, (*at)++; **at >= '0' && **at <= '9'; (*at)++)
			most = most * 10 + (size_t)(**at - '0');
	enum size_of_argument size = read_size(at);
	char what = *(*at)++;
	assert(what != '\0' && strchr("sdux%", what) != NULL);
	if (what == 's') {
		add_string(w, va_arg(a->list, const char *), most);
		return;
	}
	if (what == '%') {
		add_to_value(w, "%", 1);
		return;
	}
	uintmax_t value = next_integer(a, size, what == 'd');
	int n = what == 'x'   ? snprintf(digits, sizeof(digits), "%jx", value)
		: what == 'd' ? snprintf(digits, sizeof(digits), "%jd", (intmax_t)value)
			      : snprintf(digits, sizeof(digits), "%ju", value);
	w->is_number = w->n == 0 && what != 'x';
	add_to_value(w, digits, (size_t)n);
}

/* A word of the format with the values of its conversions; `at` moves behind it. */
static void
read_word(struct word *w, const char **at, struct arguments *a)
{
	*w = (struct word){0};
	size_t key = strcspn(*at, "= %");
	if (key > 0 && (*at)[key] == '=') {
		w->key = *at;
		w->key_bytes = key;
		*at += key + 1;
	}
	while (**at != '\0' && **at != ' ') {
		char c = *(*at)++;
		if (c == '%') {
			add_conversion(w, at, a);
			continue;
		}
		add_to_value(w, &c, 1);
		w->is_number = false;
	}
}

/* ------------------------------------------------------------------------------ the line */

static bool
is_bare(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text >= 0x7f || strchr("=\"\\", *text) != NULL)
			return false;
	return true;
}

/* What text_quote made printable, with what would end a string escaped. */
static bool
put_escaped(struct buffer *b, const char *text)
{
	for (; *text != '\0'; text++)
		if (((*text == '"' || *text == '\\') && !put(b, "\\", 1)) || !put(b, text, 1))
			return false;
	return true;
}

static bool
put_value(struct buffer *b, const struct word *w, enum log_format form)
{
	char printable[VALUE_BYTES];
	size_t n = text_quote(printable, sizeof(printable), w->value, w->n);
	bool is_plain = form == LOG_FORMAT_JSON ? w->is_number : is_bare(printable);
	if (is_plain)
		return put(b, printable, n);
	return put(b, "\"", 1) && put_escaped(b, printable) && put(b, "\"", 1);
}

/* A field that does not fit leaves nothing behind. */
static void
put_field(struct buffer *b, const struct word *w, enum log_format form)
{
	size_t before = b->n;
	bool is_whole = form == LOG_FORMAT_JSON
			    ? put(b, ",\"", 2) && put(b, w->key, w->key_bytes) && put(b, "\":", 2)
			    : put(b, " ", 1) && put(b, w->key, w->key_bytes) && put(b, "=", 1);
	if (!is_whole || !put_value(b, w, form))
		b->n = before;
}

/* In JSON a part of the event's string; as text what needs quotes has them. */
static void
put_event(struct buffer *b, const struct word *w, enum log_format form)
{
	char printable[VALUE_BYTES];
	size_t before = b->n;
	bool is_whole = b->n == 0 && form == LOG_FORMAT_JSON ? true : put(b, " ", 1);
	text_quote(printable, sizeof(printable), w->value, w->n);
	if (!is_whole ||
	    !(form == LOG_FORMAT_JSON ? put_escaped(b, printable) : put_value(b, w, form)))
		b->n = before;
}

static size_t
print_head(char *out, enum log_format form, const char *level, const struct timespec *time)
{
	struct tm utc;
	char when[32];
	gmtime_r(&time->tv_sec, &utc);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &utc);
	return (size_t)snprintf(out, LOG_LINE_BYTES,
	    form == LOG_FORMAT_JSON ? "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"event\":\""
				    : "%s.%03ldZ %s",
	    when, time->tv_nsec / 1000000, level);
}

size_t
log_line(char out[LOG_LINE_BYTES], enum log_format form, const char *level,
    const struct timespec *time, const char *format, va_list arguments)
{
	char event_bytes[EVENT_BYTES], field_bytes[FIELDS_BYTES];
	struct buffer event = {event_bytes, 0, sizeof(event_bytes)};
	struct buffer fields = {field_bytes, 0, sizeof(field_bytes)};
	struct buffer line = {out, print_head(out, form, level, time), LOG_LINE_BYTES};
	struct arguments a;
	va_copy(a.list, arguments);
	while (*format != '\0') {
		struct word w;
		read_word(&w, &format, &a);
		if (*format == ' ')
			format++;
		if (w.key != NULL)
			put_field(&fields, &w, form);
		else
			put_event(form == LOG_FORMAT_JSON ? &event : &fields, &w, form);
	}
	va_end(a.list);
	put(&line, event.bytes, event.n);
	if (form == LOG_FORMAT_JSON)
		put_text(&line, "\"");
	put(&line, fields.bytes, fields.n);
	put_text(&line, form == LOG_FORMAT_JSON ? "}\n" : "\n");
	return line.n;
}
