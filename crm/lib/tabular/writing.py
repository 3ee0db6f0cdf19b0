"""Writing tables row by row: CSV that no spreadsheet runs as a program, and XLSX.

A text cell that starts with = + - @, a tab or a carriage return gets an apostrophe in CSV
(reading takes it off again). In XLSX text is written as text, so nothing needs guarding.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import IO, Any

Cell = str | int | float | Decimal | date | datetime | bool | None

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_XLSX_TEXT_LIMIT = 32_767
_XLSX_ROWS = 1_048_576
_CHUNK = 64 * 1024


def safe_text(text: str) -> str:
    """Guard a text cell against being run as a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def csv_chunks(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], *, delimiter: str = ",", mark: bool = True
) -> Iterator[bytes]:
    """Yield a CSV in UTF-8 piece by piece; with `mark` it opens rightly in Excel."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter)
    if mark:
        buffer.write("\ufeff")
    writer.writerow([safe_text(name) for name in header])
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
        if buffer.tell() > _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def write_csv(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a CSV into an open binary file; answers the number of rows."""
    counter = _Counted(rows)
    for chunk in csv_chunks(header, counter):
        file.write(chunk)
    return counter.count


def write_xlsx(
    file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Cell]], sheet: str = ""
) -> int:
    """Write a workbook into an open binary file with constant memory; answers the number of rows.

    A sheet holds 1,048,576 rows: what does not fit goes on in further sheets.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    count = 0
    # Only those who write a workbook wait for what writes it.
    with import_module("xlsxwriter").Workbook(file, options) as book:
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        page = _new_sheet(book, sheet, header, formats)
        line = 1
        for row in rows:
            if line >= _XLSX_ROWS:
                page, line = _new_sheet(book, "", header, formats), 1
            for index, cell in enumerate(row):
                _xlsx_cell(page, line, index, cell, formats)
            line += 1
            count += 1
    return count


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_text(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _new_sheet(book: Any, name: str, header: Sequence[str], formats: dict[str, Any]) -> Any:
    page = book.add_worksheet(_sheet_name(name) or None)
    page.freeze_panes(1, 0)
    for index, title in enumerate(header):
        page.set_column(index, index, min(40, max(12, len(title) + 2)))
        page.write_string(0, index, title, formats["head"])
    return page


def _sheet_name(name: str) -> str:
    return "".join(char for char in name if char not in r"[]:*?/\'")[:31].strip()


def _xlsx_cell(page: Any, line: int, index: int, cell: Cell, formats: dict[str, Any]) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        page.write_string(line, index, "yes" if cell else "no")
    elif isinstance(cell, str):
        page.write_string(line, index, cell[:_XLSX_TEXT_LIMIT])
    elif isinstance(cell, datetime):
        page.write_datetime(line, index, cell.replace(tzinfo=None), formats["moment"])
    elif isinstance(cell, date):
        page.write_datetime(line, index, datetime(cell.year, cell.month, cell.day), formats["day"])
    else:
        page.write_number(line, index, float(cell))


class _Counted:
    """Rows passing by, counted."""

    def __init__(self, rows: Iterable[Sequence[Cell]]) -> None:
        self.rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        for row in self.rows:
            self.count += 1
            yield row
