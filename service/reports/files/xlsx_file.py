"""A report as an Excel workbook: one sheet a table, numbers as numbers."""

from __future__ import annotations

import io
from datetime import UTC
from typing import Any

import xlsxwriter

from service.reports.report import Report
from service.reports.tables import Cell, Kind, Table, heading, notes, tables_of

_FORMATS: dict[Kind, str] = {"text": "@", "count": "0", "hours": "0.0", "rate": "0.00", "percent": "0.0"}
_WIDE, _NARROW = 28, 15


def write(report: Report, language: str) -> bytes:
    """The file's bytes."""
    out = io.BytesIO()
    # Names come from people: none may become a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": report.made_at.astimezone(UTC).replace(tzinfo=None)})
        style = _Styles(book)
        for table in tables_of(report, language):
            sheet = book.add_worksheet(table.title)
            first = _lines(sheet, heading(report, language), style.title) if table.name == "summary" else 0
            last = _fill(sheet, table, first, style)
            if table.name == "summary":
                _lines(sheet, notes(report, language), None, last + 1)
    return out.getvalue()


class _Styles:
    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 13})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.of = {kind: book.add_format({"num_format": shown}) for kind, shown in _FORMATS.items()}
        self.words = book.add_format({"align": "right", "font_color": "#5a6472"})


def _lines(sheet: Any, lines: list[str], style: Any, row: int = 0) -> int:
    """Write lines from a row on; gives the row after them and one more."""
    for line in lines:
        sheet.write_string(row, 0, line, style)
        row, style = row + 1, None
    return row + 1


def _fill(sheet: Any, table: Table, first: int, style: _Styles) -> int:
    """Write a table from a row on; gives the row after it."""
    for i, column in enumerate(table.columns):
        sheet.set_column(i, i, _WIDE if i == 0 else _NARROW)
        sheet.write_string(first, i, column.title, style.head)
    for n, row in enumerate(table.rows, first + 1):
        for i, cell in enumerate(row):
            _put(sheet, n, i, cell, table.columns[i].kind, style)
    if table.name != "summary":
        sheet.freeze_panes(first + 1, 1)
        sheet.set_landscape()
    return first + 1 + len(table.rows)


def _put(sheet: Any, row: int, i: int, cell: Cell, kind: Kind, style: _Styles) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(row, i, cell, style.of["text"] if kind == "text" else style.words)
    else:
        sheet.write_number(row, i, cell, style.of["count" if isinstance(cell, int) else kind])
