"""`conduct report`: the report of some days as a file."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.auth.entrance import command_line
from service.cli.options import Language, fail, opened_store
from service.reports.files import FORMS, Form, report_file
from service.reports.making import make_report
from service.reports.period import PRESETS, BadPeriodError, parsed_day, preset, wanted


def report(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="file to write; it is replaced")],
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="first day; else the Monday of that week")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="last day, included; else the week's Sunday")
    ] = None,
    span: Annotated[
        str | None,
        typer.Option("--range", metavar="NAME", help=f"instead of days: {', '.join(PRESETS)}"),
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="csv, xlsx or pdf; else as the file's name ends")
    ] = None,
    lang: Language = "zh-CN",
) -> None:
    """Write the report of some days: what was found, what came of it, how much was seen at all."""
    chosen = _form(form or out.suffix.removeprefix("."))
    if span and (first or last):
        fail("--range: expected either --range or --from and --to, got both")
    now = datetime.now(UTC)
    with opened_store() as store:
        zone = store.hall().zone
        today = now.astimezone(zone).date()
        try:
            days = _days(span, today) if span else (parsed_day("from", first), parsed_day("to", last))
            period = wanted(*days, today, zone)
        except BadPeriodError as error:
            fail(f"--{error.field}: {error}")
        file = report_file(make_report(store, period, None, now), chosen, lang)
        told = {"from": str(period.first), "to": str(period.last)}
        store.audit.add(command_line().act(now, "report.exported", chosen, **told))
        out.write_bytes(file.content)
    print(f"{period.first} to {period.last} in {out}")


def _days(span: str, today: date) -> tuple[date, date]:
    name = next((one for one in PRESETS if one == span), None)
    return preset(name or fail(f"--range: expected one of {', '.join(PRESETS)}, got {span!r}"), today)


def _form(given: str) -> Form:
    found = next((form for form in FORMS if form == given.lower()), None)
    return found or fail(f"--format: expected one of {', '.join(FORMS)}, got {given!r}")
