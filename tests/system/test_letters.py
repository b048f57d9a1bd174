# SPDX-License-Identifier: Apache-2.0
"""Letters with access codes: what stands in them, and what a telephone reads off their QR codes."""

import csv
import html.parser
import os
import re
import shutil
import stat
import subprocess
import unittest

from client import ROUND, ClientTest
from wire import tax_code

LINK = "https://khaosat.example.vn/tra-loi"
LONG = ("Công ty TNHH Một thành viên Thương mại Dịch vụ Xuất nhập khẩu và Đầu tư Phát triển Hạ tầng Khu công nghiệp "
        "Nguyễn Huỳnh Trường Thịnh Phước Lộc")
UNITS = ((LONG, "Lô CN-12, Khu công nghiệp Vũng Áng 1, phường Vũng Áng", "18073"),
         ('Hợp tác xã <script>alert(1)</script> & "Đồng Tâm" \'2\'', "Thôn 5\u202e", "18073"),
         ("=cmd()", "", "18115"))


def image_of(path, scale=8):
    """A PGM of the modules that an SVG path of qr_svg draws."""
    side = int(re.search(r'viewBox="0 0 (\d+) ', path).group(1))
    pixels = [[255] * (side * scale) for _ in range(side * scale)]
    for x, y, n in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        for line in range(int(y) * scale, (int(y) + 1) * scale):
            for column in range(int(x) * scale, (int(x) + int(n)) * scale):
                pixels[line][column] = 0
    return b"P5 %d %d 255\n" % (side * scale, side * scale) + bytes(p for row in pixels for p in row)


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


class LetterTest(ClientTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.register = cls.path("addresses.csv")
        with open(cls.register, "w", encoding="utf-8", newline="") as f:
            rows = csv.writer(f)
            rows.writerow(("tax_code", "name", "unit_type", "address", "commune"))
            for unit, (name, address, commune) in zip(cls.units, UNITS):
                rows.writerow((unit, name, "DN", address, commune))
            rows.writerow((tax_code(50), "không có mã", "DN", "", "18073"))

    def letters(self, name, *more, **changes):
        options = {"round": ROUND, "codes": self.path("codes.csv"), "register": self.register, "link": LINK,
                   "office": "Sở <KH&CN>", "deadline": "2026-03-31", "output": self.path(name), **changes}
        return self.khaosat("letter", *(p for k, v in options.items() if v for p in ("--" + k, v)), *more)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def test_each_unit_has_a_page_with_its_own_words_and_nothing_of_them_is_markup(self):
        self.assert_exit(0, self.letters("all.html"))
        text = self.read("all.html")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("all.html")).st_mode), 0o600)
        pages = text.split('<section class="letter">')[1:]
        self.assertEqual(len(pages), 3)
        for page, unit in zip(pages, self.units):
            self.assertIn("Mã số thuế: " + unit, page)
            self.assertIn(self.codes[unit], page)
            self.assertIn("31/03/2026", page)
            self.assertIn("Sở &lt;KH&amp;CN&gt;", page)
        self.assertIn(LONG, pages[0])
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Đồng Tâm&quot; &#39;2&#39;", pages[1])
        self.assertNotIn("\u202e", text)  # it would turn what follows
        self.assertIn('Địa chỉ: <span class="blank">', pages[2])
        tags = Tags()
        tags.feed(text)
        self.assertFalse({"script", "img", "link", "iframe", "a"} & set(tags.tags))
        self.assertNotIn(" src=", text)
        self.assertIn("size:A4", text)

    @unittest.skipUnless(shutil.which("zbarimg"), "zbarimg of zbar-tools is not installed")
    def test_a_telephone_reads_the_link_with_unit_and_code_behind_the_hash(self):
        self.assert_exit(0, self.letters("qr.html"))
        drawn = re.findall(r'<svg class="qr".*?</svg>', self.read("qr.html"))
        self.assertEqual(len(drawn), 3)
        for svg, unit in zip(drawn, self.units):
            with open(self.path("qr.pgm"), "wb") as f:
                f.write(image_of(svg))
            read = subprocess.run(["zbarimg", "--quiet", "--raw", self.path("qr.pgm")], capture_output=True, text=True,
                                  timeout=60)
            self.assertEqual(read.stdout.strip(), "%s#round=%s&unit=%s&code=%s" % (
                LINK, ROUND, unit, self.codes[unit].replace("-", "")), read.stderr)

    def test_they_are_parted_by_commune_or_by_number(self):
        self.assert_exit(0, self.letters("c.html", "--by-commune"))
        self.assertEqual([self.read("c-%s.html" % c).count('class="letter"') for c in ("18073", "18115")], [2, 1])
        self.assert_exit(0, self.letters("n.html", "--per-file", "2"))
        self.assertEqual([self.read("n-%s.html" % n).count('class="letter"') for n in ("0001", "0002")], [2, 1])
        for name in ("c-18073.html", "n-0002.html"):
            self.assertTrue(self.read(name).endswith("</body>\n</html>\n"))

    def test_the_deadline_is_that_of_the_round_where_none_is_given(self):
        lacks = self.letters("d.html", deadline=None)
        self.assert_exit(2, lacks)
        self.assertIn("--deadline", lacks.stderr)
        staff = ["--token-file", os.path.join(self.collector.data, "staff.token")]
        for until, day in (("2098-02-01", "01/02/2098"), ("2098-03-01T00:00+07:00", "28/02/2098")):
            self.assert_exit(0, self.khaosat(*staff, "round", "extend", ROUND, "--until", until))
            self.assert_exit(0, self.letters(day[:2] + ".html", deadline=None))
            self.assertEqual(self.read(day[:2] + ".html").count(day), 3)

    def test_a_unit_without_address_row_is_named(self):
        codes = self.path("more.csv")
        with open(codes, "w", encoding="utf-8") as f:
            f.write("access_code,tax_code\n0000-1111-2222-3333,%s\n%s,%s\n" % (
                tax_code(60), self.codes[self.units[0]], self.units[0]))
        result = self.letters("more.html", codes=codes)
        self.assert_exit(1, result)
        self.assertIn(tax_code(60), result.stderr)
        self.assertEqual(self.read("more.html").count('class="letter"'), 1)

    def test_a_register_that_cannot_be_read_is_said_to_be_so_by_line_and_reason(self):
        torn = self.path("torn.csv")
        with open(torn, "w", encoding="utf-8") as f:
            f.write('tax_code,name,unit_type\n%s,"never closed,DN\n' % self.units[0])
        result = self.letters("torn.html", register=torn)
        self.assert_exit(1, result)
        self.assertIn("torn.csv dòng 2: sai dấu nháy kép trong dòng", result.stderr)

    def test_wrong_use_writes_nothing_and_nothing_is_overwritten(self):
        for changes in ({"link": "khaosat.example.vn"}, {"link": LINK + "#x"}, {"deadline": "2026-02-30"},
                        {"office": None}, {"register": None}):
            self.assert_exit(2, self.letters("none.html", **changes))
        self.assert_exit(2, self.letters("none.html", "--per-file", "0"))
        self.assert_exit(2, self.letters("none.html", "--per-file", "9", "--by-commune"))
        self.assert_exit(1, self.letters("none.html", codes=self.register))
        self.assertFalse(os.path.exists(self.path("none.html")))
        with open(self.path("kept.html"), "w", encoding="utf-8") as f:
            f.write("kept")
        self.assert_exit(1, self.letters("kept.html"))
        self.assertEqual(self.read("kept.html"), "kept")


if __name__ == "__main__":
    unittest.main()
