"""Several people at the same records at once: nothing is lost, one of them wins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.utils import timezone

from contacts.models import Company, Person
from contacts.services import PersonService
from crm.records.drafts import RecordErrors
from crm.records.merging import MergeRefused, start
from crm.records.models import Job
from sales.models import Deal
from tests.factories.contacts import made_company, made_person
from tests.factories.identity import person
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)
EDIT = {"description": "Called today"}


def together(*acts: Callable[[], Any]) -> list[str]:
    """Do all of it at the same time; return what each was told."""

    def alone(act: Callable[[], Any]) -> str:
        try:
            act()
        except (MergeRefused, RecordErrors) as refused:
            return str(refused)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(alone, acts))


def test_two_who_merge_the_same_records_have_one_winner() -> None:
    root = person("root", is_superuser=True)
    old, new = made_person(root), made_person(root, name="Anna Leigh")

    said = together(
        lambda: start(survivor=old, absorbed=[new], actor=root),
        lambda: start(survivor=new, absorbed=[old], actor=root),
    )

    assert sorted(bool(text) for text in said) == [False, True]
    assert "was merged into" in "".join(said)
    assert Person.objects.count() == 1
    assert Job.objects.filter(kind="merge").count() == 1


def test_an_edit_meanwhile_is_kept_or_refused_with_its_reason() -> None:
    root = person("root", is_superuser=True)
    for _turn in range(4):
        old, new = made_person(root), made_person(root, name="Anna Leigh")

        said = together(
            lambda old=old, new=new: start(survivor=old, absorbed=[new], actor=root),
            lambda new=new: PersonService().update([new], EDIT, actor=root, at=timezone.now()),
        )

        assert said[0] == ""
        kept = Person.objects.get(pk=old.pk).description == "Called today"
        assert kept or "was merged into" in said[1]
        Person.all_objects.filter(pk__in=[old.pk, new.pk]).update(description="")


def test_deals_that_come_by_a_file_meanwhile_belong_to_the_survivor() -> None:
    root = person("root", is_superuser=True)
    old, new = made_company(root), made_company(root, name="Beta")
    made_deal(name="first")

    together(
        lambda: start(survivor=old, absorbed=[new], actor=root),
        *(lambda n=n: made_deal(via="import", company=new, name=f"Deal {n}") for n in range(4)),
    )

    assert Company.objects.count() == 1
    assert Deal.objects.filter(company=old).count() == 4
