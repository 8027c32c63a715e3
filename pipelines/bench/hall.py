"""A hall made up of one site's camera, over and over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.hall.site import Site
from vision.posts import Post


@dataclass(frozen=True, slots=True)
class Shown:
    """What a camera of a soak shows: ``video``, from the place of a site's first camera.

    ``folder`` is what the site is relative to.
    """

    site: Site
    folder: Path
    video: Path
    chosen: frozenset[str] | None = None
    """The posts that are watched, None = all that it shows."""

    @property
    def posts(self) -> tuple[Post, ...]:
        """The posts that are watched."""
        shown = self.site.posts_of(self.site.cameras[0].id)
        return tuple(post for post in shown if self.chosen is None or post.id in self.chosen)

    def some(self, count: int, turn: int) -> "Shown":
        """With ``count`` of its posts alone, other ones in each ``turn``."""
        posts = [post.id for post in self.posts]
        return replace(self, chosen=frozenset(posts[(turn * count + i) % len(posts)] for i in range(count)))


def hall_of(shown: Sequence[Shown]) -> Site:
    """A site of cameras c0, c1... with their posts c0-w01...; all else is the first one's."""
    first = shown[0].site
    return first.model_validate(
        {
            **first.model_dump(by_alias=True),
            "cameras": [{"id": f"c{i}", "url": f"c{i}"} for i in range(len(shown))],
            "posts": [
                {**post.model_dump(), "id": f"c{i}-{post.id}", "camera": f"c{i}"}
                for i, one in enumerate(shown)
                for post in one.posts
            ],
        }
    )
