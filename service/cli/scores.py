"""`conduct evaluate`: events against the truth."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipelines import evaluate as scoring
from pipelines import reliability
from pipelines.regulation import load


def evaluate(
    events: Annotated[Path, typer.Option("--events", metavar="FILE", help="events.jsonl of a run")],
    truth: Annotated[Path, typer.Option("--truth", metavar="FILE", help="intervals: post, rule, start, end")],
    observations: Annotated[
        Path | None, typer.Option("--observations", metavar="FILE", help="observations.jsonl of the same run")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON per rule")] = False,
) -> None:
    """Compare events with the truth: per rule matched, missed, false; start and end error in seconds.

    With the run's observations also how far the beliefs can be taken at their word.
    """
    found, truths = scoring.read_intervals(events), scoring.read_intervals(truth)
    scores = [score.summary() for score in scoring.evaluate(found, truths)]
    curves = [] if observations is None else _curves(observations, truth)
    if as_json:
        for line in [*scores, *curves]:
            print(json.dumps(line))
        return
    table = Table("rule", "matched", "missed", "false", "start error (s)", "end error (s)")
    for score in scores:
        errors = [", ".join(f"{e:+.1f}" for e in score[key]) for key in ("start_error_s", "end_error_s")]
        table.add_row(*(str(score[key]) for key in ("rule", "matched", "missed", "false")), *errors)
    console = Console()
    console.print(table)
    if observations is not None:
        console.print(_curve_table(curves))


def _curves(observations: Path, truth: Path) -> list[dict[str, Any]]:
    beliefs, truths = reliability.read_beliefs(observations), scoring.read_intervals(truth, covered=True)
    return [curve.summary() for curve in reliability.compare(beliefs, truths, load().rules)]


def _curve_table(curves: list[dict[str, Any]]) -> Table:
    table = Table("behaviour", "looks", "calibration error", "belief: share in which it was so (looks)")
    for curve in curves:
        bins = ", ".join(f"{said:.2f}: {so:.2f} ({count})" for count, said, so in curve["bins"])
        table.add_row(curve["behaviour"], str(curve["looks"]), f"{curve['calibration_error']:.3f}", bins)
    return table
