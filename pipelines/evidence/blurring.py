"""Renditions of a clip in which everybody but the post's own staff is unrecognisable (`bystanders`)."""

from pathlib import Path

import av
import av.error
import cv2
import numpy as np
from av.video.frame import VideoFrame

from pipelines.evidence.bystanders import Scene, TimelineDamagedError, coarse, composed
from pipelines.evidence.h264 import Size, encode_h264, even_size, video_of
from vision.frame import Image

WIDEST = 1280
"""A rendition is no wider: enough to see a phone in a hand, and half the work of full HD."""
MOST_A_SECOND = 13.0
REFRESH_S = 0.5
"""What is coarse changes no more often: many coarse pictures of one face would add up to a finer one."""
QUALITY = 85
_OPTIONS = {"preset": "veryfast", "crf": "23", "threads": "1"}


class _Blurring:
    """Changes one clip's frames, in the order of time."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._taken = self._refreshed = float("-inf")
        self._spots: Image | None = None

    def __call__(self, frame: VideoFrame, size: Size) -> VideoFrame | None:
        t = _time(frame, self._scene)
        if t - self._taken < 1 / MOST_A_SECOND - 0.005:
            return None
        self._taken = t
        image = _pixels(frame, size)
        if self._spots is None or t - self._refreshed >= REFRESH_S:
            self._spots, self._refreshed = coarse(image), t
        shown = composed(image, self._spots, self._scene.shown(t, *size))
        return VideoFrame.from_ndarray(shown, format="bgr24")


def blur_clip(clip: Path, scene: Scene, target: Path) -> int:
    """Encode the rendition of a clip with one core; gives how many frames it has.

    Raises TimelineDamagedError when scene and clip do not belong together, NoVideoError, FFmpegError.
    """
    return encode_h264(clip, target, _Blurring(scene), widest=WIDEST, options=_OPTIONS)


def blurred_picture(clip: Path, scene: Scene) -> bytes:
    """One picture of a clip as JPEG, of the look that says most. Raises like `blur_clip`, and OSError."""
    with av.open(str(clip)) as container:
        video = video_of(container.streams.video, clip.name)
        size = even_size(video.width, video.height, WIDEST)
        last: VideoFrame | None = None
        for frame in container.decode(video):
            if last is not None and _time(frame, scene) > scene.best_t:
                break
            last = frame
        if last is None:
            raise TimelineDamagedError(f"{clip.name}: no frame can be decoded")
        image = _pixels(last, size)
        shown = composed(image, coarse(image), scene.shown(_time(last, scene), *size))
    good, content = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not good:
        raise OSError("the picture cannot be encoded")
    return content.tobytes()


def _time(frame: VideoFrame, scene: Scene) -> float:
    if frame.time is None or not scene.fits(frame.width, frame.height):
        raise TimelineDamagedError(f"event {scene.timeline.event}: clip and timeline do not belong together")
    return float(frame.time)


def _pixels(frame: VideoFrame, size: Size) -> Image:
    return np.asarray(frame.to_ndarray(format="bgr24", width=size[0], height=size[1]), np.uint8)
