# SPDX-License-Identifier: Apache-2.0
"""The figures as one SVG: a panel a shape with its own scale, a bar a contender. Drawn on a card of
its own colour, so that it reads on a light page and on a dark one. Pure."""
from xml.sax.saxutils import escape

WIDTH, COLUMNS, MARGIN, GAP = 960, 3, 24, 20
BAR, STEP, NAME_WIDTH, VALUE_WIDTH = 13, 20, 88, 70
INK, FAINT, CARD, LINE = "#1f2937", "#6b7280", "#fbfaf7", "#d6d3cc"
OURS, PEER, CEILING = "#0f766e", "#9aa5b1", "#dcdfe3"


def text(x, y, words, size=12, colour=INK, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"'
            f' font-weight="{weight}">{escape(words)}</text>')


def bar(x, y, width, colour, dashed):
    edge = f' stroke="{FAINT}" stroke-dasharray="3 2"' if dashed else ""
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{BAR}" rx="2"'
            f' fill="{colour}"{edge}/>')


def panel(x, y, width, title, bars):
    """`bars`: (name, figure, what to print, is it a ceiling); a ceiling's bar is cut at full width."""
    out = [text(x, y + 14, title, 14, weight="bold")]
    greatest = max(figure for _, figure, _, ceiling in bars if not ceiling)
    room = width - NAME_WIDTH - VALUE_WIDTH
    for i, (name, figure, words, ceiling) in enumerate(bars):
        top = y + 26 + i * STEP
        ours = name == "khaosat"
        colour = OURS if ours else CEILING if ceiling else PEER
        length = min(figure / greatest, 1) * room
        weight = "bold" if ours else "normal"
        out += [text(x + NAME_WIDTH - 8, top + 11, name, 12, OURS if ours else INK, "end", weight),
                bar(x + NAME_WIDTH, top, length, colour, ceiling),
                text(x + NAME_WIDTH + max(length, 1) + 6, top + 11, words, 11,
                     OURS if ours else FAINT, weight=weight)]
    return "".join(out)


def draw(title, panels, notes):
    """`panels`: (title, bars) each; `notes`: lines below them."""
    width = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
    y, body = 70, []
    for at in range(0, len(panels), COLUMNS):
        row = panels[at:at + COLUMNS]
        for column, (name, bars) in enumerate(row):
            body.append(panel(MARGIN + column * (width + GAP), y, width, name, bars))
        y += 26 + STEP * max(len(bars) for _, bars in row) + 22
    for line in notes:
        body.append(text(MARGIN, y, line, 11, FAINT))
        y += 16
    height = y + 6
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
            f' viewBox="0 0 {WIDTH} {height}" role="img" font-family="DejaVu Sans, Verdana, sans-serif">'
            f'<title>{escape(title)}</title>'
            f'<rect x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="10" fill="{CARD}"'
            f' stroke="{LINE}"/>' + text(MARGIN, 38, title, 18, weight="bold") + "".join(body) + "</svg>\n")
