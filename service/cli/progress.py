"""The progress line of a run in the terminal."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


def progress_bar() -> Progress:
    """A progress line on stderr that goes away when it is done."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


class Bar:
    """A sink that only shows progress."""

    def __init__(self, shown: Progress) -> None:
        """``shown`` draws; one task is added to it."""
        self._shown = shown
        self._task = shown.add_task("watching", total=None)

    def event(self, event: object) -> None:
        """Not shown."""

    def health(self, entry: object) -> None:
        """Not shown."""

    def observation(self, line: object) -> None:
        """Not shown."""

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        """Move the bar."""
        self._shown.update(self._task, completed=seconds_done, total=seconds_total)
