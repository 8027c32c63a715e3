"""`conduct doctor`: is this site fit to be watched? It looks at everything and changes nothing.

Each file in `checks/` is a group of checks, found by scanning: a module with ``ORDER: int`` (groups are
told in that order), ``examine(patient) -> Iterator[Finding]``, and texts ``doctor.<file>.<code>`` and, for
what is not well, ``doctor.<file>.<code>.do`` in both languages.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from service.doctor import checks
from service.doctor.finding import Diagnosis, Finding
from service.doctor.patient import Patient


def scan() -> list[ModuleType]:
    """The groups of checks, in their order. A module without ORDER or examine raises AttributeError."""
    names = sorted(info.name for info in pkgutil.iter_modules(checks.__path__))
    modules = [import_module(f"{checks.__name__}.{name}") for name in names]
    return sorted(modules, key=lambda module: (module.ORDER, module.__name__))


GROUPS = {module.__name__.rpartition(".")[2]: module.examine for module in scan()}
"""Every group of checks by its name."""


def diagnose(patient: Patient) -> Iterator[Diagnosis]:
    """Everything that was found, group by group."""
    for group, examine in GROUPS.items():
        yield from (Diagnosis(group, finding) for finding in examine(patient))


__all__ = ["GROUPS", "Diagnosis", "Finding", "Patient", "diagnose", "scan"]
