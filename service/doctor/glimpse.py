"""A few seconds of one camera: what its stream is like, and its newest picture."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines.hall.site import Transport
from pipelines.streams.source import Packet, Picture, Source, SourceError
from vision.frame import Image
from vision.picture import Picture as State
from vision.picture import PictureWatch

GLIMPSE_S = 6.0
"""Seconds of the stream that are looked at: keyframes further apart are too far apart."""
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What was seen of a camera. ``key_every_s`` is None when fewer than two keyframes came."""

    codec: str
    width: int
    height: int
    seconds: float
    fps: float
    key_every_s: float | None
    bits_per_s: float
    errors: int
    state: State
    image: Image


@dataclass(slots=True)
class _Seen:
    times: list[float] = field(default_factory=list)
    keys: list[float] = field(default_factory=list)
    bytes: int = 0
    newest: Picture | None = None

    def take(self, packet: Packet | None, pictures: tuple[Picture, ...]) -> None:
        if packet is not None:
            self.bytes += len(packet.data)
            if packet.key:
                self.keys.append(packet.t)
        for picture in pictures:
            self.times.append(picture.t)
            self.newest = picture

    @property
    def seconds(self) -> float:
        return self.times[-1] - self.times[0] if self.times else 0.0


def glimpse(
    camera: str, url: str, transport: Transport = "tcp", *, clock: Callable[[], float] = time.monotonic
) -> Glimpse:
    """Look at a camera for `GLIMPSE_S` seconds of its stream, `PATIENCE_S` seconds of ``clock`` at most.

    Raises SourceError when it cannot be opened or gives no picture.
    """
    seen, began = _Seen(), clock()
    with Source(camera, url, transport=transport) as source:
        for step in source:
            seen.take(step.packet, step.pictures)
            if seen.seconds >= GLIMPSE_S or clock() - began > PATIENCE_S:
                break
        if seen.newest is None:
            raise SourceError(f"camera {camera}: url: expected pictures, {source.shown} sends none")
        codec, errors = source.stream.codec_context.name, source.errors
        image = seen.newest.frame().image
    _, state = PictureWatch().look(image, 0.0)
    seconds = seen.seconds
    spans = [later - sooner for sooner, later in zip(seen.keys, seen.keys[1:], strict=False)]
    return Glimpse(
        codec=codec,
        width=image.shape[1],
        height=image.shape[0],
        seconds=seconds,
        fps=(len(seen.times) - 1) / seconds if seconds else 0.0,
        key_every_s=max(spans) if spans else None,
        bits_per_s=8 * seen.bytes / seconds if seconds else 0.0,
        errors=errors,
        state=state,
        image=image,
    )
