"""What a draft changes, field by field. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field


class Change(BaseModel):
    """One field that is another one now."""

    where: str = Field(description="Keys with points between; cameras, posts and channels go by their ids.")
    before: Any = Field(description="What it was; null when it was not there.")
    after: Any = Field(description="What it is; null when it is gone.")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What is different, in the order of the new site; what was removed comes after what stands beside it."""
    return list(_differ("", before, after))


def _differ(where: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    old, new = _by_key(before), _by_key(after)
    if old is None or new is None:
        yield Change(where=where, before=before, after=after)
        return
    for key in (*new, *(key for key in old if key not in new)):
        inner = f"{where}.{key}" if where else key
        if key in old and key in new:
            yield from _differ(inner, old[key], new[key])
        else:
            yield Change(where=inner, before=old.get(key), after=new.get(key))
    if isinstance(after, list) and set(old) == set(new) and list(old) != list(new):
        yield Change(where=where, before=list(old), after=list(new))


def _by_key(value: Any) -> dict[str, Any] | None:
    """A mapping as it is, a list of things with ids by these; None for what is compared as a whole."""
    if isinstance(value, dict):
        return {str(key): inner for key, inner in value.items()}
    if isinstance(value, list) and value:
        ids = [entry.get("id") if isinstance(entry, dict) else None for entry in value]
        if all(isinstance(name, str) for name in ids) and len(set(ids)) == len(ids):
            return dict(zip(ids, value, strict=True))  # type: ignore[arg-type]
    return None
