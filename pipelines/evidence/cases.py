"""A case: one rule that is pending or open at a post, and the evidence gathered for it."""

from dataclasses import dataclass, field

from pipelines.evidence.recorder import Clip
from pipelines.evidence.spill import Window
from pipelines.hall.site import Evidence
from pipelines.observations import Look
from pipelines.rules.events import ClipMissing
from pipelines.rules.regulation import Rule
from pipelines.state import SavedCase
from vision.cue import Reason
from vision.posts import Post


@dataclass(slots=True)
class Case:
    """A rule that is pending or open at a post, and the evidence gathered for it so far."""

    post: Post
    rule: Rule
    start: float
    end: float | None = None
    confidence: float = 0.0
    open: bool = False
    clip: Clip | None = None
    size: tuple[int, int] = (0, 0)
    """Width and height of the clip's picture."""
    missing: ClipMissing | None = None
    sealed: bool = False
    sure_until: float = 0.0
    best: float = -1.0
    why: Reason = field(default_factory=lambda: Reason("nobody_seen"))
    snapshot: bytes | None = None
    """The picture of its strongest look, as JPEG: a hundred cases' pixels would be a gigabyte."""
    spilled: bytes | None = None
    """The snapshot that was last brought to safety."""
    looks: list[Look] = field(default_factory=list)
    whole: bool = False
    """Its files were written by an earlier process that was killed before it could tell."""
    end_known: bool = True
    seen_before_kill: float | None = None
    """The last known look of an earlier process that was killed while this went on."""

    def saved(self, *, closing: bool) -> SavedCase:
        """What of it survives the process."""
        return SavedCase(
            post=self.post.id,
            rule=self.rule.name,
            start=self.start,
            end=self.end,
            end_known=self.end_known,
            confidence=self.confidence,
            open=self.open,
            sure_until=self.sure_until,
            best=self.best,
            why=self.why.code,
            why_args=dict(self.why.args),
            closing=closing,
        )

    @classmethod
    def of(cls, saved: SavedCase, post: Post, rule: Rule, seen_until: float | None) -> "Case":
        """A case of an earlier process; ``seen_until`` = its last known look, if its end was not in sight."""
        return cls(
            post,
            rule,
            saved.start,
            saved.end,
            saved.confidence,
            saved.open,
            sure_until=saved.sure_until,
            best=saved.best,
            why=Reason(saved.why, saved.why_args),
            end_known=saved.end_known,
            seen_before_kill=seen_until,
        )

    def window(self, settings: Evidence) -> Window:
        """The stretch of video that its clip wants."""
        longest = self.start + settings.max_clip_s
        end = longest if self.end is None else min(longest, self.end + settings.post_roll_s)
        return Window(self.start - settings.pre_roll_s, end)

    def close(self, end: float, *, seen: bool) -> None:
        """It is over as of ``end``. Nobody saw that end if it is where an earlier process saw it last.

        It is not ``seen`` either when the run was stopped.
        """
        self.end = end
        self.end_known = seen and end != self.seen_before_kill
