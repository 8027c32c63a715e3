"""Python, and the libraries that the program needs."""

from __future__ import annotations

import importlib
import platform
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from service.doctor.finding import Finding, ok, problem, warning
from service.doctor.patient import Patient

ORDER = 10
OLDEST = (3, 11)
NATIVE = ("cv2", "av")
"""What is built for one kind of machine, and may be there and yet not load."""


def examine(_patient: Patient) -> Iterator[Finding]:
    """Python first, then every library."""
    yield python(sys.version_info[:3])
    yield from libraries(needed())
    yield from loadable(NATIVE)


def python(found: tuple[int, int, int]) -> Finding:
    """Whether this Python is new enough."""
    shown, oldest = ".".join(map(str, found)), ".".join(map(str, OLDEST))
    if found < OLDEST:
        return problem("python_old", found=shown, oldest=oldest)
    return ok("python", found=shown, machine=platform.machine())


def needed() -> list[Requirement]:
    """What the installed product says it needs."""
    try:
        told = requires("conduct-monitor") or []
    except PackageNotFoundError:
        return []
    found = [Requirement(line) for line in told]
    return [need for need in found if need.marker is None or need.marker.evaluate({"extra": ""})]


def libraries(needs: Iterable[Requirement]) -> Iterator[Finding]:
    """Whether each is there, in a version that will do."""
    count = 0
    for need in needs:
        count += 1
        try:
            found = version(need.name)
        except PackageNotFoundError:
            yield problem("library_missing", need.name, name=need.name)
            continue
        if not need.specifier.contains(found, prereleases=True):
            yield problem(
                "library_version", need.name, name=need.name, found=found, wanted=str(need.specifier)
            )
    if count:
        yield ok("libraries", count=count)
    else:
        yield warning("not_installed")


def loadable(names: Iterable[str]) -> Iterator[Finding]:
    """Whether what is built for one kind of machine loads on this one."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            yield problem("library_broken", name, name=name, reason=str(error))
