"""Everything that belongs to one camera while it runs: source, ring, watch, evidence, health."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from pathlib import Path

from pipelines.evidence.cutting import Recorders
from pipelines.evidence.desk import EvidenceDesk, ring_seconds
from pipelines.evidence.overflow import Overflow
from pipelines.evidence.recorder import Recording, Ring, Stream
from pipelines.evidence.spots import SpotDesk, SpotPlan
from pipelines.hall.calibration import with_fits
from pipelines.hall.covers import NO_COVERS, CoverSource, HallCovers
from pipelines.hall.site import Camera, Site
from pipelines.health import HealthBook
from pipelines.intake import Intake
from pipelines.keeper import Keeper
from pipelines.looking.eyes import Eyes
from pipelines.looking.newest import NewestLooks
from pipelines.looking.perceiving import LookRequest, Perceived
from pipelines.looking.viewpoints import MOVED_DETAIL, CameraView, ViewFile
from pipelines.metrics import (
    FRAMES,
    LOOKS_DROPPED,
    PICTURES_LOOKED_AT,
    RECONNECTS,
    SILENT,
    Meter,
)
from pipelines.regulation import load
from pipelines.rules.engine import RuleEngine, Ruling
from pipelines.rules.events import CoveredAbsence, RuleEvent, at, event_id
from pipelines.rules.machine import Change
from pipelines.sinks import Sink
from pipelines.state import StateFile
from pipelines.streams.arrivals import Arrivals
from pipelines.streams.decoding import never
from pipelines.streams.source import Picture, Source, Step
from pipelines.watch import CameraWatch, Looked
from vision.calibration import HallFit
from vision.enrolment import Wardrobe
from vision.frame import Frame
from vision.picture import Picture as State
from vision.posts import Post

JUST_BEFORE_S = 0.001
"""Between any two pictures lies more."""


class Channel:
    """One camera's way from packets to events. `pictures` reads it, `judged` takes answers back."""

    def __init__(
        self,
        site: Site,
        camera: Camera,
        source: Source,
        eyes: Eyes,
        sink: Sink,
        folder: Path,
        enrolment: Wardrobe | None = None,
        health: HealthBook | None = None,
        *,
        covers: CoverSource | None = None,
        meter: Meter = SILENT,
        arrivals: Arrivals | None = None,
        keep: StateFile | None = None,
        recording: Recording | None = None,
        overflow: Overflow | None = None,
        aside: Executor | None = None,
        view: ViewFile | None = None,
        newest: NewestLooks | None = None,
        fits: Mapping[str, HallFit] | None = None,
        recorders: Recorders | None = None,
        spots: SpotPlan | None = None,
        overloaded: Callable[[], bool] = never,
    ) -> None:
        """``source`` is open; ``folder`` is the run's output folder; ``sink`` takes what is found.

        ``health`` is the camera's book when one was begun before it could be opened; ``covers`` are those
        that people enter, beside the schedule's breaks; ``meter`` counts; ``arrivals`` is a live camera's.
        With ``keep`` the run goes on where an earlier process was killed, and can itself be gone on with.
        Clips are cut from ``recording`` when another stream than ``source`` is recorded, else from a ring of
        which ``overflow`` takes what is too much for the memory. ``aside`` reads
        placards while looks go on; ``view`` keeps what the camera is known to show,
        ``newest`` the last look at each post; ``fits`` are what the hall's verdicts taught, by behaviour;
        ``recorders`` are told what clips can be cut from, ``spots`` says of what clips are cut although
        nothing is flagged. While the machine is ``overloaded`` a live camera's keyframes alone are decoded.
        """
        self.camera, self.source = camera.id, source
        self._sink, self._zone, self._newest = sink, site.zone, newest
        rules = site.active_rules
        engine = RuleEngine(rules, load().beliefs, with_fits(eyes.calibrations, fits or {}), site.calendar)
        self.watch = CameraWatch(
            camera.id,
            site.posts_of(camera.id),
            engine,
            eyes,
            enrolment,
            covers=HallCovers(engine.schedule, NO_COVERS if covers is None else covers),
            placards=site.placards.all_texts,
            aside=aside,
            view=CameraView(site.posts_of(camera.id), view),
            recall=self._recall,
        )
        self._overloaded = overloaded
        source.rest_while(self.watch.rests, overloaded)
        self._apart = recording is not None
        made = recording or self._recording(Ring(ring_seconds(site.evidence, rules), overflow))
        self._ring, self._recorders = made.ring, recorders
        self._tell_recorders(made)
        self._desk = EvidenceDesk(
            camera.id,
            folder,
            made.ring,
            made.stream,
            site.evidence,
            site.zone,
            eyes.model,
            made.size,
            lags=self._apart,
        )
        self._spots = None
        if spots is not None:
            self._spots = SpotDesk(camera.id, site, spots, engine.schedule, folder)
            self._spots.record_from(made.ring, made.stream)
        self._size = source.size
        self._health = health or HealthBook(camera.id, site.zone, sink)
        self._at_desk = threading.Lock()
        """A live camera's reader reconnects while the looking thread hands in what was seen."""
        self._meter, self._arrivals = meter, arrivals
        self._intake = Intake(camera.id, meter, arrivals, self.watch.rests)
        self.done_s = 0.0
        self._first_t: float | None = None
        self._keeper = None if keep is None else Keeper(camera.id, keep, rules, self.watch, self._desk)
        if self._keeper is not None:
            self._say(*self._keeper.go_on())
            if self._spots is not None:
                self._spots.go_on(self.watch.rules)

    def take(self, step: Step) -> list[Picture]:
        """Put a step's packet into the ring; gives the pictures of it that are to be looked at."""
        if step.packet is not None and not self._apart:
            self._ring.add(step.packet)
        self._intake.take(step, self.source.errors)
        for picture in step.pictures:
            if picture.size != self._size and not self._apart:
                self._resized(picture)
        return [picture for picture in step.pictures if self.watch.due(picture.t)]

    def _recall(self, since: float, until: float) -> list[Frame]:
        """Pictures that were not decoded while nothing went on."""
        return [picture.frame() for picture in self.source.recall(since, until)]

    def due_pictures(self) -> Iterator[Picture]:
        """Read the stream to its end; gives the pictures that are to be looked at."""
        for step in self.source:
            yield from self.take(step)

    def reconnect(self, source: Source) -> None:
        """The stream broke and was opened again: clips end where it broke, looks go on."""
        self._intake.met(self.source.errors)
        self._intake.reconnected()
        self._meter.add(RECONNECTS, self.camera)
        source.not_before(self.source.last_t)
        source.rest_while(self.watch.rests, self._overloaded)
        broken, self.source = self.source, source
        self._size = source.size
        if not self._apart:
            self.rewire(self._recording(self._ring.anew()))
        broken.close()  # only now: a clip that is begun meanwhile reads the stream's description

    def rewire(self, recording: Recording) -> None:
        """What was recorded broke off: clips end there, later ones are cut from ``recording``."""
        with self._at_desk:
            self._desk.seal()
            self._break_log()
            self._ring = recording.ring
            self._desk.rewire(recording.ring, recording.stream, recording.size)
            if self._spots is not None:
                self._spots.record_from(recording.ring, recording.stream)
        self._tell_recorders(recording)

    def _resized(self, picture: Picture) -> None:
        """From this picture on a file shows another size: to clips it is another stream."""
        with self._at_desk:
            self._desk.seal(picture.t - JUST_BEFORE_S)
            self._break_log()
            self._ring, self._size = self._ring.since(picture.t - JUST_BEFORE_S), picture.size
            made = Recording(self._ring, Stream(self.source.stream, self.source.time_base), self._size)
            self._desk.rewire(made.ring, made.stream, made.size)
            if self._spots is not None:
                self._spots.record_from(made.ring, made.stream)
        self._tell_recorders(made)

    def _tell_recorders(self, recording: Recording | None) -> None:
        if self._recorders is not None:
            self._recorders.record(self.camera, recording)

    def _recording(self, ring: Ring) -> Recording:
        """What the stream that is looked at records."""
        return Recording(ring, Stream(self.source.stream, self.source.time_base), self.source.size)

    def _break_log(self) -> None:
        if self._keeper is not None:
            self._keeper.broken()

    def requests(self, picture: Picture) -> list[LookRequest]:
        """The looks to take at a picture; notes the camera's health by the way."""
        state, requests = self.watch.requests(picture.frame())
        self.taken_up(picture, state)
        return requests

    def open(self, picture: Picture) -> tuple[Frame, State]:
        """A picture's pixels, and what they are good for. Other cameras' may be opened beside it; `taken_up`
        is to follow."""
        frame = picture.frame()
        return frame, self.watch.take_up(frame)

    def taken_up(self, picture: Picture, state: State) -> None:
        """Note the camera's health by a picture that was found to be good for that."""
        if not picture.decoded:
            self._meter.add(FRAMES, self.camera)
        self._meter.add(PICTURES_LOOKED_AT, self.camera)
        holes = None if self._arrivals is None else self._arrivals.until(picture.t)
        self._health.picture(picture.t, state, self.watch.picture.still_since, holes)
        self._health.noted("clock", picture.t, self.source.clock_trouble)
        self._note_view(picture.t)
        if self._first_t is None:
            self._first_t = picture.t
        self.done_s = picture.t - self._first_t

    def _note_view(self, t: float) -> None:
        since = self.watch.view.moved_since
        if since is None:
            self._health.noted("moved", t, None)
        else:
            self._health.noted("moved", since, MOVED_DETAIL)

    def judged(self, perceived: Perceived, back: int | None = None) -> int:
        """Take back what the models made of one request, in the order of the requests.

        ``back`` is that of `CameraWatch.judge`. Gives how many looks there were.
        """
        before = self.watch.given_up
        post, found = perceived.request.post, self.watch.judge(perceived, back)
        for looked in found:
            self._tell(post, looked)
        self.dropped(post, self.watch.given_up - before)
        return len(found)

    def dropped(self, post: Post, looks: int = 1) -> None:
        """Count looks at a post that were due and are not taken any more."""
        if looks:
            self._meter.add(LOOKS_DROPPED, self.camera, post.id, by=looks)

    def _tell(self, post: Post, looked: Looked) -> None:
        if self._newest is not None:
            self._newest.take(post, looked.look, looked.frame)
        self._sink.observation(looked.look.line(self._zone))
        asked, covered = self._asked(post, looked.rulings)
        with self._at_desk:
            events = self._desk.looked(post, looked.look, asked, looked.frame)
            if self._keeper is not None:
                self._keeper.keep(looked.look.t, events, covered, ruled=bool(looked.rulings))
            checks = [] if self._spots is None else self._spots.looked(post, looked.look, asked)
        self._say(events, covered)
        if self._spots is not None:
            self._spots.tell(checks)

    def _say(self, events: Iterable[RuleEvent], covered: Iterable[CoveredAbsence]) -> None:
        for absence in covered:
            self._sink.covered(absence)
        for event in events:
            self._sink.event(event)

    def finish(self, *, stopped: bool = False) -> float:
        """The stream is over, or the run was ``stopped``: end what is open, complete the evidence, close.

        What a stopped run ends has no known end.

        Gives the seconds of a file that are missing at its end, 0 when it is whole.
        """
        for post, looked in self.watch.catch_up():
            self._tell(post, looked)
        for post, ruling in self.watch.finish():
            asked, covered = self._asked(post, [ruling])
            self._say(
                [event for one in asked for event in self._desk.ruled(post, one, seen=not stopped)], covered
            )
        self._say(self._desk.finish(), [])
        if self._spots is not None:
            self._spots.close()
        self._intake.met(self.source.errors)
        if self._keeper is not None:
            self._keeper.over()
        last, missing = self.source.last_t, 0.0 if stopped else self.source.missing_s
        if last is not None:
            self._health.over(last, missing)
        self._tell_recorders(None)
        self.source.close()
        return missing

    def _asked(self, post: Post, rulings: list[Ruling]) -> tuple[list[Ruling], list[CoveredAbsence]]:
        """The rulings of which somebody is asked, and the absences under a cover, which are only told."""
        covered: list[CoveredAbsence] = []
        for ruling in rulings:
            change = ruling.transition
            if ruling.cover is None or change.change not in (Change.OPENED, Change.CLOSED):
                continue
            start, name = at(change.start, self._zone), f"{ruling.rule.name} {ruling.cover.kind}"
            covered.append(
                CoveredAbsence(
                    id=event_id(post.id, name, start),
                    rule=ruling.rule.name,
                    post=post.id,
                    camera=self.camera,
                    start=start,
                    end=None if change.end is None else at(change.end, self._zone),
                    cover=ruling.cover.kind,
                    cover_id=ruling.cover.id,
                    note=ruling.cover.note,
                )
            )
        return [ruling for ruling in rulings if ruling.cover is None], covered
