"""How a file of text is laid out: separator, quoting, header line, and whether it is mangled.

A spreadsheet that opens `a;"b";c` with the wrong separator and saves it again writes
`"a;""b"";c"`: each row one quoted cell. Such a file is recognised here (`mangled`) and can be
read as it was meant.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

DELIMITERS = (",", ";", "\t", "|", "^", "~", ":", "\x1f")
_SAMPLE_ROWS = 200
_SEP_LINE = "sep="
# What no column is called: an e-mail address, a date. Numbers may be (years), if they are few.
_RECORD_CELL = re.compile(r"\S+@\S+\.\w+|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}")
_NUMBER_CELL = re.compile(r"^[-+]?[\d\s.,]*\d%?$")

csv.field_size_limit(4_000_000)


@dataclass(frozen=True)
class Shape:
    """The layout of one file, as detected or as a person chose it."""

    kind: str = "csv"  # csv or sheet
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    skip: int = 0  # lines before the header
    has_header: bool = True
    mangled: bool = False  # each row is one quoted cell of another table
    inner: str = ";"  # the separator inside a mangled row
    sheet: str = ""

    def as_json(self) -> dict[str, Any]:
        """The shape as a JSON object, to be kept with the file."""
        return asdict(self)


def detect_shape(text: str, encoding: str = "utf-8") -> Shape:
    """Recognise separator, quoting, header and the mangled form from the first lines."""
    text = text.lstrip("\ufeff")
    skip, given = _sep_line(text)
    delimiter, quote, rows = best_dialect(text, given)
    shape = Shape(encoding=encoding, delimiter=delimiter, quote=quote, skip=skip)
    body = rows[skip:]
    inner = _mangled_inner(body)
    if inner:
        return Shape(
            encoding=encoding, delimiter=delimiter, quote=quote, skip=skip, mangled=True, inner=inner
        )
    first = _header_line(body)
    has_header = looks_like_header(body[first:])
    return Shape(
        encoding=encoding, delimiter=delimiter, quote=quote, skip=shape.skip + first, has_header=has_header
    )


def best_dialect(text: str, given: str = "") -> tuple[str, str, list[list[str]]]:
    """Try each separator and quote on the sample; the widest regular table wins."""
    best: tuple[float, str, str, list[list[str]]] = (-1.0, ",", '"', [])
    for delimiter in (given,) if given else DELIMITERS:
        for quote in ('"', "'"):
            rows = sample_rows(text, delimiter, quote)
            score = _regularity(rows)
            # A single quote must win clearly: it is an apostrophe far more often.
            if quote == "'" and not _quotes_cells(text, delimiter):
                continue
            if score > best[0]:
                best = (score, delimiter, quote, rows)
    return best[1], best[2], best[3]


def sample_rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    """The first rows of the sample under one dialect; a broken dialect gives what it could read."""
    found: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    try:
        for row in reader:
            found.append(row)
            if len(found) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        return found
    return found


def inner_rows(rows: Iterable[Sequence[str]], shape: Shape) -> Iterator[list[str]]:
    """Read the rows that a mangled file meant."""
    for row in rows:
        text = shape.delimiter.join(row).rstrip(shape.delimiter)
        yield next(csv.reader([text], delimiter=shape.inner, quotechar='"'), [])


def looks_like_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row names the columns: words, all different, above unlike cells."""
    if not rows:
        return True
    first = [cell.strip() for cell in rows[0]]
    filled = [cell for cell in first if cell]
    if not filled or len(set(filled)) < len(filled):
        return not filled
    if any(_RECORD_CELL.search(cell) for cell in filled):
        return False
    return sum(bool(_NUMBER_CELL.match(cell)) for cell in filled) * 2 < len(filled)


def _regularity(rows: Sequence[Sequence[str]]) -> float:
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    if not widths:
        return 0.0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    if width < 2:
        return 0.0
    share = count / sum(widths.values())
    return share * share + min(width, 50) / 1000


def _quotes_cells(text: str, delimiter: str) -> bool:
    lines = [line for line in text.splitlines()[:20] if line]
    quoted = sum(line.startswith("'") or f"{delimiter}'" in line for line in lines)
    closing = sum(line.endswith("'") or f"'{delimiter}" in line for line in lines)
    return bool(lines) and min(quoted, closing) > len(lines) / 2 and not any('"' in line for line in lines)


def _mangled_inner(rows: Sequence[Sequence[str]]) -> str:
    """The inner separator when nearly every row is one cell that holds a whole row."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    single = [row[0] for row in filled if not any(cell.strip() for cell in row[1:])]
    if len(single) < 2 or len(single) < len(filled) * 0.9:
        return ""
    quoted = sum('"' in cell for cell in single)
    if quoted < len(single) * 0.5:
        return ""
    delimiter, _quote, inner = best_dialect("\n".join(single))
    return delimiter if _regularity(inner) > 0.8 else ""


def _header_line(rows: Sequence[Sequence[str]]) -> int:
    """The first line as wide as the table: titles and blank lines above it are passed over."""
    widths = Counter(len([cell for cell in row if cell.strip()]) for row in rows)
    if not widths:
        return 0
    usual = max(widths.items(), key=lambda item: (item[1], item[0]))[0]
    for number, row in enumerate(rows[:20]):
        if len([cell for cell in row if cell.strip()]) >= max(1, usual * 0.6):
            return number
    return 0


def _sep_line(text: str) -> tuple[int, str]:
    """Excel's first line `sep=;` names the separator and is no row."""
    first = text.split("\n", 1)[0].strip().strip('"')
    if first.lower().startswith(_SEP_LINE) and len(first) == len(_SEP_LINE) + 1:
        return 1, first[-1]
    return 0, ""
