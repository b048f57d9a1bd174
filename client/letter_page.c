/* SPDX-License-Identifier: Apache-2.0 */
#include "client/letter_page.h"

#include <string.h>

#include "client/qr.h"
#include "survey/text.h"

#define QUOTED_MAX_BYTES 4096
#define BLANK "<span class=\"blank\"></span>"

/* ------------------------------------------------------------------------------- text */

static void
escape(FILE *to, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", to);
			break;
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		case '\'':
			fputs("&#39;", to);
			break;
		default:
			fputc(*text, to);
		}
	}
}

/* What came out of a file: nothing in it turns the text around it, or is no text. */
static void
put_cell(FILE *to, struct cell cell)
{
	char quoted[QUOTED_MAX_BYTES];
	if (cell.n == 0) {
		fputs(BLANK, to);
		return;
	}
	text_quote(quoted, sizeof(quoted), cell.bytes, cell.n);
	escape(to, quoted);
}

static void
put_text(FILE *to, const char *text)
{
	put_cell(to, (struct cell){text, strlen(text)});
}

static void
put_field(FILE *to, const char *tag, const char *class, const char *text)
{
	fprintf(to, "<%s class=\"%s\">", tag, class);
	put_text(to, text);
	fprintf(to, "</%s>", tag);
}

/* ------------------------------------------------------------------------------- the document */

static const char style[] =
    "@page{size:A4;margin:18mm 18mm 16mm 25mm}"
    "*{box-sizing:border-box}"
    "body{margin:0;color:#000;background:#fff;font:12pt/1.3 'Times New Roman','Liberation "
    "Serif','DejaVu Serif',serif}"
    ".letter{break-after:page;break-inside:avoid;overflow-wrap:anywhere}"
    ".letter:last-child{break-after:auto}"
    "@media screen{body{background:#ddd}.letter{width:210mm;min-height:297mm;margin:8mm auto;"
    "padding:18mm 18mm 16mm 25mm;background:#fff}}"
    "header{display:grid;grid-template-columns:5fr 7fr;gap:4mm;margin-bottom:5mm}"
    "header>div{text-align:center}header "
    "p{margin:0;text-align:center}.superior,.office,.state{text-transform:uppercase}"
    ".office,.state,.motto{font-weight:bold}.state{font-size:11.5pt;white-space:nowrap}"
    ".motto{display:inline-block;border-bottom:1px solid}"
    ".office span{display:inline-block;border-bottom:1px solid;padding-bottom:1mm}"
    "header .date{font-style:italic;margin:3mm 0 0}"
    "header .number{margin-top:2mm}.about{font-size:11pt}"
    "p{margin:0 0 2.5mm;text-align:justify}"
    ".to{margin-left:12mm}.to b{font-size:13pt}.to p{margin-bottom:1mm;text-align:left}"
    ".access{display:grid;grid-template-columns:1fr 42mm;gap:6mm;border:1.5px solid;"
    "padding:3mm 5mm;margin:4mm 0;align-items:center}"
    ".access p{margin:0 0 1.5mm;text-align:left}"
    ".code{font:bold 19pt/1.3 'Liberation Mono','DejaVu Sans Mono',monospace;white-space:nowrap}"
    ".link{font-family:'Liberation Mono','DejaVu Sans Mono',monospace;font-size:11pt}"
    ".qr{width:42mm;height:42mm;display:block}"
    "ol{margin:0 0 3mm;padding-left:7mm}li{margin-bottom:1mm;text-align:justify}"
    "footer{display:grid;grid-template-columns:1fr 1fr;margin-top:5mm}"
    "footer p{margin:0;text-align:center}.signer{font-weight:bold;text-transform:uppercase}"
    "footer .copies{text-align:left;font-size:11pt}"
    ".contact{text-align:left}"
    ".blank{display:inline-block;min-width:28mm;border-bottom:1px dotted;height:1em}";

void
letter_page_begin(FILE *to, const struct letter_form *form)
{
	fputs("<!DOCTYPE html>\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
	      "<title>",
	    to);
	escape(to, form->subject);
	fprintf(to, "</title>\n<style>%s</style>\n</head>\n<body>\n", style);
}

void
letter_page_end(FILE *to)
{
	fputs("</body>\n</html>\n", to);
}

/* ------------------------------------------------------------------------------- one letter */

static void
put_head(FILE *to, const struct letter_form *form)
{
	fputs("<header><div>", to);
	if (form->superior[0] != '\0')
		put_field(to, "p", "superior", form->superior);
	fputs("<p class=\"office\"><span>", to);
	put_text(to, form->office);
	fputs("</span></p><p class=\"number\">Số: ", to);
	put_text(to, form->number);
	fputs("</p><p class=\"about\">V/v tham gia: ", to);
	put_text(to, form->subject);
	fputs("</p></div><div><p class=\"state\">Cộng hòa xã hội chủ nghĩa Việt Nam</p>"
	      "<p class=\"motto\">Độc lập - Tự do - Hạnh phúc</p><p class=\"date\">",
	    to);
	put_text(to, form->place);
	fputs(", ngày ...... tháng ...... năm .........</p></div></header>", to);
}

static void
put_addressee(FILE *to, const struct letter *letter)
{
	fputs("<div class=\"to\"><p>Kính gửi: <b>", to);
	put_cell(to, letter->name);
	fprintf(to, "</b></p><p>Mã số thuế: %s</p><p>Địa chỉ: ", letter->tax_code);
	put_cell(to, letter->address);
	fputs("</p></div>", to);
}

/* Four groups of four, as it is typed. */
static void
put_code(FILE *to, const char *code)
{
	fprintf(
	    to, "<p class=\"code\">%.4s-%.4s-%.4s-%.4s</p>", code, code + 4, code + 8, code + 12);
}

static bool
put_access(FILE *to, const struct letter_form *form, const struct letter *letter)
{
	char link[LETTER_LINK_MAX_BYTES + 128];
	/* Behind '#', so that no browser sends it and no server logs it. */
	snprintf(link, sizeof(link), "%s#round=%s&unit=%s&code=%.*s", form->link, form->round,
	    letter->tax_code, CODE_CHARS, letter->code);
	fputs("<div class=\"access\"><div><p>Mã truy cập của quý đơn vị:</p>", to);
	put_code(to, letter->code);
	fputs("<p>Trang khảo sát:</p><p class=\"link\">", to);
	escape(to, form->link);
	fprintf(to, "</p><p>Đợt khảo sát: %s</p></div>", form->round);
	bool good = qr_svg(to, link);
	fputs("</div>", to);
	explicit_bzero(link, sizeof(link));
	return good;
}

static void
put_words(FILE *to, const struct letter_form *form)
{
	fputs("<p>", to);
	put_text(to, form->office);
	fputs(" trân trọng đề nghị quý đơn vị trả lời phiếu khảo sát chậm nhất là ngày <b>", to);
	put_text(to, form->deadline);
	fputs(
	    "</b>, theo một trong hai cách:</p><ol><li>Quét mã QR bằng điện thoại; hoặc mở trang "
	    "khảo sát, nhập mã số thuế và mã truy cập ở trên.</li><li>Dùng chương trình khaosat, "
	    "kể cả khi không có mạng: phiếu được gửi khi có mạng trở lại.</li></ol>"
	    "<p>Sau khi gửi, quý đơn vị nhận được biên nhận và vẫn có thể sửa câu trả lời cho đến "
	    "khi đợt khảo sát đóng. Mã truy cập thay cho chữ ký của quý đơn vị: xin giữ kín, "
	    "không gửi qua tin nhắn hay thư điện tử. Cơ quan khảo sát không bao giờ hỏi mã này. "
	    "Khi mất mã hoặc nghi bị lộ, xin liên hệ để được cấp mã mới.</p><p "
	    "class=\"contact\">Liên hệ: ",
	    to);
	put_text(to, form->contact);
	fputs("</p>", to);
}

static void
put_foot(FILE *to, const struct letter_form *form)
{
	fputs("<footer><p class=\"copies\"><i><b>Nơi nhận:</b></i><br>- Như trên;<br>- Lưu: VT.</p>"
	      "<p class=\"signer\">",
	    to);
	put_text(to, form->signer);
	fputs("</p></footer>", to);
}

bool
letter_page(FILE *to, const struct letter_form *form, const struct letter *letter)
{
	fputs("<section class=\"letter\">", to);
	put_head(to, form);
	put_addressee(to, letter);
	bool good = put_access(to, form, letter);
	put_words(to, form);
	put_foot(to, form);
	fputs("</section>\n", to);
	return good;
}
