"""`conduct evaluate`: events against the truth."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines import evaluate as scoring


def evaluate(
    events: Annotated[Path, typer.Option("--events", metavar="FILE", help="events.jsonl of a run")],
    truth: Annotated[Path, typer.Option("--truth", metavar="FILE", help="intervals: post, rule, start, end")],
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON per rule")] = False,
) -> None:
    """Compare events with the truth: per rule matched, missed, false; start and end error in seconds."""
    found, truths = scoring.read_intervals(events), scoring.read_intervals(truth)
    scores = [score.summary() for score in scoring.evaluate(found, truths)]
    if as_json:
        for score in scores:
            print(json.dumps(score))
        return
    table = Table("rule", "matched", "missed", "false", "start error (s)", "end error (s)")
    for score in scores:
        errors = [", ".join(f"{e:+.1f}" for e in score[key]) for key in ("start_error_s", "end_error_s")]
        table.add_row(*(str(score[key]) for key in ("rule", "matched", "missed", "false")), *errors)
    Console().print(table)
