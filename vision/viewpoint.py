"""Does a fixed camera still look where it looked when its zones were drawn?

The view is compared by its edges, block by block, at the very place: normalised cross-correlation of
derivatives, which neither brightness nor contrast changes. Edges along x and along y vote apart, for a
picture that is shifted along a long edge keeps that edge. A person hides some blocks and changes no other;
a camera that was turned or zoomed changes nearly all. Blocks in which something moves have no vote.

Measured on the demo clips, share of agreeing blocks: 0.66 and more as they are, darkened, noisy or coarsely
encoded; 0.39 and more with people across 30 % of the picture; 0.5 when the hall's lamps go out; 0.24 and less
when shifted by 5 %, turned by 5 degrees, or 10 % nearer or farther.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vision.frame import Image

HIGH, WIDE = 180, 320
"""Size of a view in samples, whatever the picture's size: zones are fractions too."""
BLOCK = 20
CHECK_EVERY_S = 2.0
LEARN_FROM = 5
"""Views, one each `CHECK_EVERY_S`, of which the reference is the median."""
SETTLED = 0.6
"""Share of blocks by which each of them must agree with it; a camera that is being turned is not settled."""
TEXTURE = 4.0
"""Mean square of a derivative from which a block shows an edge."""
SAME = 0.5
"""Correlation from which a block shows the same as before."""
FEWEST_BLOCKS = 12
"""A view with fewer blocks with edges along x, or along y, is not judged."""
FITS = 0.3
"""Share of agreeing blocks below which the view is another."""
FITS_AGAIN = 0.4
"""Share from which one that was another is the old one again."""
STEADY_SHARE = 0.3
"""With so few blocks in which nothing moves, all vote."""
MOVED_AFTER_S = 12.0
UNSTEADY_AFTER_S = 60.0
"""The same while the view is not even steady: somebody may stand before the camera."""

Grey = NDArray[np.uint8]
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Edges:
    """Derivatives of a view along x and y, and their energy in each block."""

    planes: tuple[Plane, Plane]
    energies: tuple[Plane, Plane]

    def like(self, other: "_Edges") -> tuple[Plane, Plane]:
        """For x and y, the correlation with another view in each block, -1 to 1."""
        x, y = (
            _blocks(a * b) / np.sqrt(e * f + 1e-6)
            for a, b, e, f in zip(self.planes, other.planes, self.energies, other.energies, strict=True)
        )
        return x, y


@dataclass(frozen=True, slots=True)
class Reference:
    """The view that zones were drawn for: grey levels, (`HIGH`, `WIDE`) uint8."""

    grey: Grey
    edges: _Edges

    @classmethod
    def of(cls, grey: Grey) -> "Reference | None":
        """A view as a reference; None when it shows too few edges to be known again."""
        edges = _edges(grey)
        rich = all(int(part.sum()) >= FEWEST_BLOCKS for part in _textured(edges))
        return cls(grey, edges) if rich else None

    def agreement(self, image: Image) -> float:
        """Share of blocks of a single picture (BGR uint8) that agree with it, 0 to 1."""
        return _agreement(self.edges, _edges(view_of(image)), None)


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """What must be remembered of a camera's view; `Viewpoint()` will learn its reference."""

    reference: Reference | None = None
    learning: tuple[Grey, ...] = ()
    before: _Edges | None = None
    checked_at: float = float("-inf")
    doubted_at: float | None = None
    """Since when the view has been another, as far as is known."""
    moved: bool = False
    """That has lasted: the camera was moved."""
    agreeing: int = 0

    @property
    def fits(self) -> bool:
        """Whether zones can be trusted."""
        return self.doubted_at is None

    def due(self, t: float) -> bool:
        """Whether the picture at event time ``t`` is to be compared."""
        return not 0 <= t - self.checked_at < CHECK_EVERY_S

    def look(self, image: Image, t: float) -> "Viewpoint":
        """Take in a good picture (BGR uint8) at event time ``t``; most are not even looked at."""
        if not self.due(t):
            return self
        grey = view_of(image)
        if self.reference is None:
            return self._learn(grey, t)
        edges = _edges(grey)
        steady = None if self.before is None else edges.like(self.before)
        share, stands = _vote(self.reference.edges, edges, steady)
        state = replace(self, before=edges, checked_at=t)
        return state._fitting(share) if share >= FITS else state._other(t, stands)

    def _learn(self, grey: Grey, t: float) -> "Viewpoint":
        seen = (*self.learning[-(LEARN_FROM - 1) :], grey)
        if len(seen) < LEARN_FROM:
            return replace(self, learning=seen, checked_at=t)
        middle = np.median(np.stack(seen), axis=0).astype(np.uint8)
        reference = Reference.of(middle)
        if reference is None or any(_agreement(reference.edges, _edges(one), None) < SETTLED for one in seen):
            return replace(self, learning=seen, checked_at=t)
        return Viewpoint(reference, checked_at=t)

    def _fitting(self, share: float) -> "Viewpoint":
        if not self.moved:
            return replace(self, doubted_at=None, agreeing=0)
        agreeing = self.agreeing + 1 if share >= FITS_AGAIN else 0
        if agreeing < 2:
            return replace(self, agreeing=agreeing)
        return replace(self, doubted_at=None, moved=False, agreeing=0)

    def _other(self, t: float, stands: bool) -> "Viewpoint":
        since = t if self.doubted_at is None else self.doubted_at
        lasted = t - since >= (MOVED_AFTER_S if stands else UNSTEADY_AFTER_S)
        return replace(self, doubted_at=since, moved=self.moved or lasted, agreeing=0)


def view_of(image: Image) -> Grey:
    """A picture's (BGR uint8) green channel as a view: (`HIGH`, `WIDE`), each sample the mean of four."""
    high, wide = image.shape[:2]
    rows = ((np.arange(2 * HIGH) + 0.5) * high / (2 * HIGH)).astype(np.intp)
    columns = ((np.arange(2 * WIDE) + 0.5) * wide / (2 * WIDE)).astype(np.intp)
    fine = image[..., 1][rows].take(columns, axis=1).astype(np.uint16)
    rough = fine[::2] + fine[1::2]
    return np.asarray((rough[:, ::2] + rough[:, 1::2]) >> 2, np.uint8)


def _edges(grey: Grey) -> _Edges:
    """Derivatives of the smoothed view (Sobel's, one sample wider)."""
    plain = grey.astype(np.float32)
    across = plain[:, :-2] + 2 * plain[:, 1:-1] + plain[:, 2:]
    smooth = (across[:-2] + 2 * across[1:-1] + across[2:]) / 16
    x, y = np.zeros_like(plain), np.zeros_like(plain)
    x[1:-1, 2:-2] = smooth[:, 2:] - smooth[:, :-2]
    y[2:-2, 1:-1] = smooth[2:] - smooth[:-2]
    return _Edges((x, y), (_blocks(x * x), _blocks(y * y)))


def _blocks(plane: Plane) -> Plane:
    """Sums over blocks: (`HIGH` / `BLOCK`, `WIDE` / `BLOCK`)."""
    rows = plane.reshape(HIGH // BLOCK, BLOCK, WIDE).sum(axis=1)
    return np.asarray(rows.reshape(HIGH // BLOCK, WIDE // BLOCK, BLOCK).sum(axis=2), np.float32)


def _textured(edges: _Edges) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    x, y = (energy > TEXTURE * BLOCK**2 for energy in edges.energies)
    return x, y


def _vote(reference: _Edges, now: _Edges, steady: tuple[Plane, Plane] | None) -> tuple[float, bool]:
    """Share of agreeing blocks, and whether enough of them stood still to vote alone."""
    if steady is not None:
        textured = _textured(reference)
        still = tuple(part & (like > SAME) for part, like in zip(textured, steady, strict=True))
        if all(s.sum() >= STEADY_SHARE * part.sum() for s, part in zip(still, textured, strict=True)):
            return _agreement(reference, now, still), True
    return _agreement(reference, now, None), False


def _agreement(reference: _Edges, now: _Edges, voters: tuple[NDArray[np.bool_], ...] | None) -> float:
    """Mean of the shares of agreeing blocks along x and along y."""
    likes = now.like(reference)
    votes = _textured(reference) if voters is None else voters
    return float(np.mean([(like[vote] > SAME).mean() for like, vote in zip(likes, votes, strict=True)]))
