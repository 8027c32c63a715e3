"""A report as CSV: its tables one below the other, in UTF-8 with the mark by which Excel knows it."""

from __future__ import annotations

import csv
import io

from service.reports.report import Report
from service.reports.tables import DIGITS, Cell, Column, heading, notes, tables_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet take a text for a formula, or read on in the next cell."""


def write(report: Report, language: str) -> bytes:
    """The file's bytes; the same report gives the same."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    for line in heading(report, language):
        rows.writerow([guarded(line)])
    for table in tables_of(report, language):
        rows.writerow([])
        rows.writerow([table.title])
        rows.writerow([guarded(column.title) for column in table.columns])
        for row in table.rows:
            rows.writerow([_shown(cell, column) for cell, column in zip(row, table.columns, strict=True)])
    rows.writerow([])
    for line in notes(report, language):
        rows.writerow([guarded(line)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def guarded(words: str) -> str:
    """A text that no spreadsheet runs: names of posts come from people."""
    return f"'{words}" if words.startswith(_FORMULA) else words


def _shown(cell: Cell, column: Column) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guarded(cell)
    return f"{cell:.{DIGITS[column.kind]}f}" if isinstance(cell, float) else str(cell)
