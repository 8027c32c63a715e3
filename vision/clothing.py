"""What people's clothes look like in general: the measure for a hall's own few examples.

Ten crops cannot say which differences between two looks matter: light, pose and compression change
hundreds of features at once. Many other people, each seen under many lights, can. Their scatter within one
person is divided out (within-class covariance normalisation, Hatch, Kajarekar and Stolcke 2006), and some
of them serve as counter-examples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]
"""Clothing features, (N, D) or (D,): each standardised over people in general (mean 0, variance 1)."""


@dataclass(frozen=True, slots=True)
class CommonClothes:
    """Statistics of people who have nothing to do with the hall.

    ``whitening`` (D, D) makes all directions vary alike between looks at one person; its scale is such that
    people's means lie at a root mean square of 1 from the origin. ``looks`` (M, D) are counter-examples.
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
        """Features (N, D) in the space where looks at one person scatter alike in all directions."""
        return np.asarray(clothing, np.float64) @ self.whitening


def within_person_whitening(
    looks: Features, person: NDArray[np.intp], shrinkage: float = 0.01
) -> tuple[NDArray[np.float64], float]:
    """``whitening`` and ``same`` of CommonClothes from standardised looks (N, D) and whose each is (N,).

    The scatter within people is shrunk towards a multiple of the identity (Ledoit and Wolf 2004), or
    directions that hardly vary would count without bound. Each person needs two looks at least.
    """
    order, inverse, counts = np.unique(person, return_inverse=True, return_counts=True)
    if counts.min(initial=2) < 2:
        raise ValueError(f"expected at least two looks at each person, got one at {order[counts.argmin()]}")
    means = np.stack([looks[inverse == i].mean(axis=0, dtype=np.float64) for i in range(len(order))])
    off = looks - means[inverse]
    scatter = off.T @ off / (len(looks) - len(order))
    size = len(scatter)
    scatter = (1 - shrinkage) * scatter + shrinkage * np.trace(scatter) / size * np.eye(size)
    values, vectors = np.linalg.eigh(scatter)
    whitening = (vectors / np.sqrt(values)) @ vectors.T
    whitening /= np.sqrt(np.square((means - means.mean(axis=0)) @ whitening).sum(axis=1).mean())
    variance = np.square(off @ whitening).sum() / (len(looks) - len(order))
    return whitening, float(np.sqrt(2 * variance))


def nearest(looks: Features, others: Features) -> NDArray[np.float64]:
    """Distance of each of ``looks`` (N, D) to the nearest of ``others`` (M, D), shape (N,)."""
    squares = np.square(looks).sum(axis=1)[:, None] + np.square(others).sum(axis=1)[None]
    gaps = squares - 2 * (np.asarray(looks, np.float64) @ np.asarray(others, np.float64).T)
    return np.asarray(np.sqrt(np.clip(gaps.min(axis=1), 0, None)))
