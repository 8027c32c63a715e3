"""The figures of all shipped models from the data folder, against those of their cards.

No torch is needed. The ledger is made when none is given; so are the people's crops for the person network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.manifest import Manifest

from .calibrate import calibrate
from .data import build_ledger, write_ledger
from .difference import Row, as_markdown, compare, read_result
from .evaluate import evaluate
from .posture import evaluate as posture
from .posture.people import collect

TOLERANCE = 0.002
"""Figures are rounded to four digits, and another processor's kernels move a score in the sixth."""
REMADE = ("metrics", "calibration", "drivers", "smokers", "rendered_clips")
"""Parts of a card's JSON that are made from the weights as shipped; the rest is of weights that are not."""


@dataclass(frozen=True)
class Places:
    """Where things lie: data sets, the demo's clips, a folder to work in; the ledger, if there is one."""

    data: Path
    demo: Path
    work: Path
    ledger: Path | None = None


def shipped_figures(places: Places, say: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """All figures by the model's name."""
    manifest = Manifest.load()
    ledger = places.ledger
    if ledger is None:
        ledger = places.work / "ledger.json"
        say("making the ledger")
        write_ledger(build_ledger(places.data), ledger)
    name, entry = manifest.of_task("detect")
    weight = manifest.folder / entry.file
    say(f"{name}: metrics")
    metrics = evaluate(weight, places.data, ledger)
    say(f"{name}: calibration")
    found: dict[str, dict[str, Any]] = {
        name: {"metrics": metrics, "calibration": calibrate(weight, places.data, ledger)}
    }
    name, _ = manifest.of_task("posture")
    people = places.work / "people"
    if not (people / "people.json").exists():
        say(f"{name}: people's crops")
        collect(places.data, ledger, people, folders=("driver_phone", "cigarette"))
    say(f"{name}: postures")
    found[name] = posture.evaluate(people, places.data, places.demo)
    return found


def against_cards(found: dict[str, dict[str, Any]]) -> dict[str, list[Row]]:
    """Each model's figures (second) beside its card's (first), for the parts that were made."""
    manifest = Manifest.load()
    rows = {}
    for name, parts in found.items():
        card = read_result(manifest.folder / Path(manifest.models[name].card).with_suffix(".json"))
        rows[name] = compare({part: card[part] for part in REMADE if part in card and part in parts}, parts)
    return rows


def report(rows: dict[str, list[Row]]) -> str:
    """All differences as Markdown."""
    return "\n".join(
        f"## {name}\n\n{as_markdown(those, 'card', 'now', TOLERANCE)}" for name, those in rows.items()
    )


def all_agree(rows: dict[str, list[Row]]) -> bool:
    """Whether every figure is the card's."""
    return all(row.agrees(TOLERANCE) for those in rows.values() for row in those)
