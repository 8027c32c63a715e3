"""What the kept looks cannot speak of, and which events a trial's questions are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from samples_service import NINE, an_event
from samples_sitefile import SITE, site

from pipelines.replay.play import Asked
from pipelines.replay.trial import Told
from service.sitefile.trying import unspoken, with_events
from service.store import StoredPost

POST: dict[str, Any] = SITE["posts"][0]
WATCHED = StoredPost(
    id="w01",
    name="1号窗口",
    camera="east",
    staff_zone=tuple((x, y) for x, y in POST["staff_zone"]),
    visitor_zone=None,
    active=True,
)
OTHER_ZONE = [[0, 0], [1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("draft", "posts", "rules"),
    [
        pytest.param(site(rules={"absent": {"grace_s": 5}}), {}, (), id="other limits"),
        pytest.param(site(posts=[{**POST, "name": "x"}]), {}, (), id="another name"),
        pytest.param(site(posts=[{**POST, "staff_zone": OTHER_ZONE}]), {"w01": "zones"}, (), id="a zone"),
        pytest.param(
            site(posts=[{**POST, "visitor_zone": OTHER_ZONE}]), {"w01": "zones"}, (), id="a zone more"
        ),
        pytest.param(site(posts=[{**POST, "staff": 2}]), {"w01": "zones"}, (), id="more staff"),
        pytest.param(site(posts=[POST, {**POST, "id": "w02"}]), {"w02": "new"}, (), id="a post more"),
        pytest.param(
            site(cameras=[{"id": "east", "url": "rtsp://b/"}]), {"w01": "camera"}, (), id="a camera"
        ),
        pytest.param(site(rules={"eating": {"drinking": True}}), {}, ("eating",), id="drinking counts"),
        pytest.param(site(uniform={"wear": "a"}), {}, ("out_of_uniform",), id="a uniform"),
        pytest.param(site(placards={"read": False}), {}, ("absent",), id="no placards"),
    ],
)
def test_what_the_looks_cannot_speak_of(draft: dict[str, Any], posts: dict[str, str], rules: Any) -> None:
    found = unspoken(draft, SITE, [WATCHED])
    assert (found.posts, found.rules) == (posts, rules)


def test_a_file_that_was_saved_but_is_not_watched_with_yet_is_of_other_zones() -> None:
    moved = WATCHED.model_copy(update={"staff_zone": ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))})
    assert unspoken(SITE, SITE, [moved]).posts == {"w01": "zones"}
    assert unspoken(SITE, SITE, []).posts == {}


def test_a_question_is_the_event_that_it_overlaps_most() -> None:
    start = NINE.timestamp()
    first = Told("still", Asked("phone_use", "w01", start, start + 30, 0.9))
    second = Told("new", Asked("phone_use", "w01", start + 300, None, 0.9))
    other = Told("gone", Asked("phone_use", "w02", start, start + 30, 0.9))
    events = [an_event(1, NINE + timedelta(seconds=4)), an_event(2, NINE + timedelta(seconds=100))]
    assert with_events([first, second, other], events, start + 400) == {first: f"{1:016x}"}
