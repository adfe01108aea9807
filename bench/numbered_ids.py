"""Job IDs of very many manifests, none of which is held."""

from __future__ import annotations

from collections.abc import Sequence


class NumberedIds(Sequence[str]):
    """Names of manifests in order, none of which exists before it is asked for."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._step = 16**32 // count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> str:  # type: ignore[override] # no slices
        return f"{number * self._step:032x}.json"
