"""Names in both scripts."""

import pytest

from crm.lib import names
from crm.lib.names import NameParts


@pytest.mark.parametrize(
    ("text", "first", "middle", "last"),
    [
        ("Иванов Иван Петрович", "Иван", "Петрович", "Иванов"),
        ("Иван Петрович Иванов", "Иван", "Петрович", "Иванов"),
        ("Иванов Иван", "Иван", "", "Иванов"),
        ("Иван Иванов", "Иван", "", "Иванов"),
        ("Константин Петров", "Константин", "", "Петров"),
        ("Иванов Константин", "Константин", "", "Иванов"),
        ("Анна Петровна", "Анна", "Петровна", ""),
        ("Алиев Ильхам Гейдар оглы", "Ильхам", "Гейдар оглы", "Алиев"),
        ("John Smith", "John", "", "Smith"),
        ("Dr. John A. Smith", "John", "A.", "Smith"),
        ("Smith, John Allan", "John", "Allan", "Smith"),
        ("Anna van der Berg", "Anna", "", "van der Berg"),
        ("Cher", "Cher", "", ""),
        ("", "", "", ""),
    ],
)
def test_a_full_name_is_taken_apart(text: str, first: str, middle: str, last: str) -> None:
    assert names.split_full_name(text) == NameParts(first, middle, last)


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        (("Иван", "Петрович", "Иванов"), "Иванов Иван Петрович"),
        (("Анна", "Петровна", ""), "Анна Петровна"),
        (("John", "A.", "Smith"), "John A. Smith"),
        (("明", "", "王"), "王明"),
        (("", "", "Smith"), "Smith"),
    ],
)
def test_a_name_stands_in_the_order_of_its_script(parts: tuple[str, str, str], shown: str) -> None:
    assert names.full_name(*parts) == shown


def test_io_sorts_as_ie() -> None:
    assert names.sort_key("Ёжиков", "Пётр") == "ежиков петр"


def test_a_name_is_written_in_the_other_script() -> None:
    assert names.other_script("Щербаков") == "shcherbakov"
    assert names.other_script("Smirnov") == "смирнов"
