"""How sure a share is that was counted. Pure."""

from __future__ import annotations

from math import sqrt

_Z = 1.959963984540054
"""Of a two-sided interval of 95 %."""


def wilson(hits: float, number: float) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); unlike others it stays within 0 and 1.

    Where what was counted has weights, both are what it is worth.
    """
    share, z2 = hits / number, _Z * _Z
    middle = share + z2 / (2 * number)
    half = _Z * sqrt(share * (1 - share) / number + z2 / (4 * number * number))
    low, high = (max(0.0, min(1.0, (middle + way * half) / (1 + z2 / number))) for way in (-1, 1))
    return (0.0 if hits == 0 else low), (1.0 if hits == number else high)
