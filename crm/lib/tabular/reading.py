"""Reading a table row by row, whatever wrote it, with constant memory.

`open_table(path)` recognises the file; with a `Shape` (what a person chose) it obeys. CSV is
streamed; a workbook is held by its reader in compact form and converted row by row.
"""

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine
from django.utils.translation import gettext as _

from crm.lib.tabular.encodings import (
    detect_encoding,
    is_utf8,
    looks_binary,
    looks_like_web_page,
    single_byte_encoding,
)
from crm.lib.tabular.shapes import Shape, detect_shape, inner_rows, looks_like_header

_HEAD = 256 * 1024
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UNPACKED_LIMIT = 512 * 1024**2
_FORMULA_START = ("'=", "'+", "'-", "'@", "'\t", "'\r")


class TableError(Exception):
    """The file can't be read as a table; the message is for the person who brought it."""


@dataclass(frozen=True)
class Table:
    """One file as header and rows; iterate as often as needed."""

    path: Path
    shape: Shape
    header: tuple[str, ...]
    sheets: tuple[str, ...] = ()

    @property
    def header_line(self) -> int:
        """The line of the header as a spreadsheet counts it; 0 when there is none."""
        return self.shape.skip + 1 if self.shape.has_header else self.shape.skip

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line as a spreadsheet counts, cells); rows without any text are passed over."""
        width = len(self.header)
        rows = raw_rows(self.path, self.shape)
        start = self.header_line
        for line, row in enumerate(islice(rows, start, None), start + 1):
            cells = [clean_cell(cell) for cell in row]
            if not any(cells):
                continue
            if len(cells) < width:
                cells.extend([""] * (width - len(cells)))
            elif len(cells) > width and not any(cells[width:]):
                del cells[width:]
            yield line, cells


def open_table(path: Path, shape: Shape | None = None) -> Table:
    """Recognise a file (or obey the given shape) and read its header."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip():
        raise TableError(_("The file is empty."))
    sheets: tuple[str, ...] = ()
    if head.startswith(_WORKBOOKS):
        sheets = _sheet_names(path)
        shape = shape or _sheet_shape(path, sheets)
    elif shape is None:
        shape = _text_shape(path, head)
    first: list[str] = next(islice(raw_rows(path, shape), shape.skip, None), [])
    if not any(cell.strip() for cell in first):
        raise TableError(_("There is no header line in the file."))
    header = _unique_names(first) if shape.has_header else _numbered_names(len(first))
    return Table(path, shape, header, sheets)


def repaired_shape(table: Table) -> Shape:
    """The shape under which a mangled file is read as the single quoted column it looks like."""
    return replace(table.shape, mangled=not table.shape.mangled)


def clean_cell(cell: str) -> str:
    """Trim a cell and take off the apostrophe that an export put before a formula sign."""
    cell = cell.strip()
    return cell[1:] if cell.startswith(_FORMULA_START) else cell


def raw_rows(path: Path, shape: Shape) -> Iterator[list[str]]:
    """Every row of the file as text, header and blank lines included."""
    if shape.kind == "sheet":
        return _sheet_rows(path, shape.sheet)
    rows = _text_rows(path, shape)
    return inner_rows(rows, shape) if shape.mangled else rows


def _text_rows(path: Path, shape: Shape) -> Iterator[list[str]]:
    with path.open(encoding=shape.encoding, newline="") as file:
        lines = (line.replace("\0", "") for line in file)
        reader = csv.reader(lines, delimiter=shape.delimiter, quotechar=shape.quote)
        try:
            for number, row in enumerate(reader):
                if number == 0 and row and row[0].startswith("\ufeff"):
                    row[0] = row[0][1:]
                yield row
        except csv.Error as error:
            text = _("Line %(line)s can't be read: a quote is opened and never closed.")
            raise TableError(text % {"line": reader.line_num}) from error
        except UnicodeDecodeError as error:
            text = _("After line %(line)s the file is not written in %(encoding)s.")
            raise TableError(text % {"line": reader.line_num, "encoding": shape.encoding}) from error


def _text_shape(path: Path, head: bytes) -> Shape:
    complete = len(head) < _HEAD
    encoding = detect_encoding(head, complete=complete)
    if looks_binary(head, encoding):
        raise TableError(_("This is not a table. CSV, TSV, XLSX, XLS and ODS files can be read."))
    if looks_like_web_page(head):
        raise TableError(_("This is a web page or XML. Open it in a spreadsheet and save it as CSV or XLSX."))
    if encoding == "utf-8" and not complete:
        encoding = _whole_file_encoding(path)
    text = head.decode(encoding, errors="ignore")
    if not complete:
        text = text[: text.rfind("\n") + 1] or text
    return detect_shape(text, encoding)


def _whole_file_encoding(path: Path) -> str:
    """UTF-8 when all of the file is; else what the bytes around the first stranger say."""
    with path.open("rb") as file:
        rest = b""
        while chunk := file.read(1024 * 1024):
            block = rest + chunk
            cut = block.rfind(b"\n") + 1 or len(block)
            if not is_utf8(block[:cut], complete=False):
                return single_byte_encoding(block)
            rest = block[cut:]
    return "utf-8"


def _sheet_names(path: Path) -> tuple[str, ...]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED_LIMIT:
                    raise TableError(_("The workbook is too large when unpacked. Save it as CSV."))
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            names = [item.name for item in book.sheets_metadata if "Visible" in str(item.visible)]
            return tuple(names or book.sheet_names)
    except python_calamine.PasswordError as error:
        raise TableError(_("The workbook is protected by a password. Save it without one.")) from error
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise TableError(_("The workbook can't be read. It may be damaged.")) from error


def _sheet_shape(path: Path, sheets: tuple[str, ...]) -> Shape:
    for name in sheets:
        rows = list(islice(_sheet_rows(path, name), 100))
        filled = [number for number, row in enumerate(rows) if any(cell.strip() for cell in row)]
        if filled:
            widest = max(sum(bool(cell.strip()) for cell in row) for row in rows)
            first = next(
                number for number, row in enumerate(rows) if sum(bool(c.strip()) for c in row) >= widest * 0.6
            )
            return Shape(
                kind="sheet", sheet=name, skip=first, has_header=looks_like_header(rows[first : first + 1])
            )
    raise TableError(_("The workbook has no filled sheet."))


def _sheet_rows(path: Path, name: str) -> Iterator[list[str]]:
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            sheet = book.get_sheet_by_name(name)
            above = sheet.start[0] if sheet.start else 0
            yield from ([] for _number in range(above))
            for row in sheet.iter_rows():
                yield [_cell_text(cell) for cell in row]
    except python_calamine.CalamineError as error:
        raise TableError(_("The sheet can't be read. It may be damaged.")) from error


def _cell_text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def _unique_names(first: list[str]) -> tuple[str, ...]:
    while first and not first[-1].strip():
        first = first[:-1]
    names: list[str] = []
    for number, cell in enumerate(first, 1):
        base = name = " ".join(cell.split()) or _("Column %(number)s") % {"number": number}
        again = 2
        while name in names:
            name = f"{base} ({again})"
            again += 1
        names.append(name)
    return tuple(names)


def _numbered_names(width: int) -> tuple[str, ...]:
    return tuple(_("Column %(number)s") % {"number": number} for number in range(1, width + 1))
