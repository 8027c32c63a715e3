"""Made-up weeks of looks, to measure replays with: quiet posts, and stretches in which something goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.replay.looks import PostLooks
from vision.behaviours import BEHAVIOURS

QUIET_S = 2.0
"""Between two looks at a post where all is settled."""
BUSY_S = 0.2
"""The same while a belief is off the floor."""
CALM = {"presence": 0.95, "phone": 0.13, "smoking": 0.13, "eating": 0.14, "uniform": float("nan")}
"""What looks say about the behaviours while nothing goes on."""
ACTS: Sequence[tuple[str, float]] = (("phone", 0.88), ("presence", 0.06), ("eating", 0.88), ("smoking", 0.88))
"""What goes on, in turns, and what looks say about it then."""
STIR_S = 4.0
GRACE_S = 300.0
NOISE = 0.5
"""Standard deviation of a look's log odds."""


@dataclass(frozen=True, slots=True)
class Bustle:
    """How much goes on at a post in a day: acts that may become events, seconds of each (an absence lasts
    longer by what is allowed), and stirs that come to nothing."""

    acts: int
    act_s: float
    stirs: int


REALISTIC = Bustle(acts=5, act_s=90.0, stirs=60)
"""Two of a hundred seconds are looked at closely."""
DENSE = Bustle(acts=95, act_s=60.0, stirs=60)
"""Something at every post every six minutes, all day."""


def post_day(post: str, camera: str, start: float, hours: float, bustle: Bustle, seed: int) -> PostLooks:
    """One day of a post from event time ``start`` on; the same for the same ``seed``. Cues to 4 digits."""
    dice = np.random.default_rng(seed)
    kinds = np.array([-1] * bustle.stirs + [i % len(ACTS) for i in range(bustle.acts)])
    dice.shuffle(kinds)
    slot = hours * 3600 / max(len(kinds), 1)
    t: list[NDArray[np.float64]] = []
    acts: list[NDArray[np.int64]] = []
    for k, kind in enumerate(kinds.tolist()):
        begin = start + k * slot
        absence = kind >= 0 and ACTS[kind][0] == "presence"
        wanted = STIR_S if kind < 0 else bustle.act_s * dice.uniform(0.5, 1.5) + absence * GRACE_S
        length = min(wanted, slot - 2 * QUIET_S)
        since = begin + dice.uniform(QUIET_S, slot - length)
        # An absence is settled as soon as it is believed; hands are watched closely until they rest.
        every = QUIET_S if absence else BUSY_S
        for first, last, gap, act in (
            (begin, since, QUIET_S, -1),
            (since, since + length, every, max(kind, 0)),
            (since + length, begin + slot, QUIET_S, -1),
        ):
            times = np.arange(first, last, gap)
            t.append(times)
            acts.append(np.full(len(times), act))
    return _looks(post, camera, np.concatenate(t), np.concatenate(acts), dice)


def _looks(
    post: str,
    camera: str,
    t: NDArray[np.float64],
    acts: NDArray[np.int64],
    dice: np.random.Generator,
) -> PostLooks:
    names = tuple(BEHAVIOURS)
    said = np.tile([CALM[name] for name in names], (len(t), 1))
    for i, (name, p) in enumerate(ACTS):
        said[acts == i, names.index(name)] = p
    odds = np.log(said / (1 - said)) + dice.normal(0, NOISE, said.shape)
    cues = np.round(np.clip(1 / (1 + np.exp(-odds)), 0.03, 0.97), 4)
    return PostLooks(post, camera, names, np.round(t, 3), cues, np.zeros(len(t), np.bool_))
