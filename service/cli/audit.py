"""`conduct audit ...`: who did what, and whether anybody has tampered with that."""

from typing import Annotated

import typer

from pipelines.rules.events import compact_json
from service.audit import Entry
from service.cli.options import fail, opened_store

app = typer.Typer(help="The log of who did what: logins, verdicts, views, changes.", no_args_is_help=True)


@app.command("list")
def list_entries(
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON per entry")] = False,
) -> None:
    """List every entry, oldest first."""
    with opened_store() as store:
        for entry in store.audit.oldest():
            print(compact_json(entry.model_dump(mode="json")) if as_json else _line(entry))


@app.command()
def verify(
    head: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER:HASH", help="a head that was printed before: the log must still hold it"
        ),
    ] = None,
) -> None:
    """Check the chain: no entry was changed, removed or moved. Prints the head; note it down elsewhere."""
    with opened_store() as store:
        fault = store.audit.first_fault()
        if fault is not None:
            fail(f"audit log: entry {fault.seq}: {fault.what}")
        if head is not None and head not in (f"{one.seq}:{one.hash}" for one in store.audit.oldest()):
            fail(f"audit log: expected the entry {head}, as it was printed once; the log was made anew")
        last = store.audit.head()
    print(f"{last.seq} entries, whole; head {last.seq}:{last.hash}")


def _line(entry: Entry) -> str:
    who = entry.who or f"({entry.way})"
    detail = f"  {compact_json(dict(entry.detail))}" if entry.detail else ""
    when = entry.at.isoformat(timespec="seconds")
    return f"{entry.seq:>6}  {when}  {who:<16}  {entry.action:<16}  {entry.object}  {entry.address}{detail}"
