"""User names made from people's names."""

import pytest

from crm.accounts.usernames import transliterate, username_from


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna Snelling", "anna.snelling"),
        ("Mei-Mei Johns", "mei-mei.johns"),
        ("Violet Mclelland", "violet.mclelland"),
        ("Анна Снегирёва", "anna.snegireva"),
        ("Щукин Пётр", "shchukin.petr"),
        ("O'Brien, Søren", "obrien.soren"),
        ("jürgen@example.com", "jurgen"),
        ("王小明", "user"),
        ("", "user"),
    ],
)
def test_a_name_becomes_a_user_name(name, expected):
    assert username_from(name) == expected


def test_a_taken_user_name_gets_a_number():
    assert username_from("Ann", {"ann", "ann2"}) == "ann3"


def test_hard_and_soft_signs_leave_no_trace():
    assert transliterate("Подъельский Игорь") == "podelskiy igor"
