"""What detectors give, family by family: one file each, found by the shape of the output and checked at
load.

A family is a module with

- ``NAME``: what its users call it; ``SHAPE``: its tensors in words, for an error;
- ``INTAKE``: how it wants its pictures;
- ``fits(probe) -> bool``: whether a run on a black picture looks like this family;
- ``SCORES``: axis of the output along which one score for each class stands, and where they begin there; None
  where the shape does not say how many classes there are;
- ``decode(outputs, height, width, least) -> list[Rows]``: for each picture of the batch the detections of at
  least that score.

No two families fit one probe; `find` holds that.
"""

from collections.abc import Sequence
from typing import Protocol

from models.outputs import anchor_free, detr, detr_topk, end_to_end, set_of_three, yolox
from models.outputs.form import Array, Intake, Probe, Rows


class Family(Protocol):
    """What a family's module has."""

    NAME: str
    SHAPE: str
    INTAKE: Intake
    SCORES: tuple[int, int] | None

    def fits(self, probe: Probe) -> bool:
        """Whether this run looks like the family."""

    def decode(self, outputs: Sequence[Array], height: int, width: int, least: float) -> list[Rows]:
        """Detections of each picture."""


FAMILIES: tuple[Family, ...] = (end_to_end, anchor_free, yolox, detr, detr_topk, set_of_three)


def find(probe: Probe) -> Family:
    """The family of a model; ValueError names the shapes found and those known."""
    fitting = [family for family in FAMILIES if family.fits(probe)]
    if len(fitting) == 1:
        return fitting[0]
    found = ", ".join(f"{value.dtype} {value.shape}" for value in probe.outputs) or "nothing"
    if fitting:
        names = " and ".join(family.NAME for family in fitting)
        raise ValueError(f"expected an output of one family, {found} may be {names}")
    known = "; ".join(f"{family.NAME}: {family.SHAPE}" for family in FAMILIES)
    raise ValueError(f"expected a detector's output of a known form, got {found}; known are {known}")


def class_count(family: Family, probe: Probe) -> int | None:
    """How many classes the output has, None where its shape does not say."""
    if family.SCORES is None:
        return None
    axis, start = family.SCORES
    return int(probe.outputs[0].shape[axis]) - start
