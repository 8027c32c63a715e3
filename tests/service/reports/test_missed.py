"""What is missed, as far as spot checks tell: by hand, against simulated halls, and on both databases."""

from __future__ import annotations

import csv
import io
import random
from datetime import timedelta
from pathlib import Path

import openpyxl
import pypdf
import pytest
from samples_appeals import did
from samples_reports import MONDAY, NOW, fill
from samples_service import NINE, SHANGHAI, WATCHED, EventMaker, draw_spot
from sqlalchemy import insert

from pipelines.texts import LANGUAGES, text
from service.reports.figures import SpotTally
from service.reports.files import report_file
from service.reports.making import make_report
from service.reports.missed import FEWEST_FOR_RECALL, Missed, spot_figures
from service.reports.period import Period
from service.reports.report import Report
from service.reports.tables import Table, notes, tables_of
from service.review.shares import wilson
from service.store import Store
from service.store.spot_tables import SpotRow

WEEK = Period(MONDAY, MONDAY + timedelta(days=6), SHANGHAI)
HOUR = 3600.0
each_language = pytest.mark.parametrize("language", LANGUAGES)


def said(answer: str, *seen: str, chance: float = 0.01) -> SpotTally:
    return SpotTally(answer, WATCHED, seen, chance)


def phone(spots: list[SpotTally], confirmed_s: float = HOUR, seen_s: float = 100 * HOUR) -> Missed:
    found = spot_figures(spots, ["phone_use"], {"phone_use": confirmed_s}, seen_s).rules
    (one,) = found
    return one


def test_what_was_seen_is_a_share_of_what_could_be_told() -> None:
    spots = [
        *[said("nothing")] * 46,
        *[said("seen", "phone_use")] * 3,
        said("seen", "smoking"),
        *[said("unclear")] * 7,
        *[said("none")] * 5,
    ]
    figures = spot_figures(spots, ["phone_use", "smoking", "eating"], {}, 0.0)
    assert (figures.drawn, figures.answered, figures.unclear) == (62, 50, 7)
    assert {one.rule: (one.checked, one.seen) for one in figures.rules} == {
        "phone_use": (50, 3),
        "smoking": (50, 1),
        "eating": (50, 0),
    }
    share = figures.rules[0].share
    assert share is not None
    assert (share.low, share.high) == pytest.approx(wilson(3, 50))
    assert share.share == pytest.approx(0.06)


def test_none_seen_is_not_none_missed() -> None:
    share = phone([said("nothing")] * 40).share
    assert share is not None
    assert (share.share, share.low) == (0.0, 0.0)
    assert share.high == pytest.approx(wilson(0, 40)[1])
    assert share.high > 0.08


@pytest.mark.parametrize(
    ("number", "share", "recall"),
    [(9, False, False), (10, True, False), (99, True, False), (100, True, True)],
)
def test_with_few_checks_nothing_is_said(number: int, share: bool, recall: bool) -> None:
    one = phone([said("nothing")] * number)
    assert (one.share is not None, one.recall is not None) == (share, recall)


def test_recall_sets_what_was_confirmed_against_what_was_missed() -> None:
    spots = [*[said("nothing")] * 99, said("seen", "phone_use")]
    recall = phone(spots, confirmed_s=HOUR, seen_s=101 * HOUR).recall
    assert recall is not None
    assert recall.share == pytest.approx(1 / (1 + 0.01 * 100))
    low, high = wilson(1, 100)
    assert (recall.low, recall.high) == pytest.approx((1 / (1 + high * 100), 1 / (1 + low * 100)))
    assert phone(spots, confirmed_s=0.0).recall is None


def test_a_rule_that_was_not_watched_is_not_asked_about() -> None:
    spots = [SpotTally("nothing", ("absent",), (), 0.01)] * 12
    assert [one.rule for one in spot_figures(spots, WATCHED, {}, 0.0).rules] == ["absent"]


@pytest.mark.parametrize(
    ("chances", "least"),
    [((0.02, 0.02), 0.94), ((0.02, 0.01), 0.93), ((0.02, 0.002), 0.9)],
    ids=["one chance", "two", "one a tenth of the other"],
)
def test_the_estimate_is_right_on_average_and_its_interval_mostly(
    chances: tuple[float, float], least: float
) -> None:
    """Of two kinds of days, one with much and one with little, which are drawn from unalike."""
    lot = random.Random(7)
    shares, number = (0.05, 0.2), 20_000
    truth = sum(shares) / 2
    found, inside = [], 0
    for _ in range(300):
        spots = []
        for share, chance in zip(shares, chances, strict=True):
            drawn = round(lot.gauss(number * chance, (number * chance * (1 - chance)) ** 0.5))
            for _ in range(drawn):
                seen = lot.random() < share
                spots.append(said(*(("seen", "phone_use") if seen else ("nothing",)), chance=chance))
        share_ = phone(spots).share
        assert share_ is not None
        found.append(share_.share)
        inside += share_.low <= truth <= share_.high
    assert sum(found) / len(found) == pytest.approx(truth, abs=0.006)
    assert inside >= least * len(found), inside / len(found)


def put(store: Store, number: int, seen: int) -> None:
    """So many answered spot checks of w01 on Monday morning, the first of them with a phone in use."""
    rows = [
        {
            "id": f"{i:016x}",
            "post": "w01",
            "camera": "east",
            "start": NINE + timedelta(seconds=20 * i),
            "end": NINE + timedelta(seconds=20 * i + 20),
            "lead_s": 0.0,
            "chance": 0.01,
            "rules": list(WATCHED),
            "clip": f"spot-checks/{i:016x}.mp4",
            "sha256": "",
            "size": 0,
            "filed_at": NINE,
            "gone_at": NINE,
            "answer": "seen" if i < seen else "nothing",
            "history": [
                {
                    "answer": "seen" if i < seen else "nothing",
                    "rules": ["phone_use"] if i < seen else [],
                    "at": NINE.isoformat(),
                    "by": "na",
                }
            ],
        }
        for i in range(number)
    ]
    with store.transactions.write() as session:
        session.execute(insert(SpotRow), rows)


@pytest.fixture
def report(store: Store, event: EventMaker) -> Report:
    fill(store, event)
    put(store, FEWEST_FOR_RECALL + 20, 3)
    return make_report(store, WEEK, None, NOW)


def test_a_report_tells_of_the_whole_hall(report: Report) -> None:
    found = {one.rule: one for one in report.spot_checks.rules}
    assert (found["phone_use"].checked, found["phone_use"].seen) == (120, 3)
    recall = found["phone_use"].recall
    assert recall is not None
    # Ten confirmed events of half a minute; an hour and a half staffed and half an hour not were seen.
    assert recall.share == pytest.approx(300 / (300 + 3 / 120 * (2 * HOUR - 300)))
    assert found["smoking"].recall is None  # nothing was confirmed


def test_a_report_of_some_posts_has_none(store: Store, event: EventMaker, report: Report) -> None:
    mine = make_report(store, WEEK, frozenset({"w01"}), NOW)
    assert (mine.spot_checks.drawn, mine.spot_checks.rules) == (0, [])
    assert "missed" not in {table.name for table in tables_of(mine, "en")}


def test_another_week_has_none(store: Store, event: EventMaker, report: Report) -> None:
    later = Period(MONDAY + timedelta(days=7), MONDAY + timedelta(days=13), SHANGHAI)
    assert make_report(store, later, None, NOW).spot_checks.drawn == 0


def test_answers_reach_the_report_and_taken_back_they_leave_it(store: Store, tmp_path: Path) -> None:
    spot = draw_spot(store, tmp_path)
    store.spots.answer(spot.id, "seen", ["smoking"], at=NINE, act=did("na"))
    found = {one.rule: one.seen for one in make_report(store, WEEK, None, NOW).spot_checks.rules}
    assert found == {**dict.fromkeys(WATCHED, 0), "smoking": 1}
    store.spots.withdraw(spot.id, at=NINE, act=did("na"))
    assert make_report(store, WEEK, None, NOW).spot_checks.rules == []


def missed_table(report: Report, language: str) -> Table:
    (table,) = (table for table in tables_of(report, language) if table.name == "missed")
    return table


@each_language
def test_every_file_holds_it(report: Report, language: str) -> None:
    table = missed_table(report, language)
    rows = {row[0]: row for row in table.rows}
    assert rows[text(language, "rule.phone_use")][1:4] == (120, 3, 2.5)
    assert rows[text(language, "rule.smoking")][6] == text(language, "report.few_for_recall")
    told = list(csv.reader(io.StringIO(report_file(report, "csv", language).content.decode("utf-8-sig"))))
    assert [text(language, "rule.phone_use"), "120", "3", "2.5"] in [row[:4] for row in told]
    book = openpyxl.load_workbook(io.BytesIO(report_file(report, "xlsx", language).content))
    sheet = [tuple(row) for row in book[table.title].iter_rows(values_only=True)]
    assert sheet[1:] == [tuple(row) for row in table.rows]
    pages = pypdf.PdfReader(io.BytesIO(report_file(report, "pdf", language).content)).pages
    plain = "".join("".join(page.extract_text().split()) for page in pages)
    assert "".join(table.title.split()) in plain
    assert any("120" in line for line in notes(report, language))


@each_language
def test_too_few_are_said_in_words(store: Store, event: EventMaker, language: str) -> None:
    fill(store, event)
    put(store, 9, 1)
    table = missed_table(make_report(store, WEEK, None, NOW), language)
    row = {row[0]: row for row in table.rows}[text(language, "rule.phone_use")]
    few, recall = (text(language, f"report.{key}") for key in ("few_checks", "few_for_recall"))
    assert row[1:] == (9, 1, few, None, None, recall, None, None)
