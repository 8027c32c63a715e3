"""A camera's state of health over time: when it told nothing, and why."""

from dataclasses import dataclass, replace
from datetime import tzinfo

from pipelines.rules.events import HealthEntry, at
from vision.picture import Picture

GAP_S = 2.0
"""Pictures further apart than this are a gap."""

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
    ended_at: float = float("-inf")

    def picture(
        self, t: float, picture: Picture, still_since: float | None
    ) -> tuple["CameraHealth", list[HealthEntry]]:
        """Take in the picture looked at at ``t``; gives entries that are new or have ended."""
        entries: list[HealthEntry] = []
        if self.last_t is not None and t - self.last_t > GAP_S:
            entries.append(self._entry("gap", self.last_t, t, f"no picture for {t - self.last_t:.1f} s"))
        bad, ended_at = self.bad, self.ended_at
        if bad is not None and bad.state != picture.value:
            entries.append(bad.model_copy(update={"end": at(t, self.zone)}))
            bad, ended_at = None, t
        if bad is None and picture in _DETAILS:
            since = still_since if picture is Picture.FROZEN and still_since is not None else t
            since = max(since, ended_at)
            bad = self._entry(picture.value, since, None, _DETAILS[picture])
            entries.append(bad)
        return replace(self, last_t=t, bad=bad, ended_at=ended_at), entries

    def over(self, t: float, missing_s: float) -> list[HealthEntry]:
        """The stream is over at ``t``, ``missing_s`` seconds before the end it promised."""
        entries: list[HealthEntry] = []
        if self.bad is not None:
            entries.append(self.bad.model_copy(update={"end": at(t, self.zone)}))
        if missing_s > 0:
            detail = f"the video ends {missing_s:.1f} s before the end that it promises"
            entries.append(self._entry("gap", t, t + missing_s, detail))
        return entries

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
