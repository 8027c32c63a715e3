"""The local engine: all cameras of a site, one batching look at a time.

Files are run as fast as they can be read, in the order of event time over all cameras, so that the
same input gives the same output byte for byte. Live streams are run in `live.py`.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models.reader import model_folder
from pipelines.channel import Channel
from pipelines.evidence.cutting import Recorders
from pipelines.evidence.desk import clear_half_written
from pipelines.evidence.spots import SpotPlan
from pipelines.hall.calibration import fits_of
from pipelines.hall.covers import NO_COVERS, CoverSource
from pipelines.hall.document import place_before
from pipelines.hall.site import Camera, Site, SiteError
from pipelines.looking.eyes import Eyes
from pipelines.looking.newest import NewestLooks
from pipelines.looking.perceiving import LookRequest, perceive
from pipelines.looking.uniform import site_wardrobe
from pipelines.metrics import SILENT, Meter
from pipelines.sinks import Sink
from pipelines.streams.source import Picture, Source, SourceError, check_readable, is_live
from vision.calibration import HallFit
from vision.enrolment import Wardrobe

GATHERED = 8
"""Looks that are gathered from several cameras before the models are asked; of one camera never more than one
picture's, for what is looked at next hangs on what was seen last."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that has been checked: which camera is read from where."""

    site: Site
    urls: Mapping[str, str]
    enrolment: Wardrobe | None
    covers: CoverSource = NO_COVERS
    sub_urls: Mapping[str, str] = field(default_factory=dict)
    """By camera: the stream that is looked at while the one of `urls` is only recorded."""
    newest: NewestLooks | None = None
    """Where the last look at each post is kept; None: nobody asks for it."""
    recorders: Recorders | None = None
    """What clips can be cut from by hand, of live cameras; None: nobody cuts any."""
    fits: Mapping[str, HallFit] = field(default_factory=dict)
    """By behaviour: what the hall's verdicts taught."""
    spots: SpotPlan | None = None
    """What spot checks are drawn, and who is told of them; None: none are."""

    @property
    def live(self) -> bool:
        """Whether any camera is a live stream."""
        return any(is_live(url) for url in self.urls.values())

    def cameras(self) -> list[Camera]:
        """The cameras that will be read, in the site's order."""
        return [camera for camera in self.site.cameras if camera.id in self.urls]


def make_plan(
    site: Site,
    eyes: Eyes,
    *,
    sources: Mapping[str, str] | None = None,
    folder: Path = Path(),
    site_file: Path | None = None,
) -> Plan:
    """Decide what is read from where, and check it, before anything is written.

    ``sources`` replaces cameras' urls (`--source CAMERA=URL_OR_FILE`), sub streams included; when it is
    given, only those cameras are read. ``folder`` is what relative files and example folders of the site
    are relative to; ``site_file`` is named, with the line, where a url or a file of it cannot be used. Raises
    SiteError, SourceError, ModelError or PictureError, one line each.
    """
    known = {camera.id for camera in site.cameras}
    for name in sources or {}:
        if name not in known:
            cameras = ", ".join(sorted(known))
            raise SiteError(f"--source: expected one of the cameras ({cameras}), got {name!r}")
    urls, sub_urls = dict(sources or {}), {}
    for name, url in urls.items():
        _check(name, url)
    if not urls:
        for i, camera in enumerate(site.cameras):
            try:
                urls[camera.id] = located(folder, camera.resolved())
                _check(camera.id, urls[camera.id])
                if (sub_url := camera.resolved_sub()) is not None:
                    sub_urls[camera.id] = sub_url
            except (SiteError, SourceError) as error:
                where = place_before(site_file, "cameras", i, "url")
                raise type(error)(f"{where}{error}") from None
    if site.placards.read:
        model_folder()  # that a placard cannot be read is said now, not at the first absence
    fits = fits_of(site, folder, eyes.model, site_file)
    enrolment = None
    if site.uniform is not None:
        enrolment = site_wardrobe(eyes, site.uniform, folder, place_before(site_file, "uniform"))
    return Plan(site, urls, enrolment, sub_urls=sub_urls, fits=fits)


def _check(camera: str, url: str) -> None:
    if not is_live(url):
        check_readable(camera, url)


def located(folder: Path, url: str) -> str:
    """A camera's url as it can be opened: a file is relative to the ``folder`` of the site file."""
    return url if is_live(url) else str(folder / url.removeprefix("file://"))


def run_files(
    plan: Plan,
    eyes: Eyes,
    sink: Sink,
    folder: Path,
    *,
    start: float,
    stopped: Callable[[], bool] = lambda: False,
    meter: Meter = SILENT,
) -> dict[str, float]:
    """Run all cameras' files to their ends; ``start`` is the event time of their first pictures.

    Gives, for each camera whose file is cut short, the seconds missing. ``stopped`` is asked after
    every batch whether to end early. Raises OSError when the results cannot be written.
    """
    clear_half_written(folder)
    channels = [
        Channel(
            plan.site,
            camera,
            Source(camera.id, plan.urls[camera.id], start=start),
            eyes,
            sink,
            folder,
            plan.enrolment,
            covers=plan.covers,
            newest=plan.newest,
            meter=meter,
            fits=plan.fits,
            spots=plan.spots,
        )
        for camera in plan.cameras()
    ]
    total = sum(channel.source.seconds or 0.0 for channel in channels) or None
    for batch in _batches(_in_order(channels)):
        answer(batch, eyes)
        sink.progress(sum(channel.done_s for channel in channels), total)
        if stopped():
            break
    missing = {channel.camera: channel.finish(stopped=stopped()) for channel in channels}
    return {camera: seconds for camera, seconds in missing.items() if seconds > 0}


Ask = tuple[Channel, LookRequest]


def answer(asks: Iterable[Ask], eyes: Eyes, spare: int | None = None) -> int:
    """Show all requests to the models in one go and hand each channel its answers in order.

    No more than ``spare`` looks are taken at pictures passed over. Gives how many there were in all.
    """
    asked = list(asks)
    perceived = perceive(eyes, [request for _, request in asked])
    taken = sum(request.crop is not None for _, request in asked)
    for (channel, _), answered in zip(asked, perceived, strict=True):
        back = channel.judged(answered, spare) - 1
        spare, taken = None if spare is None else spare - back, taken + back
    return taken


def _in_order(channels: list[Channel]) -> Iterator[tuple[Channel, Picture]]:
    """Due pictures of all cameras by event time; at the same time by the cameras' order."""

    def stream(place: int, channel: Channel) -> Iterator[tuple[float, int, Picture]]:
        for picture in channel.due_pictures():
            yield picture.t, place, picture

    streams = [stream(place, channel) for place, channel in enumerate(channels)]
    for _, place, picture in heapq.merge(*streams, key=lambda item: item[:2]):
        yield channels[place], picture


def _batches(pictures: Iterable[tuple[Channel, Picture]]) -> Iterator[list[Ask]]:
    batch: list[Ask] = []
    channels: set[str] = set()
    for channel, picture in pictures:
        if channel.camera in channels or len(batch) >= GATHERED:
            yield batch
            batch, channels = [], set()
        batch.extend((channel, request) for request in channel.requests(picture))
        channels.add(channel.camera)
    if batch:
        yield batch
