"""Text that people type: what is kept of it. Pure."""

from __future__ import annotations

import unicodedata


class TextRefusedError(ValueError):
    """A text cannot be kept; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def plain(field: str, text: str, limit: int, *, lines: bool = True, needed: bool = True) -> str:
    """The text without blanks at its ends, its line ends as \\n. Raises TextRefusedError.

    Refused: more than `limit` characters, none although some are `needed`, and characters that are no text
    (controls, halves of surrogate pairs, and what turns the direction of the text around it), a line end
    where there are no `lines`. What the text means to a page or a database is not looked at: both get it as
    data.
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if needed and not kept:
        raise TextRefusedError(field, "expected some words, got none")
    if len(kept) > limit:
        raise TextRefusedError(field, f"expected at most {limit} characters, got {len(kept)}")
    allowed = "\n\t" if lines else ""
    odd = next((one for one in kept if one not in allowed and _is_no_text(one)), None)
    if odd is not None:
        raise TextRefusedError(field, f"expected plain text, got the character U+{ord(odd):04X}")
    return kept


def _is_no_text(character: str) -> bool:
    turns = unicodedata.bidirectional(character) in {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }
    return turns or unicodedata.category(character) in {"Cc", "Cs"}
