"""The developer's commands of `conduct models`, handed on to `python -m models.training`."""

import json
from pathlib import Path

import pytest

from service.cli import workbench
from tests.cli.test_models_command import run


def test_the_workbench_gets_the_words_as_they_are(tmp_path: Path, monkeypatch, capfd) -> None:
    for name, value in (("a", 0.5), ("b", 0.75)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"ap50": value}))
    words = [str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--tolerance", "0.1"]
    assert run(monkeypatch, "compare", *words) == 0
    assert "| ap50 | 0.5 | 0.75 | +0.25 |" in capfd.readouterr().out
    assert run(monkeypatch, "compare", "--help") == 0
    assert "--tolerance" in capfd.readouterr().out
    assert run(monkeypatch, "compare", str(tmp_path / "none.json"), words[1]) == 2
    assert "none.json: expected a result as JSON" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("command", "absent", "told"),
    [
        pytest.param("train", {"torch"}, "pip install -e '.[train]'", id="no torch"),
        pytest.param("evaluate", {"models.training"}, "expected a checkout", id="an installed wheel"),
    ],
)
def test_what_the_workbench_lacks_is_one_line(
    monkeypatch, capsys, command: str, absent: set[str], told: str
) -> None:
    real = workbench.find_spec
    monkeypatch.setattr(workbench, "find_spec", lambda name: None if name in absent else real(name))
    assert run(monkeypatch, command) == 2
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) == 1
    assert shown[0].startswith(f"error: models {command}: expected")
    assert told in shown[0]


def test_what_train_can_do_is_told_without_torch(monkeypatch, capfd) -> None:
    real = workbench.find_spec
    monkeypatch.setattr(workbench, "find_spec", lambda name: None if name == "torch" else real(name))
    assert run(monkeypatch, "train", "--help") == 0
    assert "--magnified" in capfd.readouterr().out
