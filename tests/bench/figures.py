"""One measured thing, and how it is printed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True)
class Row:
    """Times in milliseconds; what means nothing for a row is None and left out."""

    name: str
    median_ms: float | None = None
    p95_ms: float | None = None
    per_second: float | None = None
    queries: int | None = None
    bytes: int | None = None
    requests: int | None = None
    nodes: int | None = None
    sql_ms: float | None = None
    limit_per_second: float | None = None
    memory_mb: float | None = None
    #: What it may take: median/95th percentile in milliseconds, or as it says.
    limit: str | None = None
    missed: str | None = None


def timed(name: str, seconds: Sequence[float], **more: float | None) -> Row:
    """Return a row from measured times in seconds."""
    found = [one * 1000 for one in seconds]
    p95 = quantiles(found, n=20)[-1] if len(found) > 1 else found[0]
    return Row(name, round(median(found), 1), round(p95, 1), **more)  # type: ignore[arg-type]


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table of text, empty columns left out."""
    names = [one.name for one in fields(Row)]
    used = [name for name in names if any(getattr(row, name) is not None for row in rows)]
    cells = [used] + [
        ["" if getattr(row, name) is None else str(getattr(row, name)) for name in used] for row in rows
    ]
    widths = [max(len(line[place]) for line in cells) for place in range(len(used))]
    lines = [
        "  ".join(
            text.ljust(width) if place == 0 else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
