"""The spool: what is in it survives, whatever happens to the process or the file."""

import json
import logging
from pathlib import Path

import pytest

from service.spool import Record, Spool


def record(number: int) -> Record:
    return Record(kind="event", fields={"number": number})


def waiting(spool: Spool) -> list[int]:
    numbers = []
    while (first := spool.first()) is not None:
        numbers.append(first.fields["number"])
        spool.done()
    return numbers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "store.jsonl"


def test_records_come_out_in_order_and_the_file_is_gone_after_the_last(path: Path) -> None:
    spool = Spool(path)
    assert not path.parent.exists()
    for number in range(3):
        spool.append(record(number))
    assert len(path.read_text().splitlines()) == 3
    assert waiting(spool) == [0, 1, 2]
    assert not path.exists()


def test_another_process_goes_on_where_the_first_was_killed(path: Path) -> None:
    killed = Spool(path)
    for number in range(3):
        killed.append(record(number))
    killed.done()
    again = Spool(path)
    again.append(record(3))
    # The one that was done comes again: being in the store and out of the file are two steps.
    assert waiting(again) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("damage", "left"),
    [
        pytest.param(lambda text: text[:-1], [0, 1], id="the line break of the last line is missing"),
        pytest.param(lambda text: text[:-9], [0, 1], id="the last line is cut off"),
        pytest.param(lambda text: text + '{"kind": "ev', [0, 1, 2], id="a line was begun"),
        pytest.param(lambda text: "", [], id="an empty file"),
        pytest.param(lambda text: text.replace('"number":1', "\0\0"), [0, 2], id="a line is damaged"),
        pytest.param(lambda text: text.replace('"event"', '"tea"', 1), [1, 2], id="a kind nobody knows"),
    ],
)
def test_damage_costs_no_more_than_the_damaged_line(path: Path, damage: object, left: list[int]) -> None:
    spool = Spool(path)
    for number in range(3):
        spool.append(record(number))
    path.write_text(damage(path.read_text()))  # type: ignore[operator]
    again = Spool(path)
    again.append(record(7))
    third = Spool(path)  # and what is added after the damage can be read
    assert waiting(again) == waiting(third) == [*left, 7]


def test_a_record_that_the_store_never_takes_is_kept_beside(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(path)
    spool.append(record(1))
    spool.append(record(2))
    spool.refuse("it has no post")
    assert waiting(spool) == [2]
    kept = (path.parent / "refused-store.jsonl").read_text()
    assert json.loads(kept)["fields"] == {"number": 1}
    assert "it has no post" in caplog.text


def test_a_folder_that_cannot_be_written_costs_no_record_while_the_process_lives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    spool = Spool(tmp_path / "spool" / "store.jsonl")
    with caplog.at_level(logging.ERROR):
        spool.append(record(1))
        spool.append(record(2))
    assert "2 records wait in memory only" in caplog.text
    spool.path.parent.unlink()
    assert waiting(spool) == [1, 2]
