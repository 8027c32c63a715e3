"""Keeps one camera's run so that the next process can go on with it, and goes on with one that was kept."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pipelines.evidence.desk import EvidenceDesk
from pipelines.evidence.spill import Spill
from pipelines.hall.site import Site
from pipelines.rules.events import CoveredAbsence, RuleEvent, at, event_id
from pipelines.rules.regulation import Rule
from pipelines.state import SAVE_EVERY_S, CameraState, SavedCase, StateFile
from pipelines.watch import CameraWatch


class Keeper:
    """Between a camera's watch and evidence, and its state file."""

    def __init__(
        self, camera: str, file: StateFile, rules: Iterable[Rule], watch: CameraWatch, desk: EvidenceDesk
    ) -> None:
        """``rules`` are those in force now."""
        self._camera, self._file = camera, file
        self._rules = {rule.name: rule for rule in rules}
        self._versions = {name: rule.version for name, rule in self._rules.items()}
        self._watch, self._desk = watch, desk
        self._spill = Spill(file.path.with_suffix(""))
        self._kept_t = float("-inf")

    def go_on(self) -> tuple[Sequence[RuleEvent], Sequence[CoveredAbsence]]:
        """Go on with what was kept; gives what must be told (once more).

        An event whose post or rule is no longer watched as it was ends where it was last seen.
        """
        state = self._file.load()
        if state is None or state.camera != self._camera:
            self._spill.clear()
            return (), ()
        same = frozenset(name for name, version in state.rules.items() if self._versions.get(name) == version)
        self._watch.go_on(state.posts, same)
        posts = {post.id: post for post in self._watch.posts}
        events = list(state.telling)
        for case in state.cases:
            if case.post in posts and (case.rule in same or (case.closing and case.rule in self._rules)):
                seen = None if case.closing else _last_known(state, case)
                self._desk.go_on(case, posts[case.post], self._rules[case.rule], seen)
        self._desk.rescue(self._spill.rescued())
        return events, state.covered

    def keep(
        self, t: float, events: Sequence[RuleEvent], covered: Sequence[CoveredAbsence], *, ruled: bool
    ) -> None:
        """Save the run as of ``t``, with what is about to be told, when it is time to."""
        told = bool(events) or bool(covered)
        if not told and not ruled and t - self._kept_t < SAVE_EVERY_S:
            return
        self._kept_t = t
        self._desk.spill(t, self._spill)
        state = CameraState(
            camera=self._camera,
            t=t,
            rules=self._versions,
            posts=self._watch.rules,
            cases=self._desk.saved,
            telling=tuple(events),
            covered=tuple(covered),
        )
        self._file.save(state, sync=told)  # a ruling of which nothing is told yet may fall to a power cut

    def broken(self) -> None:
        """The camera's connection is over, or its stream becomes another."""
        self._spill.broken()

    def over(self) -> None:
        """The run has come to its end, and all of it was told."""
        self._file.clear()
        self._spill.clear()


def _last_known(state: CameraState, case: SavedCase) -> float | None:
    """The last known look at a case whose end had not come in sight; None when it had."""
    post = state.posts.get(case.post)
    machine = None if post is None else post.machines.get(case.rule)
    if machine is None or machine.below_since is not None or machine.turned_at is not None:
        return None
    return machine.known_at


def open_events(folder: Path, site: Site) -> frozenset[str]:
    """Ids of the events that runs of the site go on with; any other that is still open is an orphan."""
    versions = {rule.name: rule.version for rule in site.active_rules}
    found: set[str] = set()
    for camera in site.cameras:
        state = StateFile(folder, camera.id).load()
        if state is None:
            continue
        posts = {post.id for post in site.posts_of(camera.id)}
        same = {name for name, version in state.rules.items() if versions.get(name) == version}
        found |= {
            event_id(case.post, case.rule, at(case.start, site.zone))
            for case in state.cases
            if case.post in posts and case.rule in same
        }
    return frozenset(found)
