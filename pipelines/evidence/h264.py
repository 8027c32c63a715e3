"""A clip encoded anew as H.264 on its own clock, for whoever cannot or may not be shown the original."""

from collections.abc import Callable, Mapping
from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

Size = tuple[int, int]
"""Width and height in pixels."""
Change = Callable[[VideoFrame, Size], VideoFrame | None]
"""Makes a frame what is to be shown, in the size that it is to have; None: it is left out."""


class NoVideoError(ValueError):
    """There is no video in a clip."""


def video_of(streams: tuple[VideoStream, ...], name: str) -> VideoStream:
    """The video of a container. Raises NoVideoError."""
    if not streams:
        raise NoVideoError(f"{name}: no video in it")
    return streams[0]


def encode_h264(
    clip: Path, target: Path, change: Change, *, widest: int | None = None, options: Mapping[str, str]
) -> int:
    """Encode a clip's frames with their own time stamps, at most ``widest`` pixels wide; gives how many.

    ``options`` are x264's; their ``threads`` bound the decoder too. Raises NoVideoError, FFmpegError.
    """
    frames = 0
    faststart = {"movflags": "+faststart"}
    with av.open(str(clip)) as source, av.open(str(target), "w", format="mp4", options=faststart) as out:
        video = video_of(source.streams.video, clip.name)
        if "threads" in options:
            video.codec_context.thread_count = int(options["threads"])
        size = even_size(video.width, video.height, widest)
        # Without B-frames the first time stamp needs no edit list, so the clock stays the clip's own.
        encoder = out.add_stream("libx264", options={**options, "bf": "0"})
        encoder.width, encoder.height = size
        encoder.pix_fmt = "yuv420p"
        if video.time_base is not None:
            encoder.time_base = encoder.codec_context.time_base = video.time_base
        for frame in source.decode(video):
            changed = change(frame, size)
            if changed is None:
                continue
            picture = changed.reformat(width=size[0], height=size[1], format="yuv420p")
            picture.pts, picture.time_base = frame.pts, frame.time_base
            picture.pict_type = 0  # the encoder chooses its own key frames
            out.mux(encoder.encode(picture))
            frames += 1
        if frames:
            out.mux(encoder.encode(None))
    return frames


def even_size(width: int, height: int, widest: int | None = None) -> Size:
    """The size of a rendition: both sides even, as H.264's colours want it."""
    scale = 1.0 if widest is None else min(1.0, widest / width)
    return max(int(width * scale) // 2 * 2, 2), max(int(height * scale) // 2 * 2, 2)
