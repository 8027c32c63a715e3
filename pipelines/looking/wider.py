"""A second look from farther off, before a post is taken for empty.

A post's crop is enlarged for what is small in hands. In a dim picture that enlarges the noise too, and who
sits in dark clothes before a dark wall is lost in it: of two such people by lamp light the crop shows 32 and
16 % surely, a region 2.4 times as wide 71 and 54 %, and no more than the crop at an empty chair. Brightening
the crop, taking its noise away or the mean of several pictures helped less or harmed
(models/cards/hall_detector_n.md).
"""

from pipelines.looking.near import Region

WIDENS = 2.4
"""How much wider and higher the region is than the post's crop."""
WORTH_IT = 1.4
"""A region whose longer side is less than so much longer shows nothing much smaller."""


def wider_region(crop: Region, size: tuple[int, int]) -> Region | None:
    """The region around a post's ``crop``, both in whole pixels of a picture of ``size`` (width, height).

    It ends where the picture ends, and reaches farther on the other side instead. None where the crop is
    nearly the whole picture.
    """
    left, right = _wider(crop[0], crop[2], size[0])
    top, bottom = _wider(crop[1], crop[3], size[1])
    longer = max(right - left, bottom - top)
    worth_it = longer >= WORTH_IT * max(crop[2] - crop[0], crop[3] - crop[1])
    return (left, top, right, bottom) if worth_it else None


def _wider(start: int, end: int, most: int) -> tuple[int, int]:
    length = min(round((end - start) * WIDENS), most)
    begin = min(max((start + end - length) // 2, 0), most - length)
    return begin, begin + length
