"""The evidence of one camera's events: clip, snapshot and timeline, on one clock.

A clip is begun while its rule is still pending, before the ring forgets its start, and thrown away
when nothing comes of it. The three files get their names only when they are whole.
"""

import logging
from collections import deque
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path

import av
import av.error
from pydantic import TypeAdapter

from pipelines.evidence.casefiles import CaseFiles, jpeg
from pipelines.evidence.cases import Case
from pipelines.evidence.recorder import Clip, ClipError, Ring, Stream, why_missing
from pipelines.evidence.spill import TEMPLATE, Rescued, Spill, Window
from pipelines.evidence.timeline import CLIPS, SPOTS
from pipelines.hall.site import Evidence
from pipelines.observations import Look
from pipelines.rules.engine import Ruling
from pipelines.rules.events import ModelRef, RuleEvent
from pipelines.rules.machine import Change
from pipelines.rules.regulation import Rule
from pipelines.state import SavedCase
from vision.frame import Frame
from vision.posts import Post

log = logging.getLogger(__name__)

PENDING_S = 3.0
"""A pending rule's video is brought to safety from this long on."""
MOST_FRESH = 2000
LAG_S = 10.0
"""A stream that is recorded beside the one that is looked at is waited for no longer than this."""
LOOK = TypeAdapter(Look)


def ring_seconds(settings: Evidence, rules: tuple[Rule, ...]) -> float:
    """How many seconds of packets a camera must keep: pre-roll, the longest release, and slack."""
    return settings.pre_roll_s + max((rule.release_s for rule in rules), default=0.0) + 20.0


class EvidenceDesk:
    """Makes events of one camera out of its looks and rulings, with their evidence."""

    def __init__(
        self,
        camera: str,
        folder: Path,
        ring: Ring,
        stream: Stream | None,
        settings: Evidence,
        zone: tzinfo,
        model: ModelRef,
        size: tuple[int, int],
        *,
        lags: bool = False,
    ) -> None:
        """``folder`` is the run's output folder, ``size`` width and height of the recorded picture.

        Without a ``stream`` nothing is recorded at the moment. The ring ``lags`` when another stream than
        that which is looked at fills it.
        """
        self.camera, self._ring, self._stream = camera, ring, stream
        self._settings, self._size = settings, size
        self._files = CaseFiles(camera, folder, settings, zone, model)
        self._lags = lags
        self._cases: dict[tuple[str, str], Case] = {}
        self._closing: list[Case] = []
        self._history: dict[str, deque[Look]] = {}
        self._fresh: deque[Look] = deque(maxlen=MOST_FRESH)
        self._spills = False
        """Whether evidence is brought to safety; else nobody takes the fresh looks, 12 MB of each camera."""
        try:
            self._files.make_folder()
        except OSError as error:  # the camera is watched all the same, each event will say so
            log.error("%s: %s: clips cannot be written", folder / CLIPS, error.strerror)

    def looked(self, post: Post, look: Look, rulings: list[Ruling], frame: Frame) -> list[RuleEvent]:
        """Take in one look of a post; gives the events that are new or have changed."""
        history = self._history.setdefault(post.id, deque())
        history.append(look)
        if self._spills:
            self._fresh.append(look)
        while history[0].t < look.t - self._ring.seconds:
            history.popleft()
        for case in self._all():
            if case.post.id == post.id and look.t <= case.start + self._settings.max_clip_s:
                case.looks.append(look)
        # What opens is told after this look was gathered: it may be the very first to say why.
        opened = [ruling for ruling in rulings if ruling.transition.change is Change.OPENED]
        events = [event for ruling in rulings if ruling not in opened for event in self.ruled(post, ruling)]
        self._gather(post, look, frame)
        events += [event for ruling in opened for event in self.ruled(post, ruling)]
        return events + self._finish_due(look.t)

    def ruled(self, post: Post, ruling: Ruling, *, seen: bool = True) -> list[RuleEvent]:
        """Take in a ruling on a post: begin, open, close or drop its case.

        What ends because the run was stopped was not ``seen`` to end.
        """
        key, change = (post.id, ruling.rule.name), ruling.transition
        if change.change is Change.PENDING:
            self._cases[key] = self._begin(post, ruling)
            return []
        case = self._cases[key]
        case.confidence = change.confidence
        if change.change is Change.OPENED:
            case.open = True
            return [self._files.event(case)]
        del self._cases[key]
        if change.change is Change.DROPPED:
            if case.clip is not None:
                case.clip.discard()
            return []
        assert change.end is not None
        case.close(change.end, seen=seen)
        self._closing.append(case)
        return [self._files.event(case)]

    def finish(self) -> list[RuleEvent]:
        """The stream is over: complete every closed event with the video there is."""
        return self._finish_due(float("inf"))

    @property
    def saved(self) -> tuple[SavedCase, ...]:
        """What of the cases survives the process."""
        going_on = [case.saved(closing=False) for case in self._cases.values()]
        return (*going_on, *(case.saved(closing=True) for case in self._closing))

    def go_on(self, saved: SavedCase, post: Post, rule: Rule, seen_until: float | None) -> None:
        """Take over a case of an earlier process that was killed; ``seen_until`` = its last known look."""
        case = Case.of(saved, post, rule, seen_until)
        if saved.closing:
            # The clip is the last of the three files to get its name.
            case.whole = self._files.clip(case).is_file()
            self._closing.append(case)
        else:
            self._cases[post.id, rule.name] = case

    def rescue(self, logs: Sequence[Rescued]) -> None:
        """Cut the clips of cases taken over from what their processes had recorded; they take no more."""
        for case in self._all():
            window = case.window(self._settings)
            found = next((one for one in logs if one.meets(window)), None)
            if found is not None and not case.whole:
                case.looks = [
                    look for look in map(LOOK.validate_json, found.looks) if look.post == case.post.id
                ]
                case.snapshot = case.spilled = found.snapshots.get(self._files.id(case))
                self._recut(case, found, window)

    def _recut(self, case: Case, found: Rescued, window: Window) -> None:
        path = self._files.clip(case)
        try:
            with av.open(str(found.folder / TEMPLATE)) as template:
                stream = Stream(template.streams.video[0], found.time_base)
                case.clip = Clip(path, stream, found.ring(), window.start)
            case.clip.grow(window.end)
        except (ClipError, OSError, av.error.FFmpegError) as error:
            log.warning(
                "camera %s: %s: what was recorded before cannot be used: %s", self.camera, path.name, error
            )
            if case.clip is not None:
                case.clip.discard()
                case.clip = None
        else:
            case.size, case.sealed = found.size, True

    def spill(self, t: float, spill: Spill) -> None:
        """Bring to safety, as of event time ``t``, what the clips of cases would miss after a kill."""
        cases = [case for case in self._all() if _worth_it(case, t)]
        remembered = self._fresh if spill.writing else self._remembered(cases)
        looks = [LOOK.dump_json(look).decode() for look in remembered]
        self._fresh.clear()
        self._spills = True
        snapshots: list[tuple[str, bytes]] = []
        for case in cases:
            if case.snapshot is not None and case.snapshot is not case.spilled:
                case.spilled = case.snapshot
                snapshots.append((self._files.id(case), case.snapshot))
        spill.keep(
            self._ring,
            self._stream,
            self._size,
            wanted=[case.window(self._settings) for case in cases],
            growing=[case.window(self._settings) for case in cases if not case.sealed],
            looks=looks,
            snapshots=snapshots,
        )

    def _all(self) -> list[Case]:
        return [*self._cases.values(), *self._closing]

    def _remembered(self, cases: Sequence[Case]) -> list[Look]:
        posts = {case.post.id for case in cases}
        looks = [look for post in posts for look in self._history.get(post, ())]
        return sorted(looks, key=lambda look: look.t)

    def seal(self, until: float = float("inf")) -> None:
        """The stream broke, or became another at ``until``: every clip ends there and takes no more."""
        if self._stream is None:
            return
        for case in self._all():
            self._grow(case, until, short_of_key=True)
            case.sealed = True

    def rewire(self, ring: Ring, stream: Stream | None, size: tuple[int, int]) -> None:
        """The stream is back, or has another ``size`` (width, height): later clips are cut from this ring."""
        self._ring, self._stream, self._size = ring, stream, size

    def _begin(self, post: Post, ruling: Ruling) -> Case:
        start = ruling.transition.start
        case = Case(post, ruling.rule, start, sure_until=start)
        wanted = start - self._settings.pre_roll_s
        since = self._ring.start_for(wanted)
        since = wanted if since is None else since
        case.looks.extend(look for look in self._history[post.id] if look.t >= since)
        return case

    def _gather(self, post: Post, look: Look, frame: Frame) -> None:
        """Keep for each of the post's cases the strongest look, and let its clip grow."""
        for case in self._cases.values():
            if case.post.id != post.id:
                continue
            cue, belief = look.cues[case.rule.behaviour], look.beliefs[case.rule.behaviour]
            if cue is not None and case.rule.broken(belief) >= case.rule.close_at:
                case.sure_until = look.t
                if case.rule.broken(cue) > case.best:
                    case.best, case.why = case.rule.broken(cue), look.why[case.rule.behaviour]
                    self._picture(case, frame)
                elif case.snapshot is None:
                    self._picture(case, frame)  # its best look was in a process that was killed
            if case.open or look.t - case.start > self._ring.seconds / 2:
                self._grow(case, min(case.sure_until, case.start + self._settings.max_clip_s))

    def _picture(self, case: Case, frame: Frame) -> None:
        try:
            case.snapshot = jpeg(frame)
        except OSError as error:
            self._fail(case, error)

    def _grow(self, case: Case, until: float, *, short_of_key: bool = False) -> None:
        if case.missing is not None or case.sealed:
            return
        try:
            if case.clip is None:
                if self._stream is None or (self._lags and self._ring.start_for(case.start) is None):
                    return  # there may be something later on
                path = self._files.clip(case)
                case.clip = Clip(path, self._stream, self._ring, case.start - self._settings.pre_roll_s)
                case.size = self._size
            case.clip.grow(until, short_of_key=short_of_key)
        except ClipError as error:
            self._fail(case, error)

    def _finish_due(self, t: float) -> list[RuleEvent]:
        done: list[RuleEvent] = []
        for case in list(self._closing):
            assert case.end is not None
            if self._recorded(case, case.end + self._settings.post_roll_s, t):
                self._closing.remove(case)
                done.append(self._complete(case, case.end + self._settings.post_roll_s))
        return done

    def _recorded(self, case: Case, until: float, t: float) -> bool:
        """Whether, as of ``t``, no more video is to come of a case that wants it up to ``until``."""
        if t < until:
            return False
        waits = self._lags and self._stream is not None and not case.sealed and case.missing is None
        return not waits or self._ring.newest >= until or t >= until + LAG_S

    def _complete(self, case: Case, until: float) -> RuleEvent:
        if case.whole:
            return self._files.event(case).model_copy(update=self._files.names(case))
        until = min(until, case.start + self._settings.max_clip_s)
        self._grow(case, until)
        if case.clip is None and case.missing is None:  # its stream broke before anything was cut
            case.missing = "no_video"
        if case.clip is None or case.missing is not None:
            return self._files.event(case)
        try:
            names = {
                "snapshot": self._files.write_snapshot(case),
                "timeline": self._files.write_timeline(case, until),
            }
            names["clip"] = f"{CLIPS}/{case.clip.finish().name}"
        except (ClipError, OSError) as error:
            self._fail(case, error)
            return self._files.event(case)
        return self._files.event(case).model_copy(update=names)

    def _fail(self, case: Case, error: Exception) -> None:
        """The event stands without a clip; what is half written goes away."""
        log.error("camera %s: event %s: %s", self.camera, self._files.id(case), error)
        case.missing = why_missing(error)
        if case.clip is not None:
            case.clip.discard()
        self._files.remove(case)


def clear_half_written(folder: Path) -> None:
    """Before a run begins: remove what one that was killed had not finished writing."""
    for kind in (CLIPS, SPOTS):
        for left in (folder / kind).glob("*.partial"):
            left.unlink(missing_ok=True)


def _worth_it(case: Case, t: float) -> bool:
    """Whether a case is to survive with its video: most of what is only pending is over in a moment."""
    return not case.whole and (case.open or t - case.start >= PENDING_S)
