"""The kinds of channel: one file each, found by scanning this folder.

A kind is a module with ``KIND: str`` and ``open_channel(given: Given) -> Sender``, which raises
BadChannelError for a url it cannot use. A module whose name starts with an underscore is no kind.
"""

import pkgutil
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType

from service.alerts.channels._ground import BadChannelError, Given, Sender, SendError

__all__ = ["KINDS", "BadChannelError", "Given", "SendError", "Sender", "register"]

Opener = Callable[[Given], Sender]


def register(modules: list[ModuleType]) -> Mapping[str, Opener]:
    """Kinds by name, in the order of their names.

    Raises ValueError when two modules share a name, AttributeError when one is no kind.
    """
    found: dict[str, Opener] = {}
    for module in modules:
        kind: str = module.KIND
        if kind in found:
            raise ValueError(f"channel kind {kind!r} is defined twice, the second time in {module.__name__}")
        found[kind] = module.open_channel
    return MappingProxyType(dict(sorted(found.items())))


def _scan() -> list[ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    return [import_module(f"{__name__}.{name}") for name in names]


KINDS = register(_scan())
"""All kinds: name -> what opens a channel."""
