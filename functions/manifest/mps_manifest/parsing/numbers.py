"""Numbers as the services write them: numbers, or texts of numbers."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_LIMIT = Decimal(2) ** 53


def number(value: object) -> float | int | None:
    """Read a number or the text of one; None where it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and "_" in value:  # Python's, not JSON's
        return None
    if isinstance(value, int):
        return value if abs(value) <= _LIMIT else None
    try:
        parsed = float(value)
    except ValueError:
        return None
    return parsed if math.isfinite(parsed) else None


def milliseconds(value: object, per_unit: int) -> int | None:
    """Read a time of `per_unit` milliseconds a unit; rounded half up, never negative.

    Decimal, since 39.3205 s is 39,321 ms and a float product says 39,320.
    """
    if number(value) is None:
        return None
    try:
        exact = Decimal(str(value).strip()) * per_unit
    except InvalidOperation:  # float() reads texts that Decimal does not
        return None
    if not 0 <= exact <= _LIMIT:
        return None
    return int(exact.to_integral_value(ROUND_HALF_UP))
