"""What a camera sends, as an integrator wants to know it before writing a site file."""

import time
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipelines.hall.site import Transport, is_live
from pipelines.streams.clock import RunClock
from pipelines.streams.packet import Packet
from pipelines.streams.source import Source, SourceError
from vision.frame import Image

LONG_GROUP_S = 4.0
"""Keyframes further apart make clips begin that much too early, and a damaged picture last that long."""


@dataclass(frozen=True, slots=True)
class Probed:
    """One camera's stream, measured; what could not be measured is None."""

    codec: str
    width: int
    height: int
    frame_rate: float | None
    """Pictures a second, by their own stamps."""
    keyframe_s: float | None
    """Seconds from keyframe to keyframe; None when fewer than two came."""
    kbit_s: float | None
    first_picture_s: float
    """From the first try to connect to the first decoded picture."""
    clock_skew_s: float | None
    """The camera's own clock less ours, by its sender reports; None where it sends none."""
    damaged: int
    """Pictures of which parts could not be decoded."""
    picture: Image

    def line(self) -> dict[str, str | int | float | None]:
        """The figures for JSON, without the picture."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "picture"}

    def advice(self) -> list[str]:
        """What an integrator should change at the camera, one sentence each."""
        found = []
        if self.keyframe_s is None or self.keyframe_s > LONG_GROUP_S:
            found.append(f"keyframes are rare: set the interval to 1 or 2 s, at most {LONG_GROUP_S:g} s")
        if self.clock_skew_s is not None and abs(self.clock_skew_s) > 1:
            found.append(f"the camera's clock is {self.clock_skew_s:+.1f} s off: let it ask an NTP server")
        if self.frame_rate is not None and self.frame_rate < 4:
            found.append("fewer than 4 pictures a second: set at least 5")
        if self.damaged:
            found.append(f"{self.damaged} pictures came damaged: try transport tcp, or look at the network")
        return found


def probe(url: str, *, transport: Transport = "tcp", seconds: float = 5.0) -> Probed:
    """Watch a stream for some seconds, or a file to its end. Raises SourceError."""
    began, clock = time.monotonic(), RunClock(time.time, time.monotonic)
    packets: list[Packet] = []
    first_picture_s, damaged, picture = None, 0, None
    start = None if is_live(url) else 0.0
    with Source("probe", url, start=start, transport=transport, clock=clock) as source:
        for step in source:
            packets += [] if step.packet is None else [step.packet]
            for shown in step.pictures:
                first_picture_s = first_picture_s or time.monotonic() - began
                damaged += not shown.whole
                picture = shown if picture is None or shown.whole else picture
            if packets and packets[-1].t - packets[0].t >= seconds:
                break
        if picture is None or first_picture_s is None:
            raise SourceError(
                f"probe: expected a video with pictures, {source.shown} sent none that can be decoded"
            )
        skew = source.clock_skew_s
        image = picture.frame().image
        return Probed(
            source.stream.codec_context.name,
            image.shape[1],
            image.shape[0],
            *_rates(packets),
            round(first_picture_s, 2),
            None if skew is None else round(skew, 2),
            damaged,
            image,
        )


def _rates(packets: list[Packet]) -> tuple[float | None, float | None, float | None]:
    """Pictures a second, seconds between keyframes, kilobits a second."""
    times = sorted(packet.t for packet in packets)
    keys = sorted(packet.t for packet in packets if packet.key)
    passed = times[-1] - times[0] if times else 0.0
    if passed <= 0:
        return None, None, None
    sent = sum(len(packet.data) for packet in packets) * 8 / 1000
    apart = [later - sooner for sooner, later in pairwise(keys)]
    return (
        round(1 / median(steps), 2) if (steps := [b - a for a, b in pairwise(times) if b > a]) else None,
        round(median(apart), 2) if apart else None,
        round(sent / passed, 1),
    )
