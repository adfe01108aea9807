"""A media parser that knows what it was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.faults import fresh


class FakeParser:
    """Knows the files it was told of by their first bytes; all others have no tracks."""

    def __init__(self) -> None:
        self.available = True
        self.reads_all = False
        self.told: dict[bytes, list[Mapping[str, Any]] | Exception] = {}
        self.asked: list[int] = []

    def tell(self, start: bytes, *tracks: Mapping[str, Any]) -> None:
        """Set what there is in files that start like this."""
        self.told[start] = list(tracks)

    def tracks(
        self, size: int, read: Callable[[int, int], bytes], patience: float
    ) -> list[Mapping[str, Any]]:
        assert patience >= 0
        self.asked.append(size)
        if self.reads_all:
            for start in range(0, size, 65536):
                read(start, min(65536, size - start))
        head = read(0, min(size, 64))
        found = next((tracks for start, tracks in self.told.items() if head.startswith(start)), [])
        if isinstance(found, Exception):
            raise fresh(found)
        return found
