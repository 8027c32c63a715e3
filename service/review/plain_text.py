"""Text that people type: what is kept of it. Pure."""

from __future__ import annotations

import unicodedata

from vision.mistake import MistakeError


class TextRefusedError(ValueError):
    """A text cannot be kept; `field` names it."""

    def __init__(self, field: str, mistake: MistakeError) -> None:
        super().__init__(str(mistake))
        self.field, self.mistake = field, mistake


def plain(field: str, text: str, limit: int, *, lines: bool = True, needed: bool = True) -> str:
    """The text without blanks at its ends, its line ends as \\n. Raises TextRefusedError.

    Refused: more than `limit` characters, none although some are `needed`, and characters that are no text
    (controls, halves of surrogate pairs, and what turns the direction of the text around it), a line end
    where there are no `lines`. What the text means to a page or a database is not looked at: both get it as
    data.
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if needed and not kept:
        raise TextRefusedError(field, MistakeError("no_words", "expected some words, got none"))
    if len(kept) > limit:
        told = "expected at most {limit} characters, got {count}"
        raise TextRefusedError(field, MistakeError("long_text", told, limit=limit, count=len(kept)))
    allowed = "\n\t" if lines else ""
    odd = next((one for one in kept if one not in allowed and _is_no_text(one)), None)
    if odd is not None:
        told = "expected plain text, got the character U+{code}"
        raise TextRefusedError(field, MistakeError("odd_character", told, code=f"{ord(odd):04X}"))
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
