"""What people's clothes look like in general: the measure for a hall's own few examples.

Ten crops cannot say how much a feature varies among people; many other people can. Features are standardised
over them and weighted, some of them serve as counter-examples, and how far looks at one person lie apart
tells one moment photographed twice from two.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]
"""Clothing features, (N, D) or (D,): each standardised over people in general (mean 0, variance 1)."""


@dataclass(frozen=True, slots=True)
class CommonClothes:
    """Statistics of people who have nothing to do with the hall.

    ``whitening`` (D, D) weighs the features against each other. ``looks`` (M, D) are counter-examples.
    ``same`` is the root mean square distance, whitened, of two looks at one person; ``reach`` the distance,
    not whitened, to the nearest of ``looks`` within which nearly all people lie.
    """

    whitening: NDArray[np.float64]
    looks: Features
    same: float
    reach: float

    def __post_init__(self) -> None:
        size = self.looks.shape[-1]
        if self.looks.ndim != 2 or self.whitening.shape != (size, size):
            raise ValueError(
                f"expected looks of shape (M, D) and a whitening of shape (D, D), got {self.looks.shape} "
                f"and {self.whitening.shape}"
            )

    @property
    def size(self) -> int:
        """D, how many features a look has."""
        return int(self.looks.shape[1])

    def whitened(self, clothing: Features) -> NDArray[np.float64]:
        """Features (N, D), weighted."""
        return np.asarray(clothing, np.float64) @ self.whitening


def within_person_distance(rows: NDArray[np.float64], person: NDArray[np.intp]) -> float:
    """Root mean square distance of two looks at one person; weighted looks (N, D), whose each is (N,).

    Each person needs two looks at least.
    """
    order, inverse, counts = np.unique(person, return_inverse=True, return_counts=True)
    if counts.min(initial=2) < 2:
        raise ValueError(f"expected at least two looks at each person, got one at {order[counts.argmin()]}")
    means = np.stack([rows[inverse == i].mean(axis=0) for i in range(len(order))])
    variance = np.square(rows - means[inverse]).sum() / (len(rows) - len(order))
    return float(np.sqrt(2 * variance))


def nearest(looks: Features, others: Features) -> NDArray[np.float64]:
    """Distance of each of ``looks`` (N, D) to the nearest of ``others`` (M, D), shape (N,)."""
    squares = np.square(looks).sum(axis=1)[:, None] + np.square(others).sum(axis=1)[None]
    gaps = squares - 2 * (np.asarray(looks, np.float64) @ np.asarray(others, np.float64).T)
    return np.asarray(np.sqrt(np.clip(gaps.min(axis=1), 0, None)))
