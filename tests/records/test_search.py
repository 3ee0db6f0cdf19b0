"""What is found by the search, and in which order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crm.records import search
from crm.records.models import Search
from tests.factories.contacts import made_company, made_person
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def titles(user: User, text: str) -> list[str]:
    return [hit.title for hit in search.find(user, text)]


@pytest.mark.parametrize(
    ("written", "asked"), [("Иванов", "Ivanov"), ("Ivanov", "Иванов"), ("Щукин", "shchukin")]
)
def test_a_name_is_found_in_either_script(ann: User, written: str, asked: str) -> None:
    person = made_person(actor=ann, last_name=written)

    assert titles(ann, asked) == [str(person)]


def test_a_deal_is_found_by_its_company_in_the_other_script(ann: User) -> None:
    company = made_company(actor=ann, name="Ромашка")
    deal = made_deal(actor=ann, name="Lathes", company=company)

    assert str(deal) in titles(ann, "romashka")


def test_a_whole_word_stands_before_the_beginning_of_one(ann: User) -> None:
    meant = made_person(actor=ann, first_name="Пётр", last_name="Иванов")
    made_person(actor=ann, first_name="Глеб", middle_name="Иванович", last_name="Зайцев")

    assert titles(ann, "ivanov")[0] == str(meant)


def test_of_equal_hits_the_latest_touched_stands_first(ann: User) -> None:
    old, new = (made_company(actor=ann, name=f"Acme {name}") for name in ("Left", "Right"))
    row = Search.objects.get(type_id=old.record_type.id, record_id=old.pk)
    row.touched_at += timedelta(days=1)
    row.save(update_fields=["touched_at"])

    assert titles(ann, "acme") == [str(old), str(new)]


@pytest.mark.parametrize("asked", ["ivnaov", "ivanof", "ivanovv", "иваонв"])
def test_a_typing_error_is_forgiven(ann: User, asked: str) -> None:
    person = made_person(actor=ann, last_name="Иванов")
    search.refresh_words()

    assert titles(ann, asked) == [str(person)]


@pytest.mark.parametrize(
    "asked", ["+7 912 345-67-89", "8 (912) 345-67-89", "89123456789", "345-67-89", "912 345 67 89"]
)
def test_a_phone_is_found_however_it_is_typed(ann: User, asked: str) -> None:
    person = made_person(actor=ann, last_name="Orlov", phone="+7 912 345-67-89")

    assert titles(ann, asked) == [str(person)]


@pytest.mark.parametrize("form", ["{}", "#{}", "№ {}", "deal #{}", "Deal {}"])
def test_a_deal_is_found_by_its_number(ann: User, form: str) -> None:
    deal = made_deal(actor=ann, name="Lathes")

    assert titles(ann, form.format(deal.number)) == [str(deal)]


@pytest.mark.parametrize("asked", ["ivanov", "иванов", "ivnaov", "deal #{}"])
def test_nobody_finds_what_they_may_not_see(ann: User, bob: User, asked: str) -> None:
    deal = made_deal(actor=ann, name="Иванов")
    search.refresh_words()

    assert titles(ann, asked.format(deal.number)) == [str(deal)]
    assert titles(bob, asked.format(deal.number)) == []
