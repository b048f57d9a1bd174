/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/office.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/text.h"

/* Codes are the same in both languages; words have .vi or .en behind the name. */
static const struct key {
	const char *name, *standard;
	bool is_code;
	struct label head;
} keys[OFFICE_KEYS] = {
    [OFFICE_AGENCY] = {"agency", "OFFICE", true, {NULL, NULL}},
    [OFFICE_DATAFLOW] = {"dataflow", "DF_GOALS", true, {NULL, NULL}},
    [OFFICE_AREA] = {"area", "_T", true, {NULL, NULL}},
    [OFFICE_INDICATOR_PREFIX] = {"indicator-prefix", "", true, {NULL, NULL}},
    [OFFICE_NAME] = {"name", "", false, {NULL, NULL}},
    [OFFICE_AREA_NAME] = {"area-name", "", false, {NULL, NULL}},
    [OFFICE_ADDRESSEE] = {"addressee", "", false, {NULL, NULL}},
    [OFFICE_SIMS + 0] = {"contact", "", false, {"Liên hệ", "Contact"}},
    [OFFICE_SIMS + 1] = {"metadata-update", "", false,
	{"Cập nhật siêu dữ liệu", "Metadata update"}},
    [OFFICE_SIMS + 2] = {"statistical-presentation", "", false,
	{"Trình bày thống kê", "Statistical presentation"}},
    [OFFICE_SIMS + 3] = {"unit-of-measure", "", false, {"Đơn vị tính", "Unit of measure"}},
    [OFFICE_SIMS + 4] = {"reference-period", "", false, {"Kỳ tham chiếu", "Reference period"}},
    [OFFICE_SIMS + 5] = {"institutional-mandate", "", false,
	{"Căn cứ pháp lý, thẩm quyền", "Institutional mandate"}},
    [OFFICE_SIMS + 6] = {"confidentiality", "", false, {"Bảo mật thông tin", "Confidentiality"}},
    [OFFICE_SIMS + 7] = {"release-policy", "", false, {"Chính sách công bố", "Release policy"}},
    [OFFICE_SIMS + 8] = {"frequency", "", false,
	{"Tần suất công bố", "Frequency of dissemination"}},
    [OFFICE_SIMS + 9] = {"accessibility", "", false,
	{"Khả năng tiếp cận và rõ ràng", "Accessibility and clarity"}},
    [OFFICE_SIMS + 10] = {"quality-management", "", false,
	{"Quản lý chất lượng", "Quality management"}},
    [OFFICE_SIMS + 11] = {"relevance", "", false, {"Tính phù hợp", "Relevance"}},
    [OFFICE_SIMS + 12] = {"accuracy", "", false,
	{"Độ chính xác và tin cậy", "Accuracy and reliability"}},
    [OFFICE_SIMS + 13] = {"timeliness", "", false,
	{"Tính kịp thời và đúng hạn", "Timeliness and punctuality"}},
    [OFFICE_SIMS + 14] = {"coherence", "", false,
	{"Tính thống nhất và so sánh được", "Coherence and comparability"}},
    [OFFICE_SIMS + 15] = {"cost", "", false, {"Chi phí và gánh nặng trả lời", "Cost and burden"}},
    [OFFICE_SIMS + 16] = {"revision", "", false, {"Sửa đổi số liệu", "Data revision"}},
    [OFFICE_SIMS + 17] = {"processing", "", false, {"Xử lý thống kê", "Statistical processing"}},
    [OFFICE_SIMS + 18] = {"comment", "", false, {"Ghi chú", "Comment"}},
};

enum { VI, EN, LANGUAGES };

struct office {
	char *value[OFFICE_KEYS][LANGUAGES];
};

void
office_free(struct office *office)
{
	for (size_t i = 0; office != NULL && i < OFFICE_KEYS; i++)
		for (size_t l = 0; l < LANGUAGES; l++)
			free(office->value[i][l]);
	free(office);
}

struct label
sims_head(size_t head)
{
	return keys[OFFICE_SIMS + head].head;
}

/* ------------------------------------------------------------------- looking */

static const char *
value_of(const struct office *office, enum office_key key, int language)
{
	bool is_there = office != NULL && office->value[key][language] != NULL;
	return is_there ? office->value[key][language] : keys[key].standard;
}

struct label
office_words(const struct office *office, enum office_key key)
{
	return (struct label){value_of(office, key, VI), value_of(office, key, EN)};
}

const char *
office_code(const struct office *office, enum office_key key)
{
	return value_of(office, key, VI);
}

/* ------------------------------------------------------------------- reading */

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* What SDMX lets an identifier be; those of an agency and a dataflow begin with a letter. */
static bool
is_code(size_t key, const char *value)
{
	bool has_letter = key == OFFICE_AGENCY || key == OFFICE_DATAFLOW;
	size_t n = strlen(value);
	return n <= 32 && (n > 0 || key == OFFICE_INDICATOR_PREFIX) &&
	       (!has_letter || strchr(LETTERS, *value) != NULL) &&
	       strspn(value, LETTERS "0123456789_-") == n;
}

/* Which key and language a line's name means. False: none. */
static bool
find_key(const char *name, size_t n, size_t *key, int *language)
{
	*language = -1;
	if (n > 3 && name[n - 3] == '.') {
		n -= 3;
		*language = memcmp(name + n, ".vi", 3) == 0   ? VI
			    : memcmp(name + n, ".en", 3) == 0 ? EN
							      : -2;
	}
	for (*key = 0; *key < OFFICE_KEYS; ++*key)
		if (strlen(keys[*key].name) == n && memcmp(keys[*key].name, name, n) == 0)
			return keys[*key].is_code ? *language == -1 : *language >= 0;
	return false;
}

struct reading {
	struct office *office;
	char **words;    /* that a line which goes on belongs to; NULL: none */
	const char *why; /* this line is not taken */
};

static bool
refuse(struct reading *r, const char *why)
{
	r->why = why;
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static size_t
trim(const char **text, size_t n)
{
	while (n > 0 && is_blank((*text)[n - 1]))
		n--;
	for (; n > 0 && is_blank(**text); n--)
		++*text;
	return n;
}

/* Behind what stands there, in a line of its own. */
static bool
append(struct reading *r, char **value, const char *text, size_t n)
{
	size_t old = *value != NULL ? strlen(*value) + 1 : 0;
	enum text_status status = text_check(text, n, SIZE_MAX, false);
	if (status != TEXT_OK)
		return refuse(r, text_rule_en(status));
	char *grown = realloc(*value, old + n + 1);
	if (grown == NULL)
		return refuse(r, "out of memory");
	if (old > 0)
		grown[old - 1] = '\n';
	memcpy(grown + old, text, n);
	grown[old + n] = '\0';
	*value = grown;
	return true;
}

static bool
take_pair(struct reading *r, const char *name, size_t name_bytes, const char *value, size_t n)
{
	size_t key;
	int language;
	if (!find_key(name, name_bytes, &key, &language))
		return refuse(r, "no such name");
	char **place = &r->office->value[key][language < 0 ? VI : language];
	if (*place != NULL)
		return refuse(r, "given before");
	r->words = keys[key].is_code ? NULL : place;
	if (!append(r, place, value, n))
		return false;
	return !keys[key].is_code || is_code(key, *place) ||
	       refuse(r, "a code has letters, digits, _ and -, a letter first in agency and "
			 "dataflow");
}

static bool
take_line(struct reading *r, const char *line, size_t bytes)
{
	const char *text = line;
	size_t n = trim(&text, bytes);
	if (n == 0 || *text == ';' || *text == '#')
		return true;
	if (text > line)
		return r->words != NULL ? append(r, r->words, text, n)
					: refuse(r, "goes on with words, and none stand before it");
	const char *equals = memchr(text, '=', n);
	if (*text == '[')
		return refuse(r, "there are no sections");
	if (equals == NULL)
		return refuse(r, "neither name = value nor a comment");
	const char *value = equals + 1;
	size_t value_bytes = trim(&value, (size_t)(text + n - value));
	size_t name_bytes = trim(&text, (size_t)(equals - text));
	return take_pair(r, text, name_bytes, value, value_bytes);
}

struct office *
office_parse(const char *bytes, size_t n, char why[OFFICE_WHY_BYTES])
{
	struct reading r = {.office = calloc(1, sizeof(struct office)), .why = "out of memory"};
	size_t mark = n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* Notepad's */
	unsigned line = 1;
	bool good = r.office != NULL;
	for (const char *at = bytes + mark, *end = bytes + n; good && at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((stop != NULL ? stop : end) - at);
		good = take_line(&r, at, length);
		at += length + 1;
	}
	if (good)
		return r.office;
	snprintf(why, OFFICE_WHY_BYTES, "%u: %s", line - (r.office != NULL), r.why);
	office_free(r.office);
	return NULL;
}

/* ------------------------------------------------------------------- the file */

/* NULL: errno; EFBIG: it is too large. */
static char *
read_file(const char *path, size_t *n)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return NULL;
	char *bytes = malloc(OFFICE_MAX_BYTES + 1);
	*n = bytes == NULL ? 0 : fread(bytes, 1, OFFICE_MAX_BYTES + 1, file);
	int why = bytes == NULL ? ENOMEM : ferror(file) ? errno : *n > OFFICE_MAX_BYTES ? EFBIG : 0;
	fclose(file);
	if (why == 0)
		return bytes;
	free(bytes);
	errno = why;
	return NULL;
}

char *
office_load(const char *path, size_t *n, char message[OFFICE_MESSAGE_BYTES])
{
	char why[OFFICE_WHY_BYTES];
	char *bytes = read_file(path, n);
	if (bytes == NULL) {
		snprintf(message, OFFICE_MESSAGE_BYTES, "%.300s: %s", path, strerror(errno));
		return NULL;
	}
	struct office *office = office_parse(bytes, *n, why);
	if (office == NULL) {
		snprintf(message, OFFICE_MESSAGE_BYTES, "%.300s:%s", path, why);
		free(bytes);
		return NULL;
	}
	office_free(office);
	return bytes;
}
