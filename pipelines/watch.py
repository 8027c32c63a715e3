"""One camera: pictures in, looks and rulings out. There is no rule and no pixel work in here.

The order for each picture: is a look due; is the picture alive; which crops must be seen; then,
when the models have answered, cues, beliefs and rules of each post in turn.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.hall.covers import HallCovers
from pipelines.looking.eyes import Eyes
from pipelines.looking.looks import INTERVAL_S, LookGrid, Quiet, settled
from pipelines.looking.near import lone_body, near_region
from pipelines.looking.perceiving import LookRequest, Perceived, perceive
from pipelines.looking.placards import PlacardPlace
from pipelines.looking.viewpoints import CameraView
from pipelines.observations import Look, seen_boxes
from pipelines.rules.engine import PostState, RuleEngine, Ruling
from pipelines.state import carried
from vision.behaviours import judge_all
from vision.behaviours._held import SURE_PERSON
from vision.enrolment import Wardrobe
from vision.frame import Frame
from vision.furniture import Furniture
from vision.mouth import HandToMouth
from vision.pickup import PickedUp
from vision.picture import Picture, PictureWatch
from vision.posts import Post
from vision.telephone import DeskTelephone
from vision.view import PostView


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one look at a post in a frame."""

    look: Look
    rulings: list[Ruling]
    frame: Frame


@dataclass(slots=True)
class _PostMemory:
    """What is remembered of a post from look to look; ``passed`` are the pictures that were passed over
    since the last look, because all was settled."""

    rules: PostState
    placard: PlacardPlace
    furniture: Furniture = field(default_factory=Furniture)
    mouth: HandToMouth = field(default_factory=HandToMouth)
    telephone: DeskTelephone = field(default_factory=DeskTelephone)
    pickup: PickedUp = field(default_factory=PickedUp)
    quiet: Quiet = field(default_factory=Quiet)
    passed: list[Frame] = field(default_factory=list)
    body: NDArray[np.float32] | None = None
    """The box (4,) of the one staff member at the last look."""

    def copied(self) -> "_PostMemory":
        """A memory that can be tried out; pictures passed over stay with this one."""
        return replace(self, placard=copy(self.placard), passed=[])


class CameraWatch:
    """The looks of one camera's posts. It shares nothing with other cameras but the models."""

    def __init__(
        self,
        camera: str,
        posts: Iterable[Post],
        engine: RuleEngine,
        eyes: Eyes,
        enrolment: Wardrobe | None = None,
        *,
        covers: HallCovers | None = None,
        placards: tuple[str, ...] = (),
        aside: Executor | None = None,
        view: CameraView | None = None,
        recall: Callable[[float, float], list[Frame]] = lambda _since, _until: [],
    ) -> None:
        """``posts`` are those that this camera sees; ``enrolment`` is the hall's uniform, if any.

        ``covers`` are those of schedule and people, ``placards`` the texts to look for, which ``aside``
        reads while looks go on (None: at once). ``view`` is what the camera is known to show. ``recall``
        gives the pictures between two event times that were never handed in.
        """
        self.camera = camera
        self.posts = tuple(posts)
        self.picture = PictureWatch()
        self.view = view or CameraView(self.posts)
        self.given_up = 0
        """Pictures passed over for which there was no time when there was something new."""
        self._grid = LookGrid()
        self._engine, self._eyes, self._enrolment = engine, eyes, enrolment
        self._covers, self._recall = covers, recall
        self._memory = {
            post.id: _PostMemory(engine.start(), PlacardPlace(post, eyes.reader, placards, aside))
            for post in self.posts
        }
        self._drinking = any(rule.drinking for rule in engine.rules)

    @property
    def rules(self) -> dict[str, PostState]:
        """What is believed and ruled of each post."""
        return {post: memory.rules for post, memory in self._memory.items()}

    def go_on(self, saved: Mapping[str, PostState], same_rules: frozenset[str]) -> None:
        """Go on where an earlier process was, with the rules that have not changed since."""
        for post, memory in self._memory.items():
            memory.rules = carried(saved.get(post), memory.rules, same_rules)

    def due(self, t: float) -> bool:
        """Whether a look is due at event time ``t``; asking takes the look's place in the grid."""
        self._grid, due = self._grid.due(t)
        return due

    def requests(self, frame: Frame) -> tuple[Picture, list[LookRequest]]:
        """What the picture is good for, and the looks to take: one for each post where not all is settled.

        What was asked before must have been judged: whether a post is settled hangs on it.
        """
        picture = self.take_up(frame)
        asked = [post for post in self.posts if not (picture.tells and self.passes(post, frame))]
        return picture, [self.request(post, frame, picture) for post in asked]

    def take_up(self, frame: Frame) -> Picture:
        """What a picture is good for. Each is taken up once, before any post is shown it."""
        picture = Picture.CORRUPT
        if frame.whole:
            self.picture, picture = self.picture.look(frame.image, frame.t)
        if picture.tells and not self.view.fits(frame):
            picture = Picture.MOVED
        return picture

    def request(self, post: Post, frame: Frame, picture: Picture) -> LookRequest:
        """A look at one post in a picture that was taken up: where all is settled, at the staff alone.

        Not at a post for several: one alone there would hide that another has come.
        """
        memory, asked = self._memory[post.id], self._request(post, frame, picture)
        if asked.crop is None or memory.body is None or post.staff > 1 or not memory.quiet.settled:
            return asked
        region = near_region(memory.body, memory.pickup.lying, asked.crop.region, asked.size)
        return asked if region is None else asked.nearer(region)

    def quiet(self, post: Post) -> Quiet:
        """When a post was looked at last, and whether all was settled."""
        return self._memory[post.id].quiet

    def rests(self) -> bool:
        """Whether all is settled at every post. Any thread may ask."""
        return all(memory.quiet.settled for memory in self._memory.values())

    def passes(self, post: Post, frame: Frame, ahead_s: float = INTERVAL_S) -> bool:
        """Pass a picture over where all is settled, to be looked at later should there be something new.

        The next one comes ``ahead_s`` seconds later.
        """
        memory = self._memory[post.id]
        passed = memory.quiet.passes(frame.t, ahead_s)
        if passed:
            memory.passed.append(frame)
        return passed

    def judge(self, perceived: Perceived, back: int | None = None) -> list[Looked]:
        """Cues, beliefs and rules of one look. Requests must come back in their order.

        When the look shows something new, those at the pictures passed over come first; no more than
        ``back`` of them, the newest. They are in the order of time. A closer look that shows something new
        gives way to one at the whole post.
        """
        post = perceived.request.post
        memory = self._memory[post.id]
        passed, memory.passed = memory.passed, []
        tried = memory.copied()
        looked = self._judge(tried, perceived)
        if perceived.request.near and not tried.quiet.settled:
            (perceived,) = perceive(self._eyes, [perceived.request.farther()])
            tried = memory.copied()
            looked = self._judge(tried, perceived)
        if not tried.quiet.settled:
            passed = self._unseen(memory.quiet, passed, perceived.request.frame.t, back)
        if not passed or tried.quiet.settled:
            self._memory[post.id] = tried
            return [looked]
        return [*self._look_back(post, passed), self._judge(memory, perceived)]

    def _unseen(self, quiet: Quiet, passed: list[Frame], t: float, back: int | None) -> list[Frame]:
        """The pictures since the last look, up to ``t``: those passed over, and those not even decoded."""
        if back is None:
            return passed
        if quiet.settled:
            # No more is decoded than will be looked at.
            since = max(quiet.looked_at, t - (back + 1) * INTERVAL_S)
            recalled = self._recall(since, t) if back > 0 else []
            passed = sorted([*recalled, *passed], key=lambda frame: frame.t)
        self.given_up += max(len(passed) - back, 0)
        return passed[len(passed) - min(back, len(passed)) :]

    def catch_up(self) -> list[tuple[Post, Looked]]:
        """No more pictures will come: look at those that were passed over last."""
        found: list[tuple[Post, Looked]] = []
        for post in self.posts:
            memory = self._memory[post.id]
            passed, memory.passed = memory.passed, []
            found.extend((post, looked) for looked in self._look_back(post, passed))
        return found

    def _look_back(self, post: Post, passed: list[Frame]) -> list[Looked]:
        asked = [self._request(post, frame, Picture.LIVE) for frame in passed]
        memory = self._memory[post.id]
        return [self._judge(memory, perceived) for perceived in perceive(self._eyes, asked)]

    def _request(self, post: Post, frame: Frame, picture: Picture) -> LookRequest:
        """A look at a whole post."""
        return LookRequest.whole(post, frame, picture, clothes=self._enrolment is not None)

    def _judge(self, memory: _PostMemory, perceived: Perceived) -> Looked:
        request, view = perceived.request, self._view(perceived, memory)
        cues = judge_all(view)
        t = request.frame.t
        probabilities = {name: self._eyes.probability(cue) for name, cue in cues.items()}
        if request.picture.tells:
            memory.placard.look(request.frame, memory.rules, perceived.people)
        given = () if self._covers is None else self._covers.around(request.post.id, t)
        covers = [*given, *memory.placard.covers()]
        memory.rules, rulings = self._engine.look(memory.rules, t, probabilities, covers)
        quiet = settled(memory.rules, self._engine.rules) and not memory.telephone.unexplained
        memory.quiet = Quiet(t, quiet)
        memory.body = lone_body(perceived.people, perceived.staff, SURE_PERSON, request.size)
        present = probabilities["presence"]
        standing = memory.rules.standing
        look = Look(
            t,
            self.camera,
            request.post.id,
            None if present is None else present > 0.5,
            probabilities,
            {name: memory.rules.beliefs[name].p for name in cues},
            {name: cue.why for name, cue in cues.items()},
            seen_boxes(view.staff, view.visitors, view.objects, cues),
            memory.placard.text,
            None if standing is None or standing.cover is None else standing.cover.kind.value,
            request.size,
        )
        return Looked(look, rulings, request.frame)

    def finish(self) -> list[tuple[Post, Ruling]]:
        """No more pictures will come: end what is open."""
        ended: list[tuple[Post, Ruling]] = []
        for post in self.posts:
            memory = self._memory[post.id]
            memory.rules, rulings = self._engine.finish(memory.rules)
            ended.extend((post, ruling) for ruling in rulings)
        return ended

    def _view(self, perceived: Perceived, memory: _PostMemory) -> PostView:
        request = perceived.request
        frame, staff, objects = request.frame, perceived.staff, perceived.objects
        posture = perceived.posture
        furniture = np.zeros(len(objects), np.bool_)
        if request.picture.tells:
            memory.furniture, furniture = memory.furniture.look(objects, staff.boxes, frame.t)
        memory.mouth, mouth_visited = memory.mouth.look(posture, frame.t)
        place = request.post.telephone_box(frame.width, frame.height)
        memory.telephone, on_telephone = memory.telephone.look(posture, place, frame.t)
        memory.pickup, picked_up = memory.pickup.look(objects, posture, frame.t)
        return PostView(
            request.post,
            request.picture,
            staff,
            perceived.visitors,
            objects,
            furniture,
            clothing=perceived.clothing,
            posture=posture,
            enrolment=self._enrolment,
            drinking_counts=self._drinking,
            mouth_visited=mouth_visited,
            on_telephone=on_telephone,
            phone_picked_up=picked_up,
            classes=self._eyes.classes,
        )
