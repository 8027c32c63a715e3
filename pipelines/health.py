"""A camera's state of health over time: when it told nothing, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from pipelines.rules.events import HealthEntry, at
from pipelines.sinks import Sink
from pipelines.streams.arrivals import GAP_S, Holes
from pipelines.streams.loss import Loss
from vision.picture import Picture

_DETAILS = {
    Picture.DARK: "the picture is dark",
    Picture.BLANK: "the picture is one flat colour",
    Picture.CORRUPT: "parts of the picture could not be decoded",
    Picture.FROZEN: "the picture does not change at all",
}


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """What is known of a camera's pictures; `CameraHealth(camera, zone)` has seen none."""

    camera: str
    zone: tzinfo
    last_t: float | None = None
    bad: HealthEntry | None = None
    gap: HealthEntry | None = None
    ended_at: float = float("-inf")
    notes: Mapping[str, HealthEntry] = field(default_factory=dict)
    """By state: what is wrong while there are pictures all the same."""

    def picture(
        self, t: float, picture: Picture, still_since: float | None, holes: Holes | None = None
    ) -> tuple["CameraHealth", list[HealthEntry]]:
        """Take in the picture looked at at ``t``; gives entries that are new or have ended.

        ``holes`` are the times without a picture since the last look; None: as far as looks lie apart.
        """
        gap, entries = self._gap(t, holes)
        bad, ended_at = self.bad, self.ended_at
        if bad is not None and bad.state != picture.value:
            entries.append(bad.model_copy(update={"end": at(t, self.zone)}))
            bad, ended_at = None, t
        if bad is None and picture in _DETAILS:
            since = still_since if picture is Picture.FROZEN and still_since is not None else t
            since = max(since, ended_at)
            bad = self._entry(picture.value, since, None, _DETAILS[picture])
            entries.append(bad)
        return replace(self, last_t=t, bad=bad, gap=gap, ended_at=ended_at), entries

    def lost(self, t: float, loss: Loss) -> tuple["CameraHealth", list[HealthEntry]]:
        """No stream any more since its last picture at ``t``: a gap begins, unless one lasts already.

        A gap whose reason is of another state now ends at ``t``, and one of that state begins.
        """
        entries: list[HealthEntry] = []
        if self.gap is not None:
            if self.gap.state == loss.state:
                return self, []
            t = max(t, self.gap.start.timestamp())
            entries.append(self.gap.model_copy(update={"end": at(t, self.zone)}))
        gap = self._entry(loss.state, t if self.last_t is None else max(t, self.last_t), None, loss.detail)
        return replace(self, gap=gap), [*entries, gap]

    def noted(self, state: str, t: float, detail: str | None) -> tuple["CameraHealth", list[HealthEntry]]:
        """As of ``t`` there is, or with None is no longer, something wrong besides the pictures."""
        known = self.notes.get(state)
        if (detail is None) == (known is None):
            return self, []
        others = {key: entry for key, entry in self.notes.items() if key != state}
        if known is not None:
            end = max(at(t, self.zone), known.start)
            return replace(self, notes=others), [known.model_copy(update={"end": end})]
        assert detail is not None
        note = self._entry(state, t, None, detail)
        return replace(self, notes=others | {state: note}), [note]

    def unwatched(self, t: float) -> tuple["CameraHealth", list[HealthEntry]]:
        """Nobody tries to reach the camera any more, as of ``t``: what lasts of gaps and notes ends there."""
        lasting = [entry for entry in (self.gap, *self.notes.values()) if entry is not None]
        entries = [entry.model_copy(update={"end": max(at(t, self.zone), entry.start)}) for entry in lasting]
        return replace(self, gap=None, notes={}), entries

    def over(self, t: float, missing_s: float) -> list[HealthEntry]:
        """The stream is over at ``t``, ``missing_s`` seconds before the end it promised."""
        entries: list[HealthEntry] = []
        if self.bad is not None:
            entries.append(self.bad.model_copy(update={"end": at(t, self.zone)}))
        if missing_s > 0:
            detail = f"the video ends {missing_s:.1f} s before the end that it promises"
            entries.append(self._entry("gap", t, t + missing_s, detail))
        return entries

    def _gap(self, t: float, holes: Holes | None) -> tuple[HealthEntry | None, list[HealthEntry]]:
        """The gap that lasts on after a picture at ``t``, and the one that has ended with it."""
        if self.gap is not None:
            moment = at(t, self.zone)
            if moment <= self.gap.start:  # a picture from before the stream broke, looked at late
                return self.gap, []
            return None, [self.gap.model_copy(update={"end": moment})]
        if holes is None:
            holes = () if self.last_t is None or t - self.last_t <= GAP_S else ((self.last_t, t),)
        return None, [self._entry("gap", a, b, f"no picture for {b - a:.1f} s") for a, b in holes]

    def _entry(self, state: str, start: float, end: float | None, detail: str) -> HealthEntry:
        return HealthEntry.model_validate(
            {
                "camera": self.camera,
                "state": state,
                "start": at(start, self.zone),
                "end": None if end is None else at(end, self.zone),
                "detail": detail,
            }
        )


class HealthBook:
    """A camera's health, kept from before its first connection to the end of the run; a sink is told.

    One thread at a time may write in it.
    """

    def __init__(self, camera: str, zone: tzinfo, sink: Sink) -> None:
        """Nothing is known of the camera yet; ``sink`` gets every entry that is new or has ended."""
        self._health, self._sink = CameraHealth(camera, zone), sink

    def picture(
        self, t: float, picture: Picture, still_since: float | None, holes: Holes | None = None
    ) -> None:
        """See `CameraHealth.picture`."""
        self._keep(*self._health.picture(t, picture, still_since, holes))

    def lost(self, t: float, loss: Loss) -> None:
        """See `CameraHealth.lost`."""
        self._keep(*self._health.lost(t, loss))

    def noted(self, state: str, t: float, detail: str | None) -> None:
        """See `CameraHealth.noted`."""
        self._keep(*self._health.noted(state, t, detail))

    def unwatched(self, t: float) -> None:
        """See `CameraHealth.unwatched`."""
        self._keep(*self._health.unwatched(t))

    def over(self, t: float, missing_s: float) -> None:
        """See `CameraHealth.over`."""
        self._keep(self._health, self._health.over(t, missing_s))

    def _keep(self, health: CameraHealth, entries: list[HealthEntry]) -> None:
        self._health = health
        for entry in entries:
            self._sink.health(entry)
