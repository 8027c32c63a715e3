"""Appeals and findings in the store, on SQLite and PostgreSQL: what is kept, held, told and refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from samples_appeals import DAY, HASHED, PERIODS, TOKEN, confirm, contest, did, invite
from samples_service import NINE, EventMaker
from test_evidence_files import sweeper, with_files

from pipelines.rules.events import RuleEvent
from service.auth.entrance import digest
from service.delivery import Direct
from service.review.appeals import AppealRefusedError, JudgedBeforeError
from service.review.standing import VerdictClashError
from service.store import EventFilter, Store
from service.store.appeals import UnknownAppealError, UnknownLinkError
from service.store.findings import FindingFilter, UnknownFindingError
from service.store.overtaking import Overtaking


@pytest.fixture
def confirmed(store: Store, tmp_path: Path, event: EventMaker) -> RuleEvent:
    """A confirmed event with its files, in a store that is wired as the service wires it."""
    store.follow(Overtaking(store.transactions, PERIODS))
    given = with_files(tmp_path, event(1))
    Direct(store, tmp_path).event(given)
    confirm(store, given.id)
    return given


def actions(store: Store) -> list[tuple[str, str]]:
    return [(entry.action, entry.way) for entry in reversed(store.audit.newest(limit=50))]


def decide(store: Store, number: int, outcome: str, at: datetime, by: str = "chen") -> None:
    act = did(by, at, "appeal.decided")
    store.appeals.decide(number, outcome, "画面里是群众的手机", PERIODS, at=at, act=act)  # type: ignore[arg-type]


def test_from_the_link_to_the_reversal_that_counts_everywhere(store: Store, confirmed: RuleEvent) -> None:
    link = invite(store, confirmed.id)
    assert (link.expires_at, link.made_by) == (NINE + 14 * DAY, "wang")
    assert HASHED not in link.model_dump_json()
    number = contest(store, at=NINE + DAY)
    shown = store.appeals.open(HASHED, PERIODS, NINE + 2 * DAY).contest
    assert (shown.standing, shown.appeal.statement if shown.appeal else "") == ("open", "当时在办业务。")
    decide(store, number, "reversed", NINE + 3 * DAY)

    judged = store.event(confirmed.id)
    assert judged.verdict is not None
    assert (judged.verdict.verdict, judged.verdict.reason, judged.verdict.by) == (
        "rejected",
        "appeal",
        "chen",
    )
    assert [(one.verdict, one.by) for one in store.verdicts(confirmed.id)] == [
        ("confirmed", "li.na"),
        ("rejected", "chen"),
    ]
    assert store.counts() == {"rejected": 1}
    assert [one.event.id for one in store.events(EventFilter(verdict="rejected")).events] == [confirmed.id]
    assert store.events(EventFilter(verdict="confirmed")).events == []
    with pytest.raises(VerdictClashError):
        confirm(store, confirmed.id, at=NINE + 4 * DAY)
    assert actions(store)[-2:] == [("appeal.made", "link"), ("appeal.decided", "session")]


def test_upheld_the_verdict_stands_and_nothing_more_can_be_contested(
    store: Store, confirmed: RuleEvent
) -> None:
    invite(store, confirmed.id)
    decide(store, contest(store), "upheld", NINE + DAY)
    assert [one.verdict for one in store.verdicts(confirmed.id)] == ["confirmed"]
    assert store.counts() == {"confirmed": 1}
    with pytest.raises(AppealRefusedError):
        contest(store, at=NINE + 2 * DAY)
    with pytest.raises(AppealRefusedError):
        invite(store, confirmed.id, NINE + 2 * DAY, "another")
    assert len(store.appeals.of_event(confirmed.id)) == 1


@pytest.mark.parametrize(
    ("by", "error"),
    [
        pytest.param("li.na", JudgedBeforeError, id="who confirmed it"),
        pytest.param("wu", JudgedBeforeError, id="who judged it earlier, though another verdict counts"),
        pytest.param("chen", None, id="somebody else"),
    ],
)
def test_only_who_has_not_judged_decides(
    store: Store, confirmed: RuleEvent, by: str, error: type[Exception] | None
) -> None:
    store.give_verdict(confirmed.id, "unclear", None, "", at=NINE, act=did("wu"))
    confirm(store, confirmed.id)
    invite(store, confirmed.id)
    number = contest(store)
    if error is None:
        decide(store, number, "upheld", NINE, by)
        return
    with pytest.raises(error):
        decide(store, number, "reversed", NINE, by)
    assert store.appeals.get(number).appeal.state == "open"
    assert store.counts() == {"confirmed": 1}
    assert "appeal.decided" not in dict(actions(store))


def revoked(store: Store, event_id: str) -> datetime:
    store.appeals.revoke(event_id, at=NINE, act=did("wang"))
    return NINE


def replaced(store: Store, event_id: str) -> datetime:
    invite(store, event_id, token="another")
    return NINE


def late(_store: Store, _event_id: str) -> datetime:
    return NINE + 14 * DAY


@pytest.mark.parametrize("spoil", [revoked, replaced, late])
def test_a_link_that_is_over_opens_nothing(
    store: Store, confirmed: RuleEvent, spoil: Callable[[Store, str], datetime]
) -> None:
    invite(store, confirmed.id)
    at = spoil(store, confirmed.id)
    for attempt in (
        lambda: store.appeals.open(HASHED, PERIODS, at),
        lambda: contest(store, at=at),
        lambda: store.appeals.withdraw(HASHED, PERIODS, at=at, act=did("")),
    ):
        with pytest.raises(UnknownLinkError):
            attempt()
    assert store.appeals.of_event(confirmed.id) == []
    if spoil is replaced:
        assert store.appeals.open(digest("another"), PERIODS, at).event.id == confirmed.id


def test_a_link_needs_a_confirmed_event_in_time(
    store: Store, event: EventMaker, confirmed: RuleEvent
) -> None:
    store.upsert_event(event(2))
    with pytest.raises(AppealRefusedError, match="expected a confirmed event"):
        invite(store, event(2).id)
    with pytest.raises(UnknownAppealError):
        invite(store, "f" * 16)
    with pytest.raises(UnknownLinkError):
        store.appeals.revoke(confirmed.id, at=NINE, act=did("wang"))
    invite(store, confirmed.id)
    assert invite(store, confirmed.id, NINE + 3 * DAY, "again").expires_at == NINE + 14 * DAY
    with pytest.raises(AppealRefusedError, match="this one is late"):
        invite(store, confirmed.id, NINE + 15 * DAY, "too late")
    assert len(actions(store)) == 3  # the verdict and two links: what was refused is not told


def test_withdrawn_and_made_again_within_the_deadline(store: Store, confirmed: RuleEvent) -> None:
    invite(store, confirmed.id)
    first = contest(store)
    closed = store.appeals.withdraw(HASHED, PERIODS, at=NINE + DAY, act=did("", way="link"))
    assert (closed.id, closed.state) == (first, "withdrawn")
    with pytest.raises(AppealRefusedError):
        store.appeals.withdraw(HASHED, PERIODS, at=NINE + DAY, act=did("", way="link"))
    assert contest(store, "再次申诉", at=NINE + 2 * DAY) != first
    assert [one.state for one in store.appeals.of_event(confirmed.id)] == ["withdrawn", "open"]


@pytest.mark.parametrize("answer", ["rejected", "unclear"])
def test_a_reviewer_who_takes_the_verdict_back_overtakes_the_appeal(
    store: Store, confirmed: RuleEvent, answer: str
) -> None:
    invite(store, confirmed.id)
    number = contest(store)
    at = NINE + DAY
    store.give_verdict(confirmed.id, answer, None, "", at=at, act=did("li.na", at))  # type: ignore[arg-type]
    found = store.appeals.get(number).appeal
    assert (found.state, found.closed_at, found.decided_by) == ("overtaken", at, None)
    with pytest.raises(AppealRefusedError):
        decide(store, number, "upheld", at)
    confirm(store, confirmed.id, at=NINE + 2 * DAY)
    assert invite(store, confirmed.id, NINE + 3 * DAY, "new").expires_at == NINE + 17 * DAY


@pytest.mark.parametrize(
    ("end", "stays", "goes"),
    [
        pytest.param("open", 900, None, id="open: without an end"),
        pytest.param(
            "reversed", 92, 94, id="reversed: 90 days after the decision, not a week after the event"
        ),
        pytest.param("upheld", 364, 366, id="upheld: the term of a confirmed event is longer"),
        pytest.param("overtaken", 92, 94, id="overtaken: as when it is reversed"),
    ],
)
def test_the_sweeper_leaves_what_an_appeal_holds(
    store: Store, tmp_path: Path, confirmed: RuleEvent, end: str, stays: int, goes: int | None
) -> None:
    now = datetime.now(UTC)
    invite(store, confirmed.id, now)
    number = contest(store, at=now)
    then = now + 3 * DAY
    if end == "overtaken":
        store.give_verdict(confirmed.id, "rejected", None, "", at=then, act=did("li.na", then))
    elif end != "open":
        decide(store, number, end, then)
    clip = tmp_path / f"clips/{confirmed.id}.mp4"
    sweeper(store, tmp_path, now + stays * DAY).sweep()
    assert clip.is_file()
    sweeper(store, tmp_path, now + 4 * DAY, free=0, floor=10**12).sweep()
    assert clip.is_file(), "not even to make room"
    if goes is not None:
        sweeper(store, tmp_path, now + goes * DAY).sweep()
        assert not clip.exists()


def test_a_rejected_event_without_an_appeal_goes_after_its_week(
    store: Store, tmp_path: Path, confirmed: RuleEvent
) -> None:
    store.give_verdict(confirmed.id, "rejected", None, "", at=NINE, act=did("li.na"))
    sweeper(store, tmp_path, datetime.now(UTC) + 8 * DAY).sweep()
    assert not (tmp_path / f"clips/{confirmed.id}.mp4").exists()


def test_the_link_alone_holds_the_clip_to_its_deadline(
    store: Store, tmp_path: Path, confirmed: RuleEvent
) -> None:
    at = datetime.now(UTC) + 364 * DAY
    invite(store, confirmed.id, at)
    clip = tmp_path / f"clips/{confirmed.id}.mp4"
    sweeper(store, tmp_path, at + 13 * DAY).sweep()
    assert clip.is_file()
    sweeper(store, tmp_path, at + 15 * DAY).sweep()
    assert not clip.exists()


def test_two_who_decide_at_once_decide_once(store: Store, confirmed: RuleEvent) -> None:
    invite(store, confirmed.id)
    number = contest(store)
    start, refused = threading.Barrier(2), []

    def one(outcome: str, by: str) -> None:
        start.wait()
        try:
            decide(store, number, outcome, NINE, by)
        except AppealRefusedError as error:
            refused.append(error)

    both = [threading.Thread(target=one, args=args) for args in (("reversed", "chen"), ("upheld", "zhao"))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(refused) == 1
    state = store.appeals.get(number).appeal.state
    assert store.counts() == {"rejected" if state == "reversed" else "confirmed": 1}


def test_the_list_is_of_the_own_posts_in_its_order(store: Store, event: EventMaker) -> None:
    numbers = []
    for n, post in enumerate(("w01", "w02", "w01")):
        store.upsert_event(event(n, post=post))
        confirm(store, event(n).id)
        invite(store, event(n).id, token=f"{n}")
        numbers.append(contest(store, at=NINE + n * DAY, token=f"{n}"))
    decide(store, numbers[0], "upheld", NINE + 3 * DAY)
    find = store.appeals.find
    late = NINE + 15.5 * DAY

    def ids(*args: object, **given: object) -> list[int]:
        return [one.appeal.id for one in find(*args, **{"now": late, **given})]  # type: ignore[arg-type]

    assert ids("open") == numbers[1:]
    assert ids("overdue") == [numbers[1]]
    assert ids("closed") == [numbers[0]]
    assert ids("open", posts={"w01"}) == [numbers[2]]
    assert ids("open", posts=set()) == []
    assert ids("open", limit=1) == [numbers[1]]
    assert ids("open", limit=1, before=numbers[1]) == [numbers[2]]
    assert find("open", now=late)[0].judges == frozenset({"li.na"})
    with pytest.raises(UnknownAppealError):
        store.appeals.get(99)


def record(store: Store, post: str = "w01", at: datetime = NINE, event: str | None = None) -> int:
    found = store.findings.add(
        clause="B12",
        post=post,
        moment=at,
        note="未一次性告知",
        event=event,
        keep=365 * DAY,
        at=datetime.now(UTC),
        act=did("li.na", action="finding.recorded"),
    )
    return found.id


def test_a_finding_is_followed_and_never_deleted(store: Store) -> None:
    number = record(store)
    found = store.findings.get(number)
    assert (found.source, found.made_by, found.event, found.at) == ("by_hand", "li.na", None, NINE)
    act = did("wu", action="finding.withdrawn")
    after = store.findings.withdraw(number, "记错窗口", at=NINE + 2 * DAY, act=act)
    assert (after.withdrawn_by, after.withdrawn_why) == ("wu", "记错窗口")
    assert store.findings.get(number) == after
    with pytest.raises(Exception, match="withdrawn before"):
        store.findings.withdraw(number, "again", at=NINE, act=act)
    with pytest.raises(UnknownFindingError):
        store.findings.withdraw(99, "none", at=NINE, act=act)
    assert [action for action, _ in actions(store)] == ["finding.recorded", "finding.withdrawn"]
    assert store.audit.newest(limit=1, action="finding.recorded")[0].object == str(number)
    assert store.counts() == {}, "no event of the machine"


def test_findings_are_filtered_and_paged_by_their_moment(store: Store) -> None:
    moments = [NINE, NINE + DAY, NINE + DAY, NINE + 2 * DAY]
    first, second, third, fourth = (
        record(store, post, at) for post, at in zip(("w01", "w02", "w01", "w01"), moments, strict=True)
    )
    store.findings.withdraw(first, "x", at=NINE, act=did("wu"))

    def ids(limit: int = 50, after: int | None = None, **given: object) -> list[int]:
        last = store.findings.get(after) if after is not None else None
        wanted = FindingFilter(**given)  # type: ignore[arg-type]
        return [one.id for one in store.findings.find(wanted, limit=limit, after=last)]

    assert ids() == [fourth, third, second, first]
    assert ids(limit=2) == [fourth, third]
    assert ids(limit=2, after=third) == [second, first]
    assert ids(post="w02") == [second]
    assert ids(posts={"w01"}, state="standing") == [fourth, third]
    assert ids(state="withdrawn") == [first]
    assert ids(since=NINE + DAY, until=NINE + 2 * DAY) == [third, second]
    assert ids(clause="B13") == []


def test_a_findings_clip_is_kept_until_the_finding_is_withdrawn(
    store: Store, tmp_path: Path, confirmed: RuleEvent
) -> None:
    now = datetime.now(UTC)
    store.give_verdict(confirmed.id, "rejected", None, "", at=NINE, act=did("li.na"))
    number = record(store, event=confirmed.id)
    clip = tmp_path / f"clips/{confirmed.id}.mp4"
    sweeper(store, tmp_path, now + 300 * DAY).sweep()
    assert clip.is_file()
    store.findings.withdraw(number, "记错", at=now, act=did("li.na"))
    sweeper(store, tmp_path, now + 8 * DAY).sweep()
    assert not clip.exists()


def test_the_token_itself_is_kept_nowhere(store: Store, confirmed: RuleEvent, tmp_path: Path) -> None:
    invite(store, confirmed.id)
    contest(store)
    kept = repr([entry.model_dump() for entry in store.audit.oldest()])
    assert TOKEN not in kept
    assert HASHED not in kept
    for file in tmp_path.glob("store.sqlite3*"):
        assert TOKEN.encode() not in file.read_bytes()
