"""A report as PDF, on A4 across.

No font is in it: STSong-Light is one of Adobe's Asian fonts, for which readers of PDF use a Chinese font of
their own. So the file has kilobytes, and the product needs no font of 10 MB.
"""

from __future__ import annotations

import io
from html import escape
from typing import Any

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from pipelines.texts import text
from service.reports.report import Report
from service.reports.tables import DIGITS, Cell, Column, Table, heading, notes, tables_of
from service.reports.trend import EVENTS, HOURS, Panel, Part, trend_of

FONT = "STSong-Light"
_MARGIN = 36.0
_WIDTH, _HEIGHT = landscape(A4)
_INSIDE = _WIDTH - 2 * _MARGIN
_PANEL, _AXIS, _LEFT = 70.0, 14.0, 30.0
_LONGEST = 200
"""Letters of a cell: a row must fit on a page."""
_INK, _MUTED, _LINE = (colors.HexColor(shown) for shown in ("#1a1f26", "#5a6472", "#c3c9d1"))
_COLOURS: dict[Part, Any] = {
    "confirmed": colors.HexColor("#b42318"),
    "waiting": colors.HexColor("#2457c5"),
    "unclear": colors.HexColor("#7a45c9"),
    "rejected": colors.HexColor("#c3c9d1"),
    "seen": colors.HexColor("#1a7f37"),
    "covered": colors.HexColor("#9aa5b1"),
    "unseen": colors.HexColor("#b45309"),
}
_TITLE = ParagraphStyle("title", fontName=FONT, fontSize=16, leading=21, textColor=_INK, wordWrap="CJK")
_HEAD = ParagraphStyle("head", parent=_TITLE, fontSize=11, leading=15, spaceBefore=12, spaceAfter=4)
_PLAIN = ParagraphStyle("plain", parent=_TITLE, fontSize=8.5, leading=12, textColor=_MUTED)
_CELL = ParagraphStyle("cell", parent=_TITLE, fontSize=7.5, leading=9.5)
_NUMBER = ParagraphStyle("number", parent=_CELL, alignment=2)


def write(report: Report, language: str) -> bytes:
    """The file's bytes; the same report gives the same."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    first, *others = heading(report, language)
    document = SimpleDocTemplate(
        out,
        pagesize=(_WIDTH, _HEIGHT),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=first,
        invariant=1,
    )
    story: list[Any] = [_said(first, _TITLE), *(_said(line, _PLAIN) for line in others)]
    story += [
        _said(line, _PLAIN) for line in (*notes(report, language), text(language, "report.note.pdf_font"))
    ]
    story += _trend(report, language)
    for table in tables_of(report, language):
        story += [_said(table.title, _HEAD), _drawn(table)]
    document.build(story, onFirstPage=_numbered, onLaterPages=_numbered)
    return out.getvalue()


def _said(words: str, style: ParagraphStyle) -> Paragraph:
    # Names come from people, and a paragraph reads markup.
    return Paragraph(escape(words, quote=False), style)


def _drawn(table: Table) -> LongTable:
    head = [_said(column.title, _CELL if column.kind == "text" else _NUMBER) for column in table.columns]
    rows = [
        [_shown(cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows
    ]
    first = 120.0
    rest = min(70.0, (_INSIDE - first) / (len(table.columns) - 1))
    made = LongTable([head, *rows], colWidths=[first] + [rest] * (len(table.columns) - 1), repeatRows=1)
    made.hAlign = "LEFT"
    made.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, _INK),
                ("LINEBELOW", (0, 1), (-1, -1), 0.3, _LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 2),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    return made


def _shown(cell: Cell, column: Column) -> Paragraph:
    if cell is None:
        return _said("", _CELL)
    if isinstance(cell, str):
        words = cell if len(cell) <= _LONGEST else f"{cell[:_LONGEST]}…"
        return _said(words, _CELL if column.kind == "text" else _NUMBER)
    return _said(f"{cell:.{DIGITS[column.kind]}f}" if isinstance(cell, float) else str(cell), _NUMBER)


def _trend(report: Report, language: str) -> list[Any]:
    trend = trend_of(report, _INSIDE - _LEFT, _PANEL)
    by = "_week" if trend.weekly else ""
    parts: list[Any] = []
    for name, panel, kinds in (("events", trend.events, EVENTS), ("hours", trend.hours, HOURS[::-1])):
        parts += [_said(text(language, f"report.trend.{name}{by}"), _HEAD), _legend(kinds, language)]
        parts += [_panel(panel), Spacer(1, 2)]
    return parts


def _legend(parts: tuple[Part, ...], language: str) -> Drawing:
    drawing, x = Drawing(_INSIDE, 14), _LEFT
    for part in parts:
        words = text(language, f"report.{part}")
        drawing.add(Rect(x, 3, 7, 7, fillColor=_COLOURS[part], strokeColor=None))
        drawing.add(String(x + 11, 3.5, words, fontName=FONT, fontSize=8, fillColor=_MUTED))
        x += 11 + pdfmetrics.stringWidth(words, FONT, 8) + 16
    return drawing


def _panel(panel: Panel) -> Drawing:
    drawing = Drawing(_INSIDE, panel.height + _AXIS + 6)
    for share in (0.0, 0.5, 1.0):
        y = _AXIS + share * panel.height
        drawing.add(Line(_LEFT, y, _INSIDE, y, strokeColor=_LINE, strokeWidth=0.4))
        shown = f"{panel.top * share:g}"
        drawing.add(
            String(_LEFT - 4, y - 2.5, shown, fontName=FONT, fontSize=7, fillColor=_MUTED, textAnchor="end")
        )
    for bar in panel.bars:
        for block in bar.blocks:
            y = _AXIS + panel.height - block.y - block.height
            colour = _COLOURS[block.part]
            drawing.add(Rect(_LEFT + bar.x, y, bar.width, block.height, fillColor=colour, strokeColor=None))
        if bar.labelled:
            x = _LEFT + bar.x + bar.width / 2
            day = bar.row.key[5:]
            drawing.add(String(x, 3, day, fontName=FONT, fontSize=7, fillColor=_MUTED, textAnchor="middle"))
    return drawing


def _numbered(canvas: Any, _document: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.setFillColor(_MUTED)
    canvas.drawRightString(_WIDTH - _MARGIN, _MARGIN / 2, str(canvas.getPageNumber()))
