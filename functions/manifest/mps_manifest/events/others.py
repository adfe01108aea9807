"""Keep the elements of a batch that are no messages, of which an event may have millions."""

from __future__ import annotations

from collections.abc import Iterator

from mps_manifest.events.items import Unusable
from mps_manifest.events.scope import Piece, Scope

NO_ELEMENT = "the list element {} is neither an event nor a job ID"
_SHORTEST = len('{"jobs":[]}')
_MOST_BYTES = 256 * 1024


class Others:
    """Elements of a batch that are not even messages; `piece` has what is wrong with them.

    They are kept together; of those that were not decoded no more than memory is worth, since an
    event of any size may have millions.
    """

    def __init__(self, scope: Scope) -> None:
        self.piece = Piece(None, scope.origin)
        self._elements: list[object] = []
        self._bytes = 0

    def take_at_once(self, element: bytes) -> bool:
        """Keep an element that is too short to name a job; return whether it needs no decoding.

        One without anything in it is none; a short text or list may be empty, and no fault.
        """
        element = element.strip()
        if len(element) >= _SHORTEST or element[:1] in (b"[", b'"'):
            return False
        if element:
            self.piece.fault("unrecognized", NO_ELEMENT, element.decode("utf-8", "replace"))
            self.keep(element)
        return True

    def keep(self, element: object) -> None:
        """Keep an element, after what is wrong with it was noted."""
        self._elements.append(element)
        self._bytes += len(element) if isinstance(element, bytes) else 0

    @property
    def are_many(self) -> bool:
        """Whether further elements are to be kept in another piece."""
        return self._bytes >= _MOST_BYTES

    def unusable(self) -> Iterator[Unusable]:
        """Yield what was kept."""
        self.piece.raw = self._raw()
        yield from self.piece.unusable()

    def leave_to(self, piece: Piece) -> None:
        """Let another piece be this one, if there is anything in it."""
        if self._elements:
            piece.add(self.piece)
            piece.raw = self._raw()

    def _raw(self) -> object:
        """Return one list, with the elements that were not decoded as they came."""
        if len(self._elements) == 1:
            return self._elements[0]
        texts = [element for element in self._elements if isinstance(element, bytes)]
        return b"[" + b",".join(texts) + b"]" if texts else self._elements
