"""What the numbers of a column mean: 1,234.56 or 1 234,56, with a currency sign or without."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from enum import StrEnum


class NumberStyle(StrEnum):
    """Which sign stands before the decimals."""

    POINT = "point"
    COMMA = "comma"


_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'’")
_SIGNS = re.compile(r"^(?:[A-Z]{3}|руб\.?|р\.|[$€£¥₽₴₸])|(?:[A-Z]{3}|руб\.?|р\.|[$€£¥₽₴₸%])$", re.IGNORECASE)
_POINT = re.compile(r"^[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$|^[+-]?\.\d+$")
_COMMA = re.compile(r"^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?$|^[+-]?,\d+$")
_PLAIN = re.compile(r"^[+-]?\d{1,15}$")


def bare_number(text: str) -> str:
    """The digits and signs of a number: no spaces, no currency; brackets mean minus."""
    bare = text.strip().translate(_SPACES).replace("−", "-")
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    return _SIGNS.sub("", _SIGNS.sub("", bare))


def parse_number(text: str, style: NumberStyle = NumberStyle.POINT) -> Decimal | None:
    """Read one number in the column's style; None when it can't be read."""
    if _PLAIN.match(text):
        return Decimal(text)
    bare = bare_number(text)
    if style == NumberStyle.POINT:
        fits, plain = _POINT.match(bare), bare.replace(",", "")
    else:
        fits, plain = _COMMA.match(bare), bare.replace(".", "").replace(",", ".")
    if not fits:
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


class NumberTally:
    """Counts, cell by cell, in which styles a column's numbers can be read."""

    def __init__(self) -> None:
        self.cells = self.point = self.comma = self.grouped = self.either = 0

    def add(self, text: str) -> None:
        """Count one non-empty cell."""
        self.cells += 1
        if _PLAIN.match(text):
            self.point += 1
            self.comma += 1
            return
        bare = bare_number(text)
        point, comma = bool(_POINT.match(bare)), bool(_COMMA.match(bare))
        self.point += point
        self.comma += comma
        self.either += point and comma and ("." in bare or "," in bare)

    @property
    def share(self) -> float:
        """The share of cells that are numbers."""
        return max(self.point, self.comma) / self.cells if self.cells else 0.0

    def style(self, *, comma_first: bool = False) -> tuple[NumberStyle, bool]:
        """The style that reads the most cells, and whether the other reads them as well."""
        if self.point == self.comma:
            ambiguous = self.either > 0
            return (NumberStyle.COMMA if comma_first and ambiguous else NumberStyle.POINT), ambiguous
        return (NumberStyle.POINT if self.point > self.comma else NumberStyle.COMMA), False


def style_of(cells: Iterable[str]) -> tuple[NumberStyle, bool]:
    """Recognise the number style of a whole column at once; empty cells are skipped."""
    tally = NumberTally()
    for cell in cells:
        if cell.strip():
            tally.add(cell.strip())
    return tally.style()
