/* SPDX-License-Identifier: Apache-2.0 */
/* CSV on the Web: what the columns of observations.csv and codes.csv hold, by the name under which
 * its readers look for it in a folder, csv-metadata.json. */
#include <string.h>

#include "collector/export/format.h"
#include "collector/export/text.h"
#include "collector/export/words.h"

struct csvw_column {
	const char *name, *datatype;
	bool required;
	struct label title;
};

static const struct csvw_column observations[] = {
    {"confidentiality", "string", true, {"Mức mật", "Confidentiality"}},
    {"round", "string", true, {"Đợt khảo sát", "Round"}},
    {"vintage", "integer", true, {"Lần công bố", "Vintage"}},
    {"goal", "string", true, {"Mục tiêu", "Goal"}},
    {"population", "string", true, {"Tổng thể", "Population"}},
    {"dimension", "string", true, {"Phân tổ", "Dimension"}},
    {"cell", "string", true, {"Nhóm", "Cell"}},
    {"measure", "string", true, {"Chỉ số", "Measure"}},
    {"unit", "string", true, {"Đơn vị tính", "Unit"}},
    {"value", "string", false, {"Giá trị", "Value"}},
    {"status", "string", true, {"Trạng thái", "Status"}},
    {"of_vintage", "integer", true, {"Số liệu của lần công bố", "Of vintage"}},
    {"as_of", "dateTime", true, {"Đến thời điểm", "As of"}},
};

static const struct csvw_column codes[] = {
    {"list", "string", true, {"Danh mục", "List"}},
    {"code", "string", true, {"Mã", "Code"}},
    {"parent", "string", false, {"Mã cấp trên", "Parent"}},
    {"label_vi", "string", true, {"Tên tiếng Việt", "Name in Vietnamese"}},
    {"label_en", "string", true, {"Tên tiếng Anh", "Name in English"}},
};

/* Of columns whose title does not say it all. */
static const struct {
	const char *column;
	struct label words;
} descriptions[] = {
    {"value",
	{"Số đếm, phần trăm hoặc mã kết luận, theo cột unit; trống khi không công bố hoặc không "
	 "thể có, cột status nói rõ",
	    "A count, a percentage or the code of a verdict, as unit says; empty where it is "
	    "withheld or cannot be, as status says"}},
    {"status",
	{"Danh mục status trong codes.csv. impossible: mọi câu trả lời còn lại cũng không đủ, "
	 "nên needed hoặc needed_not không có giá trị",
	    "The list status of codes.csv. impossible: all answers still open would not be "
	    "enough, so that needed or needed_not has no value"}},
};

/* In both languages. */
static void
put_words(struct sink *out, struct label words)
{
	sink_text(out, ", \"dc:description\": [{\"@language\": \"vi\", \"@value\": ");
	sink_json(out, words.vi);
	sink_text(out, "}, {\"@language\": \"en\", \"@value\": ");
	sink_json(out, words.en);
	sink_text(out, "}]");
}

static void
put_table(
    struct sink *out, const char *url, const struct csvw_column *column, size_t n, const char *key)
{
	sink_printf(out, "  {\"url\": \"%s\", \"tableSchema\": {\"columns\": [", url);
	for (size_t i = 0; i < n; i++) {
		sink_printf(out, "%s\n    {\"name\": \"%s\", \"titles\": {\"vi\": [\"%s\", ",
		    i == 0 ? "" : ",", column[i].name, column[i].name);
		sink_json(out, column[i].title.vi);
		sink_printf(out, "], \"en\": [\"%s\", ", column[i].name);
		sink_json(out, column[i].title.en);
		sink_printf(out, "]}, \"datatype\": \"%s\", \"required\": %s", column[i].datatype,
		    column[i].required ? "true" : "false");
		for (size_t k = 0; k < sizeof(descriptions) / sizeof(descriptions[0]); k++)
			if (strcmp(descriptions[k].column, column[i].name) == 0)
				put_words(out, descriptions[k].words);
		sink_text(out, "}");
	}
	sink_printf(out, "],\n   \"primaryKey\": [%s]}}", key);
}

/* What holds of all figures: that they are of a sample, or rounded. */
static void
put_description(const struct tables *t, struct sink *out)
{
	char vi[NOTE_WORDS_BYTES], en[NOTE_WORDS_BYTES];
	words_note(t, vi, en);
	if (*vi != '\0')
		put_words(out, (struct label){vi, en});
}

void
write_csvw(const struct export *e, struct sink *out)
{
	const struct tables *t = e->tables;
	sink_text(out, "{\"@context\": [\"http://www.w3.org/ns/csvw\", {\"@language\": \"vi\"}],\n"
		       " \"dc:title\": ");
	sink_json(out, t->definition->title.vi);
	put_description(t, out);
	sink_text(out,
	    ",\n \"dialect\": {\"encoding\": \"utf-8\", \"lineTerminators\": [\"\\n\"]},\n"
	    " \"tables\": [\n");
	put_table(out, "observations.csv", observations,
	    sizeof(observations) / sizeof(observations[0]),
	    "\"goal\", \"dimension\", \"cell\", \"measure\"");
	sink_text(out, ",\n");
	put_table(out, "codes.csv", codes, sizeof(codes) / sizeof(codes[0]), "\"list\", \"code\"");
	sink_text(out, "]}\n");
}
