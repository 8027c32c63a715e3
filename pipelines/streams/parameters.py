"""What a keyframe says about its stream: the parameter sets that a decoder needs first.

A stream that is only recorded is not decoded, so a change of its picture's size shows here alone.
"""

import re

_START = re.compile(rb"\x00\x00\x01")
_MOST_BYTES = 4096
"""Parameter sets stand before the picture: no need to search all of it."""
_SEQUENCE = {"h264": frozenset({7}), "hevc": frozenset({32, 33})}
"""NAL unit types: sequence parameter set (H.264), video and sequence parameter set (H.265)."""


def parameter_sets(codec: str, keyframe: bytes) -> frozenset[bytes]:
    """The sequence parameter sets within a keyframe, with start codes as live streams carry them.

    ``codec`` is FFmpeg's name. Empty for other codecs, and where the stream tells them elsewhere.
    """
    wanted = _SEQUENCE.get(codec, frozenset())
    if not wanted:
        return frozenset()
    units = _START.split(keyframe[:_MOST_BYTES])[1:-1]  # the last one goes on beyond what was searched
    return frozenset(unit.rstrip(b"\x00") for unit in units if unit and _kind(codec, unit) in wanted)


def _kind(codec: str, unit: bytes) -> int:
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63
