"""What the API answers with, beyond the records of the store; and one example of each."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.rules.events import HealthEntry, RuleEvent
from service.evidence.bucket import Trouble
from service.progress import Run
from service.review.claims import Claim
from service.review.standing import Reader, Stage
from service.review.verdicts import NOTE_LIMIT, Answer, Reason, Thing, Verdict
from service.store import JudgedEvent, LastLook, StoredPost


class EventOut(RuleEvent):
    """A rule event and the verdict that counts, as whoever asks may see it."""

    verdict: Verdict | None = Field(
        description="The verdict that counts; null while the event is a question to you."
    )
    stage: Stage = Field(
        description="question; second: another reviewer is asked too; dispute: two reviewers disagree, "
        "and the first one's verdict counts until an adjudicator decides; done."
    )
    rank: int | None = Field(
        description="Its place in your queue, the lowest first; null when it does not wait for you."
    )
    claim: Claim | None = Field(description="Who does it now; null when nobody does.")

    @classmethod
    def of(cls, judged: JudgedEvent, reader: Reader) -> EventOut:
        """The same as the API says it to a reader."""
        shown = judged.for_reader(reader)
        told = {"verdict": shown.verdict, "stage": shown.stage, "rank": shown.rank, "claim": shown.claim}
        return cls.model_validate({**shown.event.model_dump(), **told})


class EventPageOut(BaseModel):
    """Some events, and where the next ones begin."""

    events: list[EventOut] = Field(description="At most `limit` events, in the order asked for.")
    next_cursor: str | None = Field(description="Give this as `cursor` for the next page; null on the last.")


class PostsOut(BaseModel):
    """All posts the store knows."""

    hall: str = Field(description="The hall's name; empty before a site was loaded.")
    timezone: str = Field(description="IANA name of the hall's time zone, in which all times are given.")
    posts: list[StoredPost] = Field(description="By id.")


class VerdictIn(BaseModel):
    """A reviewer's answer."""

    model_config = ConfigDict(extra="forbid")

    verdict: Answer = Field(
        description="confirmed: it was so; rejected: it was not, or was allowed; unclear."
    )
    reason: Reason | None = Field(default=None, description="Why; each answer has its own reasons.")
    object: Thing | None = Field(
        default=None, description="What it was instead; only with the reason not_what_it_seems."
    )
    note: str = Field(default="", max_length=NOTE_LIMIT, description="The reviewer's own words.")
    take_over: bool = Field(
        default=False, strict=True, description="True: record it even if somebody else does the event now."
    )


class GivenIn(VerdictIn):
    """A reviewer's answer to one event."""

    claimed: bool = Field(
        default=False,
        strict=True,
        description="True: this answers a question that you have claimed; refused when it was answered "
        "meanwhile.",
    )


class VerdictsOut(BaseModel):
    """Every verdict on one event."""

    verdicts: list[Verdict] = Field(description="Oldest first; the last one counts.")


class OutcomeOut(BaseModel):
    """What came of an answer to one of several events."""

    event: str = Field(description="Id of the event.")
    outcome: Literal["recorded", "held", "settled", "unknown"] = Field(
        description="recorded; held: somebody else does it now; settled: others have settled it; unknown: "
        "there is no such event."
    )
    holder: str | None = Field(default=None, description="Who does it, where it is held.")


class BulkOut(BaseModel):
    """What came of one answer to several events."""

    results: list[OutcomeOut] = Field(description="One for each event, in their order.")
    recorded: int = Field(description="How many were recorded.")


class StoreHealth(BaseModel):
    """Does the store answer."""

    ok: bool = Field(description="True if it does.")
    detail: str = Field(description="Why not; empty if it does.")
    waiting: int = Field(
        default=0, description="Deliveries (events, camera health) that wait on disk for the store."
    )


class PostHealth(BaseModel):
    """How fresh what is known of one post is."""

    post: str = Field(description="Id of the post.")
    name: str = Field(description="Its name.")
    camera: str = Field(description="Its camera.")
    last_look: LastLook | None = Field(description="The newest look; null before the first.")
    age_s: float | None = Field(
        description="Event-time seconds from that look to the newest one at any post, so a replay is not old."
    )


class QueueCounts(BaseModel):
    """How many events have which verdict."""

    none: int = Field(default=0, description="Not judged yet.")
    confirmed: int = Field(default=0, description="Confirmed.")
    rejected: int = Field(default=0, description="Rejected.")
    unclear: int = Field(default=0, description="Judged, but unclear.")
    waiting: int = Field(
        default=0,
        description="How many wait for you: questions, second opinions, disputes; not counted beyond 1000.",
    )


class Load(BaseModel):
    """Whether the models keep up, since the run began."""

    pictures_looked_at: int = Field(
        default=0, description="Due pictures taken up: looked at, or passed over because all was settled."
    )
    pictures_dropped: int = Field(
        default=0, description="Due pictures given up because a newer one came before the models had time."
    )
    looks: int = Field(default=0, description="Looks at posts, taken.")
    looks_dropped: int = Field(
        default=0,
        description="Looks given up at pictures taken up, for other posts had to be looked at first.",
    )
    overloaded: bool = Field(
        default=False, description="At present the machine cannot look at every post within the bound."
    )


class DiskHealth(BaseModel):
    """The disk under the evidence, as of the last sweep."""

    free_bytes: int = Field(description="Free.")
    floor_bytes: int = Field(description="What is to stay free (CONDUCT_MIN_FREE_GB).")
    short_bytes: int = Field(description="How much of that is missing although all was deleted that may be.")


class BucketHealth(BaseModel):
    """The bucket that evidence is moved into."""

    trouble: Trouble | None = Field(
        description="away: it does not answer; refused: it refuses the keys; no_bucket: it is not there; "
        "not_kept: it did not give back what it was given; null: none."
    )
    waiting_files: int = Field(description="Files that wait on this machine until it takes them.")


class HealthOut(BaseModel):
    """The state of the whole."""

    status: Literal["ok", "degraded"] = Field(
        description="degraded: the store does not answer, the run failed, a camera cannot see now, the "
        "disk is too full, or the evidence bucket is in trouble."
    )
    store: StoreHealth
    run: Run
    cameras: list[HealthEntry] = Field(description="The newest health entries, newest first, at most 100.")
    posts: list[PostHealth] = Field(description="The active posts.")
    queue: QueueCounts
    load: Load = Field(default_factory=Load)
    disk: DiskHealth | None = Field(default=None, description="null before the first sweep.")
    bucket: BucketHealth | None = Field(default=None, description="null where evidence stays here.")


class ClauseOut(BaseModel):
    """One clause of the hall's code of conduct."""

    id: str = Field(description="The clause's number in the regulation.")
    text: str = Field(description="In its own words.")
    by_hand: bool = Field(description="True: no camera judges it, people may record findings against it.")


class RegulationOut(BaseModel):
    """The code of conduct in one language."""

    lang: str = Field(description="Language of the texts.")
    clauses: list[ClauseOut] = Field(description="All clauses.")


EXAMPLE_VERDICT: dict[str, Any] = {
    "verdict": "rejected",
    "reason": "allowed",
    "note": "Called the help desk for the visitor.",
    "at": "2026-01-05T10:12:40+08:00",
}
EXAMPLE_EVENT: dict[str, Any] = {
    "id": "9f2c61d07a3be845",
    "rule": "phone_use",
    "clause": "B6",
    "post": "w01",
    "camera": "east",
    "start": "2026-01-05T09:41:07.200000+08:00",
    "end": "2026-01-05T09:41:52.600000+08:00",
    "state": "closed",
    "confidence": 0.94,
    "why": "phone_in_hand",
    "clip": "clips/9f2c61d07a3be845.mp4",
    "snapshot": "clips/9f2c61d07a3be845.jpg",
    "timeline": "clips/9f2c61d07a3be845.json",
    "model": {"name": "detector", "sha256": "5f0a" * 16},
    "rule_version": "1",
    "end_known": True,
    "clip_missing": None,
    "verdict": None,
    "stage": "question",
    "rank": 1102,
    "claim": None,
}
EXAMPLE_POST: dict[str, Any] = {
    "id": "w01",
    "name": "1号窗口 社会保障",
    "camera": "east",
    "staff_zone": [[0.1, 0.2], [0.45, 0.2], [0.45, 0.6], [0.1, 0.6]],
    "visitor_zone": None,
    "active": True,
}
EXAMPLE_HEALTH: dict[str, Any] = {
    "status": "ok",
    "store": {"ok": True, "detail": "", "waiting": 0},
    "run": {"state": "running", "seconds_done": 41.2, "seconds_total": 120.0, "error": None},
    "cameras": [
        {
            "camera": "east",
            "state": "dark",
            "start": "2026-01-05T09:10:00+08:00",
            "end": "2026-01-05T09:11:00+08:00",
            "detail": "mean brightness 3 of 255",
        }
    ],
    "posts": [
        {
            "post": "w01",
            "name": "1号窗口 社会保障",
            "camera": "east",
            "last_look": {
                "post": "w01",
                "t": "2026-01-05T09:41:52.600000+08:00",
                "presence": True,
                "beliefs": {"phone": 0.12},
            },
            "age_s": 0.4,
        }
    ],
    "queue": {"none": 3, "confirmed": 1, "rejected": 2, "unclear": 0, "waiting": 3},
    "disk": {"free_bytes": 812_000_000_000, "floor_bytes": 1_000_000_000, "short_bytes": 0},
    "bucket": {"trouble": None, "waiting_files": 0},
    "load": {
        "pictures_looked_at": 9120,
        "pictures_dropped": 14,
        "looks": 21_400,
        "looks_dropped": 31,
        "overloaded": False,
    },
}


def answered(description: str, example: object, media_type: str = "application/json") -> dict[str, Any]:
    """OpenAPI's description of a good response with an example."""
    return {"description": description, "content": {media_type: {"example": example}}}
