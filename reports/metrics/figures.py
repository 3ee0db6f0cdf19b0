"""What a figure is, and the little statistics that figures share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import sqrt
from typing import TYPE_CHECKING, Any

from django.db.models import Aggregate, FloatField

if TYPE_CHECKING:
    from decimal import Decimal

#: Below so many cases a share is told with its interval.
SMALL = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """One number and what stands behind it.

    ``value`` is None when there is nothing to count. ``count`` is how many records it
    was made of, ``rows`` the address of the list that shows exactly these.
    """

    value: Decimal | float | int | None
    count: int
    rows: str = ""
    interval: tuple[float, float] | None = None
    before: Decimal | float | int | None = None

    @property
    def is_empty(self) -> bool:
        return self.value is None

    @property
    def change(self) -> float | None:
        """How much more than ``before``, as a share of it."""
        if self.value is None or not self.before:
            return None
        return float(self.value) / float(self.before) - 1


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart: a label, its value, how many records, and where they are."""

    label: str
    value: float | int
    count: int
    rows: str = ""
    share: float = 0
    is_marked: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


class Median(Aggregate):
    """The middle value; of an even number, the mean of the two middle ones."""

    function = "percentile_cont"
    name = "median"
    output_field = FloatField()
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def wilson(hits: int, trials: int, z: float = 1.96) -> tuple[float, float] | None:
    """Return the 95 % interval of a share (Wilson 1927); None without trials."""
    if not trials:
        return None
    share = hits / trials
    divisor = 1 + z * z / trials
    middle = (share + z * z / (2 * trials)) / divisor
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / divisor
    return max(0.0, middle - half), min(1.0, middle + half)


def ratio(hits: int, trials: int, *, rows: str = "") -> Figure:
    """Return a share of ``trials``, with its interval when they are few."""
    if not trials:
        return Figure(None, 0, rows)
    return Figure(hits / trials, trials, rows, wilson(hits, trials) if trials < SMALL else None)


def with_shares(bars: list[Bar]) -> list[Bar]:
    """Give each bar its length against the longest; by number where nothing has a value."""
    values = [bar.value for bar in bars] if any(bar.value for bar in bars) else [bar.count for bar in bars]
    longest = max((abs(value) for value in values), default=0) or 1
    return [replace(bar, share=value / longest) for bar, value in zip(bars, values, strict=True)]
