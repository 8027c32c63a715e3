"""What is wrong with a draft, what it changes, and the text that it becomes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from samples_sitefile import SITE, site

from pipelines.hall.document import DocumentError, parse_document
from pipelines.hall.site import Site, load_site
from service.sitefile.changes import changes
from service.sitefile.draft import MOST_DEEP, SiteRefusedError, bounded, faults, written

POST: dict[str, Any] = SITE["posts"][0]


def told(draft: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault.field, fault.message) for fault in faults(draft, {}, Path())]


def test_a_whole_site_has_no_faults_and_its_text_loads_as_the_same(tmp_path: Path) -> None:
    whole = site(
        schedule={
            "shifts": [{"days": "mon-fri", "from": "09:00", "to": "12:00"}, {"from": "14:00", "to": "17:30"}],
            "closed": ["2026-01-26"],
        },
        rules={"absent": {"grace_s": 240}, "eating": {"enabled": False}},
        placards={"texts": ["午间轮休", "no", "12:30"]},
    )
    assert told(whole) == []
    path = tmp_path / "site.yaml"
    path.write_text(written(whole), encoding="utf-8")
    assert load_site(path) == Site.model_validate(whole)


def test_every_fault_is_told_at_its_field() -> None:
    draft = site(
        timezone="Mars/Base",
        posts=[
            {**POST, "id": "w 01", "staff": 0},
            {**POST, "staff_zone": [[0.1, 0.2], [1.2, 0.3]]},
            {**POST, "colour": "red"},
        ],
    )
    found = dict(told(draft))
    assert set(found) == {
        *("timezone", "posts.0.id", "posts.0.staff", "posts.1.staff_zone.1", "posts.2.colour"),
    }
    assert found["posts.0.staff"] == "expected a number of at least 1, got 0"


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        pytest.param({}, "hall", id="nothing yet"),
        pytest.param(site(posts=[POST, POST]), "posts.1.id", id="an id twice"),
        pytest.param(site(posts=[{**POST, "camera": "west"}]), "posts.0.camera", id="an unknown camera"),
        pytest.param(site(hall="a\x00b"), "hall", id="a null character"),
        pytest.param(site(hall="a\ud800b"), "hall", id="half a character"),
        pytest.param(site(hall="x" * 3000), "hall", id="no end of it"),
        pytest.param(site(rules={"absent": {"open_at": 0.2}}), "rules.absent", id="closes above its opening"),
    ],
)
def test_what_keeps_a_draft_from_being_saved(draft: dict[str, Any], field: str) -> None:
    assert field in [place for place, _ in told(draft)]


def test_a_nest_without_end_is_refused_before_it_is_walked() -> None:
    nest: Any = []
    for _ in range(900):
        nest = [nest]
    with pytest.raises(SiteRefusedError, match=f"at most {MOST_DEEP} levels"):
        bounded({"hall": nest})
    assert bounded(site()) == SITE


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(site(), [], id="nothing"),
        pytest.param(site(hall="另一个"), [("hall", "测试大厅", "另一个")], id="a text"),
        pytest.param(site(posts=[{**POST, "staff": 2}]), [("posts.w01.staff", None, 2)], id="a new field"),
        pytest.param(
            site(posts=[POST, {**POST, "id": "w02"}]),
            [("posts.w02", None, {**POST, "id": "w02"})],
            id="a post",
        ),
        pytest.param(site(cameras=[]), [("cameras", SITE["cameras"], [])], id="all cameras gone"),
        pytest.param(
            site(rules={"absent": {"grace_s": 5}}),
            [("rules", None, {"absent": {"grace_s": 5}})],
            id="a section",
        ),
        pytest.param(
            site(posts=[{**POST, "staff_zone": POST["staff_zone"][:2]}]),
            [("posts.w01.staff_zone", POST["staff_zone"], POST["staff_zone"][:2])],
            id="a zone, as a whole",
        ),
    ],
)
def test_what_a_draft_changes(after: dict[str, Any], expected: list[tuple[str, Any, Any]]) -> None:
    assert [(one.where, one.before, one.after) for one in changes(SITE, after)] == expected


def test_another_order_of_posts_is_a_change() -> None:
    two = site(posts=[POST, {**POST, "id": "w02"}])
    turned = site(posts=two["posts"][::-1])
    assert [(one.where, one.after) for one in changes(two, turned)] == [("posts", ["w02", "w01"])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("hall: [", "hall.yaml:1: expected YAML", id="no YAML"),
        pytest.param("- 1", "hall.yaml:1: expected a site file", id="a list"),
        pytest.param("", "expected a site file", id="nothing"),
        pytest.param("hall: a\nhall: b", "hall.yaml:2: hall: expected each key once", id="a key twice"),
        pytest.param("a: &x [1]\nb: *x", "without aliases", id="an alias"),
        pytest.param("a: !!binary aGk=", "texts, numbers, lists and keys only", id="bytes"),
        pytest.param("a: .nan", "texts, numbers, lists and keys only", id="no number"),
        pytest.param("a: !!python/object:os.system x", "expected YAML", id="an object"),
        pytest.param("a: " + "[" * 5000, "hall.yaml", id="a nest without end"),
    ],
)
def test_an_upload_that_is_no_site_file(text: str, expected: str) -> None:
    with pytest.raises(DocumentError, match=re.escape(expected)):
        parse_document(text, Path("hall.yaml"), "a site file with hall")


def test_an_upload_keeps_times_and_days_as_they_are_written() -> None:
    found = parse_document("from: '14:00'\nclosed: [2026-01-26]\n", Path("x"), "a site file with hall")
    assert found == {"from": "14:00", "closed": ["2026-01-26"]}
