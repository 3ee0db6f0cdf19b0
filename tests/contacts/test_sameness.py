"""Duplicates over the whole base: who is found, how sure it is, who sees it, what is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from contacts import sameness
from contacts.models import Company, DuplicatePair, DuplicateStale, Person
from contacts.sameness import letters
from contacts.services import PersonService
from crm.identity.models import Grant
from crm.records import jobs
from tests.factories.contacts import NOON, made_company, made_person
from tests.factories.identity import rights_changed
from tests.merging.rooms import merged

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def pairs(model: Any = Person) -> list[tuple[int, int]]:
    rows = DuplicatePair.objects.filter(type_id=model.record_type.id, state="open")
    return sorted(rows.values_list("left_id", "right_id"))


def weighed() -> list[Any]:
    rows = DuplicatePair.objects.order_by("left_id")
    return list(rows.values_list("left_id", "right_id", "score", "signs"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Иванов Пётр", "Petr Ivanov"),
        ("Пётр Сергеевич Иванов", "Ivanov Pyotr"),
        ("Щербакова Юлия", "Yuliya Shcherbakova"),
        ("Дмитрий Чайковский", "Tchaikovsky Dmitry"),
        ("José Müller", "Jose Muller"),
        ("Сергей Цой", "Sergei Tsoy"),
    ],
)
def test_names_sound_alike_in_either_script_and_order(one: str, other: str) -> None:
    assert letters.person_words(one) == letters.person_words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('ООО "Ромашка"', "Romashka LLC"),
        ("О.О.О. Ромашка", "romashka"),
        ("Acme Corp.", "ACME Corporation"),
        ("Bosch GmbH", "BOSCH AG"),
    ],
)
def test_legal_forms_say_nothing(one: str, other: str) -> None:
    assert letters.company_words(one) == letters.company_words(other)


def test_a_change_brings_a_pair_and_another_takes_it_away(root: User) -> None:
    one = made_person(root, name="Пётр Иванов", email="petr@acme.com")
    other = made_person(root, name="Anna Lee")
    sameness.drain()
    assert pairs() == []

    PersonService().update([other], {"email": "PETR@acme.com"}, actor=root, at=NOON)
    sameness.drain()
    assert pairs() == [(one.pk, other.pk)]

    PersonService().update([other], {"email": "anna@acme.com"}, actor=root, at=NOON)
    sameness.drain()
    assert pairs() == []
    assert not DuplicateStale.objects.exists()


def test_the_same_name_in_two_scripts_is_a_pair(root: User) -> None:
    one, other = made_person(root, name="Иванов Пётр"), made_person(root, name="Petr Ivanov")
    made_person(root, name="Maria Ivanova")
    sameness.drain()

    assert pairs() == [(one.pk, other.pk)]
    found = sameness.find(Person, root).clusters
    assert found[0].reasons == ["same name"]


def test_a_typing_error_at_one_company_is_a_pair_and_a_namesake_elsewhere_is_not(root: User) -> None:
    acme, beta = made_company(root), made_company(root, name="Beta")
    one = made_person(root, name="Konstantin Verbitsky", company=acme)
    slip = made_person(root, name="Konstantin Verbitski", company=acme)
    made_person(root, name="Konstantin Vershinin", company=beta)
    sameness.drain()

    assert pairs() == [(one.pk, slip.pk)]


def test_companies_are_found_by_number_and_by_domain(root: User) -> None:
    one = made_company(root, name='ООО "Ромашка"', domains=["romashka.ru"])
    other = made_company(root, name="Romashka LLC", website="https://www.romashka.ru/about")
    made_company(root, name="Gmail users", domains=["gmail.com"])
    sameness.drain()

    assert pairs(Company) == [(one.pk, other.pk)]
    cluster = sameness.find(Company, root).clusters[0]
    assert cluster.reasons == ["same domain", "same name"]
    assert cluster.score >= 80


def test_what_many_share_says_nothing(root: User) -> None:
    for name in (f"{begin}o{end}ik" for begin in "bdgkm" for end in "flnrs"):
        made_person(root, name=f"Anna {name}", phone="+12125550199")
    sameness.drain()

    assert pairs() == []


def test_the_job_finds_what_changes_would_have_found(root: User) -> None:
    made_person(root, name="Иванов Пётр", email="a@acme.com")
    made_person(root, name="Petr Ivanov", email="A@acme.com")
    made_company(root, name="Acme", inn="7707083893")
    made_company(root, name="Acme Inc", inn="7707083893")
    sameness.drain()
    before = list(
        DuplicatePair.objects.order_by("left_id").values_list("left_id", "right_id", "score", "signs")
    )
    DuplicatePair.objects.all().delete()

    job = jobs.start("duplicates", actor=root, title="Compare", now=True)

    after = list(
        DuplicatePair.objects.order_by("left_id").values_list("left_id", "right_id", "score", "signs")
    )
    assert after == before
    assert job.result == {"people": 1, "companies": 1}


def test_not_the_same_is_remembered_through_changes_and_the_job(root: User) -> None:
    one = made_person(root, name="Иванов Пётр", email="a@acme.com")
    other = made_person(root, name="Petr Ivanov", email="a@acme.com")
    sameness.drain()

    sameness.dismiss(model=Person, ids=[one.pk, other.pk], actor=root, at=NOON)
    PersonService().update([other], {"city": "Oslo"}, actor=root, at=NOON)
    sameness.drain()
    jobs.start("duplicates", actor=root, title="Compare", now=True)

    assert pairs() == []
    assert DuplicatePair.objects.get().state == "dismissed"


def test_only_pairs_both_of_which_one_sees_are_shown(ann: User, bob: User, root: User) -> None:
    Grant.objects.filter(role__users=ann, record_type="contacts.person").update(scope="own")
    rights_changed()
    made_person(ann, name="Иванов Пётр", email="a@acme.com")
    made_person(bob, name="Petr Ivanov", email="a@acme.com")
    sameness.drain()

    assert sameness.find(Person, ann).clusters == []
    assert len(sameness.find(Person, root).clusters) == 1


def test_three_that_share_something_are_one_cluster(root: User) -> None:
    made_person(root, name="Anna Lee", email="a@acme.com", phone="+12125550101")
    made_person(root, name="Anna Leigh", email="a@acme.com")
    made_person(root, name="A. Lee", phone="+12125550101")
    sameness.drain()

    clusters = sameness.find(Person, root).clusters

    assert [len(one.records) for one in clusters] == [3]


def test_pages_go_on_where_the_last_one_ended(root: User) -> None:
    for number in range(5):
        for _twin in range(2):
            made_person(root, name=f"Anna {'bcdfg'[number] * 2}a", email=f"a{number}@acme.com")
    sameness.drain()

    first = sameness.find(Person, root, per_page=3)
    second = sameness.find(Person, root, after=first.following, per_page=3)

    seen = [pk for cluster in (*first.clusters, *second.clusters) for pk in cluster.ids]
    assert len(seen) == len(set(seen)) == 10
    assert second.following is None


def test_merging_takes_the_pair_off_the_list(root: User) -> None:
    one = made_person(root, name="Anna Lee", email="a@acme.com")
    other = made_person(root, name="Anna Leigh", email="a@acme.com")
    sameness.drain()
    assert pairs() == [(one.pk, other.pk)]

    merged(one, other, actor=root)
    assert sameness.find(Person, root).clusters == []
    sameness.drain()

    assert pairs() == []


def test_the_page_offers_merging_and_telling_apart(root: User, client_for: Callable[[User], Client]) -> None:
    one = made_company(root, name="Acme", inn="7707083893")
    other = made_company(root, name="Acme Inc", inn="7707083893")
    sameness.drain()
    client = client_for(root)

    page = client.get(reverse("contacts:duplicates"), {"type": "companies"})
    assert "Same tax number" in page.content.decode()
    ids = [one.pk, other.pk]
    client.post(reverse("contacts:duplicates"), {"type": "companies", "ids": ids})
    assert pairs(Company) == []
    client.post(reverse("contacts:duplicates_undo", args=["companies"]) + f"?ids={one.pk}.{other.pk}")

    assert pairs(Company) == [tuple(ids)]


def test_who_may_not_merge_finds_the_page_closed(eve: User, client_for: Callable[[User], Client]) -> None:
    assert client_for(eve).get(reverse("contacts:duplicates")).status_code == 403


def test_namesakes_elsewhere_with_addresses_of_their_own_are_no_pair(root: User) -> None:
    acme, beta = made_company(root), made_company(root, name="Beta")
    made_person(root, name="Karl Russell", company=acme, email="karl@acme.com")
    made_person(root, name="Karl Russell", company=beta, email="karl@beta.com")
    sameness.drain()

    assert pairs() == []
