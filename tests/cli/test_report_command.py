"""`conduct report`: a file, an entry in the audit log, and one line for what cannot be."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.store import Store, open_database


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("name", "begins"),
    [("week.csv", b"\xef\xbb\xbf"), ("week.xlsx", b"PK"), ("week.pdf", b"%PDF"), ("week.PDF", b"%PDF")],
)
def test_it_writes_the_form_that_the_name_says(data: Path, tmp_path: Path, name: str, begins: bytes) -> None:
    out = tmp_path / name
    told = CliRunner().invoke(
        app, ["report", "--from", "2026-01-05", "--to", "2026-01-11", "--out", str(out)]
    )
    assert (told.exit_code, told.output) == (0, f"2026-01-05 to 2026-01-11 in {out}\n")
    assert out.read_bytes().startswith(begins)
    store = Store(open_database(f"sqlite:///{data / 'conduct.sqlite3'}"))
    (entry,) = store.audit.newest(limit=2)
    assert (entry.way, entry.action, entry.object) == ("command", "report.exported", name.lower()[5:])
    store.close()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--out", "week.doc"], "error: --format: expected one of csv, xlsx, pdf, got 'doc'"),
        (
            ["--out", "week.csv", "--from", "monday"],
            "error: --from: expected a day such as 2026-01-05, got 'monday'",
        ),
        (
            ["--out", "week.csv", "--from", "2026-01-05", "--to", "2026-01-01"],
            "error: --to: expected 2026-01-05 or a",
        ),
        (["--out", "week.csv", "--lang", "de"], "error: --lang: expected one of zh-CN, en, got 'de'"),
    ],
)
def test_wrong_words_are_one_line(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(app, ["report", *words])
    assert found.exit_code == 2
    assert found.output.startswith(told)
    assert not (tmp_path / "week.csv").exists()
