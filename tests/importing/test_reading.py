"""Files of every kind are read: encodings, separators, quoting, workbooks, mangled ones."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from crm.lib.tabular import (
    DateOrder,
    NumberStyle,
    TableError,
    open_table,
    parse_date,
    parse_number,
    survey_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Write = "Callable[..., Path]"


def rows_of(path: Path) -> list[list[str]]:
    return [cells for _line, cells in open_table(path)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251", "koi8-r", "cp866"]
)
def test_russian_text_is_read_in_any_encoding(write: Callable[..., Path], encoding: str):
    names = "Имя;Город\nАнна Петрова;Санкт-Петербург\nИван Кузнецов;Екатеринбург\nОльга;Нижний Новгород\n"

    path = write(names, encoding=encoding)

    assert open_table(path).header == ("Имя", "Город")
    assert rows_of(path)[0] == ["Анна Петрова", "Санкт-Петербург"]


def test_western_letters_are_not_taken_for_russian(write: Callable[..., Path]):
    path = write("Name;City\nJürgen Müller;Köln\nJosé Peña;Málaga\n", encoding="cp1252")

    assert rows_of(path) == [["Jürgen Müller", "Köln"], ["José Peña", "Málaga"]]


#: One red pixel.
PIXEL = (
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6364f8cf500f0003860180"
    "5a34007d6b0000000049454e44ae426082"
)


@pytest.mark.parametrize(
    "content",
    [
        bytes.fromhex(PIXEL),
        b"\xff\xd8\xff\xe0\x10JFIF" + bytes(range(1, 256)) * 3,
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF",
        b"GIF89a\x01\x02" + bytes(range(1, 200)),
        b"\x1f\x8b\x08\x08" + bytes(range(1, 250)) * 2,
        bytes(range(1, 256)) * 20,
    ],
    ids=["png", "jpeg", "pdf", "gif", "gzip", "noise"],
)
def test_a_picture_or_other_binary_is_no_table(tmp_path: Path, content: bytes):
    path = tmp_path / "contacts.csv"
    path.write_bytes(content)

    with pytest.raises(TableError, match="not a table"):
        open_table(path)


def test_a_web_page_that_calls_itself_a_workbook_is_told_apart(tmp_path: Path):
    path = tmp_path / "report.xls"
    path.write_text("<html><body><table><tr><td>Name</td></tr></table></body></html>")

    with pytest.raises(TableError, match="web page"):
        open_table(path)


@pytest.mark.parametrize("first", ["MZ", "ID3 tag", "RIFF", "BM", "Rar!"])
def test_headers_that_begin_like_a_program_stay_tables(write: Callable[..., Path], first: str):
    assert rows_of(write(f"{first},name\nx,Zürich\n")) == [["x", "Zürich"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_the_separator_is_found(write: Callable[..., Path], delimiter: str):
    lines = [["id", "name", "amount"], ["1", "Acme", "10.5"], ["2", "Initech", "20"]]

    path = write("\n".join(delimiter.join(line) for line in lines))

    assert open_table(path).shape.delimiter == delimiter
    assert rows_of(path) == lines[1:]


def test_quoted_cells_keep_separators_quotes_and_line_breaks(write: Callable[..., Path]):
    path = write('name,note\n"Smith, Ann","She said ""yes""\nand signed"\nBob,\n')

    assert rows_of(path) == [["Smith, Ann", 'She said "yes"\nand signed'], ["Bob", ""]]


def test_titles_and_blank_lines_above_the_header_are_passed_over(write: Callable[..., Path]):
    path = write("Report for May\n\nname,city,amount\nAnn,Oslo,5\nBob,Rome,7\n")
    table = open_table(path)

    assert table.header == ("name", "city", "amount")
    assert next(iter(table)) == (4, ["Ann", "Oslo", "5"])


def test_a_file_without_a_header_gets_numbered_columns(write: Callable[..., Path]):
    path = write("ann@example.com,2024-05-01,5\nbob@example.com,2024-05-02,7\n")
    table = open_table(path)

    assert table.header == ("Column 1", "Column 2", "Column 3")
    assert len(list(table)) == 2


def test_a_mangled_file_is_read_as_it_was_meant(write: Callable[..., Path]):
    path = write('"age;""job"";""note"""\n"30;""blue-collar"";""a, b"""\n"39;""services"";""c"""\n')
    table = open_table(path)

    assert table.shape.mangled
    assert table.header == ("age", "job", "note")
    assert rows_of(path) == [["30", "blue-collar", "a, b"], ["39", "services", "c"]]


@pytest.mark.sample_data
def test_the_mangled_twin_of_the_sample_data_is_recognised(sample_data: Path):
    table = open_table(sample_data / "calls_bank" / "bank-additional.csv")

    assert table.shape.mangled
    assert len(table.header) == 21
    assert sum(len(cells) == 21 for _line, cells in table) == 4119


def test_a_workbook_gives_dates_and_numbers_as_plain_text(tmp_path: Path):
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"default_date_format": "yyyy-mm-dd"}) as book:
        book.add_worksheet("Empty")
        page = book.add_worksheet("People")
        page.write_row(0, 0, ["Name", "Born", "Amount", "Active"])
        page.write_row(1, 0, ["Ann"])
        page.write_datetime(1, 1, date(1990, 5, 17))
        page.write_number(1, 2, 1200)
        page.write_boolean(1, 3, True)
    path = tmp_path / "people.xlsx"
    path.write_bytes(memory.getvalue())

    table = open_table(path)

    assert table.shape.sheet == "People"
    assert rows_of(path) == [["Ann", "1990-05-17", "1200", "yes"]]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03" * 40, b"PK\x03\x04rubbish"])
def test_what_is_no_table_is_refused_with_a_sentence(tmp_path: Path, content: bytes):
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    with pytest.raises(TableError, match=r"\."):
        survey_table(open_table(path))


def test_one_column_has_one_order_of_dates(write: Callable[..., Path]):
    survey = survey_table(open_table(write("id,on\n1,03/04/2024\n2,12/31/2024\n")))
    style = survey.columns[1].date_style()

    assert style is not None
    assert (style.order, style.ambiguous) == (DateOrder.MDY, False)


def test_dates_that_can_be_read_in_two_ways_are_ambiguous(write: Callable[..., Path]):
    survey = survey_table(open_table(write("id,on\n1,03/04/2024\n2,05/06/2024\n")))
    style = survey.columns[1].date_style()

    assert style is not None
    assert style.ambiguous


@pytest.mark.parametrize(
    ("text", "order", "found"),
    [
        ("2017-03-01", DateOrder.MDY, date(2017, 3, 1)),
        ("3/1/2017", DateOrder.MDY, date(2017, 3, 1)),
        ("01.03.2017", DateOrder.DMY, date(2017, 3, 1)),
        ("1 марта 2017", DateOrder.YMD, date(2017, 3, 1)),
        ("Mar 1, 2017", DateOrder.YMD, date(2017, 3, 1)),
        ("20170301", DateOrder.YMD, date(2017, 3, 1)),
        ("42795", DateOrder.SERIAL, date(2017, 3, 1)),
        ("31.02.2017", DateOrder.DMY, None),
        ("soon", DateOrder.DMY, None),
    ],
)
def test_dates_are_read_in_the_order_of_their_column(text: str, order: DateOrder, found: date | None):
    assert parse_date(text, order) == found


@pytest.mark.parametrize(
    ("text", "style", "found"),
    [
        ("1 234,56", NumberStyle.COMMA, "1234.56"),
        ("1.234,56", NumberStyle.COMMA, "1234.56"),
        ("1,234.56", NumberStyle.POINT, "1234.56"),
        ("$1,200", NumberStyle.POINT, "1200"),
        ("(15)", NumberStyle.POINT, "-15"),
        ("12 %", NumberStyle.POINT, "12"),
        ("n/a", NumberStyle.POINT, "None"),
    ],
)
def test_numbers_are_read_in_the_style_of_their_column(text: str, style: NumberStyle, found: str):
    assert str(parse_number(text, style)) == found
