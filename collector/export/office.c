/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/office.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX_BYTES 8192

/* `pattern`: letters that a code may have; NULL: words, with .vi and .en behind the name. */
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
	const char *wrong; /* why a line is not taken */
};

struct office *
office_new(void)
{
	return calloc(1, sizeof(struct office));
}

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

/* What SDMX lets an identifier be. */
static bool
is_code(const char *value)
{
	return strlen(value) <= 32 &&
	       value[strspn(value,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

/* Which key and language a line's name means. False: none. */
static bool
find_key(const char *name, size_t *key, int *language)
{
	const char *dot = strrchr(name, '.');
	size_t n = dot != NULL ? (size_t)(dot - name) : strlen(name);
	*language = dot == NULL               ? -1
		    : strcmp(dot, ".vi") == 0 ? VI
		    : strcmp(dot, ".en") == 0 ? EN
					      : -2;
	for (*key = 0; *key < OFFICE_KEYS; ++*key)
		if (strlen(keys[*key].name) == n && memcmp(keys[*key].name, name, n) == 0)
			return keys[*key].is_code ? *language == -1 : *language >= 0;
	return false;
}

static int
refuse(struct office *office, const char *why)
{
	office->wrong = why;
	return 0;
}

static int
on_line(void *context, const char *section, const char *name, const char *value)
{
	struct office *office = context;
	size_t key;
	int language;
	if (*section != '\0')
		return refuse(office, "there are no sections");
	if (!find_key(name, &key, &language))
		return refuse(office, "no such name");
	if (keys[key].is_code && !is_code(value))
		return refuse(office, "a code has letters, digits, _ and -");
	char **place = &office->value[key][language < 0 ? VI : language];
	size_t old = *place != NULL ? strlen(*place) + 1 : 0, n = strlen(value);
	if (old + n > VALUE_MAX_BYTES)
		return refuse(office, "too long");
	char *grown = realloc(*place, old + n + 1);
	if (grown == NULL)
		return refuse(office, "out of memory");
	if (old > 0)
		grown[old - 1] = '\n'; /* a line that goes on */
	memcpy(grown + old, value, n + 1);
	*place = grown;
	return 1;
}

bool
office_read(struct office *office, const char *path, char message[256])
{
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		snprintf(message, 256, "%s: %s", path, strerror(errno));
		return false;
	}
	office->wrong = "not a line of name = value";
	int line = ini_parse_file(file, on_line, office);
	fclose(file);
	if (line > 0)
		snprintf(message, 256, "%s:%d: %s", path, line, office->wrong);
	else if (line < 0)
		snprintf(message, 256, "%s: it cannot be read", path);
	return line == 0;
}
