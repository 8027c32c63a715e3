"""The progress of a run in the terminal: a bar, or plain lines where there is no terminal to draw in."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.sinks import Sink

LINE_EVERY_PERCENT = 10


@contextmanager
def shown_progress(what: str, console: Console | None = None, *, lines: bool = True) -> Iterator[Sink]:
    """A sink that shows on stderr how much of ``what`` has been watched.

    In a terminal it is a bar that goes away when it is done; elsewhere a line at each ten per cent, or,
    without ``lines``, nothing.
    """
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield Lines(what, console) if lines else Quiet()
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as shown:
        yield Bar(shown)


class Quiet:
    """A sink that shows nothing."""

    def event(self, event: object) -> None:
        """Not shown."""

    def health(self, entry: object) -> None:
        """Not shown."""

    def covered(self, absence: object) -> None:
        """Not shown."""

    def observation(self, line: object) -> None:
        """Not shown."""

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        """Not shown."""


class Bar(Quiet):
    """A sink that moves a bar."""

    def __init__(self, shown: Progress) -> None:
        """``shown`` draws; one task is added to it."""
        self._shown = shown
        self._task = shown.add_task("watching", total=None)

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        """Move the bar."""
        self._shown.update(self._task, completed=seconds_done, total=seconds_total)


class Lines(Quiet):
    """A sink that prints a line now and then; a live stream, which has no end, gives none."""

    def __init__(self, what: str, console: Console) -> None:
        """``what`` is watched, ``console`` prints."""
        self._what, self._console, self._told = what, console, 0

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        """Print a line when the next ten per cent are full."""
        if not seconds_total:
            return
        percent = int(100 * min(seconds_done / seconds_total, 1.0))
        full = percent - percent % LINE_EVERY_PERCENT
        if full > self._told:
            self._told = full
            self._console.print(
                f"watched {full} % of {self._what}", markup=False, highlight=False, soft_wrap=True
            )
