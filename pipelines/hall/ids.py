"""Ids that must differ from each other within one list of a site file."""

from collections.abc import Sequence

from vision.mistake import MistakeError


def check_different(field: str, ids: Sequence[str]) -> None:
    """MistakeError at the first id of a list that was there before, like ``posts.1.id``."""
    seen: set[str] = set()
    for i, name in enumerate(ids):
        if name in seen:
            raise MistakeError(
                "doubled_id", "expected each id once, got {got!r} twice", f"{field}.{i}.id", got=name
            )
        seen.add(name)
