"""Each camera: can it be reached, what is its stream like, is its picture any good."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.hall.site import SiteError
from pipelines.looking.looks import INTERVAL_S
from pipelines.looking.viewpoints import ViewFile, zones_of
from pipelines.streams.source import SourceError
from service.doctor.finding import Finding, ok, problem, warning
from service.doctor.glimpse import GLIMPSE_S, Glimpse
from service.doctor.patient import Patient
from vision.picture import Picture
from vision.viewpoint import FITS

ORDER = 50
FEWEST_FPS = 2 / INTERVAL_S
"""Two pictures for each look: with fewer, looks wait for pictures."""
LONGEST_GOP_S = 4.0
SMALLEST_WIDTH = 960


def examine(patient: Patient) -> Iterator[Finding]:
    """All cameras of the site, in its order."""
    for camera, seen in patient.glimpses.items():
        if isinstance(seen, SiteError):
            yield problem("secret", camera, reason=str(seen))
        elif isinstance(seen, SourceError):
            yield problem("unreachable", camera, reason=str(seen))
        else:
            yield from stream(camera, seen)
            yield from picture(camera, seen)
            yield from view(patient, camera, seen)


def stream(camera: str, seen: Glimpse) -> Iterator[Finding]:
    """Rates and keyframes."""
    gop = f"{seen.key_every_s:.1f}" if seen.key_every_s is not None else f"> {seen.seconds:.0f}"
    yield ok(
        "reached",
        camera,
        camera=camera,
        codec=seen.codec,
        width=seen.width,
        height=seen.height,
        fps=round(seen.fps, 1),
        gop=gop,
        mbit=round(seen.bits_per_s / 1e6, 2),
    )
    if 0 < seen.fps < FEWEST_FPS - 0.05:
        yield warning("slow", camera, camera=camera, fps=round(seen.fps, 1), fewest=FEWEST_FPS)
    apart = seen.key_every_s if seen.key_every_s is not None else seen.seconds
    if apart > LONGEST_GOP_S and (seen.key_every_s is not None or seen.seconds >= GLIMPSE_S):
        yield warning("long_gop", camera, camera=camera, gop=gop, longest=LONGEST_GOP_S)
    if seen.errors:
        yield warning("damaged", camera, camera=camera, errors=seen.errors)


def picture(camera: str, seen: Glimpse) -> Iterator[Finding]:
    """Size and content of the newest picture."""
    if seen.width < SMALLEST_WIDTH:
        yield warning("small", camera, camera=camera, width=seen.width, smallest=SMALLEST_WIDTH)
    if seen.state is Picture.DARK:
        yield warning("dark", camera, camera=camera)
    if seen.state is Picture.BLANK:
        yield problem("blank", camera, camera=camera)


def view(patient: Patient, camera: str, seen: Glimpse) -> Iterator[Finding]:
    """Whether a camera still shows what it showed when it was watched last."""
    if patient.site is None or patient.site.camera(camera) is None or not seen.state.tells:
        return
    zones = zones_of(patient.site.posts_of(camera))
    known = ViewFile(patient.settings.state_dir, camera).load(zones)
    if known is not None and known.agreement(seen.image) < FITS:
        yield warning("moved", camera, camera=camera)
