"""The pages of merging and splitting, the old addresses, REST, and acts tried beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import Person
from contacts.services import PersonService
from crm.records.models import Job, RecordRelation, RelationKind
from tests.factories.contacts import NOON, made_company, made_person
from tests.factories.sales import made_deal
from tests.merging.rooms import merged

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
MERGE = reverse("contacts:person_merge")


def test_values_stand_side_by_side_with_what_moves(root: User, client_for: Callable[[User], Client]) -> None:
    old, new = made_person(root, email="a@acme.com"), made_person(root, name="Anna Leigh", email="b@acme.com")
    made_deal(actor=root, person=new)

    page = client_for(root).get(MERGE, {"ids": [old.pk, new.pk]}).content.decode()

    assert "a@acme.com" in page
    assert "b@acme.com" in page
    assert "Deals led" in page


def test_merging_by_the_page_leads_to_the_survivor(root: User, client_for: Callable[[User], Client]) -> None:
    old, new = made_person(root, email="a@acme.com"), made_person(root, name="Anna Leigh", email="b@acme.com")
    form = {
        "ids": [old.pk, new.pk],
        "survivor": old.pk,
        "value-email": new.pk,
        f"seen-{old.pk}": old.version,
        f"seen-{new.pk}": new.version,
    }

    answer = client_for(root).post(MERGE, form)

    assert answer.headers["Location"] == old.get_absolute_url()
    assert Person.objects.get(pk=old.pk).email == "b@acme.com"


def test_the_slower_one_sees_the_values_again(root: User, client_for: Callable[[User], Client]) -> None:
    old, new = made_person(root), made_person(root, name="Anna Leigh")
    form = {"ids": [old.pk, new.pk], "survivor": old.pk, f"seen-{new.pk}": new.version}
    PersonService().update([new], {"city": "Oslo"}, actor=root, at=NOON)

    answer = client_for(root).post(MERGE, form)

    assert answer.status_code == 422
    assert "was changed meanwhile" in answer.content.decode()
    assert Person.objects.count() == 2


def test_an_old_address_leads_on_and_says_why(root: User, client_for: Callable[[User], Client]) -> None:
    old, new = made_person(root), made_person(root, name="Anna Leigh")
    merged(old, new, actor=root)
    client = client_for(root)

    answer = client.get(new.get_absolute_url())
    page = client.get(answer.headers["Location"]).content.decode()

    assert answer.status_code == 301
    assert answer.headers["Cache-Control"] == "no-store"
    assert "“Anna Leigh” was merged into this record" in page
    rest = client.get(f"/api/v1/people/{new.pk}/")
    assert rest.status_code == 301
    assert "Anna Leigh" in rest.json()["reason"]


def test_history_offers_to_split(root: User, client_for: Callable[[User], Client]) -> None:
    old, new = made_person(root), made_person(root, name="Anna Leigh")
    job = merged(old, new, actor=root)
    client = client_for(root)
    url = reverse("contacts:person_split", args=[old.pk, job.pk])

    history = client.get(reverse("contacts:person_history", args=[old.pk])).content.decode()
    assert url in history
    client.post(url)

    assert Person.objects.count() == 2
    assert "was split already" in client.get(url).content.decode()


def test_somebody_else_neither_merges_nor_splits(
    ann: User, bob: User, root: User, client_for: Callable[[User], Client]
) -> None:
    old, new = made_person(ann), made_person(ann, name="Anna Leigh")
    client = client_for(bob)

    client.post(MERGE, {"ids": [old.pk, new.pk], "survivor": old.pk})
    assert Person.objects.count() == 2
    job = merged(old, new, actor=root)
    answer = client.post(reverse("contacts:person_split", args=[old.pk, job.pk]))

    assert answer.status_code in (403, 404)
    assert Person.objects.count() == 1


def test_comparing_costs_the_same_for_two_and_for_eight(
    root: User, client_for: Callable[[User], Client]
) -> None:
    people = [made_person(root, name=f"Anna Number{n}", email=f"a{n}@acme.com") for n in range(8)]
    client = client_for(root)
    client.get(MERGE, {"ids": [people[0].pk, people[1].pk]})

    counts = []
    for some in (people[:2], people):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(MERGE, {"ids": [one.pk for one in some]})
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_deleting_many_is_tried_first_and_keeps_nothing(
    root: User, client_for: Callable[[User], Client]
) -> None:
    people = [made_person(root, name=f"Anna Number{n}") for n in range(3)]

    page = client_for(root).post(
        reverse("contacts:person_bulk"), {"act": "delete", "ids": [one.pk for one in people]}
    )

    assert "Will change" in page.content.decode()
    assert Person.objects.count() == 3
    assert not Job.objects.exists()


def test_ticked_rows_lead_to_the_comparison(root: User, client_for: Callable[[User], Client]) -> None:
    one, other = made_person(root), made_person(root, name="Anna Leigh")

    answer = client_for(root).post(
        reverse("contacts:person_bulk"), {"act": "merge", "ids": [one.pk, other.pk]}
    )

    assert answer.headers["Location"] == f"{MERGE}?ids={one.pk}&ids={other.pk}"


def test_a_relation_is_named_from_both_ends_and_undone(
    root: User, client_for: Callable[[User], Client]
) -> None:
    acme, anna = made_company(root), made_person(root)
    kind = RelationKind.objects.create(name="adviser of (test)", inverse="advised by (test)")
    client = client_for(root)

    client.post(
        reverse("contacts:person_relations", args=[anna.pk]),
        {"kind": str(kind.pk), "other": f"2:{acme.pk}", "note": "since May"},
    )

    assert "advised by (test)" in client.get(acme.get_absolute_url()).content.decode()
    page = client.get(anna.get_absolute_url()).content.decode()
    assert "adviser of (test)" in page
    relation = RecordRelation.objects.get()
    client.post(reverse("contacts:person_relation", args=[anna.pk, relation.pk]))
    assert not RecordRelation.objects.exists()


def test_a_relation_to_a_hidden_record_is_refused(
    eve: User, root: User, ann: User, client_for: Callable[[User], Client]
) -> None:
    anna, deal = made_person(ann), made_deal(actor=root)
    kind = RelationKind.objects.create(name="knows (test)")

    answer = client_for(ann).post(
        reverse("contacts:person_relations", args=[anna.pk]), {"kind": str(kind.pk), "other": f"4:{deal.pk}"}
    )

    assert answer.status_code == 422
    assert not RecordRelation.objects.exists()
