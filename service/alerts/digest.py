"""A week's report in a few lines, for a message. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.reports.report import Report

Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Digest:
    """What a message tells of a week. ``appeals`` were made in it, by their state today.

    ``waiting`` clips nobody has judged, of whatever week.
    """

    report: Report
    appeals: Mapping[str, int]
    waiting: int

    @property
    def query(self) -> str:
        """The days of its report, for the page's address."""
        return f"from={self.report.first}&to={self.report.last}"


def digest_lines(digest: Digest, say: Say) -> list[str]:
    """The digest in words."""
    total, lines = digest.report.total, []
    if digest.report.is_empty:
        lines.append(say("digest.empty"))
    else:
        counted = ("events", "confirmed", "rejected", "unclear", "waiting")
        lines += [
            say("digest.events", **{name: getattr(total, name) for name in counted}),
            _rate(digest, say),
            _precision(digest, say),
            _coverage(digest, say),
        ]
    if digest.report.own_posts:
        lines.insert(0, say("digest.own_posts"))
    return [*lines, _appeals(digest, say), say("digest.waiting", n=digest.waiting)]


def digest_json(digest: Digest) -> dict[str, Any]:
    """The digest for a webhook."""
    return {
        "from": str(digest.report.first),
        "to": str(digest.report.last),
        "total": digest.report.total.model_dump(mode="json"),
        "reviews": digest.report.reviews.model_dump(mode="json"),
        "appeals": dict(digest.appeals),
        "waiting": digest.waiting,
    }


def _rate(digest: Digest, say: Say) -> str:
    total = digest.report.total
    if total.rate is None or total.confirmed_rate is None:
        return say("digest.no_rate")
    return say("digest.rate", rate=f"{total.rate:.1f}", confirmed=f"{total.confirmed_rate:.1f}")


def _precision(digest: Digest, say: Say) -> str:
    found = digest.report.total.precision
    if found is None:
        return say("digest.no_precision")
    shares = {"share": found.share, "low": found.low, "high": found.high}
    return say("digest.precision", **{name: f"{100 * share:.0f}" for name, share in shares.items()})


def _coverage(digest: Digest, say: Say) -> str:
    told = digest.report.total.hours
    if told is None or told.whole_s <= 0:
        return say("digest.no_coverage")
    parts = {"seen": told.seen_s, "covered": told.covered_s, "unseen": told.unseen_s}
    shares = {name: f"{100 * seconds / told.whole_s:.0f}" for name, seconds in parts.items()}
    return say("digest.coverage", hours=f"{told.whole_s / 3600:,.0f}", **shares)


def _appeals(digest: Digest, say: Say) -> str:
    made = sum(digest.appeals.values())
    if not made:
        return say("digest.no_appeals")
    counts = {state: digest.appeals.get(state, 0) for state in ("open", "reversed")}
    return say("digest.appeals", n=made, **counts)
