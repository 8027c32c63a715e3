"""`conduct calibrate`: a hall's verdicts, a calibration, and what it would have changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from service.store import Store, open_database
from tests.cli.samples_learning import a_hall
from tests.cli.test_bad_input import one_error, run


def calibrated(monkeypatch: pytest.MonkeyPatch, site: Path, *more: str) -> int:
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(site.parent / "data"))
    return run(monkeypatch, "calibrate", "--site", str(site), *more)


def test_faint_calls_that_were_rejected_are_asked_about_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = a_hall(tmp_path, confirmed=40, rejected=60)

    assert calibrated(monkeypatch, site, "--json") == 0

    figures = json.loads(capsys.readouterr().out)
    (fit,) = [one for one in figures["fits"] if one["rule"] == "phone_use"]
    assert (fit["confirmed"], fit["rejected"]) == (40, 60)
    assert fit["after"]["log_loss"] < fit["before"]["log_loss"]
    (row,) = [one for one in figures["replay"] if one["rule"] == "phone_use"]
    assert row["unknown"] == 0
    assert (row["still"], row["gone"], row["gone_rejected"], row["gone_confirmed"]) == (40, 60, 60, 0)
    assert row["new"] == 0
    path = tmp_path / "hall.calibration.yaml"
    assert figures["file"] == str(path)
    assert list(yaml.safe_load(path.read_text(encoding="utf-8"))["behaviours"]) == ["phone"]
    store = Store(open_database(f"sqlite:///{tmp_path / 'data' / 'conduct.sqlite3'}"))
    (entry,) = store.audit.newest(limit=1)
    assert (entry.way, entry.action, entry.object) == ("command", "calibration.made", path.name)
    store.close()

    # Named in the site it is in force: a replay asks less.
    site.write_text(site.read_text(encoding="utf-8") + f"calibration: {path.name}\n", encoding="utf-8")
    assert run(monkeypatch, "replay", "--site", str(site), "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["rule"]: one["asked"] for one in rows}["phone_use"] == 40


def test_a_calibration_is_not_replaced_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site, path = a_hall(tmp_path, confirmed=20, rejected=20), tmp_path / "mine.yaml"
    path.write_text("mine", encoding="utf-8")
    assert calibrated(monkeypatch, site, "--out", str(path)) == 2
    assert "--force replaces it" in one_error(capsys)
    assert path.read_text(encoding="utf-8") == "mine"
    assert calibrated(monkeypatch, site, "--out", str(path), "--force") == 0
    assert "phone_use" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") != "mine"


@pytest.mark.parametrize(("confirmed", "rejected"), [(1, 0), (9, 30), (30, 9)])
def test_too_few_verdicts_make_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    confirmed: int,
    rejected: int,
) -> None:
    site = a_hall(tmp_path, confirmed=confirmed, rejected=rejected)
    assert calibrated(monkeypatch, site) == 2
    assert "phone_use: too few verdicts: at least 10 confirmed and 10 rejected" in one_error(capsys)
    assert not (tmp_path / "hall.calibration.yaml").exists()


def test_a_calibration_of_another_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = a_hall(tmp_path, confirmed=1, rejected=1)
    fits = {"model": "other", "sha256": ["0" * 64], "behaviours": {}}
    (tmp_path / "hall.calibration.yaml").write_text(yaml.safe_dump(fits), encoding="utf-8")
    text = site.read_text(encoding="utf-8") + "calibration: hall.calibration.yaml\n"
    site.write_text(text, encoding="utf-8")
    assert calibrated(monkeypatch, site, "--out", str(tmp_path / "new.yaml")) == 2
    error = one_error(capsys)
    assert "got one of other 000000000000…" in error
    assert f"{site}:{text.count(chr(10))}: calibration: " in error
