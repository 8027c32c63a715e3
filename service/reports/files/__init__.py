"""Reports as files: one form a module, each giving the bytes of a whole file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from service.reports.files import csv_file, pdf_file, xlsx_file
from service.reports.report import Report

Form = Literal["csv", "xlsx", "pdf"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file's name, its media type, and its bytes."""

    name: str
    media_type: str
    content: bytes


MEDIA_TYPES: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
_WRITE: dict[Form, Callable[[Report, str], bytes]] = {
    "csv": csv_file.write,
    "xlsx": xlsx_file.write,
    "pdf": pdf_file.write,
}


def report_file(report: Report, form: Form, language: str) -> ReportFile:
    """A report as a file in a language."""
    name = f"report-{report.first}-{report.last}.{form}"
    return ReportFile(name, MEDIA_TYPES[form], _WRITE[form](report, language))
