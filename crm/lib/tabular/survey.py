"""What stands in each column: samples, how many are empty, dates, numbers, addresses, repeats.

One pass over the file (or over its first rows when it is very long), so that the mapping page
can show what was understood and the guesses rest on content, not on names alone.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from crm.lib.tabular.dates import DateStyle, DateTally
from crm.lib.tabular.numbers import NumberStyle, NumberTally
from crm.lib.tabular.reading import Table

_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_PHONE = re.compile(r"^\+?[\d\s().-]{7,20}$")
_SAMPLES = 5
_DISTINCT_KEPT = 500
_CELLS_JUDGED = 5_000
FEWEST_DATES = 0.3
ROWS_SURVEYED = 200_000
VALUES_KEPT = 200


@dataclass
class ColumnSurvey:
    """One column of the file as found."""

    name: str
    filled: int = 0
    empty: int = 0
    longest: int = 0
    emails: int = 0
    phones: int = 0
    repeats: bool = False
    values: Counter[str] = field(default_factory=Counter)  # up to 500 distinct values with counts
    overflow: bool = False  # more distinct values than kept
    dates: DateTally = field(default_factory=DateTally)
    numbers: NumberTally = field(default_factory=NumberTally)

    @property
    def samples(self) -> list[str]:
        """A few values as they stand in the file."""
        return list(self.values)[:_SAMPLES]

    @property
    def is_key(self) -> bool:
        """Every row has a value and none comes twice."""
        return self.filled > 0 and not self.empty and not self.repeats

    def date_style(self, *, month_first: bool = False) -> DateStyle | None:
        """The date style when a fair part of the column's cells are dates."""
        style = self.dates.style(month_first=month_first)
        return style if style and style.share >= FEWEST_DATES else None

    def number_style(self, *, comma_first: bool = False) -> tuple[NumberStyle, bool]:
        """The number style, and whether another reads the column as well."""
        return self.numbers.style(comma_first=comma_first)


@dataclass
class TableSurvey:
    """All columns of a file, its row count and its rows of the wrong width."""

    columns: list[ColumnSurvey]
    rows: int = 0
    ragged: int = 0
    complete: bool = True

    def column(self, name: str) -> ColumnSurvey | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


def survey_table(table: Table, limit: int = ROWS_SURVEYED) -> TableSurvey:
    """Read the whole table once (judging up to `limit` rows) and tell what stands in its columns."""
    survey = TableSurvey([ColumnSurvey(name) for name in table.header])
    seen: list[set[int] | None] = [set() for _column in survey.columns]
    width = len(survey.columns)
    for _line, cells in table:
        survey.rows += 1
        survey.ragged += len(cells) != width
        if survey.rows > limit:
            survey.complete = False
            continue
        for index, column in enumerate(survey.columns):
            _look_at(column, cells[index], seen, index)
    for index, column in enumerate(survey.columns):
        column.repeats = seen[index] is None
    return survey


def _look_at(column: ColumnSurvey, cell: str, seen: list[set[int] | None], index: int) -> None:
    if not cell:
        column.empty += 1
        return
    column.filled += 1
    column.longest = max(column.longest, len(cell))
    hashes = seen[index]
    if hashes is not None:
        mark = hash(cell)
        if mark in hashes:
            seen[index] = None
        else:
            hashes.add(mark)
    new = cell not in column.values
    if not new or len(column.values) < _DISTINCT_KEPT:
        column.values[cell] += 1
    else:
        column.overflow = True
    if new and (column.dates.cells < _CELLS_JUDGED or column.dates.counts):
        column.dates.add(cell)
    if new and column.numbers.cells < _CELLS_JUDGED:
        column.numbers.add(cell)
        column.emails += bool(_EMAIL.match(cell))
        column.phones += bool(_PHONE.match(cell))


def preview_rows(table: Table, count: int = 10) -> list[tuple[int, list[str]]]:
    """The first rows of the table for a person to look at."""
    found: list[tuple[int, list[str]]] = []
    for line, cells in table:
        found.append((line, cells))
        if len(found) >= count:
            break
    return found


def survey_json(survey: TableSurvey, *, month_first: bool, comma_first: bool) -> dict[str, Any]:
    """The survey in short, to be kept with the file."""
    return {
        "rows": survey.rows,
        "ragged": survey.ragged,
        "complete": survey.complete,
        "columns": [_column_json(column, month_first, comma_first) for column in survey.columns],
    }


def _column_json(column: ColumnSurvey, month_first: bool, comma_first: bool) -> dict[str, Any]:
    dates = column.date_style(month_first=month_first)
    number, either = column.number_style(comma_first=comma_first)
    judged = column.numbers.cells or 1
    return {
        "name": column.name,
        "filled": column.filled,
        "empty": column.empty,
        "longest": column.longest,
        "samples": column.samples,
        "is_key": column.is_key,
        "distinct": None if column.overflow else len(column.values),
        "values": dict(column.values.most_common(VALUES_KEPT)),
        "emails": column.emails / judged,
        "phones": column.phones / judged,
        "numbers": column.numbers.share,
        "number": number.value,
        "number_ambiguous": either,
        "dates": dates.share if dates else 0.0,
        "date": dates.order.value if dates else "",
        "date_ambiguous": dates.ambiguous if dates else False,
        "timed": dates.with_time if dates else False,
    }
