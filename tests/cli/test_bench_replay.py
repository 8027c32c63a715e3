"""`conduct bench replay`: a made-up day is replayed, and asks what the engine asks look by look."""

import json

import pytest

from tests.cli.test_bad_input import run


@pytest.mark.parametrize("dense", [False, True])
def test_one_post_and_day(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dense: bool
) -> None:
    words = ["bench", "replay", "--posts", "1", "--days", "1", *(["--dense"] if dense else [])]
    assert run(monkeypatch, *words) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["same"] is True
    assert (figures["asked"] > 40) is dense
    assert figures["looks"] > 15_000
    assert figures["bytes_per_look"] < 15
