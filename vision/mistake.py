"""What is wrong with a value that people gave: in English, and as a kind for other languages."""

from typing import Self


class MistakeError(ValueError):
    """A value that was not expected.

    ``kind`` names what is wrong (the catalogue has `fault.<kind>` in every language), ``params`` fill its
    words, ``place`` are keys and numbers with points between when it is told of a whole and stands in a part.
    """

    def __init__(self, kind: str, words: str, place: str = "", **params: object) -> None:
        """``words`` are English, with ``{name}`` where a parameter goes."""
        self.kind, self.words, self.place, self.params = kind, words, place, params
        self.message = words.format(**params)
        super().__init__(f"{place}: {self.message}" if place else self.message)

    def at(self, place: str) -> Self:
        """The same in a part of something larger."""
        return type(self)(self.kind, self.words, place, **self.params)
