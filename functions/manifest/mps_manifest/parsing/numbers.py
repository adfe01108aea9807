"""Parse numbers as the services write them: as numbers or as text."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_LIMIT = Decimal(2) ** 53


def number(value: object) -> float | int | None:
    """Return a number, or the number that a text has; None for anything else."""
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


def whole_number(value: object) -> int | None:
    """Return a whole number that JSON can hold exactly; None for anything else."""
    parsed = number(value)
    if parsed is None or parsed != int(parsed) or abs(parsed) > _LIMIT:
        return None
    return int(parsed)


def milliseconds(value: object, per_unit: int) -> int | None:
    """Return a time in milliseconds, rounded half up; None if it is invalid or negative.

    `per_unit` is the number of milliseconds in the value's unit. Decimal, because 39.3205 s is
    39,321 ms but the product of floats is 39,320.
    """
    if number(value) is None:
        return None
    try:
        exact = Decimal(str(value).strip()) * per_unit
    except InvalidOperation:  # float() accepts texts that Decimal does not
        return None
    if not 0 <= exact <= _LIMIT:
        return None
    return int(exact.to_integral_value(ROUND_HALF_UP))
