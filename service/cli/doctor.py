"""`conduct doctor`: what is wrong with a site and its surroundings, in plain words."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.texts import text
from service.cli.options import Language, chosen_settings
from service.doctor import Diagnosis, Patient, diagnose
from service.doctor.finding import Level

SIGNS = {Level.OK: "✓", Level.UNKNOWN: "?", Level.WARNING: "!", Level.PROBLEM: "✗"}


def doctor(
    site_file: Annotated[
        Path | None, typer.Option("--site", help="the hall's site file; none = only the machine is checked")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object with all findings")] = False,
    language: Language = "en",
) -> None:
    """Check a site end to end and say what is wrong; exit code 1 when there is a problem."""
    found: list[Diagnosis] = []
    for diagnosis in diagnose(Patient(chosen_settings(None, None), site_file, datetime.now(UTC))):
        if not as_json:
            _show(diagnosis, language, first=not found or found[-1].group != diagnosis.group)
        found.append(diagnosis)
    healthy = all(diagnosis.finding.level is not Level.PROBLEM for diagnosis in found)
    if as_json:
        findings = [diagnosis.line(language) for diagnosis in found]
        print(json.dumps({"ok": healthy, "findings": findings}, ensure_ascii=False))
    else:
        counts = {level: sum(d.finding.level is level for d in found) for level in Level}
        summary = {"problems": counts[Level.PROBLEM], "warnings": counts[Level.WARNING]}
        print("\n" + text(language, "doctor.summary", unknown=counts[Level.UNKNOWN], **summary))
    if not healthy:
        raise typer.Exit(1)


def _show(diagnosis: Diagnosis, language: str, *, first: bool) -> None:
    if first:
        print(f"\n{text(language, f'doctor.group.{diagnosis.group}')}")
    print(f"  {SIGNS[diagnosis.finding.level]} {diagnosis.said(language)}")
    advice = diagnosis.advice(language)
    if advice:
        print(f"      → {advice}", flush=True)
