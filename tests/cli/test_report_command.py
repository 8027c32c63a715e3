"""`conduct report`: a file, an entry in the audit log, and one line for what cannot be."""

from datetime import date
from pathlib import Path

import pytest

from service.store import Store, open_database
from tests.cli.test_bad_input import one_error, run

WEEK = ("--from", "2026-01-05", "--to", "2026-01-11")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("name", "form", "begins"),
    [
        ("week.csv", "csv", b"\xef\xbb\xbf"),
        ("week.xlsx", "xlsx", b"PK"),
        ("week.pdf", "pdf", b"%PDF"),
        ("WEEK.PDF", "pdf", b"%PDF"),
    ],
)
def test_it_writes_the_form_that_the_name_says(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    form: str,
    begins: bytes,
) -> None:
    out = tmp_path / name
    assert run(monkeypatch, "report", *WEEK, "--out", str(out)) == 0
    assert capsys.readouterr().out == f"2026-01-05 to 2026-01-11 in {out}\n"
    assert out.read_bytes().startswith(begins)
    store = Store(open_database(f"sqlite:///{data / 'conduct.sqlite3'}"))
    (entry,) = store.audit.newest(limit=2)
    assert (entry.way, entry.action, entry.object) == ("command", "report.exported", form)
    store.close()


def test_a_range_has_a_name(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "week.csv"
    assert run(monkeypatch, "report", "--range", "last_week", "--out", str(out)) == 0
    first, last = map(date.fromisoformat, capsys.readouterr().out.split(" in ")[0].split(" to "))
    assert (first.weekday(), (last - first).days) == (0, 6)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--out", "week.doc"], "--format: expected one of csv, xlsx, pdf, got 'doc'"),
        (["--out", "week.csv", "--range", "year"], "--range: expected one of today, week, last_week, month"),
        (["--out", "week"], "--format: expected one of csv, xlsx, pdf, got ''"),
        (
            ["--out", "week.csv", "--from", "monday"],
            "--from: expected a day such as 2026-01-05, got 'monday'",
        ),
        (["--out", "week.csv", "--from", "2026-01-05", "--to", "2026-01-01"], "--to: expected 2026-01-05 or"),
        (["--out", "week.csv", "--lang", "de"], "--lang: expected one of zh-CN, en, got 'de'"),
        (
            ["--out", "week.csv", "--range", "today", "--from", "2026-01-01"],
            "--range: expected either --range or",
        ),
        (["--out", "none/week.csv"], "none/week.csv: No such file or directory"),
    ],
)
def test_wrong_words_are_one_line(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "report", *words) == 2
    assert one_error(capsys).removeprefix("error: ").startswith(told)
    assert not list(tmp_path.glob("*.csv"))
