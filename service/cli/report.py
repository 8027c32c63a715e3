"""`conduct report`: the report of some days as a file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.auth.entrance import command_line
from service.cli.options import Language, fail, opened_store
from service.reports.files import FORMS, Form, report_file
from service.reports.making import make_report
from service.reports.period import BadPeriodError, parsed_day, wanted


def report(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="file to write; it is replaced")],
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="first day; else the Monday of that week")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="last day, included; else the week's Sunday")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="csv, xlsx or pdf; else as the file's name ends")
    ] = None,
    lang: Language = "zh-CN",
) -> None:
    """Write the report of some days: what was found, what came of it, how much was seen at all."""
    chosen = _form(form or out.suffix.removeprefix("."))
    now = datetime.now(UTC)
    with opened_store() as store:
        zone = store.hall().zone
        try:
            days = (parsed_day("from", first), parsed_day("to", last))
            period = wanted(*days, now.astimezone(zone).date(), zone)
        except BadPeriodError as error:
            fail(f"--{error.field}: {error}")
        file = report_file(make_report(store, period, None, now), chosen, lang)
        told = {"from": str(period.first), "to": str(period.last)}
        store.audit.add(command_line().act(now, "report.exported", chosen, **told))
        out.write_bytes(file.content)
    print(f"{period.first} to {period.last} in {out}")


def _form(given: str) -> Form:
    found = next((form for form in FORMS if form == given.lower()), None)
    return found or fail(f"--format: expected one of {', '.join(FORMS)}, got {given!r}")
