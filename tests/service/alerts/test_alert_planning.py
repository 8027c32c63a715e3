"""When what waits becomes a message: due, quiet, folded, void."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given as always
from hypothesis import settings as limits
from hypothesis import strategies as st
from samples_alerts import alert, settings
from samples_service import NINE, SHANGHAI

from service.alerts.planning import plan
from service.alerts.records import Alert, Facts

LEADS = {"id": "leads", "to": ["mail", "hook"]}
NIGHT = [{"from": "20:00", "to": "07:00"}]
AT_NIGHT = datetime(2026, 1, 5, 23, 0, tzinfo=SHANGHAI)
NEXT_MORNING = datetime(2026, 1, 6, 7, 0, tzinfo=SHANGHAI)
SIX_MORE = [alert(n) for n in range(7)]


@pytest.mark.parametrize(
    ("alerts", "last_min", "now", "told"),
    [
        pytest.param([], None, NINE, [], id="nothing waits"),
        pytest.param([alert()], None, NINE, [1], id="the first is told at once"),
        pytest.param([alert(5)], None, NINE, [], id="not due yet"),
        pytest.param([alert(), alert(1)], 5, NINE + timedelta(minutes=9), [], id="more soon after: waits"),
        pytest.param(SIX_MORE, 0, NINE + timedelta(minutes=10), [7], id="all of them when the window ends"),
        pytest.param(
            [alert(0), alert(1, post="w02")], None, NINE + timedelta(minutes=1), [1, 1], id="two posts"
        ),
        pytest.param(
            [alert(0), alert(1, rule="smoking")], None, NINE + timedelta(minutes=1), [1, 1], id="two rules"
        ),
        pytest.param(
            [alert(0), alert(0, route="boss", key="b")], None, NINE, [1, 1], id="two routes, each its own"
        ),
        pytest.param([alert(), alert(1)], None, AT_NIGHT, [], id="quiet hours"),
        pytest.param([alert(), alert(1)], None, NEXT_MORNING, [2], id="the morning after, as one message"),
        pytest.param([alert(severity="urgent")], None, AT_NIGHT, [1], id="urgent even at night"),
    ],
)
def test_what_is_told_now(
    alerts: list[Alert], last_min: float | None, now: datetime, told: list[int]
) -> None:
    last = {} if last_min is None else {alert().group: NINE + timedelta(minutes=last_min)}
    made = settings(LEADS, {"id": "boss"}, quiet=NIGHT, fold_s=600)
    decided = plan([(one, Facts()) for one in alerts], last, made, SHANGHAI, now)
    assert [len(message.alerts) for message in decided.messages] == told
    assert decided.void == ()


def test_a_message_tells_in_order_and_goes_to_every_channel_of_its_route() -> None:
    waiting = [(alert(n), Facts()) for n in (2, 0, 1)]
    (message,) = plan(waiting, {}, settings(LEADS), SHANGHAI, NINE + timedelta(minutes=2)).messages
    assert [one.event for one in message.alerts] == [f"{n:016x}" for n in range(3)]
    assert message.channels == ("mail", "hook")


@pytest.mark.parametrize(
    ("one", "facts", "why"),
    [
        pytest.param(alert(), Facts(), None, id="a question is told of"),
        pytest.param(alert(), Facts("confirmed"), None, id="also when it was confirmed meanwhile"),
        pytest.param(alert(), Facts("rejected"), "a reviewer rejected it", id="but not a rejected one"),
        pytest.param(alert(kind="confirmed"), Facts("confirmed"), None, id="a confirmed one"),
        pytest.param(
            alert(kind="confirmed"), Facts("unclear"), "it is not confirmed any more", id="not after a change"
        ),
        pytest.param(alert(kind="unreviewed"), Facts(), None, id="nobody judged it"),
        pytest.param(
            alert(kind="unreviewed"), Facts("unclear"), "a reviewer has judged it", id="somebody judged it"
        ),
        pytest.param(alert(kind="appealed"), Facts("confirmed", "open"), None, id="an appeal waits"),
        pytest.param(
            alert(kind="appealed"),
            Facts("confirmed", "withdrawn"),
            "the appeal is not open any more",
            id="an appeal was taken back",
        ),
        pytest.param(alert(kind="decided"), Facts("rejected", "reversed"), None, id="a decision stands"),
        pytest.param(alert(kind="camera"), Facts(), None, id="a camera is still gone"),
        pytest.param(
            alert(kind="camera"),
            Facts(camera_back=NINE + timedelta(seconds=119)),
            "the camera came back in time",
            id="a camera came back",
        ),
        pytest.param(
            alert(kind="camera"),
            Facts(camera_back=NINE + timedelta(seconds=121)),
            None,
            id="a camera, too late",
        ),
        pytest.param(
            alert(route="gone"), Facts(), "the site has no such route any more", id="its route was taken away"
        ),
    ],
)
def test_what_has_lost_its_reason_is_void_and_says_why(one: Alert, facts: Facts, why: str | None) -> None:
    decided = plan([(one, facts)], {}, settings(LEADS), SHANGHAI, NINE)
    assert [reason for _, reason in decided.void] == ([why] if why else [])
    assert len(decided.messages) == (0 if why else 1)


@limits(max_examples=60, deadline=None)
@always(
    offsets=st.lists(st.integers(0, 7200), max_size=30, unique=True),
    posts=st.lists(st.sampled_from(["w01", "w02"]), min_size=30, max_size=30),
    step_s=st.integers(60, 900),
    fold_s=st.sampled_from([0, 60, 600, 3600]),
    quiet=st.booleans(),
)
def test_nothing_is_dropped_nothing_told_twice_and_no_group_more_often_than_its_window(
    offsets: list[int], posts: list[str], step_s: int, fold_s: int, quiet: bool
) -> None:
    made = settings(LEADS, fold_s=fold_s, quiet=[{"from": "09:30", "to": "10:15"}] if quiet else [])
    waiting = [
        alert(i, due=NINE + timedelta(seconds=offset), post=post)
        for i, (offset, post) in enumerate(zip(offsets, posts, strict=False))
    ]
    every, told, last, now = {one.key for one in waiting}, [], {}, NINE
    while now <= NINE + timedelta(hours=5):
        for message in plan([(one, Facts()) for one in waiting], last, made, SHANGHAI, now).messages:
            assert not (message.group in last and now - last[message.group] < timedelta(seconds=fold_s))
            assert all(one.due <= now for one in message.alerts)
            assert not (quiet and "09:30" <= f"{now:%H:%M}" < "10:15")
            last[message.group] = now
            told += [one.key for one in message.alerts]
            waiting = [one for one in waiting if one not in message.alerts]
        now += timedelta(seconds=step_s)
    assert len(told) == len(set(told))
    assert set(told) == every
