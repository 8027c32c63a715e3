"""Which posts are looked at next when there are more looks to take than the models manage.

All posts of all cameras share one budget: the models' time. Each look has a deadline, the bound on its
post's look age. While every deadline can be kept with time to spare, the spare time goes to posts where
something is going on (slack stealing: Lehoczky and Ramos-Thuel, 1992); else whoever was looked at longest ago
comes first, which is earliest deadline first. Is the budget too small for the bound, all posts' looks grow
equally old. Pure: ages and costs are handed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.looking.looks import BOUND_S, INTERVAL_S, SLACK, Quiet

LEAST, MOST = 2, 16
"""Looks in one turn of the models, if there are so many to take, and at most."""
FIRST_COST_S = 0.05
"""What a look is taken to cost before one was taken."""
LEARNT = 0.2
"""How much of a look's cost is believed from the last turn alone."""
KNOWN_AFTER = 5
"""Turns after which something is said of the cost: the first ones are slow on any machine."""
RESERVE = 1.25
"""Costs are taken to be so many times higher in planning: cameras are read on the same cores."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A post when it is decided where to look: ``age_s`` would be its last look's by its camera's newest
    picture (inf: no look yet), which is ``fresh`` when the post was not yet shown it. The next picture comes
    ``ahead_s`` later; the newest one came ``since_s`` ago."""

    age_s: float
    settled: bool
    fresh: bool = True
    ahead_s: float = INTERVAL_S
    since_s: float = 0.0

    @property
    def wanting(self) -> bool:
        """Whether a look is due: not all is settled, or it is a while ago."""
        return self.fresh and not Quiet(0.0, self.settled).passes(self.age_s, self.ahead_s)

    @property
    def wait_s(self) -> float:
        """For how long its look can wait, in seconds; negative when it is late.

        The newest picture is there to be looked at until the next one comes, and so on up to the last one
        that is within the bound. What is taken then must have been planned an interval earlier.
        """
        room = BOUND_S - self.age_s
        if room < 0:
            return room
        more = int(room / self.ahead_s + SLACK)
        return max((more + 1) * self.ahead_s - INTERVAL_S - self.since_s, 0.0)


@dataclass(frozen=True, slots=True)
class Turn:
    """The posts to look at next, by their places; ``spare``: how many looks more could be taken now and no
    deadline would pass; ``sated``: no look that is due was left out."""

    chosen: tuple[int, ...]
    spare: int
    sated: bool


@dataclass(frozen=True, slots=True)
class Budget:
    """What a look costs by the clock, as far as is known: ``cost_s`` in seconds, after so many turns."""

    cost_s: float = FIRST_COST_S
    turns: int = 0

    def spent(self, looks: int, seconds: float) -> "Budget":
        """The budget after a turn of so many looks that took so long."""
        if looks <= 0:
            return self
        weight = max(LEARNT, 1 / (self.turns + 1))
        return Budget(self.cost_s + weight * (seconds / looks - self.cost_s), self.turns + 1)

    def too_small(self, posts: int) -> bool:
        """Whether it is known that so many posts cannot all be looked at once within the bound."""
        return self.turns >= KNOWN_AFTER and posts * self.cost_s > BOUND_S

    @property
    def most(self) -> int:
        """Looks in a turn that is over before the next pictures are due, as far as there are such."""
        if self.turns == 0:
            return LEAST
        return max(LEAST, min(MOST, int(INTERVAL_S / self.cost_s) if self.cost_s > 0 else MOST))

    def turn(self, posts: Sequence[Standing]) -> Turn:
        """Where to look next. Of posts alike in all the first come first."""
        order = sorted(range(len(posts)), key=lambda i: (posts[i].wait_s, -posts[i].age_s))
        slack = self._slack([posts[i].wait_s for i in order])
        urgent = max((place + 1 for place, room in enumerate(slack) if room < 1), default=0)
        room = int(min(slack[urgent:], default=self.most))
        # Up to the last deadline that is near: in the order of deadlines, even before a look would be due.
        hurried = [i for i in order[:urgent] if posts[i].fresh]
        more = sorted((i for i in order[urgent:] if posts[i].wanting), key=lambda i: posts[i].settled)
        chosen = (hurried + more[:room])[: self.most]
        spare = 0 if urgent else room - len(chosen)
        left_out = any(post.wanting for i, post in enumerate(posts) if i not in set(chosen))
        return Turn(tuple(chosen), spare, not left_out)

    def _slack(self, waits: Sequence[float]) -> list[float]:
        """Of posts that can wait so long, looked at in this order: for how many looks more each could."""
        cost = max(self.cost_s * RESERVE, 1e-6)
        return [wait / cost - (place + 1) for place, wait in enumerate(waits)]
