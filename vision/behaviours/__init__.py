"""The behaviours: one file each, found by scanning this folder.

A behaviour is a module with ``NAME: str``, ``NEEDS: frozenset[str]`` (classes of which the detector must know
one, or nothing can be said) and ``judge(view: PostView) -> Cue``. A module whose name starts with an
underscore is shared ground, not a behaviour.
"""

import pkgutil
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType

from vision.cue import Cue
from vision.view import PostView

Judge = Callable[[PostView], Cue]


def register(modules: list[ModuleType]) -> Mapping[str, Judge]:
    """Behaviours by name, in the order of their names.

    Raises ValueError when two modules share a name, AttributeError when one is no behaviour.
    """
    found: dict[str, Judge] = {}
    for module in modules:
        name: str = module.NAME
        if name in found:
            raise ValueError(f"behaviour {name!r} is defined twice, the second time in {module.__name__}")
        found[name] = module.judge
    return MappingProxyType(dict(sorted(found.items())))


def _scan() -> list[ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    return [import_module(f"{__name__}.{name}") for name in names]


_MODULES = _scan()
BEHAVIOURS = register(_MODULES)
"""All behaviours: name -> judge."""
NEEDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {module.NAME: module.NEEDS for module in sorted(_MODULES, key=lambda module: module.NAME)}
)
"""For each behaviour the classes of which the detector must know one."""


def judge_all(view: PostView) -> dict[str, Cue]:
    """Every behaviour's cue for one look."""
    return {name: judge(view) for name, judge in BEHAVIOURS.items()}
