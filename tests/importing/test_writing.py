"""Files we write are no programs, and come back as they were."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from crm.lib.tabular import csv_chunks, open_table, safe_text, write_xlsx

if TYPE_CHECKING:
    from pathlib import Path

DANGEROUS = ["=1+1", "+7 912 000", "-2+3", "@SUM(A1)", "\tx", "\rx"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_of_a_csv_is_run_as_a_formula(text: str):
    content = b"".join(csv_chunks(["name"], [[text]])).decode("utf-8-sig")

    written = next(csv.reader(io.StringIO(content.partition("\n")[2], newline="")))[0]

    assert written == f"'{text}"


def test_numbers_stay_numbers():
    content = b"".join(csv_chunks(["amount"], [[-5]])).decode("utf-8-sig")

    assert content.splitlines()[1] == "-5"


def test_a_guarded_text_is_read_back_without_the_guard(tmp_path: Path):
    path = tmp_path / "out.csv"
    path.write_bytes(b"".join(csv_chunks(["name", "phone"], [["Ann", "+7 912 000"], ["Bob", "=x"]])))

    assert [cells for _line, cells in open_table(path)] == [["Ann", "+7 912 000"], ["Bob", "=x"]]


def test_a_workbook_holds_formulas_as_text(tmp_path: Path):
    path = tmp_path / "out.xlsx"
    with path.open("wb") as file:
        count = write_xlsx(file, ["name", "amount"], [["=1+1", 5], ["Ann", None]])

    assert count == 2
    assert [cells for _line, cells in open_table(path)] == [["=1+1", "5"], ["Ann", ""]]


def test_plain_text_is_left_alone():
    assert safe_text("Acme - north") == "Acme - north"
