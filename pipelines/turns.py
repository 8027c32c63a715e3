"""Turn by turn, what a live run looks at: the cameras' newest pictures and the budget that they share.

A picture is taken up when one of its posts is to be looked at, or when there is time for all. Posts that
were not yet shown it wait for a later turn, or until a newer picture comes: then their look is dropped, and
counted.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipelines.channel import Channel
from pipelines.looking.budget import Budget, Standing
from pipelines.looking.eyes import Eyes
from pipelines.looking.looks import BOUND_S
from pipelines.metrics import LOOK_COST, OVERLOADED, Meter
from pipelines.reader import Reader
from pipelines.run import Ask, answer
from pipelines.streams.clock import RunClock
from pipelines.streams.source import Picture
from vision.frame import Frame
from vision.picture import Picture as State
from vision.posts import Post

log = logging.getLogger(__name__)

RELIEVED = 0.8
"""Share of what is too much at which it is told that it no longer is."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture that is taken up: its pixels, and what they are good for."""

    picture: Picture
    frame: Frame
    state: State


class Offer:
    """One live camera's newest picture, and its posts that are due a look at it."""

    def __init__(self, reader: Reader) -> None:
        """``reader`` is the camera's; nothing was taken up yet."""
        self.reader = reader
        self._frame: Frame | None = None
        """The picture that was taken up, while a look at it is due: a hundred of them are half a gigabyte."""
        self._t: float | None = None
        """Its event time."""
        self._state = State.CORRUPT
        self._due: list[Post] = []

    @property
    def waiting(self) -> bool:
        """Whether a look is due at the picture that was taken up."""
        return bool(self._due)

    def standings(self, now: float) -> list[tuple[Post, Standing]]:
        """How each post stands ``now``; none while there is nothing to look at and nothing comes."""
        channel, newest = self.reader.channel, self.reader.newest_t
        t = self._t if newest is None else newest
        if channel is None or t is None or (newest is None and not self._due and self.reader.silent):
            return []
        waiting = {post.id for post in (self._due if newest is None else channel.watch.posts)}
        ahead, since = channel.source.ahead_s, now - self.reader.came_at
        return [
            (post, Standing(t - quiet.looked_at, quiet.settled, post.id in waiting, ahead, since))
            for post in channel.watch.posts
            for quiet in [channel.watch.quiet(post)]
        ]

    def open(self) -> Opened | None:
        """The newest picture, if it was not taken up yet. Other cameras' may be opened beside it."""
        channel, picture = self.reader.channel, self.reader.take()
        return None if channel is None or picture is None else Opened(picture, *channel.open(picture))

    def asks(self, opened: Opened | None, chosen: Collection[str]) -> list[Ask]:
        """The looks at ``chosen`` posts, in the picture that was ``opened``, else in the one before."""
        channel = self.reader.channel
        if channel is None:
            return []
        if opened is not None:
            self._take_up(channel, opened, chosen)
        frame, state = self._frame, self._state
        # A picture that tells nothing costs no look: every post is told.
        now = [post for post in self._due if post.id in chosen or not state.tells]
        self._due = [post for post in self._due if not (post.id in chosen or not state.tells)]
        if not self._due:
            self._frame = None
        return [] if frame is None else [(channel, channel.watch.request(post, frame, state)) for post in now]

    def _take_up(self, channel: Channel, opened: Opened, chosen: Collection[str]) -> None:
        """From now on the newest picture is this; looks that were due at the one before are dropped."""
        for post in self._due:
            channel.dropped(post)
        channel.taken_up(opened.picture, opened.state)
        self._frame, self._state = frame, state = opened.frame, opened.state
        self._t = frame.t
        watch, ahead = channel.watch, channel.source.ahead_s
        self._due = [
            post
            for post in watch.posts
            if post.id in chosen or not (state.tells and watch.passes(post, frame, ahead))
        ]


class Turns:
    """All cameras' offers, and the budget."""

    def __init__(self, readers: Sequence[Reader], eyes: Eyes, clock: RunClock, meter: Meter) -> None:
        """``clock`` says what looks cost; ``meter`` is told."""
        self._offers = [Offer(reader) for reader in readers]
        self._eyes, self._clock, self._meter = eyes, clock, meter
        self._budget, self.overloaded = Budget(), False
        """Whether the machine is known to be too slow for so many posts. Any thread may ask."""
        meter.set(OVERLOADED, value=0)

    @property
    def waiting(self) -> bool:
        """Whether looks are due at pictures that were taken up."""
        return any(offer.waiting for offer in self._offers)

    def take(self) -> None:
        """One turn of the models."""
        now = self._clock.now()
        places = [(offer, *place) for offer in self._offers for place in offer.standings(now)]
        turn = self._budget.turn([standing for *_, standing in places])
        chosen: dict[Offer, set[str]] = {}
        for i in turn.chosen:
            offer, post, _ = places[i]
            chosen.setdefault(offer, set()).add(post.id)
        if turn.sated:
            for offer in self._offers:
                if offer.reader.newest_t is not None:
                    chosen.setdefault(offer, set())
        opened = zip(chosen, self._eyes.beside(Offer.open, list(chosen)), strict=True)
        asks = [ask for offer, picture in opened for ask in offer.asks(picture, chosen[offer])]
        began = self._clock.now()
        looks = answer(asks, self._eyes, turn.spare)
        self._budget = self._budget.spent(looks, self._clock.now() - began)
        if looks:
            self._meter.set(LOOK_COST, value=self._budget.cost_s)
            self._report(len(places))

    def _report(self, posts: int) -> None:
        """Say when the machine is too slow for so many posts, and when it no longer is."""
        enough = self._budget.too_small(round(posts / RELIEVED) if self.overloaded else posts)
        if enough == self.overloaded:
            return
        self.overloaded = enough
        self._meter.set(OVERLOADED, value=float(enough))
        if enough:
            log.warning(
                "%d posts at %.0f ms a look are more than this machine can look at within %.1f s: "
                "looks at all posts grow equally old",
                posts,
                1000 * self._budget.cost_s,
                BOUND_S,
            )
        else:
            log.warning("looks at all %d posts are taken within %.1f s again", posts, BOUND_S)
